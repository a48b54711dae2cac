"""Two who took the same time: whoever's booking was created later takes it away again (reference/graph.md 2.3).

What cannot be told or undone at once is compared, and undone, after the next reads.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from common.clock import Clock
from graph.calendars import Calendars
from graph.errors import BadAnswer, Busy, GraphError, Unreachable
from graph.model import Event, Response
from roomdisplay.booking import Verdict, verdict
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.schedule import Schedule

log = logging.getLogger(__name__)

WATCH_S = 45.0
"""How long after a booking the calendar is compared again, and once more at least: the attendant may accept an
invitation meanwhile."""

MINUTE = timedelta(minutes=1)

ReadSchedule = Callable[[], Awaitable[Schedule]]


@dataclass(frozen=True, slots=True)
class Watched:
    """A booking of ours that could still turn out to have lost."""

    event: Event
    since_s: float


@dataclass(frozen=True, slots=True)
class Grown:
    """A booking of ours whose end was moved to `end`, and was not compared with the calendar since."""

    before: Event
    end: datetime
    since_s: float


class Races:
    """What one panel has written and may have lost. `read` fetches the calendar now, or raises GraphError."""

    def __init__(self, calendars: Calendars, room: str, zone: ZoneInfo, clock: Clock, read: ReadSchedule) -> None:
        self._calendars = calendars
        self._room = room
        self._zone = zone
        self._clock = clock
        self._read = read
        self._watched: list[Watched] = []
        self._grown: Grown | None = None
        self._doomed: dict[str, Event] = {}

    # --- just after a write ---

    async def made(self, ours: Event, deed: Deed) -> Outcome:
        """`ours` was created: read back, and yield to whoever was first."""
        done = Outcome(deed, Ending.DONE, ours.start, ours.end)
        self.watch(ours)
        try:
            schedule = await self._read()
            winner = await self._winner(ours, schedule)
        except (Unreachable, Busy, BadAnswer):
            return done  # it was made; the comparison goes on in `compare` with the next reads
        return await self._yield_to(ours, winner, deed) if winner else done

    def growing(self, event: Event, end: datetime) -> None:
        """The end of `event` is about to be moved to `end`."""
        self._grown = Grown(event, end, self._clock.monotonic_s())

    async def moved(self, event: Event, end: datetime, deed: Deed) -> Outcome:
        """The end was moved: read back, for somebody may have taken the time between our read and our write."""
        schedule = await self.read_back()
        lost = await self._give_back(self._grown, schedule) if self._grown and schedule else None
        return lost or Outcome(deed, Ending.DONE, event.start, end)

    def watch(self, event: Event) -> None:
        """Compare `event` with what is read from now on, for a while."""
        self._watched.append(Watched(event, self._clock.monotonic_s()))

    async def read_back(self) -> Schedule | None:
        """The calendar after a write; None when it cannot be read, which is no reason to doubt the write."""
        try:
            return await self._read()
        except GraphError as error:
            log.warning("read-back failed: %s", type(error).__name__)
            return None

    # --- after each read ---

    async def compare(self, schedule: Schedule) -> Outcome | None:
        """Undo what turns out to have lost; an outcome is for the screen."""
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

    async def bury(self) -> None:
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

    def _forget_what_is_over(self) -> None:
        now = self._clock.now()
        self._watched = [watched for watched in self._watched if watched.event.end > now]
        self._doomed = {key: event for key, event in self._doomed.items() if event.end > now}

    def _unwatch(self, event: Event) -> None:
        self._watched = [watched for watched in self._watched if watched.event.id != event.id]

    # --- who was first ---

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
        await self.bury()
        if self._doomed:
            return replace(lost, ending=Ending.TAKEN_NOT_REMOVED)
        await self.read_back()
        return lost

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
        await self.read_back()
        return lost


def _stands(event: Event, ours: Event | None) -> bool:
    """Somebody else has that time for good: an invitation that is not answered will be declined, for we are there."""
    return event != ours and (event.is_organizer or event.response is not Response.NOT_RESPONDED)
