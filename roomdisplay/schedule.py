"""A room's day as meetings: what blocks, what is drawn as one, what is current, when it is free. Pure.

Every stretch is [start, end) (reference/roomdisplay.md 3). What is not certainly harmless blocks: an event whose
`showAs` is unknown makes the room busy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from graph.model import Event, Response, ShowAs
from roomdisplay.wording import FOLLOW_ON_MARK, Policy, Title, wording

__all__ = ["FOLLOW_ON_MARK", "Gap", "Meeting", "Policy", "Schedule", "Title", "blocks", "build"]

NEVER = datetime.max.replace(tzinfo=UTC)
_HARMLESS = frozenset({ShowAs.FREE, ShowAs.WORKING_ELSEWHERE})
_UNANSWERED = frozenset({Response.NOT_RESPONDED, Response.TENTATIVELY_ACCEPTED})


@dataclass(frozen=True, slots=True)
class Meeting:
    """One block on the screen over [start, end): an event, or an event and its follow-on bookings.

    `subject` and `organizer` are already reduced to what may be shown: empty when hidden, never the same twice.
    """

    start: datetime
    end: datetime
    parts: tuple[Event, ...]
    title: Title
    subject: str = ""
    organizer: str = ""
    own: bool = False
    """The last part was made in the room's mailbox, so its end may be moved honestly."""
    all_day: bool = False
    pending: bool = False
    """Tentative, or not yet answered by the room."""

    @property
    def key(self) -> str:
        """Identifies the meeting in touches and check-ins: id of the first part and its start."""
        return f"{self.parts[0].id}@{self.parts[0].start.isoformat()}"

    def contains(self, instant: datetime) -> bool:
        """It has begun and is not over."""
        return self.start <= instant < self.end

    def touches(self, start: datetime, end: datetime) -> bool:
        """It shares time with [start, end)."""
        return self.start < end and start < self.end


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nothing blocks, over [start, end)."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a complete read of the room's calendar says over [start, end); beyond that nothing is known.

    `meetings` block, sorted by start. `notes` are all-day events that do not block. `tentative` are those that the
    admin lets the room be free in spite of: they never colour the room, but nothing is booked over them.
    """

    meetings: tuple[Meeting, ...]
    start: datetime
    end: datetime
    notes: tuple[Meeting, ...] = ()
    tentative: tuple[Meeting, ...] = ()
    buffer_min: int = 0

    @property
    def buffer(self) -> timedelta:
        """How long before a meeting the room is no longer to be booked."""
        return timedelta(minutes=self.buffer_min)

    def covers(self, instant: datetime) -> bool:
        """The instant lies in what was read."""
        return self.start <= instant < self.end

    def overlapping(self, now: datetime) -> tuple[Meeting, ...]:
        """All meetings that contain `now`, the current one first: latest start, then earliest created."""
        return tuple(sorted((meeting for meeting in self.meetings if meeting.contains(now)), key=_currency))

    def current(self, now: datetime) -> Meeting | None:
        """The meeting to show as the one that runs."""
        return next(iter(self.overlapping(now)), None)

    def next(self, now: datetime) -> Meeting | None:
        """The first meeting that starts after `now`."""
        return next((meeting for meeting in self.meetings if meeting.start > now), None)

    def free_until(self, now: datetime) -> datetime | None:
        """When the room stops being free, the buffer counted; `now` when it is busy; None to the end of the window."""
        if self.current(now):
            return now
        following = self.next(now)
        return max(now, following.start - self.buffer) if following else None

    def busy_until(self, now: datetime) -> datetime | None:
        """The end of the meetings that overlap or follow one another without a break; None when the room is free."""
        end: datetime | None = None
        for meeting in self.meetings:
            if meeting.contains(now) or (end is not None and meeting.start <= end):
                end = max(end or meeting.end, meeting.end)
        return end

    def conflicts(self, start: datetime, end: datetime) -> tuple[Meeting, ...]:
        """The meetings, tentative ones too, that a booking over [start, end) would run into; no buffer counted."""
        return tuple(meeting for meeting in self._in_the_way() if meeting.touches(start, end))

    def gaps(self, start: datetime, end: datetime, minimum: timedelta) -> tuple[Gap, ...]:
        """The stretches of [start, end) that may be booked, at least `minimum` long, the buffer counted."""
        return tuple(gap for gap in self._gaps(start, end) if gap.end - gap.start >= minimum)

    def _gaps(self, start: datetime, end: datetime) -> Iterator[Gap]:
        free_from, limit = max(start, self.start), min(end, self.end)
        for meeting in sorted(self._in_the_way(), key=lambda meeting: meeting.start):
            gap_end = min(meeting.start - self.buffer, limit)
            if free_from < gap_end:
                yield Gap(free_from, gap_end)
            free_from = max(free_from, meeting.end)
        if free_from < limit:
            yield Gap(free_from, limit)

    def day(self, day: date, zone: ZoneInfo) -> tuple[Meeting, ...]:
        """The meetings that touch `day` as the room's zone counts it."""
        midnight = datetime.combine(day, time(), zone).astimezone(UTC)
        next_midnight = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
        return tuple(meeting for meeting in self.meetings if meeting.touches(midnight, next_midnight))

    def event(self, event_id: str) -> Event | None:
        """The event with that id, if it still is in the way."""
        return next((event for event in self._events() if event.id == event_id), None)

    def events_between(self, start: datetime, end: datetime) -> tuple[Event, ...]:
        """The events, tentative ones too, that share time with [start, end)."""
        return tuple(event for event in self._events() if event.start < end and start < event.end)

    def _in_the_way(self) -> tuple[Meeting, ...]:
        return self.meetings + self.tentative

    def _events(self) -> Iterator[Event]:
        return (part for meeting in self._in_the_way() for part in meeting.parts)


