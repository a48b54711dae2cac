"""The kiosk without its glass: events in, the flow, then {view, register, messages, badges, speech}.

Kivy is one listener of `on_view`; headless, nobody listens and all else is the same.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from common.clock import Clock
from common.tasks import Supervisor, TaskEvent
from drivers.backlight import Backlight
from drivers.device import Health
from drivers.printers.printer import Printer
from drivers.readings import Light, Reading, Scan
from graph.session import Session
from kiosk import flow
from kiosk.admin_facts import AdminFacts
from kiosk.arrivals import Arrivals
from kiosk.badge_jobs import BadgeJobs
from kiosk.badge_keys import BadgeKeys
from kiosk.badge_printing import BadgePrinting
from kiosk.code_reading import CodeReader
from kiosk.config import KioskConfig
from kiosk.desk import Desk
from kiosk.display import Display
from kiosk.events import EvacuationChanged, Event, HealthChanged, Scanned, Stirred, Tick, Touched
from kiosk.forgetting import Forgetting
from kiosk.health import Doctor
from kiosk.host_index import HostIndex
from kiosk.host_photos import HostPhotos
from kiosk.invitation_records import InvitationRecords
from kiosk.kiosk_effects import Effect, SpeakAgain, Wipe
from kiosk.messenger import Messenger
from kiosk.network_watch import NetworkWatch
from kiosk.presenter import Facts, present_in
from kiosk.printed_lines import DrawLine
from kiosk.privacy_notice import versions
from kiosk.register import Register
from kiosk.reporting import Reporter
from kiosk.scanner import Scanner
from kiosk.searching import Searching
from kiosk.setup import Setup, Situation
from kiosk.sharing import Sharing
from kiosk.speech import Speech
from kiosk.states import FlowState
from kiosk.view import Action, KioskView
from kiosk.words import Words
from ui.translations import Translations

log = logging.getLogger(__name__)

TICK_S = 0.25
IDENTIFY_S = 30.0
COLLECT_EVERY_S = 10.0


class Sensors(Protocol):
    """drivers.sensors.Sensors: what tells the light."""

    async def run(self) -> None: ...

    def health(self) -> tuple[Health, ...]: ...

    def close(self) -> None: ...


OpenSensors = Callable[[Callable[[Reading], None]], Sensors]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a kiosk is made of; everything that touches the world is passed in."""

    config: KioskConfig
    setup: Setup
    session: Session
    clock: Clock
    register: Register
    forgetting: Forgetting
    hosts: HostIndex
    messenger: Messenger
    printer: Printer
    printing: BadgePrinting
    badge_keys: BadgeKeys
    records: InvitationRecords
    sharing: Sharing
    codes: CodeReader
    scanner: Scanner
    speech: Speech
    reporter: Reporter
    draw: DrawLine = field(repr=False)
    catalogues: Mapping[str, Translations] = field(repr=False)
    drawable: frozenset[int] | None = field(default=None, repr=False)
    photos: HostPhotos | None = None
    """None: the site shows none"""
    backlight: Backlight | None = None
    open_sensors: OpenSensors | None = None


