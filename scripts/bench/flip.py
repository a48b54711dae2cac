"""How long after a boundary lamp and view flip, on a running clock: `scripts/bench/run flip`."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from common.clock import ManualClock
from roomdisplay.assembly import assembled
from roomdisplay.panel import Panel
from simulator.server import Simulator
from tests.roomdisplay.site import OFFICE, ROOM, Site, settings, sign_in

BEGIN = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
"""After the sample office's last meeting: the boundaries are ours alone."""


async def measure(times: int) -> list[float]:
    """Seconds from each boundary to the view that shows it."""
    clock = ManualClock(BEGIN, running=True)
    with tempfile.TemporaryDirectory() as folder, Simulator.start(OFFICE, clock=clock) as sim:
        values = settings(
            sim, Path(folder), sleep={"enabled": False}, screen={"free_soon_min": 0, "ending_soon_min": 0}
        )
        async with assembled(values, clock) as panel:
            running = asyncio.create_task(panel.run())
            here = Site(sim, clock, panel)
            await sign_in(here)
            found = [await _one(here, panel) for _ in range(times)]
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    return found


async def _one(here: Site, panel: Panel) -> float:
    """Book the minute after next in Outlook, read, come near, and wait for the flip to busy."""
    start = here.clock.now().replace(second=0, microsecond=0) + timedelta(minutes=2)
    times = {"start": start.isoformat(), "end": (start + timedelta(minutes=1)).isoformat()}
    await here.control("POST", f"rooms/{ROOM}/bookings", {"subject": "Flip", **times})
    here.clock.step((start - here.clock.now()).total_seconds() - 2.5)
    await here.read()
    flipped: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def seen(_view: object) -> None:
        if panel.state.current and not flipped.done():
            flipped.set_result((here.clock.now() - start).total_seconds())

    panel.on_view = seen
    late_s = await asyncio.wait_for(flipped, 10)
    here.clock.step(90)
    return late_s


def main() -> None:
    """Print median and worst."""
    parser = argparse.ArgumentParser(prog="scripts/bench/run flip", description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    late_ms = sorted(seconds * 1000 for seconds in asyncio.run(measure(parser.parse_args().times)))
    figures = {
        "times": len(late_ms),
        "median_ms": round(late_ms[len(late_ms) // 2], 1),
        "worst_ms": round(late_ms[-1], 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
