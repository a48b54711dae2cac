"""The day that the demo plays: what people do at the panel and in Outlook, and what goes wrong in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from common.clock import ManualClock
from roomdisplay.glass import Glass
from roomdisplay.panel import Panel
from roomdisplay.state import Kind
from roomdisplay.view import (
    Action,
    ButtonView,
    ChoicesSheet,
    HomeView,
    ListSheet,
    PinSheet,
    ResultSheet,
    SearchSheet,
    SignInSheet,
    Verb,
)
from scripts import contact_sheet
from simulator.server import Simulator
from ui.window import Frame

LOOK_S = 1.2
"""How long a picture stands before the day goes on."""
WAIT_S = 20.0


class Day:
    """The panel, the tenant, and the pictures taken so far. `out` None plays nothing: a person is at the panel."""

    def __init__(
        self, panel: Panel, glass: Glass, sim: Simulator, clock: ManualClock, account: str, pin: str, out: Path | None
    ) -> None:
        self.panel = panel
        self.glass = glass
        self.sim = sim
        self.clock = clock
        self.account = account
        self.pin = pin
        self.out = out
        self.pictures: list[Frame] = []

    async def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A control call to the simulator."""
        return await asyncio.to_thread(self.sim.control, method, f"/_sim/{path}", body)

    async def sign_in(self) -> None:
        """The panel's account signs in with a device code, as it would on the first day."""
        await asyncio.wait_for(self.glass.first_frame.wait(), WAIT_S)
        await self.control("POST", "sign-in/auto-approve", {"account": self.account})
        await self.panel.sign_in.begin()
        self.clock.step(6)
        await self.until(lambda: self.panel.sign_in.status.state == "signed-in" and not self.panel.state.doubtful)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something to come true on the panel."""
        try:
            async with asyncio.timeout(WAIT_S):
                while not condition():  # noqa: ASYNC110 - what is waited for is many things
                    await asyncio.sleep(0.02)
        except TimeoutError:
            seen = f"{self.panel.state.kind} at {self.panel.state.now:%H:%M} UTC, page {self.panel.page}"
            raise RuntimeError(f"the day does not go on: the panel shows {seen}") from None

    async def kind(self, *kinds: Kind) -> None:
        """Wait for the room's state."""
        await self.until(lambda: self.panel.state.kind in kinds)

    async def at(self, clock: str) -> None:
        """Let the day pass to that time, and read the calendar as a panel that ran all along would have."""
        hour, minute = (int(part) for part in clock.split(":"))
        now = self.clock.now().astimezone(self.panel.config.room.zone)
        target = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.clock.step(max(0.0, (target - now).total_seconds()))
        self.panel.reader.soon()
        await self.until(lambda: (age := self.panel.reader.age_s()) is not None and age < 5)
        self.panel.tick()

    async def picture(self) -> None:
        """Let the glass settle, look at it, keep a picture."""
        await asyncio.sleep(LOOK_S)
        await self.glass.frame(WAIT_S)
        if self.out is None:
            return
        from roomdisplay.screens.capture import picture

        frame = picture(self.panel.view, self.glass.panel, self.glass.theme)
        self.pictures.append(frame)
        self.out.mkdir(parents=True, exist_ok=True)
        name = f"{len(self.pictures):02}-{self.panel.state.kind}.png"
        await asyncio.to_thread((self.out / name).write_bytes, frame.png())

    def contact_sheet(self) -> None:
        """All pictures on one."""
        if self.out and self.pictures:
            contact_sheet.write(self.pictures, self.out / "contact-sheet.png")

    def touch(self, verb: Verb, number: int = 0) -> None:
        """Touch the `number`th button that carries `verb`."""
        found = [button for button in self._buttons() if button.action.verb is verb]
        self.panel.touched()
        self.panel.touch(found[number].action)

    def act(self, verb: Verb, value: str = "") -> None:
        """Touch what is not a button: a slot of the timeline, a key."""
        self.panel.touched()
        self.panel.touch(Action(verb, value))

    def _buttons(self) -> tuple[ButtonView, ...]:
        sheet, home = self.panel.view.sheet, self.panel.view.home
        if isinstance(sheet, ChoicesSheet):
            return sheet.buttons + sheet.extra
        if isinstance(sheet, ResultSheet | ListSheet | SignInSheet | SearchSheet):
            return sheet.buttons
        return home.buttons + home.footer if isinstance(home, HomeView) else ()

    async def result(self) -> None:
        """Wait for the result screen, look, close it."""
        await self.until(lambda: isinstance(self.panel.view.sheet, ResultSheet))
        await self.picture()
        self.act(Verb.CLOSE)

    async def in_room(self, subject: str, start: datetime, minutes: int) -> None:
        """Somebody writes straight into the room's calendar, as a delegate in Outlook may."""
        end = start + timedelta(minutes=minutes)
        body = {"subject": subject, "start": start.isoformat(), "end": end.isoformat()}
        await self.control("POST", f"rooms/{self.panel.config.room.address}/bookings", body)


