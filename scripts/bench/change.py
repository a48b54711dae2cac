"""From a change in Outlook to the panel's state, in simulated time: `scripts/bench/run change --samples 400`.

One panel and its tenant on one clock that goes second by second, at random phases. Somebody books the room from now
on, and cancels again once the panel has seen it, in three situations:

    otherwise   nobody there, no start or end of a meeting within ten minutes
    near        the cancellation: the meeting began a moment ago
    person      a booking while the radar says that somebody is there
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

from drivers.readings import Radar
from roomdisplay.occupancy import Presence
from roomdisplay.presence_rules import OPEN
from roomdisplay.state import Kind
from tests.roomdisplay.site import ROOM, Site, site

ALWAYS_OPEN = {"opens": "00:00", "closes": "24:00", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}
RADAR = [{"name": "ceiling", "kind": "ld2410", "driver": "emulated"}]
QUIET_S = (660, 1200)
LONGEST_S = 300


class Bench:
    """Takes the samples. Seconds are simulated."""

    def __init__(self, here: Site, seed: int) -> None:
        self.here, self.dice = here, Random(seed)
        self.radar = Radar.NONE
        self.took_s: dict[str, list[float]] = {"otherwise": [], "near": [], "person": []}
        self.quiet_s = 0.0
        self.quiet_reads = 0

    async def second(self) -> None:
        """One tick of the panel, and whatever it asked for."""
        await self.here.step_with(1, self.radar)
        self.here.panel.refresh()

    async def pass_quietly(self, seconds: float) -> None:
        """Let time pass in which nothing happens."""
        for _ in range(int(seconds)):
            await self.second()

    async def until(self, shown: Callable[[], bool]) -> float:
        """Seconds until the panel shows it; the change came at a random instant of the first."""
        phase = self.dice.random()
        for waited in range(1, LONGEST_S):
            await self.second()
            if shown():
                return waited - phase
        raise AssertionError(f"the panel never showed it: {self.here.panel.state}")

    async def sample(self, situation: str) -> None:
        """One booking and its cancellation, and what both took."""
        panel = self.here.panel
        self.radar = Radar.NONE
        lasts_s = self.dice.uniform(*QUIET_S)
        await self.pass_quietly(660)
        before = panel.reader.requests
        await self.pass_quietly(lasts_s)
        self.quiet_s, self.quiet_reads = self.quiet_s + int(lasts_s), self.quiet_reads + panel.reader.requests - before
        if situation == "person":
            self.radar = Radar.BOTH
            await self.pass_quietly(self.dice.randrange(60, 120))
        assert panel.presence is (Presence.OCCUPIED if situation == "person" else Presence.VACANT)
        assert panel.state.kind in OPEN
        now = self.here.clock.now()
        body = {"subject": "x", "start": now.isoformat(), "end": (now + timedelta(hours=2)).isoformat()}
        made = await self.here.control("POST", f"rooms/{ROOM}/bookings", body)
        self.took_s[situation].append(await self.until(lambda: panel.state.kind is Kind.BUSY))
        await self.pass_quietly(self.dice.randrange(1, 60))
        await self.here.control("DELETE", f"meetings/{made['uid']}")
        took_s = await self.until(lambda: panel.state.kind in OPEN)
        if situation != "person":
            self.took_s["near"].append(took_s)


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def measure(samples: int, seed: int) -> dict[str, object]:
    """Figures of `samples` bookings in each of the two situations, and of the cancellations."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with site(Path(folder), hours=ALWAYS_OPEN, sleep={"enabled": False}, sensors=RADAR) as here:
            for event in filter(lambda event: event["blocking"], (await here.truth())["events"]):
                await here.control("DELETE", f"meetings/{event['uid']}")
            here.clock.step(3600)
            bench = Bench(here, seed)
            await bench.pass_quietly(120)
            for number in range(2 * samples):
                await bench.sample("person" if number % 2 else "otherwise")
            figures: dict[str, object] = {
                situation: {
                    "samples": len(took_s),
                    "p50_s": round(percentile(took_s, 0.5), 1),
                    "p99_s": round(percentile(took_s, 0.99), 1),
                    "most_s": round(max(took_s), 1),
                }
                for situation, took_s in bench.took_s.items()
            }
            return figures | {"requests_per_hour_otherwise": round(bench.quiet_reads / bench.quiet_s * 3600, 1)}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="scripts/bench/run change", description=__doc__)
    parser.add_argument("--samples", type=int, default=400, help="of each situation")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    logging.basicConfig(level=logging.CRITICAL)
    print(json.dumps(asyncio.run(measure(args.samples, args.seed)), indent=1))


if __name__ == "__main__":
    main()
