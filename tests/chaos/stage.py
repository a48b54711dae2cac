"""What a fault run plays on: one tenant, one panel, two clocks, a wire that can be cut, and the log of the truth."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from common.clock import ManualClock
from roomdisplay.assembly import assembled
from roomdisplay.panel import Panel
from simulator.server import ControlRefused, Simulator
from tests.chaos.clocks import PanelClock, stepped_time
from tests.chaos.ledger import Ledger
from tests.chaos.truth import Doubles, TruthLog, booked_of
from tests.chaos.wire_cut import Wire, cuttable
from tests.roomdisplay.site import OFFICE, ROOM, settings

NETWORK = {"connect_timeout_s": 0.15, "read_timeout_s": 0.15, "total_timeout_s": 0.3}
"""Real seconds: what hangs costs little."""

LOOKED_AHEAD = timedelta(hours=6)


class Stage:
    """The parts of one run."""

    def __init__(self, sim: Simulator, panel: Panel, true: ManualClock, clock: PanelClock, wire: Wire) -> None:
        self.sim, self.panel, self.true, self.clock, self.wire = sim, panel, true, clock, wire
        self.log, self.doubles, self.ledger = TruthLog(), Doubles(), Ledger(panel)
        self._version = -1
        self._asked = true.now()

    def control(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, may_fail: bool = False
    ) -> dict[str, Any]:
        """A control call to the simulator."""
        try:
            return self.sim.control(method, f"/_sim/{path}", body)
        except ControlRefused:
            if may_fail:
                return {}
            raise

    def record(self) -> None:
        """Ask the tenant what is so, when something may have changed."""
        tenant, now = self.sim.tenant, self.true.now()
        same = tenant.mailboxes.calendar(ROOM).version == self._version and not len(tenant.agenda)
        if same and now - self._asked < LOOKED_AHEAD:
            return
        events = self.control("GET", f"rooms/{ROOM}/truth")["events"]
        self._version, self._asked = tenant.mailboxes.calendar(ROOM).version, now
        before = self.log.record(now, booked_of(events))
        if before is not None:
            self.doubles.step(before, self.log.newest)
        self.ledger.see(self.log.newest)


@asynccontextmanager
async def staged(folder: Path, seed: int, at: datetime) -> AsyncIterator[Stage]:
    """A panel that runs in front of its tenant, not signed in yet. Check-in is on when `seed` is even."""
    true = ManualClock(at)
    clock = PanelClock(true)
    sections: dict[str, Any] = {
        "network": NETWORK,
        "check_in": {"enabled": seed % 2 == 0},
        "meeting": {"end_others": True},
    }
    with Simulator.start(OFFICE, clock=true) as sim, hurried(), cuttable() as wire, stepped_time(clock):
        async with assembled(settings(sim, folder, **sections), clock) as panel:
            panel.reader._random = Random(seed)
            running = asyncio.create_task(panel.run())
            try:
                yield Stage(sim, panel, true, clock, wire)
            finally:
                wire.down = False
                panel.sign_in.close()
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


@contextmanager
def hurried() -> Iterator[None]:
    """Pauses that are real seconds in the product are hundredths here; their number and order stay."""
    with (
        patch("roomdisplay.reader.CONFIRM_EMPTY_S", 0.005),
        patch("graph.client._FIRST_PAUSE_S", 0.005),
        patch("roomdisplay.actions.REPEATS_S", (0.01, 0.01, 0.01, 0.01)),
        patch("roomdisplay.effects.TYPING_PAUSE_S", 0.005),
        patch("roomdisplay.sign_in.POLL_S", 0.01),
    ):
        yield