class Kiosk:
    """One lobby kiosk. `run` until cancelled; `touch` comes from the glass; `view` is what it shows."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.config = parts.config
        self.clock = parts.clock
        self.words = {
            language: Words(catalogue, parts.setup.zone, parts.config.screen.clock_hours)
            for language, catalogue in parts.catalogues.items()
        }
        self._notices = versions(parts.setup, self.words)
        self.on_view: Callable[[KioskView], None] = lambda view: None
        self.searching = Searching(self)
        self.badges = BadgeJobs(self)
        self.arrivals = Arrivals(self)
        self.desk = Desk(self)
        self.doctor = Doctor(self)
        self.admin_facts = AdminFacts()
        self.network = NetworkWatch(parts.session, parts.clock, lit=lambda: not self.display.asleep, on_back=self._back)
        self._identify_until_s = 0.0
        self._spoken = ""
        self.state: FlowState = flow.at_rest(parts.setup)
        self.display = Display(self)
        self.sensors = parts.open_sensors(self.sensed) if parts.open_sensors else None
        self.view = self._present()

    # --- life ---

    async def run(self) -> None:
        """Serve guests until cancelled. A task that dies is restarted and reported."""
        await self._take_up()
        parts = self.parts
        async with Supervisor(self._task_died) as supervisor:
            supervisor.start("ticker", self._ticker)
            supervisor.start("messenger", parts.messenger.run)
            supervisor.start("hosts", parts.hosts.run)
            supervisor.start("printer", parts.printer.run)
            supervisor.start("labels", parts.printing.run)
            supervisor.start("badges", self.badges.run)
            supervisor.start("forgetting", parts.forgetting.run)
            supervisor.start("scanner", lambda: parts.scanner.run(self.sensed))
            supervisor.start("invitations", self._collect)
            supervisor.start("sharing", parts.sharing.run)
            supervisor.start("health", self.doctor.run)
            supervisor.start("network", self.network.run)
            if self.sensors:
                supervisor.start("sensors", self.sensors.run)
            await asyncio.Event().wait()

    async def _take_up(self) -> None:
        """An evacuation outlives a restart, and so do badges; the directory is taken from the disk."""
        await self.parts.hosts.open()
        await self.desk.take_up()
        self.parts.sharing.on_taken = self.desk.list_changed
        await self.badges.take_up()

    def _task_died(self, event: TaskEvent) -> None:
        self.parts.reporter.task_died(event)

    async def _ticker(self) -> None:
        while True:
            self.feed(Tick())
            await asyncio.sleep(TICK_S)

    async def _collect(self) -> None:
        """Records of invitations that an admin or the agent put into the inbox."""
        while True:
            await self.parts.records.collect()
            await self.parts.records.prune(self.clock.now(), clock_sure=self.clock.synchronised())
            await asyncio.sleep(COLLECT_EVERY_S)

    @property
    def busy(self) -> bool:
        """Something that was begun is not finished: a search, a sign-in, a message on its way."""
        working = self.parts.messenger.working or self.badges.working or self.network.working
        return working or any(one.busy for one in (self.searching, self.arrivals, self.desk))

    # --- one step ---

    def feed(self, event: Event) -> None:
        """One event of the flow: the screen changes in the same step, what takes time is begun."""
        before = self.state
        self.state, effects = flow.step(before, event, self.clock.monotonic_s(), self._situation())
        for effect in effects:
            self._do(effect)
        self.refresh()

    def refresh(self) -> None:
        """Show the state as it is."""
        self.display.follow()
        view = self._present()
        if view != self.view:
            self.view = view
            self.on_view(view)
        if view.spoken != self._spoken:
            self._spoken = view.spoken
            self.parts.speech.say(view.spoken, self.state.language)

    def touch(self, action: Action) -> None:
        """Something that carries `action` was touched."""
        self.display.wake()
        self.feed(Touched(action))

    def stirred(self) -> None:
        """A finger asked for nothing."""
        self.feed(Stirred())

    def sensed(self, reading: Reading) -> None:
        """The scanner read a code, or a sensor the light."""
        match reading.value:
            case Scan(text=text):
                self.display.wake()
                self.feed(Scanned(text))
            case Light() as light:
                self.display.take(reading, light)

    def health_changed(self) -> None:
        """Network, printer, directory, clock or register may be otherwise."""
        health = self.doctor.health()
        if health != self.state.health:
            self.parts.reporter.health_changed(self.state.health, health)
            self.feed(HealthChanged(health))

    def reachable(self) -> None:
        """Somebody signed in, or says that Microsoft 365 is there again: what waits for it is tried now."""
        self.network.wake()
        self._back()

    def _back(self) -> None:
        self.parts.hosts.wake()
        self.parts.messenger.wake()

    def evacuation_changed(self, active: bool) -> None:
        """Ordered or ended from outside, or found in the register."""
        self.feed(EvacuationChanged(active))

    @property
    def identifying(self) -> bool:
        """Somebody looks for this kiosk among many."""
        return self.clock.monotonic_s() < self._identify_until_s

    def identify(self) -> None:
        """Banner for 30 s."""
        self._identify_until_s = self.clock.monotonic_s() + IDENTIFY_S
        self.refresh()

    def _do(self, effect: Effect) -> None:
        match effect:
            case Wipe():
                self.searching.new_session()
                self.parts.speech.stop()
            case SpeakAgain():
                self.parts.speech.say(self.view.spoken, self.state.language)
            case _:
                for worker in (self.searching, self.arrivals, self.desk):
                    if worker.begin(effect):
                        return
                log.error("nobody does %s", type(effect).__name__)

    # --- presenting ---

    def _situation(self) -> Situation:
        return Situation(self.parts.setup, secrets.token_hex(16), self._notices, self.parts.drawable)

    def _present(self) -> KioskView:
        return present_in(self.words, self.state, self._facts())

    def _facts(self) -> Facts:
        now_s = self.clock.monotonic_s()
        identify = f"{self.config.unit.id} · {self.config.site.name}" if self.identifying else ""
        return Facts(
            setup=self.parts.setup,
            now=self.clock.now(),
            now_s=now_s,
            brightness=self.display.brightness.by_software,
            asleep=self.display.asleep,
            identify=identify,
            drawable=self.parts.drawable,
            admin=self.admin_facts,
        )
