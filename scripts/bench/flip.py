"""How far from the boundary of a meeting state and lamp change, by the real clock: `scripts/bench/run flip`.

A headless panel with its own ticker in front of a tenant that runs in real time; meetings of a few seconds are
planted ahead and read before they begin. Positive is late.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from common.clock import SystemClock
from roomdisplay.assembly import assembled
from roomdisplay.panel import Panel
from roomdisplay.state import GREEN, Kind
from scripts.bench.change import percentile
from simulator.clock import SimulatedClock
from simulator.server import Simulator
from tests.roomdisplay.site import ACCOUNT, OFFICE, ROOM, settings

AHEAD_S = 6
LENGTH_S = 3
LOOK_EVERY_S = 0.001


async def measure(meetings: int) -> dict[str, Any]:
    """Errors in milliseconds at the starts and ends of `meetings` short meetings."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Simulator.start(OFFICE, clock=SimulatedClock()) as sim:
        config = settings(
            sim, Path(folder), screen={"free_soon_min": 0, "ending_soon_min": 0}, sleep={"enabled": False}
        )
        async with assembled(config, SystemClock()) as panel:
            running = asyncio.create_task(panel.run())
            try:
                return await _errors(sim, panel, meetings)
            finally:
                running.cancel()
                panel.sign_in.close()
                await asyncio.gather(running, return_exceptions=True)


async def _errors(sim: Simulator, panel: Panel, meetings: int) -> dict[str, Any]:
    await _ready(sim, panel)
    edges = _plant(sim, meetings)
    await panel.reader.read()
    late_ms: list[float] = []
    wrong_lamp = 0
    for edge, busy in edges:
        while (panel.state.kind is Kind.BUSY) is not busy:
            assert datetime.now(UTC) < edge + timedelta(seconds=5), f"no flip at {edge}: {panel.state}"
            await asyncio.sleep(LOOK_EVERY_S)
        late_ms.append((time.time() - edge.timestamp()) * 1000)
        wrong_lamp += panel.parts.lamp.shown is not panel.state.lamp  # type: ignore[attr-defined]
    return {
        "boundaries": len(late_ms),
        "earliest_ms": round(min(late_ms), 1),
        "p50_ms": round(percentile(late_ms, 0.5), 1),
        "p99_ms": round(percentile(late_ms, 0.99), 1),
        "lamp_differed": wrong_lamp,
    }


async def _ready(sim: Simulator, panel: Panel) -> None:
    for event in filter(lambda event: event["blocking"], sim.control("GET", f"/_sim/rooms/{ROOM}/truth")["events"]):
        sim.control("DELETE", f"/_sim/meetings/{event['uid']}")
    sim.control("POST", "/_sim/sign-in/auto-approve", {"account": ACCOUNT})
    await panel.sign_in.begin()
    async with asyncio.timeout(30):
        while panel.state.kind not in GREEN:  # noqa: ASYNC110 - a condition, with a limit
            await asyncio.sleep(0.05)


def _plant(sim: Simulator, meetings: int) -> list[tuple[datetime, bool]]:
    first = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=AHEAD_S)
    edges = []
    for number in range(meetings):
        start = first + timedelta(seconds=2 * LENGTH_S * number)
        end = start + timedelta(seconds=LENGTH_S)
        body = {"subject": "x", "start": start.isoformat(), "end": end.isoformat()}
        sim.control("POST", f"/_sim/rooms/{ROOM}/bookings", body)
        edges += [(start, True), (end, False)]
    return edges


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="scripts/bench/run flip", description=__doc__)
    parser.add_argument("--meetings", type=int, default=20)
    args = parser.parse_args()
    logging.basicConfig(level=logging.CRITICAL)
    print(json.dumps(asyncio.run(measure(args.meetings)), indent=1))


if __name__ == "__main__":
    main()
