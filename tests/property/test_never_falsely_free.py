"""Rule 1 of DESIGN.md 4: never show free when it may not be."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.lamp import LampColour
from graph.model import Event, Response, ShowAs
from roomdisplay.freshness import CalendarView
from roomdisplay.settings import SleepSection
from roomdisplay.state import GREEN, LAMP, Doubt, Kind, Presence, RoomState
from tests.property.strategies import (
    WINDOW,
    calendars,
    instants,
    panels,
    policies,
    really_busy,
    schedule_of,
    steady,
    views,
    zones,
)
from tests.roomdisplay.calendar_kit import KATHMANDU, Panel, view_of


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Event], Panel, CalendarView, datetime, bool]:
    origin, found = draw(calendars())
    panel, policy = draw(panels(origin, found)), draw(policies)
    schedule = draw(st.sampled_from((None, *[schedule_of(origin, found, panel.zone, policy)] * 9)))
    now = draw(instants(origin, found))
    return found, panel, draw(views(schedule, now)), now, policy.tentative_blocks


def _looks_free(state: RoomState) -> bool:
    return state.kind in GREEN or state.lamp is LampColour.FREE or state.may_book


@given(situations())
@steady
def test_a_blocking_event_is_never_shown_as_free(case: tuple[list[Event], Panel, CalendarView, datetime, bool]) -> None:
    found, panel, view, now, tentative = case
    state = panel.state(view, now)
    if really_busy(found, now, tentative=tentative):
        assert not _looks_free(state)
        assert state.kind is not Kind.ASLEEP or state.last_kind not in GREEN


@given(situations())
@steady
def test_a_free_room_that_is_believed_is_shown_as_free(
    case: tuple[list[Event], Panel, CalendarView, datetime, bool],
) -> None:
    """The other way round, so that the property above cannot be had by never being green."""
    found, panel, view, now, tentative = case
    assume(not any(event.all_day for event in found))
    state = panel.state(view, now)
    if not really_busy(found, now, tentative=tentative) and state.kind is not Kind.ASLEEP and not state.doubtful:
        assert state.kind in GREEN or state.kind in (Kind.CHECK_IN, Kind.IN_USE)
        assert state.kind is not Kind.IN_USE or panel.presence is Presence.OCCUPIED
        assert state.may_book is panel.booking.enabled


@given(situations())
@steady
def test_presence_only_ever_adds_doubt(case: tuple[list[Event], Panel, CalendarView, datetime, bool]) -> None:
    """Without a word of the sensors the room looks at least as free; unknown says nothing; in doubt nothing counts."""
    _, panel, view, now, _ = case
    state = panel.state(view, now)
    unknown = replace(panel, presence=Presence.UNKNOWN, give_back=None).state(view, now)
    assert state.kind not in GREEN or unknown.kind in GREEN
    assert state.may_book is unknown.may_book
    assert (state.current, state.next, state.free_from) == (unknown.current, unknown.next, unknown.free_from)
    if state.doubtful or panel.presence is Presence.UNKNOWN:
        assert state.kind is unknown.kind or state.kind is Kind.RELEASE_WARNING
        assert state.last_kind in (unknown.last_kind, Kind.RELEASE_WARNING)
    if state.doubtful:
        assert (state.kind, state.last_kind) == (unknown.kind, unknown.last_kind)
        assert state.give_back is None


@given(situations())
@steady
def test_in_doubt_nothing_is_green(case: tuple[list[Event], Panel, CalendarView, datetime, bool]) -> None:
    _, panel, view, now, _ = case
    state = panel.state(view, now)
    unsound = (
        view.schedule is None
        or not view.clock_synchronised
        or view.age_s is None
        or view.age_s >= view.limit_s
        or not view.schedule.start <= now < view.schedule.end
    )
    if unsound or state.doubtful:
        assert state.doubtful
        assert not _looks_free(state)
        assert state.lamp in (LampColour.NEUTRAL, LampColour.OFF)
        assert state.check_in_by is None
    if view.recheck and view.age_s is not None and view.age_s >= 60:
        assert state.kind not in GREEN
        assert state.lamp is not LampColour.FREE
    if not view.clock_synchronised:
        assert state.last_kind is None
        assert state.kind is not Kind.ASLEEP
    if state.kind is Kind.ASLEEP and state.doubtful:
        assert state.last_kind not in GREEN


@given(situations())
@steady
def test_lamp_and_kind_agree(case: tuple[list[Event], Panel, CalendarView, datetime, bool]) -> None:
    _, panel, view, now, _ = case
    state = panel.state(view, now)
    assert state.lamp is LAMP.get(state.kind, LampColour.NEUTRAL)
    assert (state.lamp is LampColour.OFF) == (state.kind is Kind.ASLEEP)
    assert state.doubtful or state.kind not in (Kind.OFFLINE, Kind.STARTING, Kind.NEEDS_SIGN_IN, Kind.NO_ROOM)
    assert state.until is None or (state.until > now and state.doubt is Doubt.NONE)


@given(calendars(plain=True), st.data())
@steady
def test_two_at_once_are_told_apart_from_one(calendar: tuple[datetime, list[Event]], data: st.DataObject) -> None:
    """Edge 2, and the edges of the reds: overlap, ending soon, and no end in sight where another one follows."""
    origin, found = calendar
    now = data.draw(instants(origin, found))
    assume(origin <= now < origin + WINDOW)
    schedule = schedule_of(origin, found)
    state = Panel().state(view_of(schedule, now), now)
    running = [event for event in found if event.start <= now < event.end]
    assert (state.kind is Kind.OVERLAP) == (len(running) > 1)
    assert len(state.others) == max(0, len(running) - 1)
    if state.kind is Kind.ENDING_SOON:
        assert state.free_from == running[0].end
        assert state.next is None or state.next.start > state.free_from
        assert not really_busy(found, running[0].end)


@given(calendars(plain=True), st.data())
@steady
def test_never_dark_around_a_meeting(calendar: tuple[datetime, list[Event]], data: st.DataObject) -> None:
    """Edge 26."""
    origin, found = calendar
    panel = replace(data.draw(panels(origin)), awake=False, sleep=SleepSection(wakes="12:00", sleeps="12:01"))
    now = data.draw(instants(origin, found))
    state = panel.state(view_of(schedule_of(origin, found, panel.zone), now), now)
    margin = timedelta(minutes=panel.sleep.meeting_margin_min)
    if any(event.start - margin <= now < event.end + margin for event in found):
        assert state.kind is not Kind.ASLEEP
    assert replace(panel, awake=True).state(view_of(None, now), now).kind is not Kind.ASLEEP


@given(calendars(), st.data())
@steady
def test_an_unknown_show_as_never_frees(calendar: tuple[datetime, list[Event]], data: st.DataObject) -> None:
    origin, found = calendar
    assume(found)
    now = data.draw(instants(origin, found))
    one = data.draw(st.integers(0, len(found) - 1))
    unknown = [replace(event, show_as=ShowAs.UNKNOWN) if index == one else event for index, event in enumerate(found)]
    before = Panel().state(view_of(schedule_of(origin, found), now), now)
    after = Panel().state(view_of(schedule_of(origin, unknown), now), now)
    assert not (before.current and not after.current)


@given(calendars(), st.data())
@steady
def test_the_order_of_the_events_never_matters(calendar: tuple[datetime, list[Event]], data: st.DataObject) -> None:
    origin, found = calendar
    shuffled = data.draw(st.permutations(found))
    panel, now = data.draw(panels(origin, found)), data.draw(instants(origin, found))
    one, other = (schedule_of(origin, order, panel.zone) for order in (found, shuffled))
    assert one == other
    assert panel.state(view_of(one, now), now) == panel.state(view_of(other, now), now)


@given(calendars(plain=True), zones, st.data())
@steady
def test_no_green_between_back_to_back(
    calendar: tuple[datetime, list[Event]], zone: object, data: st.DataObject
) -> None:
    """Edge 1: an event that starts at the very end of another leaves no instant between them."""
    origin, found = calendar
    assume(found)
    first = data.draw(st.sampled_from(found))
    follower = Event(id="follower", start=first.end, end=first.end + timedelta(minutes=30))
    schedule = schedule_of(origin, [*found, follower])
    for seconds in (-0.000001, 0, 0.000001, 1799.999999):
        now = first.end + timedelta(seconds=seconds)
        state = Panel().state(view_of(schedule, now), now)
        assert state.kind not in GREEN
        assert state.lamp is not LampColour.FREE


@given(calendars(plain=True), st.data())
@steady
def test_what_is_declined_or_cancelled_changes_nothing(
    calendar: tuple[datetime, list[Event]], data: st.DataObject
) -> None:
    """Edges 4, 5 and 28: events that are not there are not there, whatever they cover."""
    origin, found = calendar
    ghosts = [
        Event(id="declined", start=origin, end=origin + timedelta(days=1), response=Response.DECLINED),
        Event(id="cancelled", start=origin, end=origin + timedelta(days=1), cancelled=True),
        Event(id="empty", start=origin + timedelta(hours=1), end=origin + timedelta(hours=1)),
        Event(id="inverted", start=origin + timedelta(hours=5), end=origin),
    ]
    assert schedule_of(origin, [*found, *ghosts]) == schedule_of(origin, found)


@given(calendars(), st.integers(-400, 400), st.data())
@steady
def test_the_same_day_later_is_the_same_day(
    calendar: tuple[datetime, list[Event]], days: int, data: st.DataObject
) -> None:
    """Shifting all instants by whole days shifts the answers, in a zone without clock changes and with no weekend."""
    origin, found = calendar
    panel = replace(data.draw(panels(origin)), zone=KATHMANDU, sleep=SleepSection(weekend=False))
    now, by = data.draw(instants(origin, found)), timedelta(days=days)
    shifted = [_shifted(event, by) for event in found]
    before = panel.state(view_of(schedule_of(origin, found, panel.zone), now), now)
    since = panel.presence_since + by if panel.presence_since else None
    later = replace(panel, booted_at=panel.booted_at + by, presence_since=since)
    after = later.state(view_of(schedule_of(origin + by, shifted, panel.zone), now + by), now + by)
    assert (after.kind, after.lamp, after.may_book, after.doubt) == (
        before.kind,
        before.lamp,
        before.may_book,
        before.doubt,
    )
    for name in ("until", "free_from", "check_in_by"):
        one, other = getattr(before, name), getattr(after, name)
        assert other == (one + by if one else None)


def _shifted(event: Event, by: timedelta) -> Event:
    created = event.created + by if event.created else None
    return replace(event, start=event.start + by, end=event.end + by, created=created)
