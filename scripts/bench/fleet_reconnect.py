"""Thousands of simulated units and a broker that dies: `scripts/bench/run fleet_reconnect --units 10000 --tls`.

The units are one process with its own MQTT 5; what they send and when they connect again is decided by the product's
code. Broker and hub are real processes. Exit code 1 when a unit is not current at the hub in the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.chaos.fleet import Fleet, FleetReport, Times, Use, reconnect


def lines(report: FleetReport) -> list[str]:
    """The report for people."""

    def times(name: str, told: Times) -> str:
        return (
            f"{name:28} half {told.half_s:6.1f} s   9/10 {told.most_s:6.1f} s   99/100 {told.nearly_s:6.1f} s"
            f"   all {told.last_s:6.1f} s   {told.attempts} attempts"
        )

    def use(name: str, told: Use) -> str:
        memory = f"{told.memory_mib:7.1f} MiB   at most {told.most_mib:7.1f} MiB"
        return f"{name:28} {memory}   {told.cpu_s:6.1f} s of processor"

    return [
        times("current after the first start", report.first),
        times("current after the broker's", report.after),
        use("broker (since its restart)", report.broker),
        use("hub", report.hub),
        use("all units, one process", report.simulator),
        f"behind {report.behind}, not online {report.offline}, facets missing {report.facets}",
    ]


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench/run fleet_reconnect", description=__doc__)
    parser.add_argument("--units", type=int, default=10_000)
    parser.add_argument("--tls", action="store_true", help="a certificate for each, as in life; else plain TCP")
    parser.add_argument("--rows", type=int, default=3, help="rows that each unit makes meanwhile")
    parser.add_argument("--down-s", type=float, default=5.0)
    parser.add_argument("--first-spread-s", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="also write the figures there")
    asked = parser.parse_args()
    fleet = Fleet(asked.units, asked.tls, asked.first_spread_s, asked.rows, asked.down_s, asked.seed)
    with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
        report = asyncio.run(reconnect(Path(folder), fleet, lambda line: print(line, flush=True)))
    print("\n".join(lines(report)))
    if asked.json:
        asked.json.write_text(json.dumps({"fleet": asdict(fleet), "report": asdict(report)}, indent=1) + "\n", "utf-8")
    return 1 if report.behind or report.offline or report.facets else 0


if __name__ == "__main__":
    sys.exit(main())
