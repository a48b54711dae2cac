"""CPU and memory of a panel that nobody touches: `scripts/bench/run idle --minutes 10`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from scripts.bench.unit_process import signed_in_unit

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """User and system time of the process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def pss_mb(pid: int) -> float:
    """Proportional set size in MB (10^6 bytes)."""
    line = next(line for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) * 1024 / 1e6


def main() -> None:
    """Print the share of a core, and the memory at the start and at the end."""
    parser = argparse.ArgumentParser(prog="scripts/bench/run idle", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--python", default=sys.executable, help="of an environment with requirements.lock alone")
    args = parser.parse_args()
    minutes = args.minutes
    with signed_in_unit(args.python) as (unit, _):
        unit.start()
        unit.until(unit.settled)
        time.sleep(5)
        began, first_cpu_s, first_mb = time.monotonic(), cpu_s(unit.pid), pss_mb(unit.pid)
        samples_mb = []
        while time.monotonic() - began < minutes * 60:
            time.sleep(min(60.0, minutes * 60))
            samples_mb.append(round(pss_mb(unit.pid), 1))
        share = (cpu_s(unit.pid) - first_cpu_s) / (time.monotonic() - began)
        figures = {
            "minutes": minutes,
            "cpu_percent_of_a_core": round(share * 100, 2),
            "pss_mb_first": round(first_mb, 1),
            "pss_mb_each_minute": samples_mb,
        }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
