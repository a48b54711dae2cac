"""What a fault run plays on: one tenant, one panel, two clocks, a wire that can be cut, and the log of the truth."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from common.clock import ManualClock
from drivers.device import Health
from roomdisplay.assembly import assembled
from roomdisplay.config import RoomConfig
from roomdisplay.panel import Panel
from simulator.server import ControlRefused, Simulator
from tests.chaos.clocks import PanelClock, stepped_time
from tests.chaos.ledger import Ledger
from tests.chaos.sensor_sets import NONE, RunSensors, sections
from tests.chaos.truth import Doubles, TruthLog, booked_of
from tests.chaos.wire_cut import Wire, cuttable
from tests.roomdisplay.site import OFFICE, ROOM, settings

NETWORK = {"connect_timeout_s": 0.15, "read_timeout_s": 0.15, "total_timeout_s": 0.3}
"""Real seconds: what hangs costs little."""

LOOKED_AHEAD = timedelta(hours=6)


class Stage:
    """The parts of one run. `sensors_health` is what its sensors say of themselves, where it has any."""

    def __init__(self, sim: Simulator, true: ManualClock, clock: PanelClock, wire: Wire, config: RoomConfig) -> None:
        self.sim, self.true, self.clock, self.wire = sim, true, clock, wire
        self.log, self.doubles, self.ledger = TruthLog(), Doubles(), Ledger()
        self.sensors_health: Callable[[], tuple[Health, ...]] = tuple
        self.panel: Panel
        self._config = config
        self._version = -1
        self._asked = true.now()

    async def power_on(self, random: Random) -> None:
        """A panel starts and runs; `random` spreads its requests."""
        opened = RunSensors if self._config.sensors else None
        self._parts = AsyncExitStack()
        self.panel = panel = await self._parts.enter_async_context(
            assembled(
                self._config,
                self.clock,
                open_sensors=(lambda publish: opened(lambda: self.sensors_health())) if opened else None,
            )
        )
        panel.reader._random = random
        self.ledger.attend(panel)
        self._running = asyncio.create_task(panel.run())

    async def power_off(self) -> None:
        """It stops, as when its unit is switched off; what it wrote to its disk stays."""
        self.panel.sign_in.close()
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        await self._parts.aclose()

    def seconds(self, instant: datetime) -> float:
        """A true instant on the true monotonic clock."""
        return self.true.monotonic_s() + (instant - self.true.now()).total_seconds()

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
async def staged(
    folder: Path, seed: int, at: datetime, sensors: str = NONE, *, rules: bool = False
) -> AsyncIterator[Stage]:
    """A panel that runs in front of its tenant, not signed in yet.

    Check-in is on with `sensors`, and without them when `seed` is even.
    """
    true = ManualClock(at)
    clock = PanelClock(true)
    wanted: dict[str, Any] = {
        "network": NETWORK,
        "check_in": {"enabled": seed % 2 == 0},
        "meeting": {"end_others": True},
    } | sections(sensors, rules=rules)
    with Simulator.start(OFFICE, clock=true) as sim, hurried(), cuttable() as wire, stepped_time(clock):
        stage = Stage(sim, true, clock, wire, settings(sim, folder, **wanted))
        await stage.power_on(Random(seed))
        try:
            yield stage
        finally:
            wire.down = False
            await stage.power_off()


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
