"""Kills broker, hub and agents at random: `scripts/bench/run telemetry_chaos --units 20 --events 50000`.

Once as the product is, and once as the negative control (rows deleted on the broker's PUBACK). Exit code
1 when the product loses, doubles or disorders an event, or the control loses none.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.chaos.telemetry_chaos import Plan, Report, run
from tests.chaos.telemetry_kills import Counts


def measured(plan: Plan) -> Report:
    """A run in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        return run(Path(folder), plan)


def table(reports: list[Report]) -> str:
    """A line for each figure, a column for each run."""
    columns = [report.figures() for report in reports]
    return "\n".join(
        f"{name:22}" + "".join(f"{column[name]!s:>36}" for column in columns) for name in columns[0] if columns
    )


def main() -> int:
    """Run both and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench/run telemetry_chaos", description=__doc__)
    parser.add_argument("--units", type=int, default=20)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--per-s", type=float, default=25.0, help="events a second of each unit")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--broker", type=int, default=7, help="kills of the broker alone")
    parser.add_argument("--hub", type=int, default=4, help="kills of the hub alone")
    parser.add_argument("--machine", type=int, default=3, help="kills of both at once")
    parser.add_argument("--agent", type=int, default=12, help="kills of an agent")
    parser.add_argument("--without-control", action="store_true")
    parser.add_argument("--json", type=Path, help="also write everything there")
    asked = parser.parse_args()
    counts = Counts(asked.broker, asked.hub, asked.machine, asked.agent)
    plan = Plan(units=asked.units, events=asked.events, per_s=asked.per_s, seed=asked.seed, counts=counts)
    reports = [measured(plan)]
    print(table(reports), *reports[0].bad, sep="\n", flush=True)
    if not asked.without_control:
        reports.append(measured(replace(plan, puback=True)))
        print(table(reports[1:]))
    if asked.json:
        asked.json.write_text(json.dumps([report.figures() for report in reports], indent=1) + "\n", "utf-8")
    blind = any(report.lost == 0 for report in reports[1:])
    return 1 if reports[0].bad or blind else 0


if __name__ == "__main__":
    sys.exit(main())
