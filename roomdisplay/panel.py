"""The door panel without its glass: schedule -> room state -> {view, lamp, telemetry}, once a second and on each touch.

Kivy is one listener of `on_view`; headless, nobody listens and all else is the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from common.tasks import Supervisor, TaskEvent
from drivers.brightness import Brightness
from drivers.errors import DriverError
from drivers.readings import Reading
from roomdisplay import dialog, showing
from roomdisplay.actions import Actions
from roomdisplay.admin_facts import admin_facts
from roomdisplay.by_presence import ByPresence
from roomdisplay.dialog import Situation
from roomdisplay.effects import Effects
from roomdisplay.inputs import inputs
from roomdisplay.no_shows import NoShows
from roomdisplay.occupancy import Presence
from roomdisplay.other_rooms import OtherRooms
from roomdisplay.pages import Admin, Ended, Page, SignIn, Working
from roomdisplay.panel_parts import Parts
from roomdisplay.people import People
from roomdisplay.presenter import Facts
from roomdisplay.reader import CalendarReader
from roomdisplay.results import Results
from roomdisplay.room_facts import RoomFacts
from roomdisplay.senses import Senses
from roomdisplay.showing import Scene
from roomdisplay.sign_in import SignInFlow, Status
from roomdisplay.state import Kind, RoomState, room_state
from roomdisplay.touches import Touches
from roomdisplay.view import PanelView
from roomdisplay.words import Words

log = logging.getLogger(__name__)

IDENTIFY_S = 30.0


class Panel:
    """One door panel. `run` until cancelled; `touches` take what comes from the glass; `view` is what it shows."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.config = parts.config
        self.clock = parts.clock
        self.reporter = parts.reporter
        self.words = self._words(parts.config.screen.language)
        self.reader = CalendarReader(
            parts.session.calendars,
            parts.config.room,
            parts.config.calendar,
            parts.config.hours,
            parts.config.policy,
            parts.clock,
            parts.random,
        )
        self.actions = Actions(
            parts.session.calendars, parts.config.room.address, parts.config.room.zone, parts.clock, self.reader.read
        )
        self.reader.follow_ons = lambda: self.actions.follow_ons
        self.results = Results(self)
        self.reader.on_read = self.results.after_read
        self.reader.on_change = self.results.schedule_changed
        self.room_facts = RoomFacts(parts.config.room, parts.session.places)
        self.other_rooms = OtherRooms(
            parts.session.calendars, parts.session.places, parts.config.room.address, parts.config.other_rooms
        )
        self.senses = Senses(inputs(parts.config.sensors), parts.config.occupancy, parts.clock)
        self.sign_in = SignInFlow(parts.session.auth, parts.clock, self._sign_in_changed)
        self.effects = Effects(self)
        self.page: Page | None = None
        self.admin = False
        self.brightness = Brightness(
            parts.config.auto_dim, self.senses.light, parts.backlight, parts.reporter, parts.clock
        )
        self.on_view: Callable[[PanelView], None] = lambda view: None
        self.touches = Touches(self)
        self.booted_at = self.clock.now()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._identify_until_s = 0.0
        self.sensors = parts.open_sensors(self.sensed) if parts.open_sensors else None
        self.people = People(self)
        self.no_shows = NoShows(self)
        self.by_presence = ByPresence(self)
        self.state = self._evaluate()
        self.view = showing.view(self._scene(), self.words)

    # --- life ---

    async def run(self) -> None:
        """Read, tick and act until cancelled. A task that dies is restarted and reported."""
        self._loop = asyncio.get_running_loop()
        async with Supervisor(self._task_died) as supervisor:
            supervisor.start("calendar", self.reader.run)
            supervisor.start("ticker", self._ticker)
            supervisor.start("effects", self.effects.run)
            supervisor.start("room-facts", self.room_facts.run)
            supervisor.start("no-shows", self.no_shows.run)
            if self.sensors:
                supervisor.start("sensors", self.sensors.run)
            await asyncio.Event().wait()

    def _task_died(self, event: TaskEvent) -> None:
        self.reporter.task_died(event)

    async def _ticker(self) -> None:
        while True:
            self.tick()
            await asyncio.sleep(self._until_next_tick_s())

    def _until_next_tick_s(self) -> float:
        """To the next whole second of the wall clock: boundaries are whole minutes, so a flip is never late."""
        return 1.0 - self.clock.now().microsecond / 1e6

    # --- one step ---

    def tick(self) -> None:
        """Bring view and lamp up to date, start a read that is due, close what nobody touches."""
        self.senses.look()
        self.reader.tick(self.presence)
        self.effects.tick()
        self._go_home()
        self.refresh()
        self.no_shows.tick()
        self.by_presence.tick()
        self.people.tell()
        if self.by_presence.give_back != self.state.give_back and self.no_shows.give_back is None:
            self.refresh()

    def refresh(self) -> None:
        """Evaluate the room, and show it: lamp and glass change in the same step."""
        before, self.state = self.state, self._evaluate()
        self.touches.forget_what_was_answered()
        self._turn_to(dialog.reconcile(self.page, self.situation()))
        if self.page is None:
            self.admin = False  # the PIN opens the menu once
        if (self.state.kind, self.state.doubt) != (before.kind, before.doubt):
            self.reporter.state_changed(before, self.state)
        self._show_lamp()
        self.brightness.follow(asleep=self.state.kind is Kind.ASLEEP)
        view = showing.view(self._scene(), self.words)
        if view != self.view:
            self.view = view
            self.on_view(view)

    def _evaluate(self) -> RoomState:
        view = self.reader.view(recheck=self.touches.rechecking)
        self.no_shows.look(view)
        return room_state(
            view,
            check_ins=self.parts.check_ins.current,
            presence=self.presence,
            presence_since=self.senses.since,
            give_back=self.no_shows.give_back or self.by_presence.give_back,
            released=self.results.released,
            awake=self.touches.awake or self.page is not None,
            booted_at=self.booted_at,
            now=self.clock.now(),
            screen=self.config.screen,
            booking=self.config.booking,
            check_in=self.config.check_in,
            sleep=self.config.sleep,
            hours=self.config.hours,
            zone=self.config.room.zone,
            sensing=self.config.presence,
        )

    def _show_lamp(self) -> None:
        pulse = self.clock.monotonic_s() < self._identify_until_s
        try:
            self.parts.lamp.show(self.state.lamp, pulse=pulse)
        except DriverError as error:
            self.reporter.lamp_failed(error)
        else:
            self.reporter.lamp_works()

    # --- people ---

    @property
    def presence(self) -> Presence:
        """What the sensors say, as the screen shows it."""
        return self.senses.presence

    def sensed(self, reading: Reading) -> None:
        """A sensor told something; may be called from any thread."""
        try:
            here = asyncio.get_running_loop() is self._loop or self._loop is None
        except RuntimeError:
            here = self._loop is None
        if here or self._loop is None:
            self._sense(reading)
        else:
            self._loop.call_soon_threadsafe(self._sense, reading)

    def _sense(self, reading: Reading) -> None:
        if self.senses.take(reading):
            self.refresh()

    # --- pages ---

    def _go_home(self) -> None:
        if self.results.over:
            self.show(None)
        if not self.touches.quiet:
            return
        waits = isinstance(self.page, Working) or (isinstance(self.page, SignIn) and not self.page.problem)
        if self.page is not None and not waits:
            self.show(None)
        if self.page is None:
            self.effects.new_sitting()

    def show(self, page: Page | None) -> None:
        """Go to `page`; the effects use this when something ended."""
        self._turn_to(page)
        self.refresh()

    def _turn_to(self, page: Page | None) -> None:
        before, self.page = self.page, page
        if isinstance(page, Ended) and page is not before:
            self.results.shown()

    # --- what an admin asks for ---

    def identify(self) -> None:
        """Banner and pulsing lamp for 30 s."""
        self._identify_until_s = self.clock.monotonic_s() + IDENTIFY_S
        self.refresh()

    def _sign_in_changed(self, status: Status) -> None:
        if status.state == "signed-in":
            self.reader.soon()
            self.room_facts.soon()
        if isinstance(self.page, SignIn):
            self.show(None if status.state == "signed-in" else status.page)

    def set_brightness(self, percent: int) -> None:
        """Dim or brighten the glass, 10 to 100 %; the light of the corridor may only dim it further."""
        self.brightness.ceiling_percent = min(100, max(10, percent))
        self.refresh()

    def use_language(self, language: str) -> None:
        """Switch the screen's language until the next start."""
        self.words = self._words(language)
        self.refresh()

    def _words(self, language: str) -> Words:
        catalogue = self.parts.catalogue(language)
        return Words(catalogue, self.config.room.zone, self.config.screen.clock_hours)

    # --- presenting ---

    def situation(self) -> Situation:
        """What a step of the dialog may look at."""
        return Situation(self.state, self.reader.schedule, self.admin, has_pin=bool(self.config.admin.pin_hash))

    def redacted_view(self) -> PanelView:
        """The view for pictures that leave the panel."""
        return showing.redacted(self._scene(), self.words)

    def _scene(self) -> Scene:
        return Scene(
            config=self.config,
            state=self.state,
            schedule=self.reader.schedule,
            page=self.page,
            facts=self._facts(),
            identify=self._identify_text(),
            admin=admin_facts(self) if isinstance(self.page, Admin) else None,
        )

    def _identify_text(self) -> str:
        shown = self.clock.monotonic_s() < self._identify_until_s
        return f"{self.config.unit.id} · {self.config.room.name}" if shown else ""

    def _facts(self) -> Facts:
        return Facts(
            room=self.config.room.name,
            room_detail=self.room_facts.detail(self.words),
            screen=self.config.screen,
            hours=self.config.hours,
            other_rooms=self.config.other_rooms.enabled,
            fault_report=self.config.fault_report.enabled,
            last_try=self.reader.last_try,
            toast=self.effects.toast(self.words) or self.people.said,
            toast_action=self.effects.toast_action(self.words),
            brightness=self.brightness.by_software,
            admin=bool(self.config.admin.pin_hash),
            blind=self.config.release.enabled and self.senses.silent,
        )
