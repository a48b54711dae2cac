"""mydesk-fleet over a fake fleet: `scripts/bench/run fleet_fake --units 300 --mb 20`.

The units are asyncssh servers in one process, on the same machine; the figures are of the commands alone. Exit code 1
when a command does not do what it should.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.provisioning.fleet_figures import all_figures, lines


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench/run fleet_fake", description=__doc__)
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--mb", type=float, default=20.0, help="size of the bundle that is pushed, in MB")
    parser.add_argument("--limit", type=int, default=20, help="units at once")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
        figures = all_figures(Path(folder), asked.units, asked.mb, limit=asked.limit)
    print(f"{asked.units} units, {asked.limit} at once")
    print("\n".join(lines(figures)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
