"""Hours without network, then the drain: `scripts/bench/run long_outage --hours 8 --rows 50000`. Exit code 1 on a loss.

Agent, Mosquitto and hub are real processes; the hours are not waited for, the drain is (at 50 rows a second).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from telemetry.outbox_store import DEFAULT_LIMITS, Limits
from tests.chaos.telemetry_outage import Outage, run


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench/run long_outage", description=__doc__)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--rows", type=int, default=DEFAULT_LIMITS.rows, help="what the outbox may hold")
    parser.add_argument("--rows-per-s", type=float, default=50.0)
    parser.add_argument("--json", type=Path, help="also write the figures there")
    asked = parser.parse_args()
    outage = Outage(asked.hours, Limits(rows=asked.rows), asked.rows_per_s)
    with tempfile.TemporaryDirectory(prefix="outage-") as folder:
        figures = run(Path(folder), outage)
    for name, value in asdict(figures).items():
        print(f"{name:20} {value}")
    if asked.json:
        asked.json.write_text(json.dumps(asdict(figures), indent=1) + "\n", "utf-8")
    return 1 if figures.events_stored != figures.events or figures.wrong_times or figures.watermark_behind else 0


if __name__ == "__main__":
    sys.exit(main())
