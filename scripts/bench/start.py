"""From the start of the process to the first correct frame, cold token in RAM, warm disk: `scripts/bench/run start`."""

from __future__ import annotations

import argparse
import json
import statistics
import sys

from scripts.bench.unit_process import signed_in_unit

FRAME_S = 1 / 30
"""A state that the control socket tells is on the glass one frame later at most."""


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(prog="scripts/bench/run start", description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--python", default=sys.executable, help="of an environment with requirements.lock alone")
    args = parser.parse_args()
    times_s = []
    with signed_in_unit(args.python) as (unit, _):
        for _ in range(args.times):
            unit.start()
            times_s.append(unit.until(unit.settled) + FRAME_S)
            unit.stop()
    times_s.sort()
    figures = {
        "times": len(times_s),
        "median_s": round(statistics.median(times_s), 2),
        "worst_s": round(times_s[-1], 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
