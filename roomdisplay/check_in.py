"""Who said that they came, kept as keyed hashes; and which meeting still has to be asked. Pure.

A mark is HMAC-SHA256 over the event's iCalUId and start, with a day on which it is forgotten: whoever reads the
file learns no meeting from it (DESIGN.md 4.3). A meeting that moved has another start, so it is asked again.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from roomdisplay.schedule import Meeting, Schedule
from roomdisplay.settings import CheckInSection

MAX_MARKS = 500
KEPT = timedelta(days=2)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class CheckIns:
    """The check-ins of one panel: `marks` maps a keyed hash to the UTC day on which it is forgotten."""

    key: bytes = field(repr=False)
    marks: Mapping[str, date] = field(default_factory=dict)

    @classmethod
    def empty(cls, key: bytes) -> CheckIns:
        """Nobody has checked in yet."""
        return cls(key)

    @classmethod
    def parse(cls, value: object, key: bytes) -> CheckIns:
        """Undo `serialise`. Raises ValueError when `value` is something else."""
        if not isinstance(value, dict) or value.get("version") != _VERSION or not isinstance(value.get("marks"), dict):
            raise ValueError("not a list of check-ins of this version")
        marks = {_digest(mark): date.fromisoformat(str(day)) for mark, day in value["marks"].items()}
        return cls(key, _newest(marks))

    def serialise(self) -> dict[str, object]:
        """For JSON; holds no meeting data and not the key."""
        return {"version": _VERSION, "marks": {mark: day.isoformat() for mark, day in sorted(self.marks.items())}}

    def add(self, meeting: Meeting, now: datetime, key: bytes | None = None) -> CheckIns:
        """With `meeting` checked in, and without what is old; `key` replaces the key of marks made from now on."""
        used = self.key if key is None else key
        kept = {mark: day for mark, day in self.marks.items() if day >= now.date()}
        kept[_mark(meeting, used)] = (max(meeting.end, now) + KEPT).date()
        return CheckIns(used, _newest(kept))

    def has(self, meeting: Meeting) -> bool:
        """Its people said that they came."""
        return _mark(meeting, self.key) in self.marks


def _digest(mark: object) -> str:
    if not isinstance(mark, str) or not _DIGEST.fullmatch(mark):
        raise ValueError("a check-in is not a SHA-256 in hexadecimal")
    return mark


def _newest(marks: dict[str, date]) -> dict[str, date]:
    kept = sorted(marks.items(), key=lambda item: (item[1], item[0]))[-MAX_MARKS:]
    return dict(kept)


def _mark(meeting: Meeting, key: bytes) -> str:
    event = meeting.parts[0]
    text = f"{event.ical_uid or event.id}\n{event.start.timestamp():.0f}"
    return hmac.digest(key, text.encode(), "sha256").hex()


@dataclass(frozen=True, slots=True)
class Asked:
    """A meeting that waits for its people to check in, over [opens, closes)."""

    meeting: Meeting
    opens: datetime
    closes: datetime


def window(meeting: Meeting, settings: CheckInSection) -> Asked:
    """When `meeting` may be checked in to."""
    opens = meeting.start - timedelta(minutes=settings.opens_before_min)
    closes = meeting.start + timedelta(minutes=settings.closes_after_min)
    return Asked(meeting, opens, min(closes, meeting.end))


def asked(
    meeting: Meeting,
    schedule: Schedule,
    check_ins: CheckIns,
    settings: CheckInSection,
    *,
    booted_at: datetime,
    now: datetime,
) -> Asked | None:
    """The check-in that `meeting` waits for at `now`; None when it needs none, has it, or it is not the time."""
    open_now = window(meeting, settings)
    if not needed(meeting, settings) or not open_now.opens <= now < open_now.closes:
        return None
    return None if counted(meeting, schedule, check_ins, settings, booted_at=booted_at) else open_now


def needed(meeting: Meeting, settings: CheckInSection) -> bool:
    """Check-in is on, and the meeting is neither a whole day nor so long that it is exempt."""
    exempt = meeting.end - meeting.start >= timedelta(minutes=settings.exempt_from_min)
    return settings.enabled and not meeting.all_day and not exempt


def counted(
    meeting: Meeting, schedule: Schedule, check_ins: CheckIns, settings: CheckInSection, *, booted_at: datetime
) -> bool:
    """The meeting counts as checked in: it was, or somebody must have been there, or the ones before it did.

    Somebody must have been there when it was made shortly before its start; a meeting that began before this panel
    did is never held against anybody; back-to-back meetings of one organizer carry the check-in on.
    """
    while True:
        if check_ins.has(meeting) or meeting.start <= booted_at or _made_late(meeting, settings):
            return True
        before = _before(meeting, schedule)
        if before is None:
            return False
        meeting = before


def _made_late(meeting: Meeting, settings: CheckInSection) -> bool:
    created = meeting.parts[0].created
    return created is not None and created > meeting.start - timedelta(minutes=settings.closes_after_min)


def _before(meeting: Meeting, schedule: Schedule) -> Meeting | None:
    """The meeting of the same person that ended exactly where this one begins; bookings made here name nobody."""
    person = _person(meeting)
    if not person:
        return None
    return next(
        (other for other in schedule.meetings if other.end == meeting.start and _person(other) == person),
        None,
    )


def _person(meeting: Meeting) -> str:
    event = meeting.parts[0]
    return "" if event.is_organizer else event.organizer_address.casefold()


def made_late(before: Schedule | None, after: Schedule, now: datetime, settings: CheckInSection) -> tuple[Meeting, ...]:
    """The meetings that came into the calendar since `before` was read and are due within the grace, or run.

    calendarView does not tell when an event was made, so this is how a meeting "booked just now" is recognised.
    A meeting that only moved is not new. Without a read before, nothing is.
    """
    if before is None:
        return ()
    grace = timedelta(minutes=settings.closes_after_min)
    return tuple(
        meeting
        for meeting in after.meetings
        if meeting.start - grace < now < meeting.end and before.event(meeting.parts[0].id) is None
    )
