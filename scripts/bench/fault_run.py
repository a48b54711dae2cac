"""The fault run: `scripts/bench/run fault_run --hours 2000 --seed 1 --json out.json`. Exit code 1 on a violation.

With `--sensors radar+pir` (radar, tracker, pir, door, joined by +) there are people in the room; `--sensors seed` takes
one of the sets of tests/chaos/sensor_sets.py by the seed.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path

from tests.chaos.fault_run import run
from tests.chaos.report import Report
from tests.chaos.room_sensors import KINDS
from tests.chaos.sensor_sets import NONE, set_of


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
        *(report.presence.lines() if report.presence else ()),
        f"objects of ours: {report.objects}; grew: {report.growth}; RSS with the tenant, MB: {report.rss_mb}",
    ]
    return "\n".join(lines)


def _plain(value: object) -> object:
    """For JSON."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return dict(value) if isinstance(value, dict) else value


def sensors(text: str) -> str:
    """An option's value. Raises ValueError for a kind that there is not."""
    if text not in (NONE, "seed") and not set(text.split("+")) <= set(KINDS):
        raise ValueError(text)
    return text


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench/run fault_run", description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[], help="only this kind of fault; may be repeated")
    parser.add_argument("--sensors", type=sensors, default=NONE, help="none, seed, or kinds joined by +: radar+pir")
    parser.add_argument("--json", type=Path, help="also write everything there")
    parser.add_argument("--log", action="store_true", help="the panel's log on standard error")
    wanted = parser.parse_args()
    logging.basicConfig(level=logging.INFO if wanted.log else logging.CRITICAL)
    chosen = set_of(wanted.seed) if wanted.sensors == "seed" else wanted.sensors
    report = run(wanted.hours, wanted.seed, only=tuple(wanted.only), sensors=chosen)
    print(table(report))
    if wanted.json:
        wanted.json.write_text(json.dumps({"run": _plain(report), "speed": report.speed}, indent=1), "utf-8")
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
