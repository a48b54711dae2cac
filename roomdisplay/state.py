"""RoomState(schedule, presence, check-ins, now, settings): the one value that screen, lamp and telemetry draw from.

Pure. The kind is chosen in this order: asleep; what makes the calendar unbelievable; overlap; a warning that the room
is given back; check-in; booked but empty; busy or ending soon; released; in use though not booked; free soon; free.
Presence only ever adds doubt to what the calendar says: it never makes a room green, and unknown changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from drivers.lamp import LampColour
from roomdisplay import check_in as check_ins_of
from roomdisplay.check_in import Asked, CheckIns
from roomdisplay.freshness import RECHECK_AGE_S, CalendarView, Trouble
from roomdisplay.occupancy import Presence
from roomdisplay.presence_settings import PresenceSection
from roomdisplay.schedule import Meeting, Schedule
from roomdisplay.settings import BookingSection, CheckInSection, HoursSection, ScreenSection, SleepSection
from roomdisplay.sleep import dark, lit_by_hours, lit_by_meetings

__all__ = [
    "GREEN",
    "LAMP",
    "Doubt",
    "GiveBack",
    "Kind",
    "Presence",
    "Reason",
    "RoomState",
    "doubt_of",
    "next_change",
    "room_state",
]


class Kind(StrEnum):
    """What the panel shows; the words of `mydesk-room preview --state`."""

    FREE = "free"
    FREE_SOON = "free-soon"
    BUSY = "busy"
    ENDING_SOON = "ending-soon"
    CHECK_IN = "check-in"
    BOOKED_EMPTY = "booked-empty"
    """booked, and known to be empty for a while"""
    RELEASE_WARNING = "release-warning"
    """the room is given back in a moment unless somebody says that it is used"""
    IN_USE = "in-use"
    """free by the calendar, but somebody is there"""
    RELEASED = "released"
    OVERLAP = "overlap"
    OFFLINE = "offline"
    NEEDS_SIGN_IN = "needs-sign-in"
    NO_ROOM = "no-room"
    STARTING = "starting"
    ASLEEP = "asleep"


class Doubt(StrEnum):
    """Why the calendar cannot be believed right now."""

    NONE = ""
    NEVER_READ = "never-read"
    STALE = "stale"
    CLOCK = "clock"
    SIGN_IN = "sign-in"
    NO_ROOM = "no-room"
    ACCESS = "access"
    RECHECKING = "rechecking"


GREEN = frozenset({Kind.FREE, Kind.FREE_SOON, Kind.RELEASED})
"""The kinds that tell people that they may walk in."""

LAMP = {
    Kind.FREE: LampColour.FREE,
    Kind.RELEASED: LampColour.FREE,
    Kind.FREE_SOON: LampColour.ATTENTION,
    Kind.CHECK_IN: LampColour.ATTENTION,
    Kind.IN_USE: LampColour.ATTENTION,
    Kind.BOOKED_EMPTY: LampColour.ATTENTION,
    Kind.RELEASE_WARNING: LampColour.ATTENTION,
    Kind.BUSY: LampColour.BUSY,
    Kind.ENDING_SOON: LampColour.BUSY,
    Kind.OVERLAP: LampColour.BUSY,
    Kind.ASLEEP: LampColour.OFF,
}
"""What the lamp shows of a kind; any other kind is neutral (DESIGN.md 6: starting soon and check-in due are amber)."""

BOOKED = frozenset({Kind.BUSY, Kind.ENDING_SOON, Kind.OVERLAP, Kind.CHECK_IN, Kind.BOOKED_EMPTY, Kind.RELEASE_WARNING})
"""The kinds in which the calendar has the room, or is about to."""

_DOUBTFUL_KINDS = {Doubt.SIGN_IN: Kind.NEEDS_SIGN_IN, Doubt.NO_ROOM: Kind.NO_ROOM}
_TROUBLES = {Trouble.SIGN_IN: Doubt.SIGN_IN, Trouble.NO_ROOM: Doubt.NO_ROOM, Trouble.ACCESS: Doubt.ACCESS}


class Reason(StrEnum):
    """Why a room is given back."""

    NO_SHOW = "no-show"
    """nobody checked in and nobody came"""
    LEFT = "left"
    """a booking made at the room whose people have left"""


@dataclass(frozen=True, slots=True)
class GiveBack:
    """The meeting `key` loses the room at `at` if nothing changes; `warn`: the screen has to say so by now."""

    key: str
    at: datetime
    reason: Reason
    warn: bool = False


@dataclass(frozen=True, slots=True)
class RoomState:
    """What is true of the room at one instant, as far as the panel knows.

    `until` is when `kind` ends by itself as the schedule stands; None when nothing is in sight. `doubtful` is set
    for every kind that must not be taken for the truth: then `last_kind` says what the calendar, as it was last
    read at `read_at`, makes of this instant, the lamp is neutral and nothing may be booked. Asleep, `last_kind` is
    what would be shown awake.
    """

    kind: Kind
    now: datetime
    until: datetime | None = None
    current: Meeting | None = None
    next: Meeting | None = None
    others: tuple[Meeting, ...] = ()
    """Meetings besides `current` that contain the instant."""
    free_from: datetime | None = None
    """When a busy room is free again; None when that is beyond what was read."""
    check_in_by: datetime | None = None
    check_in_key: str = ""
    """Key of the meeting that `check_in_by` is about: the current one, or the next while the current one over-runs."""
    doubt: Doubt = Doubt.NONE
    last_kind: Kind | None = None
    read_at: datetime | None = None
    lamp: LampColour = LampColour.NEUTRAL
    may_book: bool = False
    presence: Presence = Presence.UNKNOWN
    give_back: GiveBack | None = None
    """The current meeting is about to lose the room; only where the calendar is believed."""

    @property
    def doubtful(self) -> bool:
        """The calendar cannot be believed: never green, nothing may be booked."""
        return self.doubt is not Doubt.NONE


@dataclass(frozen=True, slots=True)
class _Known:
    """What does not change while time alone passes."""

    check_ins: CheckIns
    released: bool
    awake: bool
    booted_at: datetime
    screen: ScreenSection
    booking: BookingSection
    check_in: CheckInSection
    sleep: SleepSection
    hours: HoursSection
    zone: ZoneInfo
    presence: Presence
    presence_since: datetime | None
    sensing: PresenceSection
    give_back: GiveBack | None

    @property
    def without_sensors(self) -> _Known:
        """What the calendar alone would show."""
        return replace(self, presence=Presence.UNKNOWN, give_back=None)


def room_state(
    view: CalendarView,
    *,
    check_ins: CheckIns,
    presence: Presence,
    presence_since: datetime | None,
    give_back: GiveBack | None,
    released: bool,
    awake: bool,
    booted_at: datetime,
    now: datetime,
    screen: ScreenSection,
    booking: BookingSection,
    check_in: CheckInSection,
    sleep: SleepSection,
    hours: HoursSection,
    zone: ZoneInfo,
    sensing: PresenceSection,
) -> RoomState:
    """What to show at `now`. `released`: a release is being announced; `awake`: a touch keeps the screen on.

    `presence` has had its value since `presence_since`; `give_back` is what the rules of release have decided.
    """
    sensed = (presence, presence_since, sensing, give_back)
    known = _Known(check_ins, released, awake, booted_at, screen, booking, check_in, sleep, hours, zone, *sensed)
    state = replace(_awake(view, now, known), read_at=view.read_at, presence=presence)
    if _asleep(view, now, known):
        state = replace(state, kind=Kind.ASLEEP, last_kind=state.kind, until=None, may_book=False)
    return replace(state, lamp=LAMP.get(state.kind, LampColour.NEUTRAL))


def _awake(view: CalendarView, now: datetime, known: _Known) -> RoomState:
    doubt = doubt_of(view, now)
    schedule = view.schedule
    if not view.clock_synchronised or schedule is None or not schedule.covers(now):
        return RoomState(_doubtful_kind(view, doubt), now, doubt=doubt)
    state = _by_calendar(schedule, now, known)
    if doubt is Doubt.NONE and state.current is None and view.too_old_for_green:
        doubt = Doubt.RECHECKING
    if doubt is Doubt.NONE:
        return replace(state, until=_until(schedule, now, state.kind, known))
    state = _by_calendar(schedule, now, known.without_sensors)
    return replace(
        state,
        kind=_doubtful_kind(view, doubt),
        last_kind=state.kind,
        doubt=doubt,
        may_book=False,
        check_in_by=None,
        check_in_key="",
    )


# --- what makes the calendar unbelievable --------------------------------------------------------------------------


def doubt_of(view: CalendarView, now: datetime) -> Doubt:
    """Why `view` cannot be believed at `now`; what a person can mend comes before what the panel waits for."""
    if view.trouble in _TROUBLES:
        return _TROUBLES[view.trouble]
    if not view.clock_synchronised:
        return Doubt.CLOCK
    if view.schedule is None:
        return Doubt.NEVER_READ
    if view.stale or not view.schedule.covers(now):
        return Doubt.STALE
    return Doubt.NONE


def _doubtful_kind(view: CalendarView, doubt: Doubt) -> Kind:
    """Starting until the first read has come or failed, or the clock is right."""
    starting = view.schedule is None and (doubt is Doubt.CLOCK or view.trouble is Trouble.NONE)
    return _DOUBTFUL_KINDS.get(doubt, Kind.STARTING if starting else Kind.OFFLINE)


# --- what the calendar says ----------------------------------------------------------------------------------------


def _by_calendar(schedule: Schedule, now: datetime, known: _Known) -> RoomState:
    """The state of a calendar that is believed."""
    running, following = schedule.overlapping(now), schedule.next(now)
    busy_until = schedule.busy_until(now)
    asked = _asked(schedule, running, following, now, known)
    back = _give_back(running, known)
    if asked is None and back and back.warn and back.reason is Reason.NO_SHOW:
        asked = Asked(running[0], now, back.at)
    return RoomState(
        kind=_kind(schedule, now, asked, known),
        now=now,
        current=running[0] if running else None,
        next=following,
        others=running[1:],
        free_from=busy_until if busy_until and busy_until < schedule.end else None,
        check_in_by=asked.closes if asked else None,
        check_in_key=asked.meeting.key if asked else "",
        may_book=known.booking.enabled and not running,
        give_back=back,
    )


def _give_back(running: tuple[Meeting, ...], known: _Known) -> GiveBack | None:
    """What was decided, if it is about the one meeting that runs: of two at once nobody knows whose room it is."""
    decided = known.give_back
    return decided if decided and len(running) == 1 and running[0].key == decided.key else None


def _asked(
    schedule: Schedule, running: tuple[Meeting, ...], following: Meeting | None, now: datetime, known: _Known
) -> Asked | None:
    candidates = (*running, following) if following else running
    found = (
        check_ins_of.asked(meeting, schedule, known.check_ins, known.check_in, booted_at=known.booted_at, now=now)
        for meeting in candidates
    )
    return next((asked for asked in found if asked), None)


def _kind(schedule: Schedule, now: datetime, asked: Asked | None, known: _Known) -> Kind:
    running = schedule.overlapping(now)
    if len(running) > 1:
        return Kind.OVERLAP
    back = _give_back(running, known)
    if back and back.warn:
        return Kind.RELEASE_WARNING
    if asked and (not running or asked.meeting in running):
        return Kind.CHECK_IN
    if running and _empty(running[0], now, known):
        return Kind.BOOKED_EMPTY
    if running:
        return Kind.ENDING_SOON if _ending_soon(schedule, now, running[0], known.screen) else Kind.BUSY
    if known.released:
        return Kind.RELEASED
    if known.sensing.shown and known.presence is Presence.OCCUPIED:
        return Kind.IN_USE
    return Kind.FREE_SOON if _soon(schedule, now, known.screen) else Kind.FREE


def _empty(meeting: Meeting, now: datetime, known: _Known) -> bool:
    """Nobody has been there for a while, and no sensor is in doubt."""
    shown_from = _empty_from(meeting, known)
    return shown_from is not None and shown_from <= now


def _empty_from(meeting: Meeting, known: _Known) -> datetime | None:
    """When 'nobody here' comes up if nobody comes; None where that cannot be said."""
    if not known.sensing.shown or known.presence is not Presence.VACANT or meeting.all_day:
        return None
    since = known.presence_since
    return max(meeting.start, since) + timedelta(minutes=known.sensing.empty_shown_after_min) if since else None


def _ending_soon(schedule: Schedule, now: datetime, current: Meeting, screen: ScreenSection) -> bool:
    """The room, not just the meeting, will be free soon."""
    free_from = schedule.busy_until(now)
    return (
        not current.all_day
        and free_from == current.end
        and free_from < schedule.end
        and free_from - now <= timedelta(minutes=screen.ending_soon_min)
    )


def _soon(schedule: Schedule, now: datetime, screen: ScreenSection) -> bool:
    following = schedule.next(now)
    margin = max(timedelta(minutes=screen.free_soon_min), schedule.buffer)
    return following is not None and following.start - now <= margin


# --- what comes next -----------------------------------------------------------------------------------------------


def _until(schedule: Schedule, now: datetime, kind: Kind, known: _Known) -> datetime | None:
    changes = (
        at
        for at in sorted(set(_calendar_edges(schedule, known)))
        if now < at < schedule.end and _by_calendar(schedule, at, known).kind is not kind
    )
    return next(changes, None)


def next_change(
    view: CalendarView,
    *,
    check_ins: CheckIns,
    released: bool,
    awake: bool,
    booted_at: datetime,
    now: datetime,
    screen: ScreenSection,
    booking: BookingSection,
    check_in: CheckInSection,
    sleep: SleepSection,
    hours: HoursSection,
    zone: ZoneInfo,
    presence: Presence,
    presence_since: datetime | None,
    give_back: GiveBack | None,
    sensing: PresenceSection,
) -> datetime | None:
    """The first instant after `now` at which room_state has another kind if nothing happens but time.

    Nothing happens: no read, no touch, no release, nobody comes or goes, and `view` only ages. None when no change is
    in sight for a day.
    """
    sensed = (presence, presence_since, sensing, give_back)
    known = _Known(check_ins, released, awake, booted_at, screen, booking, check_in, sleep, hours, zone, *sensed)
    edges = set(_view_edges(view, now)) | {
        edge for span in lit_by_hours(now, sleep, hours, zone) for edge in (span.start, span.end)
    }
    if view.schedule:
        edges |= set(_calendar_edges(view.schedule, known))
    kind = _shown(view, now, known)
    return next((at for at in sorted(edges) if at > now and _shown(_aged(view, at - now), at, known) is not kind), None)


def _asleep(view: CalendarView, now: datetime, known: _Known) -> bool:
    """Dark, nobody touched it, and the time is known; what is in doubt may sleep too."""
    if known.awake or not view.clock_synchronised:
        return False
    return dark(now, view.schedule, known.sleep, known.hours, known.zone)


def _shown(view: CalendarView, now: datetime, known: _Known) -> Kind:
    return Kind.ASLEEP if _asleep(view, now, known) else _awake(view, now, known).kind


def _aged(view: CalendarView, by: timedelta) -> CalendarView:
    return view if view.age_s is None else replace(view, age_s=view.age_s + by.total_seconds())


def _view_edges(view: CalendarView, now: datetime) -> Iterator[datetime]:
    """When the read becomes stale, and when it is too old for green after a touch."""
    for limit_s in (view.limit_s, RECHECK_AGE_S):
        if view.age_s is not None:
            yield now + timedelta(microseconds=math.ceil((limit_s - view.age_s) * 1e6))


def _calendar_edges(schedule: Schedule, known: _Known) -> Iterator[datetime]:
    """Every instant at which the calendar alone may change the kind."""
    soon = max(timedelta(minutes=known.screen.free_soon_min), schedule.buffer)
    ending = timedelta(minutes=known.screen.ending_soon_min)
    yield from (schedule.start, schedule.end)
    for meeting in schedule.meetings:
        due = check_ins_of.window(meeting, known.check_in)
        yield from (meeting.start, meeting.end, meeting.start - soon, meeting.end - ending, due.opens, due.closes)
        if empty_from := _empty_from(meeting, known):
            yield empty_from
    for span in lit_by_meetings(schedule, known.sleep):
        yield from (span.start, span.end)
