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
from zoneinfo import ZoneInfo

from drivers.lamp import LampColour
from roomdisplay import check_in as check_ins_of
from roomdisplay.check_in import Asked, CheckIns
from roomdisplay.freshness import RECHECK_AGE_S, CalendarView, Trouble
from roomdisplay.kinds import BOOKED, GREEN, LAMP, Doubt, GiveBack, Kind, Reason, RoomState
from roomdisplay.occupancy import Presence
from roomdisplay.presence_settings import PresenceSection
from roomdisplay.schedule import Meeting, Schedule
from roomdisplay.settings import BookingSection, CheckInSection, HoursSection, ScreenSection, SleepSection
from roomdisplay.sleep import dark, lit_by_hours, lit_by_meetings

__all__ = [
    "BOOKED",
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


_DOUBTFUL_KINDS = {Doubt.SIGN_IN: Kind.NEEDS_SIGN_IN, Doubt.NO_ROOM: Kind.NO_ROOM}
_TROUBLES = {Trouble.SIGN_IN: Doubt.SIGN_IN, Trouble.NO_ROOM: Doubt.NO_ROOM, Trouble.ACCESS: Doubt.ACCESS}


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
    state = _awake(view, now, known)
    state = replace(state, read_at=view.read_at, presence=presence, clock_known=view.clock_synchronised)
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
