"""What presence may do by itself: check in, book for a walk-in, extend, end an empty booking. Pure; off by default.

Presence that is not known proposes nothing. Reference/roomdisplay.md 1.5 (MR sensor rules) and 3.20.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import inf
from zoneinfo import ZoneInfo

from msgspec import structs

from roomdisplay.booking import extensions, may_end, offers
from roomdisplay.check_in import Asked
from roomdisplay.occupancy import Occupancy, Presence
from roomdisplay.presence_settings import PresenceSection
from roomdisplay.schedule import Meeting, Schedule
from roomdisplay.settings import BookingSection, HoursSection, MeetingSection
from roomdisplay.state import GREEN, Kind, RoomState

WARNING_S = 120.0
"""How long the end of an empty booking is announced before it comes."""

COOL_DOWN_S = 600.0
"""So long after somebody gave time back nothing is booked for whoever is there, nor before the room was empty."""

RETRY_S = 60.0
"""So long after a proposal was carried out there is no other: its effect has been read by then, or it failed."""

FRESH_S = 60.0
"""Evidence older than this does not say that somebody is there now: the time to exit may still run."""

WORTH_ENDING = timedelta(minutes=5)
"""Less than this is not worth giving back."""

_WHOLE_DAY_MIN = 1440


class Rule(StrEnum):
    """What is proposed."""

    NONE = ""
    BOOK = "auto-book"
    """book [start, end) for the people who walked in"""
    EXTEND = "auto-extend"
    """move the end of `meeting`, which was booked here, to `end`"""
    END = "end-when-empty"
    """end `meeting`, which was booked here and stands empty"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be done at `at`; before that, with `warn`, it is only announced on screen."""

    kind: Rule = Rule.NONE
    meeting: Meeting | None = None
    end: datetime | None = None
    at: datetime | None = None
    warn: bool = False
    start: datetime | None = None
    """of a booking"""

    @property
    def due(self) -> bool:
        """It is to be done now."""
        return self.kind is not Rule.NONE and not self.warn


@dataclass(frozen=True, slots=True)
class History:
    """What happened lately at this panel, as monotonic seconds; None: not since the start.

    The panel keeps it: `touched`, `given_back` and `after` each proposal.
    """

    touched_s: float | None = None
    """the glass was touched"""
    given_back_s: float | None = None
    """a person ended, cancelled or released something at the panel: what they do not want is not booked for them"""
    tried_s: float | None = None
    """a proposal was carried out, or failed to be"""
    warned: str = ""
    """key of the meeting whose end is announced"""
    warned_since_s: float = 0.0

    def touched(self, now_s: float) -> History:
        """A finger came down."""
        return replace(self, touched_s=now_s)

    def given_back(self, now_s: float) -> History:
        """A person ended, cancelled or released a booking here."""
        return replace(self, given_back_s=now_s)

    def after(self, proposal: Proposal, now_s: float) -> History:
        """With `proposal` shown, or carried out if it was due."""
        if proposal.due:
            return replace(self, tried_s=now_s, warned="")
        key = proposal.meeting.key if proposal.warn and proposal.meeting else ""
        return self if key == self.warned else replace(self, warned=key, warned_since_s=now_s)


NOTHING = Proposal()

OPEN = GREEN | {Kind.IN_USE}
"""The kinds in which the calendar has the room free."""

RUNNING = frozenset({Kind.BUSY, Kind.ENDING_SOON, Kind.BOOKED_EMPTY, Kind.RELEASE_WARNING})


@dataclass(frozen=True, slots=True)
class _Room:
    """All that a rule looks at."""

    state: RoomState
    occupancy: Occupancy
    schedule: Schedule
    presence: PresenceSection
    booking: BookingSection
    meeting: MeetingSection
    hours: HoursSection
    zone: ZoneInfo
    now: datetime
    now_s: float
    history: History

    def monotonic_s(self, instant: datetime) -> float:
        return self.now_s - (self.now - instant).total_seconds()

    @property
    def occupied_now(self) -> bool:
        """Somebody was sensed just now, not only held to be there."""
        sensed_s = self.occupancy.sensed_to_s
        occupied = self.occupancy.presence is Presence.OCCUPIED
        return occupied and sensed_s is not None and self.now_s - sensed_s <= FRESH_S

    @property
    def booked_here(self) -> Meeting | None:
        """The meeting that runs, if it runs alone and all of it was booked at the room."""
        current = self.state.current
        if current is None or self.state.kind not in RUNNING:
            return None
        return current if all(part.is_organizer for part in current.parts) else None


# --- checking in ---------------------------------------------------------------------------------------------------


def may_check_in_by_presence(
    asked: Asked, occupancy: Occupancy, now: datetime, now_s: float, settings: PresenceSection
) -> bool:
    """The people of the meeting are there: evidence over `check_in_after_s` inside [opens, closes), hold times not
    counted. Pass `own_window(asked, schedule)`, so that the people of the meeting before count for themselves.
    """
    if not settings.check_in or not asked.opens <= now < asked.closes:
        return False
    return _sensed_s(occupancy, now_s - (now - asked.opens).total_seconds()) >= settings.check_in_after_s


