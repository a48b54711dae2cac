"""Kills the register during sign-ins: `scripts/bench/run kill_register --kills 500 --seed 1 --json out.json`.

After each kill -9 the register is opened and held against what the killed process had promised. Exit code 1 when a
finished sign-in is lost, one is halved, a host untold or a badge unprinted, or either twice without its mark.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from tests.kiosk.killing import kills


def main() -> int:
    """Run the kills and print the figures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=500)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--longest-s", type=float, default=0.25, help="kill at most so long after the start of work")
    options.add_argument("--per-register", type=int, default=50, help="kills before a new register begins")
    options.add_argument("--json", type=Path, default=None)
    asked = options.parse_args()
    began_s = time.monotonic()
    visits = repeats = reprinted = done = 0
    bad: list[dict[str, object]] = []
    while done < asked.kills:
        with tempfile.TemporaryDirectory() as folder:
            count = min(asked.per_register, asked.kills - done)
            for one in kills(Path(folder) / "register", count, asked.seed + done, longest_s=asked.longest_s):
                done += 1
                if not one.verdict.good:
                    bad.append({"kill": done, **asdict(one)})
            visits, repeats = visits + one.verdict.visits, repeats + one.verdict.repeats
            reprinted += one.verdict.reprinted
    figures = {
        "kills": done,
        "visits": visits,
        "hosts_told_twice_marked": repeats,
        "badges_printed_twice_marked": reprinted,
        "violations": len(bad),
        "took_s": round(time.monotonic() - began_s),
    }
    print("\n".join(f"{name:26} {value}" for name, value in figures.items()))
    if asked.json:
        asked.json.write_text(json.dumps(figures | {"bad": bad}, indent=2) + "\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
