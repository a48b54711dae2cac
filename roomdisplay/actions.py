"""What a touch does to the calendar: fresh read, write, read back, and an honest word about how it ended.

Every create carries one transaction id however often it is sent (DESIGN.md 4.5). Who was first of two is settled in
roomdisplay.races.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from common.clock import Clock
from graph.calendars import Calendars
from graph.errors import (
    AccessDenied,
    BadAnswer,
    Busy,
    Conflict,
    GraphError,
    NetworkDown,
    NotFound,
    ServiceFault,
    SignInNeeded,
    TimedOut,
    Unreachable,
)
from graph.model import Event, NewBooking, Person
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.races import Races, ReadSchedule
from roomdisplay.schedule import Meeting, Schedule

log = logging.getLogger(__name__)

REPEATS_S = (0.5, 1.0, 2.0, 4.0)
"""Pauses before a write that may have happened is sent again with the same id."""

RESOLVE_FOR_S = 120.0
"""How long an uncertain booking is still completed; after that it is only looked for."""

FOLLOW_ONS_KEPT = timedelta(days=1)
"""So long after its end a follow-on booking is still drawn as one with its meeting."""

MINUTE = timedelta(minutes=1)

MAY_HAVE_HAPPENED = (TimedOut, NetworkDown, ServiceFault, BadAnswer)
"""After these nobody knows whether Graph did what it was asked."""

Still = Callable[[Schedule], bool]
"""Asked with the calendar as it was just read: is what was decided still right?"""


@dataclass(frozen=True, slots=True)
class Pending:
    """A booking of which nobody knows yet whether it was made."""

    booking: NewBooking
    since_s: float


class Actions:
    """The writes of one door panel. `read` fetches the calendar now and returns the schedule, or raises GraphError."""

    def __init__(self, calendars: Calendars, room: str, zone: ZoneInfo, clock: Clock, read: ReadSchedule) -> None:
        self._calendars = calendars
        self._room = room
        self._zone = zone
        self._clock = clock
        self._read = read
        self.races = Races(calendars, room, zone, clock, read)
        self._follow_ons: dict[str, datetime] = {}
        self._made: dict[str, datetime] = {}
        self.pending: Pending | None = None

    @property
    def follow_ons(self) -> frozenset[str]:
        """Ids of the bookings made here to extend somebody else's meeting."""
        return frozenset(self._follow_ons)

    @property
    def made_here(self) -> frozenset[str]:
        """Ids of all bookings made at this panel since it started; a booking made in the room's calendar is not."""
        return frozenset(self._made)

    # --- booking ---

    async def book(self, start: datetime, end: datetime, subject: str, person: Person | None = None) -> Outcome:
        """Book over [start, end); the person, if any, gets the invitation."""
        booking = NewBooking(
            start=start,
            end=end,
            subject=subject,
            transaction_id=str(uuid.uuid4()),
            person_address=person.address if person else "",
            person_name=person.name if person else "",
        )
        return await self._guarded(Deed.BOOK, self._book(booking, Deed.BOOK))

    async def _fresh(self) -> Schedule:
        """The calendar as it is now, before anything was written: a failure here means that nothing happened."""
        try:
            return await self._read()
        except (TimedOut, BadAnswer) as error:
            raise NetworkDown(str(error), code=error.code, request_id=error.request_id) from error

    async def _book(self, booking: NewBooking, deed: Deed) -> Outcome:
        if self.pending:  # it may stand, and of two that are uncertain only one could be found out
            return Outcome(deed, Ending.BUSY)
        schedule = await self._fresh()
        if schedule.conflicts(booking.start, booking.end):
            return Outcome(deed, Ending.NO_LONGER)
        try:
            ours = await self._create(booking)
        except MAY_HAVE_HAPPENED as error:
            log.warning("booking is uncertain: %s", type(error).__name__)
            self.pending = Pending(booking, self._clock.monotonic_s())
            return Outcome(deed, Ending.UNCERTAIN, booking.start, booking.end)
        if deed is Deed.EXTEND:
            self._follow_ons[ours.id] = ours.end
        self._made[ours.id] = ours.end
        return await self.races.made(ours, deed)

    async def _create(self, booking: NewBooking) -> Event:
        for pause_s in REPEATS_S:
            try:
                return await self._calendars.create(self._room, booking, zone=self._zone)
            except MAY_HAVE_HAPPENED:
                await asyncio.sleep(pause_s)
        return await self._calendars.create(self._room, booking, zone=self._zone)

    # --- after the fact ---

    async def compare(self, schedule: Schedule) -> Outcome | None:
        """After each read: bury what lost, settle what is uncertain. An outcome is for the screen."""
        await self.races.bury()
        if self.pending:
            return await self._settle(self.pending, schedule)
        kept_since = self._clock.now() - FOLLOW_ONS_KEPT
        self._follow_ons = {key: end for key, end in self._follow_ons.items() if end > kept_since}
        self._made = {key: end for key, end in self._made.items() if end > kept_since}
        return await self.races.compare(schedule)

    async def _settle(self, pending: Pending, schedule: Schedule) -> Outcome | None:
        booking = pending.booking
        if self._clock.monotonic_s() - pending.since_s > RESOLVE_FOR_S or booking.end <= self._clock.now():
            self.pending = None
            return self._look_for(booking, schedule)
        try:
            ours = await self._calendars.create(self._room, booking, zone=self._zone)
        except (*MAY_HAVE_HAPPENED, Busy):
            return None
        except GraphError as error:
            self.pending = None
            return _refusal(Deed.BOOK, error)
        self.pending = None
        self._made[ours.id] = ours.end
        return await self.races.made(ours, Deed.BOOK)

    def _look_for(self, booking: NewBooking, schedule: Schedule) -> Outcome:
        """The last word on an uncertain booking: it stands in what was just read, or it was never made."""
        ours = next(
            (event for event in schedule.events_between(booking.start, booking.end) if _is(booking, event)), None
        )
        if ours is None:
            return Outcome(Deed.BOOK, Ending.OFFLINE, booking.start, booking.end)
        self._made[ours.id] = ours.end
        self.races.watch(ours)
        return Outcome(Deed.BOOK, Ending.DONE, booking.start, booking.end)

    # --- meetings ---

    async def extend(self, meeting: Meeting, end: datetime, subject: str) -> Outcome:
        """Move the end of what was booked here; for somebody else's meeting add a booking right after it."""
        if meeting.own:
            return await self._guarded(Deed.EXTEND, self._move_end(meeting, end, Deed.EXTEND))
        booking = NewBooking(meeting.end, end, subject, str(uuid.uuid4()))
        outcome = await self._guarded(Deed.EXTEND, self._book(booking, Deed.EXTEND))
        return replace(outcome, until=end) if outcome.done else outcome

    async def end(self, meeting: Meeting) -> Outcome:
        """End now: the last part is shortened, or deleted where it has hardly begun."""
        return await self._guarded(Deed.END, self._end(meeting))

    async def _end(self, meeting: Meeting) -> Outcome:
        now = self._clock.now().replace(microsecond=0)
        for part in reversed(meeting.parts):
            if part.start + MINUTE >= now and (part.is_organizer or len(meeting.parts) > 1):
                await self._calendars.delete(self._room, part)
            elif part.end > now:
                outcome = await self._move_end(replace(meeting, parts=(part,)), max(now, part.start + MINUTE), Deed.END)
                if not outcome.done:
                    return outcome
        await self.races.read_back()
        return Outcome(Deed.END, Ending.DONE, meeting.start, now)

    async def _move_end(self, meeting: Meeting, end: datetime, deed: Deed) -> Outcome:
        """PATCH with If-Match; a 412 is read again once: our own lost answer may have caused it."""
        part = meeting.parts[-1]
        for attempt in range(2):
            schedule = await self._fresh()
            event = schedule.event(part.id)
            if event is None or event.start != part.start:
                return Outcome(deed, Ending.CHANGED)
            if event.end == end:
                return await self.races.moved(event, end, deed)
            if end > event.end and schedule.conflicts(event.end, end):
                return Outcome(deed, Ending.NO_LONGER)
            if end > event.end:
                self.races.growing(event, end)
            try:
                await self._set_end(event, end)
            except Conflict:
                if attempt:
                    return Outcome(deed, Ending.CHANGED)
                continue
            return await self.races.moved(event, end, deed)
        return Outcome(deed, Ending.CHANGED)

    async def _set_end(self, event: Event, end: datetime) -> None:
        for pause_s in REPEATS_S[:2]:
            try:
                await self._calendars.set_end(self._room, event, end, zone=self._zone)
            except MAY_HAVE_HAPPENED:
                await asyncio.sleep(pause_s)
            else:
                return
        await self._calendars.set_end(self._room, event, end, zone=self._zone)

    async def release(self, meeting: Meeting, comment: str, still: Still = lambda schedule: True) -> Outcome:
        """Give the room back: decline somebody else's occurrence, delete what was booked here.

        `still` is asked after the fresh read, just before the first write; where it says no, nothing is written.
        """
        return await self._guarded(Deed.RELEASE, self._remove(meeting, Deed.RELEASE, comment, still))

    async def cancel(self, meeting: Meeting) -> Outcome:
        """Take away what was booked here and has not begun."""
        return await self._guarded(Deed.CANCEL, self._remove(meeting, Deed.CANCEL, "", lambda schedule: True))

    async def _remove(self, meeting: Meeting, deed: Deed, comment: str, still: Still) -> Outcome:
        schedule = await self._fresh()
        if not still(schedule):
            return Outcome(deed, Ending.CHANGED)
        for part in meeting.parts:
            event = schedule.event(part.id)
            if event is None or event.start != part.start:
                return Outcome(deed, Ending.CHANGED)
            if event.is_organizer:
                await self._calendars.delete(self._room, event)
            else:
                await self._calendars.decline(self._room, event, comment)
        await self.races.read_back()
        own = all(part.is_organizer for part in meeting.parts)
        return Outcome(deed, Ending.DONE, meeting.start, meeting.end, own=own)

    async def _guarded(self, deed: Deed, work: Awaitable[Outcome]) -> Outcome:
        try:
            return await work
        except GraphError as error:
            log.warning("%s: %s code=%s request-id=%s", deed, type(error).__name__, error.code, error.request_id)
            return _refusal(deed, error)


def _is(booking: NewBooking, event: Event) -> bool:
    """It is what was booked; calendarView does not tell the transaction id."""
    same_time = (event.start, event.end) == (booking.start, booking.end)
    return same_time and event.is_organizer and event.subject == booking.subject


def _refusal(deed: Deed, error: GraphError) -> Outcome:
    """Which screen an error has. TimedOut here means an idempotent write: it may have happened."""
    endings: tuple[tuple[type[GraphError], Ending], ...] = (
        (TimedOut, Ending.UNCERTAIN),
        (ServiceFault, Ending.UNCERTAIN),
        (Unreachable, Ending.OFFLINE),
        (Busy, Ending.BUSY),
        (SignInNeeded, Ending.SIGN_IN),
        (AccessDenied, Ending.DENIED),
        (NotFound, Ending.CHANGED),
        (Conflict, Ending.CHANGED),
        (BadAnswer, Ending.UNCERTAIN),
    )
    ending = next((ending for kind, ending in endings if isinstance(error, kind)), Ending.FAILED)
    return Outcome(deed, ending, code=error.code, request_id=error.request_id)