async def play(day: Day) -> None:
    """The whole day, about two minutes."""
    for scene in (morning, check_in, race, network, sign_in_lost, afternoon, night):
        await scene(day)


async def morning(day: Day) -> None:
    """A walk-in books, wants a little longer, and leaves early."""
    await day.kind(Kind.FREE, Kind.FREE_SOON)
    await day.picture()
    day.touch(Verb.BOOK)
    await day.result()
    await day.picture()
    day.touch(Verb.END)
    await day.picture()
    day.touch(Verb.CONFIRM)
    await day.result()
    await day.kind(Kind.RELEASED, Kind.FREE_SOON, Kind.FREE)
    await day.picture()


async def check_in(day: Day) -> None:
    """The nine o'clock meeting checks in, and near its end asks for more."""
    await day.at("08:57")
    await day.kind(Kind.CHECK_IN)
    await day.picture()
    day.touch(Verb.CHECK_IN)
    await day.result()
    await day.at("09:20")
    await day.kind(Kind.BUSY)
    await day.picture()
    await day.at("09:52")
    await day.kind(Kind.ENDING_SOON)
    await day.picture()
    day.touch(Verb.EXTEND)
    await day.result()
    await day.picture()


async def race(day: Day) -> None:
    """Two people want the room in the same second; the one at the door is told."""
    await day.at("11:42")
    await day.kind(Kind.FREE)
    await day.picture()
    create = day.panel.parts.session.calendars.create

    async def beaten(*args: Any, **values: Any) -> Any:
        await day.in_room("Kundebesøg", day.clock.now().replace(second=0, microsecond=0), 30)
        day.clock.step(1)
        return await create(*args, **values)

    day.panel.parts.session.calendars.create = beaten  # type: ignore[method-assign]
    day.touch(Verb.BOOK, 1)
    await day.result()
    day.panel.parts.session.calendars.create = create  # type: ignore[method-assign]
    await day.kind(Kind.BUSY)
    await day.picture()


async def network(day: Day) -> None:
    """The network goes for five minutes: grey, neutral lamp, no booking; and comes back by itself."""
    await day.control("POST", "faults", {"kind": "drop"})
    day.clock.step(300)
    day.panel.tick()
    await day.kind(Kind.OFFLINE)
    await day.picture()
    await day.control("DELETE", "faults")
    day.touch(Verb.RETRY)
    await day.until(lambda: not day.panel.state.doubtful)
    await day.picture()


async def sign_in_lost(day: Day) -> None:
    """Somebody resets the device account's password: the panel asks for the PIN, shows a code, and is back."""
    await day.control("POST", "sign-in/auto-approve", {"account": ""})
    await day.control("POST", f"accounts/{day.account}", {"revoke": True, "question": True})
    day.clock.step(60)
    day.panel.reader.soon()
    await day.kind(Kind.NEEDS_SIGN_IN)
    await day.picture()
    day.touch(Verb.SIGN_IN)
    day.act(Verb.PIN, day.pin[:3])
    await day.until(lambda: isinstance(day.panel.view.sheet, PinSheet))
    await day.picture()
    day.act(Verb.PIN, day.pin)
    await day.until(lambda: isinstance(sheet := day.panel.view.sheet, SignInSheet) and sheet.code)
    await day.picture()
    await day.control("POST", "sign-in/approve", {"account": day.account})
    day.clock.step(6)
    await day.until(lambda: not day.panel.state.doubtful)


async def afternoon(day: Day) -> None:
    """Another room, a person's name, a fault, a later booking."""
    await day.at("12:58")
    await day.kind(Kind.CHECK_IN)
    day.touch(Verb.CHECK_IN)
    await day.until(lambda: isinstance(day.panel.view.sheet, ResultSheet))
    day.act(Verb.CLOSE)
    await day.at("13:20")
    day.touch(Verb.OPEN_ROOMS)
    await day.until(lambda: isinstance(sheet := day.panel.view.sheet, ListSheet) and sheet.rows)
    await day.picture()
    day.act(Verb.CLOSE)
    day.touch(Verb.OPEN_DAY)
    await day.picture()
    slot = day.clock.now().astimezone(day.panel.config.room.zone).replace(hour=14, minute=30, second=0, microsecond=0)
    day.act(Verb.OPEN_BOOKING, slot.isoformat())
    day.touch(Verb.AS_PERSON)
    day.act(Verb.TYPED, "jesper fri")
    await day.until(lambda: isinstance(sheet := day.panel.view.sheet, SearchSheet) and sheet.rows)
    await day.picture()
    day.act(Verb.PICK_PERSON, "0")
    await day.picture()
    day.touch(Verb.BOOK)
    await day.result()
    day.touch(Verb.OPEN_FAULT)
    await day.picture()
    day.touch(Verb.FAULT_KIND)
    day.touch(Verb.FAULT_SEND)
    await day.result()


async def night(day: Day) -> None:
    """Nobody is there any more."""
    await day.at("21:30")
    await day.kind(Kind.ASLEEP)
    await day.picture()