def build(
    events: Iterable[Event],
    window_start: datetime,
    window_end: datetime,
    *,
    zone: ZoneInfo,
    policy: Policy,
    follow_ons: frozenset[str] = frozenset(),
) -> Schedule:
    """Make the schedule of [window_start, window_end) from all events that touch it, in any order.

    Dropped: cancelled, declined, zero-length and inverted events. `follow_ons` are ids of bookings that we made to
    extend the meeting before them; those and the ones with FOLLOW_ON_MARK are drawn as one with it, if they were
    made in the room's mailbox and begin exactly where it ends.
    """
    alive = sorted((_whole_days(event, zone) for event in events if _alive(event)), key=_order)
    blocking = [event for event in alive if blocks(event, tentative_blocks=policy.tentative_blocks)]
    rest = [event for event in alive if not blocks(event, tentative_blocks=policy.tentative_blocks)]
    return Schedule(
        meetings=tuple(_merged((_meeting(event, policy) for event in blocking), follow_ons)),
        start=window_start,
        end=window_end,
        notes=tuple(_meeting(event, policy) for event in rest if event.all_day),
        tentative=tuple(_meeting(event, policy) for event in rest if event.show_as is ShowAs.TENTATIVE),
        buffer_min=policy.buffer_min,
    )


def blocks(event: Event, *, tentative_blocks: bool = True) -> bool:
    """The event makes the room busy over its time."""
    if not _alive(event) or event.show_as in _HARMLESS:
        return False
    return tentative_blocks or event.show_as is not ShowAs.TENTATIVE


def _alive(event: Event) -> bool:
    return not event.cancelled and event.response is not Response.DECLINED and event.start < event.end


def _whole_days(event: Event, zone: ZoneInfo) -> Event:
    """An all-day event as whole days of the room's zone: widened where it is not, never cut."""
    if not event.all_day:
        return event
    first = event.start.astimezone(zone).date()
    last = (event.end - timedelta.resolution).astimezone(zone).date() + timedelta(days=1)
    start, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, last))
    return replace(event, start=start, end=end)


def _order(event: Event) -> tuple[datetime, datetime, str]:
    return event.start, event.end, event.id


def _currency(meeting: Meeting) -> tuple[timedelta, datetime, str]:
    return NEVER - meeting.start, meeting.parts[0].created or NEVER, meeting.parts[0].id


def _meeting(event: Event, policy: Policy) -> Meeting:
    shown = wording(event, policy)
    return Meeting(
        start=event.start,
        end=event.end,
        parts=(event,),
        title=shown.title,
        subject=shown.subject,
        organizer=shown.organizer,
        own=event.is_organizer,
        all_day=event.all_day,
        pending=event.show_as is ShowAs.TENTATIVE or (not event.is_organizer and event.response in _UNANSWERED),
    )


def _merged(meetings: Iterable[Meeting], follow_ons: frozenset[str]) -> list[Meeting]:
    merged: list[Meeting] = []
    for meeting in meetings:
        before = _extended_by(meeting, merged, follow_ons)
        if before is None:
            merged.append(meeting)
        else:
            merged[before] = replace(
                merged[before], end=meeting.end, parts=merged[before].parts + meeting.parts, own=True
            )
    return merged


def _extended_by(meeting: Meeting, merged: list[Meeting], follow_ons: frozenset[str]) -> int | None:
    """Index of the meeting that `meeting` extends: the one that began last of those that end where it begins."""
    event = meeting.parts[0]
    if not event.is_organizer or event.all_day:
        return None
    if event.id not in follow_ons and not event.subject.endswith(FOLLOW_ON_MARK):
        return None
    ends_here = (index for index in reversed(range(len(merged))) if merged[index].end == meeting.start)
    return next((index for index in ends_here if not merged[index].all_day), None)
