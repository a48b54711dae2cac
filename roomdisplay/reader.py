"""Keeps the newest complete read of the room's calendar, and knows when the next one is due.

A read that fails, is cut or comes late never replaces a newer one, and never makes an older one look fresh:
the age of a read counts from the moment its request was sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from random import Random

from common.clock import AGREEMENT_S, Clock
from graph.calendars import CalendarRead, Calendars
from graph.errors import GraphError
from roomdisplay import freshness
from roomdisplay.freshness import CalendarView
from roomdisplay.occupancy import Presence
from roomdisplay.schedule import Policy, Schedule, build
from roomdisplay.settings import CalendarSection, HoursSection, RoomSection

log = logging.getLogger(__name__)

FRESHLY_BOOTED_S = 300.0
AFTER_WRITE_S = (5.0, 30.0)
CONFIRM_EMPTY_S = 0.5
"""Pause before an empty answer is asked for again: a person may be waiting for it."""

OnRead = Callable[[Schedule], Awaitable[None]]
OnChange = Callable[[Schedule | None, Schedule], None]


class CalendarReader:
    """Reads one room's calendar. `run` is a supervised task; `tick` is called each second and never blocks."""

    def __init__(
        self,
        calendars: Calendars,
        room: RoomSection,
        calendar: CalendarSection,
        hours: HoursSection,
        policy: Policy,
        clock: Clock,
        random: Random,
    ) -> None:
        self._calendars = calendars
        self._room = room
        self._calendar = calendar
        self._hours = hours
        self._policy = policy
        self._clock = clock
        self._random = random
        self._due = asyncio.Event()
        self._read: CalendarRead | None = None
        self._schedule: Schedule | None = None
        self._reading = False
        self._failures = 0
        self._next_s = clock.monotonic_s() + self._first_wait_s()
        self._extra_s: list[float] = []
        self.error: GraphError | None = None
        self.last_try: datetime | None = None
        self.requests = 0
        self.follow_ons: Callable[[], frozenset[str]] = frozenset
        self.on_read: OnRead | None = None
        self.on_change: OnChange = lambda before, after: None

    def _first_wait_s(self) -> float:
        """Spread after a power cut, so that hundreds of panels do not ask in the same second (DESIGN.md 5)."""
        freshly_booted = self._clock.monotonic_s() < FRESHLY_BOOTED_S
        return self._random.random() * self._calendar.start_spread_s if freshly_booted else 0.0

    # --- what is known ---

    @property
    def schedule(self) -> Schedule | None:
        """The last complete read as a schedule, however old."""
        return self._schedule

    @property
    def reading(self) -> bool:
        """A background read is under way."""
        return self._reading

    def age_s(self) -> float | None:
        """Seconds since the request of the last complete read was sent."""
        return self._clock.monotonic_s() - self._read.read_at_s if self._read else None

    def view(self, *, recheck: bool = False) -> CalendarView:
        """What is known right now, for room_state."""
        now = self._clock.now()
        return CalendarView(
            schedule=self._schedule,
            read_at=self._read.read_at if self._read else None,
            age_s=self.age_s(),
            limit_s=freshness.limit_s(now, self._schedule, self._calendar, self._hours, self._room.zone),
            trouble=freshness.trouble(self.error),
            clock_synchronised=self._clock.synchronised() and not self._clock_was_set(),
            recheck=recheck,
        )

    def _clock_was_set(self) -> bool:
        """The wall clock jumped since the last read: until the next one compares it with Graph's, it proves nothing."""
        if self._read is None:
            return False
        by_wall_s = (self._clock.now() - self._read.read_at).total_seconds()
        return abs(by_wall_s - (self._clock.monotonic_s() - self._read.read_at_s)) > AGREEMENT_S

    # --- reading ---

    async def read(self, *, user: bool = True) -> Schedule:
        """Read now. Raises GraphError; what was known before stays as it was.

        An empty answer may be a lie (DESIGN.md 4.1): unless the calendar was empty before, it is asked for twice.
        """
        self.last_try = self._clock.now()
        try:
            read = await self._view(user=user)
            if not read.events and not self._known_empty():
                log.info("calendar: an empty answer is asked for again")
                await asyncio.sleep(CONFIRM_EMPTY_S)
                read = await self._view(user=user)
        except GraphError as error:
            self._failed(error)
            raise
        return self._take(read)

    def _known_empty(self) -> bool:
        return self._read is not None and not self._read.events

    async def _view(self, *, user: bool) -> CalendarRead:
        start, end = self._window()
        self.requests += 1
        return await self._calendars.view(self._room.address, start, end, zone=self._room.zone, user=user)

    def _window(self) -> tuple[datetime, datetime]:
        """From an hour before local midnight (what runs over it) to the end of the last day asked for."""
        local = self._clock.now().astimezone(self._room.zone)
        midnight = datetime.combine(local.date(), time(), self._room.zone)
        last = datetime.combine(local.date() + timedelta(days=self._calendar.days_ahead), time(), self._room.zone)
        return midnight - timedelta(hours=1), last + timedelta(hours=1)

    def _take(self, read: CalendarRead) -> Schedule:
        if self._read is None or read.read_at_s >= self._read.read_at_s:
            before, self._read = self._schedule, read
            self._schedule = self._build(read)
            self.on_change(before, self._schedule)
            self.error = None
            self._failures = 0
        self._plan()
        assert self._schedule is not None  # noqa: S101 - there is a read now
        return self._schedule

    def _build(self, read: CalendarRead) -> Schedule:
        return build(
            read.events, read.start, read.end, zone=self._room.zone, policy=self._policy, follow_ons=self.follow_ons()
        )

    def _failed(self, error: GraphError) -> None:
        if type(error) is not type(self.error):
            log.warning("calendar: %s code=%s request-id=%s", type(error).__name__, error.code, error.request_id)
        self.error = error
        self._failures += 1
        self._plan()

    def _plan(self, presence: Presence = Presence.UNKNOWN) -> None:
        interval_s = freshness.interval_s(
            self._clock.now(), self._schedule, presence, self._calendar, self._hours, self._room.zone
        )
        retry_after_s = self.error.retry_after_s if self.error else None
        wait_s = freshness.next_read_in_s(interval_s, self._failures, retry_after_s, self._random.random())
        self._next_s = self._clock.monotonic_s() + wait_s

    # --- pacing ---

    def soon(self) -> None:
        """Read as soon as the loop comes round: a touch, a wake, a reload."""
        self._next_s = self._clock.monotonic_s()
        self._due.set()

    def after_write(self) -> None:
        """Read again 5 and 30 seconds after an own write (the write itself was read back already)."""
        now_s = self._clock.monotonic_s()
        self._extra_s = [now_s + wait_s for wait_s in AFTER_WRITE_S]

    def tick(self, presence: Presence) -> None:
        """Called each second: start a read when one is due, or when a boundary came near since it was planned."""
        if self._reading:
            return
        now_s = self._clock.monotonic_s()
        if self._extra_s and self._extra_s[0] <= now_s:
            self._extra_s.pop(0)
            self._due.set()
        if not self._failures:
            self._hurry(presence)
            if self._clock_was_set():
                self._next_s = now_s
        if self._next_s <= now_s:
            self._due.set()

    def _hurry(self, presence: Presence) -> None:
        interval_s = freshness.interval_s(
            self._clock.now(), self._schedule, presence, self._calendar, self._hours, self._room.zone
        )
        if self._read:
            self._next_s = min(self._next_s, self._read.read_at_s + interval_s * 1.2)

    async def run(self) -> None:
        """The background task: one read at a time, whenever one is due."""
        while True:
            await self._due.wait()
            self._due.clear()
            self._reading = True
            try:
                schedule = await self.read(user=False)
            except GraphError:
                continue
            finally:
                self._reading = False
            if self.on_read:
                await self.on_read(schedule)
