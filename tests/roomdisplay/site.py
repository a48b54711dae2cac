"""One panel in front of the simulated tenant: real msal and httpx over TLS, one clock that both stand on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from common.clock import ManualClock
from drivers.device import Condition, Health
from drivers.emulators.lamp import EmulatedLamp
from drivers.lamp import LampColour
from drivers.readings import Reading, Value
from graph.errors import GraphError, SignInNeeded
from roomdisplay.assembly import assembled
from roomdisplay.config import RoomConfig
from roomdisplay.panel import Panel
from roomdisplay.state import Kind, RoomState
from roomdisplay.view import Action, ButtonView, ChoicesSheet, HomeView, ResultSheet, Verb
from simulator.server import Simulator

OFFICE = Path(__file__).parents[2] / "simulator" / "offices" / "nordhavn.toml"
ROOM = "storebaelt@nordhavn.example"
ACCOUNT = "mydesk@nordhavn.example"
CLIENT = "11111111-aaaa-4bbb-8ccc-000000000001"
FRAMES = 5
"""A radar sends ten a second; three that move in a row are somebody."""

MORNING = datetime(2026, 11, 23, 10, 42, tzinfo=UTC)
"""11:42 in Copenhagen, the moment of the mock-up: free until 13:00."""


def settings(sim: Simulator, folder: Path, **sections: Any) -> RoomConfig:
    """The configuration of a panel in that tenant; `sections` are merged over it."""
    values: dict[str, Any] = {
        "unit": {"id": "test-panel", "state_folder": str(folder), "control_socket": ""},
        "room": {"address": ROOM, "name": "Storebælt"},
        "graph": {
            "tenant_id": "nordhavn.example",
            "client_id": CLIENT,
            "account": ACCOUNT,
            "sign_in": "device-code",
            "authority_url": sim.url,
            "graph_url": f"{sim.url}/v1.0",
            "token_cache_file": str(folder / "tokens"),
            "token_key_file": str(folder / "tokens.key"),
        },
        "network": {"ca_file": str(sim.ca_file), "read_timeout_s": 1.0, "total_timeout_s": 2.0},
        "booking": {"by_name": True},
        "meeting": {"release": True},
        "lamp": {"driver": "emulated"},
    }
    for name, section in sections.items():
        values[name] = section if isinstance(section, list) else values.get(name, {}) | section
    return msgspec.convert(values, RoomConfig)


class Wires:
    """The sensors of a panel whose readings come from a test: `say` what one reads, `condition` how one is."""

    def __init__(self, publish: Callable[[Reading], None]) -> None:
        self.publish = publish
        self.conditions: dict[str, Condition] = {}

    async def run(self) -> None:
        await asyncio.Event().wait()

    def health(self) -> tuple[Health, ...]:
        return tuple(Health(name, "ld2410", condition, 0.5) for name, condition in self.conditions.items())

    def close(self) -> None:
        """There is nothing to give back."""


class Site:
    """A running panel, its tenant, and their clock."""

    def __init__(self, sim: Simulator, clock: ManualClock, panel: Panel) -> None:
        self.sim = sim
        self.clock = clock
        self.panel = panel

    def state(self) -> RoomState:
        """What the panel makes of the room, now: a call, for it changes between two assertions."""
        return self.panel.state

    def lamp(self) -> LampColour:
        """What the lamp shows now."""
        assert isinstance(self.panel.parts.lamp, EmulatedLamp)
        return self.panel.parts.lamp.shown

    @property
    def home(self) -> HomeView:
        assert isinstance(self.panel.view.home, HomeView)
        return self.panel.view.home

    async def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A control call to the simulator, off the loop."""
        return await asyncio.to_thread(self.sim.control, method, f"/_sim/{path}", body)

    async def until(self, condition: Callable[[], object], timeout_s: float = 8.0) -> None:
        """Wait until `condition()` holds; AssertionError with what the panel shows when it does not."""
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise AssertionError(f"waited in vain; state {self.panel.state}, page {self.panel.page}") from None

    async def kind(self, kind: Kind) -> None:
        """Wait until the panel shows `kind`."""
        await self.until(lambda: self.panel.state.kind is kind)

    async def step(self, seconds: float) -> None:
        """Let time pass for both, and the panel tick."""
        self.clock.step(seconds)
        self.panel.tick()
        await asyncio.sleep(0)

    @property
    def wires(self) -> Wires:
        assert isinstance(self.panel.sensors, Wires)
        return self.panel.sensors

    async def live(self, until: str, *values: Value, name: str = "ceiling", every_s: float = 5.0) -> None:
        """Let the day pass to that time in the room's zone; the sensor says `values` again and again, or nothing."""
        clocks = [int(part) for part in until.split(":")]
        local = self.clock.now().astimezone(self.panel.config.room.zone)
        target = local.replace(hour=clocks[0], minute=clocks[1], second=clocks[2] if len(clocks) > 2 else 0)
        while (left_s := (target - self.clock.now()).total_seconds()) > 0:
            await self.step_with(min(every_s, left_s), *values, name=name)

    async def step_with(self, seconds: float, *values: Value, name: str = "ceiling") -> None:
        """One step of the clock, the readings of its last half second, one tick, and all that this starts."""
        self.clock.step(seconds)
        for number in range(FRAMES if values else 0):
            at_s = self.clock.monotonic_s() - 0.1 * (FRAMES - number)
            for value in values:
                self.wires.publish(Reading(name, at_s, value))
        self.panel.tick()
        await asyncio.sleep(0)
        await self.until(lambda: not self.panel.reader.reading and self.panel.effects.idle)

    async def read(self) -> None:
        """Let the panel read the calendar now."""
        with suppress(GraphError):
            await self.panel.reader.read()
        self.panel.refresh()

    async def truth(self, room: str = ROOM) -> dict[str, Any]:
        """What the simulator knows of the room at this instant."""
        return await self.control("GET", f"rooms/{room}/truth?at={quote(self.clock.now().isoformat())}")

    def buttons(self) -> tuple[ButtonView, ...]:
        """What can be touched: of the sheet if there is one, else of the home view."""
        sheet = self.panel.view.sheet
        if isinstance(sheet, ChoicesSheet):
            return sheet.buttons + sheet.extra
        return sheet.buttons if sheet and hasattr(sheet, "buttons") else self.home.buttons + self.home.footer

    def touch(self, verb: Verb, number: int = 0) -> ButtonView:
        """Touch the `number`th button that carries `verb`."""
        found = [button for button in self.buttons() if button.action.verb is verb]
        assert found, f"no {verb} among {[button.action for button in self.buttons()]}"
        if self.panel.touches.touched():
            self.panel.touches.act(found[number].action)
        return found[number]

    def act(self, verb: Verb, value: str = "") -> None:
        """Send an action that is not on a button: timeline slots and typed text."""
        self.panel.touches.act(Action(verb, value))

    async def result(self) -> ResultSheet:
        """Wait for the result screen."""
        await self.until(lambda: isinstance(self.panel.view.sheet, ResultSheet))
        sheet = self.panel.view.sheet
        assert isinstance(sheet, ResultSheet)
        return sheet


