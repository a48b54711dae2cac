"""The register of visits, for the event loop: one worker thread, one file, open visits decrypted in RAM.

>>> register = Register(folder, RegisterSection(), zone, clock)                 # doctest: +SKIP
>>> await register.open()                                                       # doctest: +SKIP
>>> await register.sign_in([visit], tell=Channel.MAIL)                          # doctest: +SKIP
>>> register.open_visits()                                                      # doctest: +SKIP

What a method returned is on the disk. A file that is damaged is set aside and the register goes on empty, which
`state` and the audit log say; any other fault is raised, nothing of the call is written then, and the next call tries
again. All calls may be repeated with the same ids.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from common.clock import Clock
from common.database import StoreError, StoreFault, translated
from common.visiting.day_keys import AesGcm, Cipher, KeyRing
from drivers.printers.jobs import JobState
from kiosk.audit import Actor, AuditEvent
from kiosk.day_end import EvacuationList, evacuation_list
from kiosk.message_table import Message, Rung
from kiosk.model import Answer, Channel, LeftBy, Visit, VisitState
from kiosk.print_table import PrintJob
from kiosk.register_folder import DATABASE, KEYS, UPTIME, Lock, prepare, set_aside
from kiosk.register_store import RegisterStore, Signature, WriteTime
from kiosk.second_factor import find_open
from kiosk.settings import RegisterSection
from kiosk.uptime import UptimeCounter

MOST_WAITING = 200
_log = logging.getLogger(__name__)
T = TypeVar("T")
Work = Callable[[RegisterStore, WriteTime], T]


@dataclass(frozen=True, slots=True)
class RegisterState:
    """How the register is. `fault` is empty while it works; `set_aside` names a file that was damaged.

    `unreadable` people are on site whose key is lost.
    """

    fault: str = ""
    set_aside: str = ""
    open: int = 0
    unreadable: int = 0


class Register:
    """The register of one kiosk. `cipher` is for tests. StoreError from every coroutine.

    `unit` is the kiosk's id; with `shared`, changes are noted for the hub. `on_change` is called, in the loop, after
    everything that may have changed a visit.
    """

    def __init__(
        self,
        folder: Path,
        settings: RegisterSection,
        zone: ZoneInfo,
        clock: Clock,
        *,
        cipher: Cipher | None = None,
        boot: str = "",
        unit: str = "",
        shared: bool = False,
    ) -> None:
        self.folder = folder
        self.settings = settings
        self.zone = zone
        self.clock = clock
        self._cipher = cipher or AesGcm()
        self._boot = boot
        self._unit = unit
        self.shared = shared
        self.on_change: Callable[[], None] = lambda: None
        self._lock: Lock | None = None
        self._store: RegisterStore | None = None
        self._uptime: UptimeCounter | None = None
        self._open: tuple[Visit, ...] = ()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="register")
        self._waiting = 0
        self._recovered = False
        self.state = RegisterState()

    def __repr__(self) -> str:
        return f"Register({len(self._open)} open)"

    async def open(self) -> None:
        """Open the file, or make it. RegisterBusyError when another process has it."""
        await self.apply(lambda store, at: None)

    async def close(self) -> None:
        """End the worker; may be called again."""
        await asyncio.get_running_loop().run_in_executor(None, self.close_now)

    def close_now(self) -> None:
        """The same without a loop."""
        self._worker.shutdown(wait=True)
        self._drop()
        if self._lock:
            self._lock.release()
            self._lock = None

    async def sign_in(
        self,
        visits: Sequence[Visit],
        *,
        tell: Channel | None,
        signatures: Mapping[str, Signature] | None = None,
        badges: bool = False,
    ) -> tuple[Visit, ...]:
        """Write visits, on site now, all or none, with a message by `tell` for each host; None tells nobody.

        With `badges` a print job for each. A visit that is expected becomes one on site; one that came already stays
        as it is, and so do its messages and its badge. Returns them as they stand, with `delete_on`.
        """
        days, signed = self.settings.retention_days, signatures or {}
        return await self.apply(lambda store, at: store.sign_in(visits, at, days, tell, signed, badges=badges))

    async def expect(self, visits: Sequence[Visit]) -> None:
        """Note invited guests, with `expected_at`; those of known ids stay as they are."""
        await self.apply(lambda store, at: store.expect(visits, at, self.settings.retention_days))

    async def expected(self) -> tuple[Visit, ...]:
        """Those who are to come. Never for a screen that guests see."""
        return (await self.apply(lambda store, at: store.in_states([VisitState.EXPECTED]), refresh=False))[0]

    async def sign_out(self, visit_id: str, by: LeftBy, at: datetime | None = None) -> bool:
        """End a visit at `at`, or now. False: it is not open."""
        return await self.apply(lambda store, now: store.sign_out(visit_id, by, at or now.now))

    def open_visits(self) -> tuple[Visit, ...]:
        """Who is on site, from RAM."""
        return self._open

    def find_open(self, full_name: str, second_factor: str) -> Visit | None:
        """The one open visit that fits; None for none, and for several. Nobody is to be shown the difference."""
        return find_open(self._open, full_name, second_factor)

    async def by_id(self, visit_id: str) -> Visit | None:
        """Any visit that is not forgotten."""
        return await self.apply(lambda store, at: store.by_id(visit_id), refresh=False)

    async def change(self, visit: Visit, actor: Actor = Actor.ADMIN) -> bool:
        """Correct guest, host, type, planned end. False: there is no such visit."""

        def work(store: RegisterStore, at: WriteTime) -> bool:
            return store.change(visit, lambda: store.audit.note(at.now, actor, AuditEvent.CHANGED, visit.id))

        return await self.apply(work)

    async def evacuation(self) -> EvacuationList:
        """Who is in the building, those included whom the clock signed out lately."""

        def work(store: RegisterStore, at: WriteTime) -> EvacuationList:
            visits, unreadable = store.in_states([VisitState.ON_SITE, VisitState.LEFT_ASSUMED])
            return evacuation_list(visits, store.meta.found(), at.now, unreadable)

        return await self.apply(work, refresh=False)

    async def tick(self, visit_id: str, *, found: bool) -> bool:
        """Somebody was found at the assembly point, or not after all."""
        return await self._write(lambda store, at: store.meta.tick(visit_id, found=found))

    async def set_evacuation(self, active: bool, actor: Actor = Actor.ADMIN) -> bool:
        """Remember across restarts; an evacuation begins with nobody found. False: it stood so already."""
        event = AuditEvent.EVACUATION_BEGAN if active else AuditEvent.EVACUATION_ENDED

        def work(store: RegisterStore, at: WriteTime) -> bool:
            changed = store.meta.set_evacuation(active, at.now)
            if changed:
                store.audit.note(at.now, actor, event)
            return changed

        return await self._write(work)

    async def evacuating(self) -> bool:
        """Whether an evacuation is on."""
        return await self.apply(lambda store, at: store.meta.evacuating, refresh=False)

    async def evacuating_since(self) -> datetime | None:
        """When the one that is on was begun, by the clock of then."""
        return await self.apply(lambda store, at: store.meta.evacuating_since, refresh=False)

    async def messages_due(self, most: int = 20) -> tuple[Message, ...]:
        """Messages to send now. One with `repeat` may have arrived before, and is to say so."""
        return await self.apply(lambda store, at: store.messages.due(at.now, most), refresh=False)

    async def messages_of(self, visit_id: str) -> tuple[Message, ...]:
        """The ladder of one visit so far."""
        return await self.apply(lambda store, at: store.messages.of(visit_id), refresh=False)

    async def add_message(self, visit_id: str, rung: Rung, channel: Channel, due_at: datetime | None = None) -> None:
        """Queue the next step of the ladder; once for each rung and channel. A visit that is forgotten tells nobody."""
        await self._write(lambda store, at: store.add_message(visit_id, rung, channel, at.now, due_at))

    async def message_sending(self, message_id: int) -> bool:
        """Call before the network is asked. False: do not send it."""
        return await self._write(lambda store, at: store.messages.take(message_id))

    async def message_sent(self, message_id: int) -> bool:
        """The far side has accepted it."""
        return await self._write(lambda store, at: store.messages.sent(message_id))

    async def message_failed(self, message_id: int, retry_at: datetime | None, *, may_have_arrived: bool) -> bool:
        """Once more at `retry_at`; None gives up. `may_have_arrived` marks the next try as a repeat."""
        return await self._write(
            lambda store, at: store.messages.failed(message_id, retry_at, may_have_arrived=may_have_arrived)
        )

    async def message_answered(self, message_id: int, answer: Answer) -> bool:
        """The host has said something."""
        return await self._write(lambda store, at: store.messages.answered(message_id, answer))

    async def badges_queued(self) -> tuple[tuple[PrintJob, Visit | None], ...]:
        """Badges to print, the oldest first, each with its visit; None: nobody can read that one any more."""
        return await self.apply(
            lambda store, at: tuple((job, store.by_id(job.visit_id)) for job in store.prints.queued()), refresh=False
        )

    async def reprint(self, visit_id: str) -> PrintJob | None:
        """Queue the badge of a guest who is here once more; "last" is the newest one. None: there is no such guest."""
        return await self._write(lambda store, at: store.reprint(visit_id, at.now))

    async def print_jobs_changed(self, changes: Sequence[tuple[PrintJob, JobState, str]]) -> None:
        """Note where jobs stand, and why in a word of drivers.printers; those that ended stay as they are."""

        def work(store: RegisterStore, at: WriteTime) -> None:
            for job, state, reason in changes:
                store.prints.change(job, state, reason)

        await self._write(work)

    async def print_jobs(self, most: int = 50) -> tuple[PrintJob, ...]:
        """The newest jobs first."""
        return await self.apply(lambda store, at: store.prints.newest(most), refresh=False)

    async def save_uptime(self) -> None:
        """Write the counter of uptime down."""
        await self.apply(lambda store, at: self._uptime.save() if self._uptime else None, refresh=False)

    async def apply(self, work: Work[T], *, refresh: bool = True) -> T:
        """Run `work` in the worker thread; then read the open visits anew, unless nothing of them can have changed."""
        if self._waiting >= MOST_WAITING:
            raise StoreError(self.folder / DATABASE, StoreFault.BUSY, f"{MOST_WAITING} calls wait already")
        self._waiting += 1
        job = asyncio.get_running_loop().run_in_executor(self._worker, self._do, work, refresh)
        job.add_done_callback(lambda done: self._done(done, refresh))
        return await asyncio.shield(job)

    async def _write(self, work: Work[T]) -> T:
        def within(store: RegisterStore, at: WriteTime) -> T:
            with store.transaction():
                return work(store, at)

        return await self.apply(within, refresh=False)

    def _done(self, job: asyncio.Future[T], changed: bool) -> None:
        self._waiting -= 1
        if not job.cancelled() and job.exception() is None and changed:
            self.on_change()  # whoever waited may have been cancelled; the log has what failed

    def _do(self, work: Work[T], refresh: bool) -> T:
        try:
            answer = self._tried(work, refresh)
        except StoreError as error:
            if not self.state.fault:
                _log.error("register: %s", error)
            self.state = replace(self.state, fault=str(error.fault))
            self._drop()
            raise
        if self.state.fault:
            _log.warning("register: works again")
            self.state = replace(self.state, fault="")
        return answer

    def _tried(self, work: Work[T], refresh: bool) -> T:
        try:
            return self._once(work, refresh)
        except StoreError as error:
            if error.fault is not StoreFault.DAMAGED:
                raise
            self._begin_anew(error)
        return self._once(work, refresh)

    def _once(self, work: Work[T], refresh: bool) -> T:
        fresh = self._store is None
        store = self._store = self._store or self._opened()
        with translated(store.path):
            answer = work(store, self._time())
        if refresh or fresh:
            self._open, unreadable = store.on_site()
            self.state = replace(self.state, open=len(self._open), unreadable=unreadable)
        return answer

    def _time(self) -> WriteTime:
        counted_s = self._uptime.counted_s if self._uptime else 0
        return WriteTime(self.clock.now(), self.clock.synchronised(), counted_s)

    def _opened(self) -> RegisterStore:
        prepare(self.folder)
        self._lock = self._lock or Lock(self.folder)
        with translated(self.folder / KEYS):
            ring = KeyRing(self.folder / KEYS)
        if self._uptime is None:
            least_s = ring.most_counted_s
            self._uptime = UptimeCounter(self.folder / UPTIME, self.clock, least_s=least_s, boot=self._boot)
            self._uptime.save()
        store = RegisterStore(self.folder / DATABASE, ring, self._cipher, unit=self._unit, shared=self.shared)
        if not self._recovered:  # a file that is opened again may have messages that are being sent right now
            store.recover()
            self._recovered = True
        if ring.damaged:
            store.note(self._time().now, Actor.KIOSK, AuditEvent.KEYS_DAMAGED, count=ring.damaged)
        return store

    def _begin_anew(self, error: StoreError) -> None:
        self._drop()
        aside = set_aside(self.folder, self.clock.now().date())
        _log.error("register: %s It is set aside as %s; the register goes on empty.", error, aside.name)
        self.state = RegisterState(set_aside=aside.name)
        self._open = ()
        self._store = self._opened()
        self._store.note(self.clock.now(), Actor.KIOSK, AuditEvent.SET_ASIDE)

    def _drop(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()
