"""Everybody is forgotten: hourly, at boot, and the moment that the clock is believed again; evenings are ended.

>>> forgetting = Forgetting(register, outbox)                           # doctest: +SKIP
>>> supervisor.start("forgetting", forgetting.run)                      # doctest: +SKIP
>>> await forgetting.now(Actor.ADMIN)                                   # doctest: +SKIP

What it cannot do it tells as a Trouble, and tries again within the hour; a disk that is full does not keep the keys.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import date

from common.database import StoreError
from kiosk.audit import Actor
from kiosk.forgetting_steps import Forgotten, forget_due
from kiosk.model import Channel
from kiosk.register import Register
from kiosk.register_store import RegisterStore, WriteTime
from kiosk.upkeep import DayCount, auto_sign_out, remind, statistics
from telemetry.outbox import EventSink
from telemetry.payloads import Recovered, Trouble, VisitsForgotten

EVERY_S = 3600.0
AGAIN_S = 300.0
TICK_S = 30.0
UPTIME_EVERY_S = 300.0
AREA = "forgetting"

_log = logging.getLogger(__name__)

Besides = Callable[[date], int]
"""Something else that forgets, such as the records of invitations: what is due on that day; returns how many."""


class Forgetting:
    """Forgets for one register. `remind_by` is the channel of reminders to hosts."""

    def __init__(
        self,
        register: Register,
        outbox: EventSink,
        *,
        remind_by: Channel = Channel.MAIL,
        besides: Sequence[Besides] = (),
    ) -> None:
        self._register = register
        self._outbox = outbox
        self._remind_by = remind_by
        self._besides = tuple(besides)
        self._due_s = 0.0
        self._save_s = 0.0
        self._trusted = False
        self._failed_since_s: float | None = None
        self.last: Forgotten | None = None

    async def run(self) -> None:
        """For ever, as a supervised task; the first run is at once."""
        while True:
            await self.tick()
            await asyncio.sleep(TICK_S)

    async def tick(self) -> None:
        """What is due now. Never raises for a disk: it is told, and tried again."""
        clock = self._register.clock
        now_s, trusted = clock.monotonic_s(), clock.synchronised()
        try:
            if now_s >= self._save_s:
                await self._register.save_uptime()
                self._save_s = now_s + UPTIME_EVERY_S
            await self.end_evenings()
            if now_s >= self._due_s or (trusted and not self._trusted):
                self._due_s = now_s + (EVERY_S if (await self.now()).compacted else AGAIN_S)
                self._trusted = trusted
        except StoreError as error:
            self._due_s = now_s + AGAIN_S
            self._trouble(str(error.fault), now_s)

    async def now(self, actor: Actor = Actor.CLOCK) -> Forgotten:
        """Forget what is due. StoreError where the disk refuses; the keys are destroyed all the same."""
        settings, zone, clock = self._register.settings, self._register.zone, self._register.clock
        self.last = done = await self._register.apply(lambda store, at: forget_due(store, at, settings, zone, actor))
        if clock.synchronised():
            for one in self._besides:
                await asyncio.to_thread(one, clock.now().date())
        if done.visits or done.keys or done.copies:
            _log.info("forgetting: %d visits, %d keys, %d copies", done.visits, done.keys, done.copies)
            self._outbox.put(_event(done))
        if done.compacted:
            self._well(clock.monotonic_s())
        else:
            self._trouble("not-compacted", clock.monotonic_s())
        return done

    async def end_evenings(self) -> int:
        """Sign out by the clock, and queue reminders; returns how many were signed out."""
        settings, zone = self._register.settings, self._register.zone

        def work(store: RegisterStore, at: WriteTime) -> int:
            remind(store, at, settings, self._remind_by)
            return auto_sign_out(store, at, settings, zone)

        return await self._register.apply(work)

    async def statistics(self, first: date, last: date) -> tuple[DayCount, ...]:
        """Counts by day and type, of forgotten visits too."""
        zone = self._register.zone
        return await self._register.apply(lambda store, at: statistics(store, first, last, zone), refresh=False)

    def _trouble(self, code: str, now_s: float) -> None:
        if self._failed_since_s is None:
            self._failed_since_s = now_s
            _log.error("forgetting: %s; tried again in %g s", code, AGAIN_S)
            self._outbox.put(Trouble(AREA, code))

    def _well(self, now_s: float) -> None:
        if self._failed_since_s is not None:
            self._outbox.put(Recovered(AREA, round(now_s - self._failed_since_s)))
            self._failed_since_s = None


def _event(done: Forgotten) -> VisitsForgotten:
    return VisitsForgotten(done.visits, done.keys, done.copies, done.trusted, done.compacted, done.audit_head)