@asynccontextmanager
async def site(
    folder: Path, *, at: datetime = MORNING, office: Path = OFFICE, signed_in: bool = True, **sections: Any
) -> AsyncIterator[Site]:
    """A panel that has signed in and read its calendar once."""
    clock = ManualClock(at)
    with Simulator.start(office, clock=clock) as sim:
        async with assembled(settings(sim, folder, **sections), clock, open_sensors=Wires) as panel:
            task = asyncio.create_task(panel.run())
            here = Site(sim, clock, panel)
            try:
                if signed_in:
                    await sign_in(here)
                yield here
            finally:
                await quiet(here)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


async def quiet(here: Site) -> None:
    """Let what is on the wire end: a TLS handshake that is cancelled leaves its socket to the garbage collector."""
    await here.control("DELETE", "faults")
    await here.until(lambda: not here.panel.reader.reading)


async def sign_in(here: Site) -> None:
    """Sign the device account in with a device code that the simulator approves."""
    await here.control("POST", "sign-in/auto-approve", {"account": ACCOUNT})
    auth = here.panel.parts.session.auth
    await auth.begin_device_code()
    here.clock.step(6)
    await auth.poll_device_code()
    await here.until(lambda: auth.state.signed_in)
    await here.read()
    await here.until(lambda: here.panel.reader.schedule or not isinstance(here.panel.reader.error, SignInNeeded))
