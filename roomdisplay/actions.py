"""What a touch does to the calendar: fresh read, write, read back, and an honest word about how it ended.

Every create carries one transaction id however often it is sent (DESIGN.md 4.5). The race protocol is that of
reference/graph.md 2.3: whoever's booking was created later takes it away again.
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
from graph.model import Event, NewBooking, Person, Response
from roomdisplay.booking import Verdict, verdict
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.schedule import Meeting, Schedule

log = logging.getLogger(__name__)

REPEATS_S = (0.5, 1.0, 2.0, 4.0)
"""Pauses before a write that may have happened is sent again with the same id."""

RESOLVE_FOR_S = 120.0
"""How long an uncertain booking is still completed; after that it is only looked for."""

WATCH_S = 45.0
"""How long after a booking the calendar is compared again, and once more at least: the attendant may accept an
invitation meanwhile."""

FOLLOW_ONS_KEPT = timedelta(days=1)
"""So long after its end a follow-on booking is still drawn as one with its meeting."""

MINUTE = timedelta(minutes=1)

MAY_HAVE_HAPPENED = (TimedOut, NetworkDown, ServiceFault, BadAnswer)
"""After these nobody knows whether Graph did what it was asked."""

ReadSchedule = Callable[[], Awaitable[Schedule]]
Still = Callable[[Schedule], bool]
"""Asked with the calendar as it was just read: is what was decided still right?"""


@dataclass(frozen=True, slots=True)
class Watched:
    """A booking of ours that could still turn out to have lost."""

    event: Event
    since_s: float


@dataclass(frozen=True, slots=True)
class Pending:
    """A booking of which nobody knows yet whether it was made."""

    booking: NewBooking
    since_s: float


@dataclass(frozen=True, slots=True)
class Grown:
    """A booking of ours whose end was moved to `end`, and was not compared with the calendar since."""

    before: Event
    end: datetime
    since_s: float


class Actions:
    """The writes of one door panel. `read` fetches the calendar now and returns the schedule, or raises GraphError."""

    def __init__(self, calendars: Calendars, room: str, zone: ZoneInfo, clock: Clock, read: ReadSchedule) -> None:
        self._calendars = calendars
        self._room = room
        self._zone = zone
        self._clock = clock
        self._read = read
        self._watched: list[Watched] = []
        self._grown: Grown | None = None
        self._doomed: dict[str, Event] = {}
        self._follow_ons: dict[str, datetime] = {}
        self.pending: Pending | None = None

    @property
    def follow_ons(self) -> frozenset[str]:
        """Ids of the bookings made here to extend somebody else's meeting."""
        return frozenset(self._follow_ons)

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
        return await self._after_create(ours, deed)

    async def _create(self, booking: NewBooking) -> Event:
        for pause_s in REPEATS_S:
            try:
                return await self._calendars.create(self._room, booking, zone=self._zone)
            except MAY_HAVE_HAPPENED:
                await asyncio.sleep(pause_s)
        return await self._calendars.create(self._room, booking, zone=self._zone)

    async def _after_create(self, ours: Event, deed: Deed) -> Outcome:
        done = Outcome(deed, Ending.DONE, ours.start, ours.end)
        self._watched.append(Watched(ours, self._clock.monotonic_s()))
        try:
            schedule = await self._read()
            winner = await self._winner(ours, schedule)
        except (Unreachable, Busy, BadAnswer):
            return done  # it was made; the comparison goes on in `compare` with the next reads
        return await self._yield_to(ours, winner, deed) if winner else done

    async def _winner(self, ours: Event, schedule: Schedule) -> Event | None:
        """The event that was there first, if ours has lost; ids of the rivals are read one by one for `created`."""
        rivals = [event for event in schedule.events_between(ours.start, ours.end) if event.id != ours.id]
        if not rivals:
            return None
        detailed = [await self._calendars.event(self._room, rival.id, zone=self._zone) for rival in rivals]
        mine = ours if ours.created else await self._calendars.event(self._room, ours.id, zone=self._zone)
        result = verdict(mine, [mine, *detailed])
        return result.winner if result.verdict is Verdict.LOST else None

    async def _yield_to(self, ours: Event, winner: Event, deed: Deed) -> Outcome:
        self._unwatch(ours)
        lost = Outcome(deed, Ending.TAKEN, ours.start, ours.end, winner_start=winner.start)
        self._doomed[ours.id] = ours
        await self._bury()
        if self._doomed:
            return replace(lost, ending=Ending.TAKEN_NOT_REMOVED)
        await self._refresh()
        return lost

    async def _bury(self) -> None:
        """Delete what lost a race; what cannot be deleted now is tried again after each read."""
        for event in tuple(self._doomed.values()):
            try:
                await self._calendars.delete(self._room, event)
            except GraphError as error:
                log.warning(
                    "a lost booking is not removed yet: %s request-id=%s", type(error).__name__, error.request_id
                )
            else:
                self._doomed.pop(event.id, None)  # a read and a touch may bury at the same time

    async def _refresh(self) -> None:
        try:
            await self._read()
        except GraphError as error:
            log.warning("read-back failed: %s", type(error).__name__)

    # --- after the fact ---

    async def compare(self, schedule: Schedule) -> Outcome | None:
        """After each read: bury what lost, settle what is uncertain. An outcome is for the screen."""
        await self._bury()
        if self.pending:
            return await self._settle(self.pending, schedule)
        self._forget_what_is_over()
        lost = await self._give_back(self._grown, schedule) if self._grown else None
        if lost and lost.ending is Ending.TAKEN:
            return lost
        for watched in tuple(self._watched):
            try:
                winner = await self._winner(watched.event, schedule)
            except GraphError as error:
                log.warning("comparison put off: %s", type(error).__name__)
                continue
            if winner:
                return await self._yield_to(watched.event, winner, Deed.BOOK)
            if self._clock.monotonic_s() - watched.since_s > WATCH_S:
                self._unwatch(watched.event)
        return None

    def _unwatch(self, event: Event) -> None:
        self._watched = [watched for watched in self._watched if watched.event.id != event.id]

    def _forget_what_is_over(self) -> None:
        now = self._clock.now()
        self._watched = [watched for watched in self._watched if watched.event.end > now]
        self._doomed = {key: event for key, event in self._doomed.items() if event.end > now}
        self._follow_ons = {key: end for key, end in self._follow_ons.items() if end > now - FOLLOW_ONS_KEPT}

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
        return await self._after_create(ours, Deed.BOOK)

    def _look_for(self, booking: NewBooking, schedule: Schedule) -> Outcome:
        """The last word on an uncertain booking: it stands in what was just read, or it was never made."""
        ours = next(
            (event for event in schedule.events_between(booking.start, booking.end) if _is(booking, event)), None
        )
        if ours is None:
            return Outcome(Deed.BOOK, Ending.OFFLINE, booking.start, booking.end)
        self._watched.append(Watched(ours, self._clock.monotonic_s()))
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
        await self._refresh()
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
                return await self._after_move(event, end, deed)
            if end > event.end and schedule.conflicts(event.end, end):
                return Outcome(deed, Ending.NO_LONGER)
            if end > event.end:
                self._grown = Grown(event, end, self._clock.monotonic_s())
            try:
                await self._set_end(event, end)
            except Conflict:
                if attempt:
                    return Outcome(deed, Ending.CHANGED)
                continue
            return await self._after_move(event, end, deed)
        return Outcome(deed, Ending.CHANGED)

    async def _after_move(self, event: Event, end: datetime, deed: Deed) -> Outcome:
        """Read back: somebody may have taken the time between our read and our write."""
        try:
            schedule = await self._read()
        except GraphError as error:
            log.warning("read-back failed: %s", type(error).__name__)
            schedule = None
        lost = await self._give_back(self._grown, schedule) if self._grown and schedule else None
        return lost or Outcome(deed, Ending.DONE, event.start, end)

    async def _give_back(self, grown: Grown, schedule: Schedule) -> Outcome | None:
        """Move an end back that was moved over somebody else's meeting; what fails is tried again after each read."""
        ours = schedule.event(grown.before.id)
        if ours is None or ours.end != grown.end:
            # Asked for before our write, or the write never came through, which only time tells.
            if self._clock.monotonic_s() - grown.since_s > WATCH_S:
                self._grown = None
            return None
        rivals = [event for event in schedule.events_between(grown.before.end, grown.end) if _stands(event, ours)]
        if not rivals:
            self._grown = None
            return None
        lost = Outcome(Deed.EXTEND, Ending.TAKEN, ours.start, grown.end, winner_start=rivals[0].start)
        try:
            await self._calendars.set_end(self._room, ours, max(grown.before.end, ours.start + MINUTE), zone=self._zone)
        except GraphError as error:
            log.warning("an extension over a meeting is not undone yet: %s", type(error).__name__)
            return replace(lost, ending=Ending.TAKEN_NOT_REMOVED)
        self._grown = None
        await self._refresh()
        return lost

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
        await self._refresh()
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


def _stands(event: Event, ours: Event | None) -> bool:
    """Somebody else has that time for good: an invitation that is not answered will be declined, for we are there."""
    return event != ours and (event.is_organizer or event.response is not Response.NOT_RESPONDED)


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