def own_window(asked: Asked, schedule: Schedule) -> Asked:
    """`asked` without the time in which another meeting ran: whoever is there then came for that one."""
    begins = asked.meeting.start
    others = (other.end for other in schedule.meetings if other.start < begins and other.end > asked.opens)
    return replace(asked, opens=max((asked.opens, *(min(end, begins) for end in others))))


def _sensed_s(occupancy: Occupancy, from_s: float) -> float:
    """How long somebody was sensed since `from_s`, in the present spell of presence; negative: not at all."""
    first_s, last_s = occupancy.sensed_from_s, occupancy.sensed_to_s
    if occupancy.presence is not Presence.OCCUPIED or first_s is None or last_s is None:
        return -1.0
    return last_s - max(first_s, from_s)


# --- what it may do by itself --------------------------------------------------------------------------------------


def proposal(
    state: RoomState,
    occupancy: Occupancy,
    schedule: Schedule | None,
    presence: PresenceSection,
    booking: BookingSection,
    meeting: MeetingSection,
    hours: HoursSection,
    zone: ZoneInfo,
    *,
    now: datetime,
    now_s: float,
    history: History,
) -> Proposal:
    """What presence proposes at `now` (wall) = `now_s` (monotonic); ask each second, act when it is `due`."""
    if schedule is None or state.doubtful or occupancy.presence is Presence.UNKNOWN:
        return NOTHING
    if history.tried_s is not None and now_s - history.tried_s < RETRY_S:
        return NOTHING
    room = _Room(state, occupancy, schedule, presence, booking, meeting, hours, zone, now, now_s, history)
    return next((found for rule in (_end, _extend, _book) if (found := rule(room)).kind), NOTHING)


def _end(room: _Room) -> Proposal:
    """End what was booked here when the room has been empty for long, announced for WARNING_S."""
    meeting = room.booked_here
    if not room.presence.end_when_empty or room.occupancy.presence is not Presence.VACANT or meeting is None:
        return NOTHING
    if room.occupancy.known_since_s is None or not may_end(meeting, room.meeting, room.now):
        return NOTHING
    empty_s = max(room.occupancy.since_s, room.monotonic_s(meeting.start), room.history.touched_s or -inf)
    at_s = empty_s + 60.0 * room.presence.end_empty_after_min
    if room.now_s < at_s - WARNING_S:
        return NOTHING
    warned_s = room.history.warned_since_s if room.history.warned == meeting.key else room.now_s
    at_s = max(at_s, warned_s + WARNING_S)
    at = room.now + timedelta(seconds=at_s - room.now_s)
    if meeting.end - max(at, room.now) < WORTH_ENDING:
        return NOTHING
    return Proposal(Rule.END, meeting, at=at, warn=room.now_s < at_s)


def _extend(room: _Room) -> Proposal:
    """Extend what was booked here, shortly before its end, while people are in the room."""
    meeting = room.booked_here
    if not room.presence.auto_extend or not room.occupied_now or meeting is None:
        return NOTHING
    if room.now < meeting.end - timedelta(minutes=room.presence.auto_extend_before_min):
        return NOTHING
    step = structs.replace(room.meeting, extend_steps_min=(room.presence.auto_extend_min,))
    found = extensions(room.schedule, meeting, room.now, step, _exact(room.booking), room.hours, room.zone)
    return Proposal(Rule.EXTEND, meeting, found[0].end, room.now) if found else NOTHING


def _book(room: _Room) -> Proposal:
    """Book a free room for whoever walked in and stayed; not just before a meeting whose people may come early."""
    state = room.state
    if not room.presence.auto_book or not room.occupied_now or state.kind not in OPEN or not state.may_book:
        return NOTHING
    if _unwanted(room) or _walked_in_s(room) < room.presence.auto_book_after_s:
        return NOTHING
    length_min = min(room.presence.auto_book_min, room.booking.maximum_min)
    wanted = structs.replace(_exact(room.booking), durations_min=(length_min,))
    found = offers(room.schedule, room.now, wanted, room.hours, room.zone)
    return Proposal(Rule.BOOK, None, found[0].end, room.now, start=found[0].start) if found else NOTHING


def _exact(booking: BookingSection) -> BookingSection:
    """All of the admin's limits, but to the minute, and whatever is left before the next meeting."""
    return structs.replace(booking, snap_min=0, until_next=True, until_next_max_min=_WHOLE_DAY_MIN)


def _walked_in_s(room: _Room) -> float:
    """How long people are sensed since the room is free: those of the meeting before may take their time."""
    ends = [meeting.end for meeting in room.schedule.meetings if meeting.end <= room.now]
    return _sensed_s(room.occupancy, room.monotonic_s(max(ends)) if ends else -inf)


def _unwanted(room: _Room) -> bool:
    """Somebody gave time back lately, or the people who did are still there."""
    given_back_s, first_s = room.history.given_back_s, room.occupancy.sensed_from_s
    if given_back_s is None:
        return False
    return room.now_s - given_back_s < COOL_DOWN_S or first_s is None or first_s <= given_back_s
