"""The stage of the demo: panel, tenant and room, how time passes on them, and the pictures that are taken."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

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
    ResultSheet,
    SearchSheet,
    SignInSheet,
    Verb,
)
from scripts import contact_sheet
from scripts.demo_board import BoardCamera, BoardError
from scripts.demo_hub import DemoHub
from scripts.demo_people import SimulatedRoom
from simulator.server import Simulator
from ui.window import Frame

LOOK_S = 0.9
"""How long a picture stands before the day goes on."""

WAIT_S = 20.0
STEP_S = 5.0
WATCHED_S = 200.0
"""Where hours are left out, the sensors have watched for so long before the next scene: they know the room again."""


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
        self.hub: DemoHub | None = None
        self.camera: BoardCamera | None = None
        self.followed_s: list[float] = []

    @property
    def room(self) -> SimulatedRoom:
        """The people of the played day."""
        assert isinstance(self.panel.sensors, SimulatedRoom)
        return self.panel.sensors

    # --- the tenant ---

    async def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A control call to the simulator."""
        return await asyncio.to_thread(self.sim.control, method, f"/_sim/{path}", body)

    async def in_room(self, subject: str, start: datetime, minutes: int) -> None:
        """Somebody writes straight into the room's calendar, as a delegate in Outlook may."""
        end = start + timedelta(minutes=minutes)
        body = {"subject": subject, "start": start.isoformat(), "end": end.isoformat()}
        await self.control("POST", f"rooms/{self.panel.config.room.address}/bookings", body)

    async def busy(self) -> bool:
        """Whether the tenant, not the panel, says that the room is taken now."""
        at = quote(self.clock.now().isoformat())
        return bool((await self.control("GET", f"rooms/{self.panel.config.room.address}/truth?at={at}"))["busy"])

    async def declined(self) -> list[dict[str, Any]]:
        """The messages in which the room declined a meeting, newest last."""
        told = (await self.control("GET", "mail"))["meeting_messages"]
        return [message for message in told if message.get("response") == "declined"]

    async def sign_in(self) -> None:
        """The panel's account signs in with a device code, as it would on the first day."""
        await asyncio.wait_for(self.glass.first_frame.wait(), WAIT_S)
        await self.control("POST", "sign-in/auto-approve", {"account": self.account})
        await self.panel.sign_in.begin()
        self.clock.step(6)
        await self.until(lambda: self.panel.sign_in.status.state == "signed-in" and not self.panel.state.doubtful)

    # --- time ---

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something to come true on the panel."""
        try:
            async with asyncio.timeout(WAIT_S):
                while not condition():  # noqa: ASYNC110 - what is waited for is many things
                    await asyncio.sleep(0.005)
        except TimeoutError:
            seen = f"{self.panel.state.kind} at {self.panel.state.now:%H:%M} UTC, page {self.panel.page}"
            raise RuntimeError(f"the day does not go on: the panel shows {seen}") from None

    async def kind(self, *kinds: Kind) -> None:
        """Wait for the room's state."""
        await self.until(lambda: self.panel.state.kind in kinds)

    def _left_s(self, clock: str) -> float:
        now = self.clock.now().astimezone(self.panel.config.room.zone)
        hour, minute, second = (int(part) for part in f"{clock}:0".split(":")[:3])
        return (now.replace(hour=hour, minute=minute, second=second, microsecond=0) - now).total_seconds()

    async def at(self, clock: str) -> None:
        """Leave out the hours until shortly before that time, and live from there."""
        await self.skip(max(0.0, self._left_s(clock) - WATCHED_S))
        await self.live(clock)

    async def skip(self, seconds: float) -> None:
        """Leave time out: nobody watches meanwhile. The calendar is read, as by a panel that ran all along."""
        self.clock.step(seconds)
        self.room.skip()
        self.panel.reader.soon()
        await self.until(lambda: (age := self.panel.reader.age_s()) is not None and age < 5)
        self.panel.tick()

    async def live(self, clock: str) -> None:
        """Let the day pass to that time, with all that sensors, calendar and panel do on the way."""
        while (left_s := self._left_s(clock)) > 0:
            self.clock.step(min(STEP_S, left_s))
            self.room.tell()
            self.panel.tick()
            await asyncio.sleep(0)
            await self.until(lambda: not self.panel.reader.reading and self.panel.effects.idle)

    # --- the hub ---

    async def board_follows(self) -> None:
        """Wait until the hub knows what the panel shows now, and note how long that took."""
        if self.hub is None:
            return
        began_s, wanted = time.monotonic(), str(self.panel.state.kind)
        while ((seen := await self.hub.seen()) or {}).get("state") != wanted:
            if time.monotonic() - began_s > WAIT_S:
                raise RuntimeError(f"the panel shows {wanted}, the hub has heard {seen}")
            await asyncio.sleep(0.05)
        self.followed_s.append(time.monotonic() - began_s)

    async def board_picture(self) -> None:
        """The hub's board, as a browser shows it."""
        if self.camera is None or self.out is None:
            return
        self.out.mkdir(parents=True, exist_ok=True)
        try:
            frame = await self.camera.picture(self.out / f"{len(self.pictures) + 1:02}-hub-board.png")
        except BoardError as error:
            self.say(f"No picture of the hub's board: {error}.")
            return
        self.pictures.append(frame)
        self.say("That is the hub's board in a browser, with the other rooms of the office.")

    # --- what is seen ---

    def say(self, text: str) -> None:
        """Tell what happens, with the time on the panel."""
        print(f"{self.clock.now().astimezone(self.panel.config.room.zone):%H:%M}  {text}", flush=True)

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

    # --- fingers ---

    def touch(self, verb: Verb, number: int = 0) -> None:
        """Touch the `number`th button that carries `verb`."""
        found = [button for button in self._buttons() if button.action.verb is verb]
        self.panel.touches.touched()
        self.panel.touches.act(found[number].action)

    def act(self, verb: Verb, value: str = "") -> None:
        """Touch what is not a button: a slot of the timeline, a key."""
        self.panel.touches.touched()
        self.panel.touches.act(Action(verb, value))

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
