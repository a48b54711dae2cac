"""The fault run: `scripts/bench/run fault_run --hours 2000 --seed 1 --json out.json`. Exit code 1 on a violation."""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
from dataclasses import fields
from pathlib import Path

from tests.chaos.fault_run import run
from tests.chaos.report import Report


def table(report: Report) -> str:
    """The report for people."""
    lines = [
        (
            f"{report.hours:g} simulated hours, seed {report.seed}, {report.ticks} ticks, {report.reads} reads, "
            f"{report.real_s:.0f} s ({report.speed:.0f} x)"
        ),
        f"violations: {len(report.violations)}",
        *(f"  {line}" for line in report.violations[:60]),
        f"faults: {report.faults.total()} of {len(report.faults)} kinds; recovery after the end, p50 and most, s:",
        *(
            f"  {name:32} {len(times):5} {statistics.median(times):8.0f} {max(times):8.0f}"
            for name, times in sorted(report.recoveries.items())
        ),
        (
            f"green over a room taken since the read: {report.excused_green_s:.0f} s, longest "
            f"{report.longest_excused_s:.0f} s; clock moved since the read: {report.excused_clock_s:.0f} s; "
            f"false busy beyond that: {report.false_busy_s:.0f} s"
        ),
        f"false busy by event: {dict(report.false_busy.most_common(5))}",
        f"shown, s: {dict(report.shown_s.most_common())}",
        f"outcomes: {report.outcomes}",
        f"touches: {report.touches}",
        (
            f"outlook: {report.outlook}; writes raced: {report.rushed}; "
            f"double bookings made and undone: {report.doubles_made}"
        ),
        f"objects of ours: {report.objects}; grew: {report.growth}; RSS with the tenant, MB: {report.rss_mb}",
    ]
    return "\n".join(lines)


def _plain(report: Report) -> dict[str, object]:
    values = {one.name: getattr(report, one.name) for one in fields(report)}
    return {name: dict(value) if isinstance(value, dict) else value for name, value in values.items()}


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench/run fault_run", description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[], help="only this kind of fault; may be repeated")
    parser.add_argument("--json", type=Path, help="also write everything there")
    parser.add_argument("--log", action="store_true", help="the panel's log on standard error")
    wanted = parser.parse_args()
    logging.basicConfig(level=logging.INFO if wanted.log else logging.CRITICAL)
    report = run(wanted.hours, wanted.seed, only=tuple(wanted.only))
    print(table(report))
    if wanted.json:
        wanted.json.write_text(json.dumps(_plain(report) | {"speed": report.speed}, indent=1), "utf-8")
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
