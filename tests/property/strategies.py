"""Random calendars: a few events on a coarse grid, so that starts and ends often coincide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st

from graph.model import Event, Response, ShowAs
from roomdisplay.check_in import CheckIns
from roomdisplay.freshness import CalendarView, Trouble
from roomdisplay.presence_settings import PresenceSection
from roomdisplay.schedule import FOLLOW_ON_MARK, Policy, Schedule, build
from roomdisplay.settings import BookingSection, CheckInSection, HoursSection, ScreenSection, SleepSection
from roomdisplay.state import GiveBack, Presence, Reason
from tests.roomdisplay.calendar_kit import COPENHAGEN, KATHMANDU, KEY, POLICY, ROOM, Panel

steady = settings(derandomize=True, deadline=None, database=None, max_examples=100)
"""The same examples in every run."""

MINUTE = timedelta(minutes=1)
HARMLESS = (ShowAs.FREE, ShowAs.WORKING_ELSEWHERE)
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # its clocks change by half an hour
ZONES = (COPENHAGEN, KATHMANDU, LORD_HOWE)
ORIGINS = (
    datetime(2026, 11, 23, tzinfo=UTC),
    datetime(2026, 3, 28, 18, tzinfo=UTC),  # clocks go forward in Copenhagen in the night that follows
    datetime(2026, 10, 24, 18, tzinfo=UTC),  # and back
    datetime(2026, 4, 4, 6, tzinfo=UTC),  # Lord Howe, back
    datetime(2026, 10, 3, 6, tzinfo=UTC),  # Lord Howe, forward
)
WINDOW = timedelta(hours=30)
ADDRESSES = ("jesper@nordhavn.example", "louise@nordhavn.example", "")

grid = st.integers(0, 40).map(lambda number: 15 * number * MINUTE) | st.integers(0, 360).map(lambda n: 5 * n * MINUTE)
lengths = st.integers(1, 8).map(lambda number: 15 * number * MINUTE) | st.integers(-1, 36).map(lambda n: 5 * n * MINUTE)
zones = st.sampled_from(ZONES)
origins = st.sampled_from(ORIGINS)
policies = st.builds(
    Policy, room_address=st.just(ROOM), tentative_blocks=st.booleans(), buffer_min=st.sampled_from((0, 10))
)


@st.composite
def events(draw: st.DrawFn, origin: datetime, *, plain: bool = False) -> Event:
    """One event; `plain` ones block."""
    start = origin - timedelta(hours=2) + draw(grid)
    end = start + draw(lengths)
    value = Event(id=draw(st.text("abcdef", min_size=1, max_size=3)), start=start, end=end)
    if plain:
        return replace(value, end=max(end, start + 5 * MINUTE))
    own = draw(st.booleans())
    return replace(
        value,
        all_day=draw(st.sampled_from((False,) * 9 + (True,))),
        show_as=draw(st.sampled_from(ShowAs)),
        response=draw(st.sampled_from(Response)),
        cancelled=draw(st.sampled_from((False, False, False, True))),
        is_organizer=own,
        organizer_address=ROOM if own else draw(st.sampled_from(ADDRESSES)),
        subject=draw(st.sampled_from(("", "Budget", f"Extended{FOLLOW_ON_MARK}"))),
        created=draw(st.none() | st.just(start - timedelta(days=1)) | st.just(start - MINUTE)),
    )


@st.composite
def calendars(draw: st.DrawFn, *, plain: bool = False, most: int = 7) -> tuple[datetime, list[Event]]:
    """The start of the window, and what is in it; ids are unique, as Graph's are."""
    origin = draw(origins)
    found = draw(st.lists(events(origin, plain=plain), max_size=most, unique_by=lambda value: value.id))
    return origin, found


def schedule_of(
    origin: datetime,
    found: Sequence[Event],
    zone: ZoneInfo = COPENHAGEN,
    policy: Policy = POLICY,
    follow_ons: frozenset[str] = frozenset(),
) -> Schedule:
    """The schedule of a window of 30 hours from `origin`."""
    return build(found, origin, origin + WINDOW, zone=zone, policy=policy, follow_ons=follow_ons)


@st.composite
def instants(draw: st.DrawFn, origin: datetime, found: Sequence[Event] = ()) -> datetime:
    """An instant in or just outside the window, often exactly at a boundary or a second beside it."""
    edges = [edge for event in found for edge in (event.start, event.end)] or [origin]
    beside = st.sampled_from((-1, 0, 1)).map(lambda seconds: timedelta(seconds=seconds))
    near = st.builds(lambda edge, by: edge + by, st.sampled_from(edges), beside)
    anywhere = st.integers(-3600, int(WINDOW.total_seconds()) + 3600).map(lambda s: origin + timedelta(seconds=s))
    return draw(near | anywhere)


@st.composite
def views(draw: st.DrawFn, schedule: Schedule | None, now: datetime) -> CalendarView:
    """What may be known of that schedule, sound or not."""
    age_s = draw(st.sampled_from((0.0, 10.0, 59.0, 60.0, 75.0, 89.0, 90.0, 149.0, 150.0, 200.0)))
    sound = draw(st.booleans())
    return CalendarView(
        schedule=schedule,
        read_at=now - timedelta(seconds=age_s) if schedule else None,
        age_s=age_s if schedule else None,
        limit_s=draw(st.sampled_from((90.0, 150.0, 660.0))),
        trouble=Trouble.NONE if sound else draw(st.sampled_from(Trouble)),
        clock_synchronised=sound or draw(st.booleans()),
        recheck=draw(st.booleans()),
    )


@st.composite
def panels(draw: st.DrawFn, origin: datetime, found: Sequence[Event] = ()) -> Panel:
    """Settings and circumstances of a panel; of the events `found` one may be about to lose the room."""
    return Panel(
        presence=draw(st.sampled_from(Presence)),
        presence_since=origin + draw(st.sampled_from((-10, 0, 4, 9, 20))) * timedelta(hours=1),
        give_back=draw(give_backs(found)),
        sensing=PresenceSection(shown=draw(st.booleans()), empty_shown_after_min=draw(st.sampled_from((1, 10)))),
        check_ins=CheckIns.empty(KEY),
        released=draw(st.booleans()),
        awake=draw(st.booleans()),
        booted_at=origin + draw(st.sampled_from((timedelta(days=-1), timedelta(hours=5)))),
        screen=ScreenSection(
            ending_soon_min=draw(st.sampled_from((0, 10, 17))), free_soon_min=draw(st.sampled_from((0, 15)))
        ),
        booking=draw(bookings()),
        check_in=CheckInSection(enabled=draw(st.booleans()), opens_before_min=draw(st.sampled_from((0, 5, 20)))),
        sleep=SleepSection(enabled=draw(st.booleans()), sleeps=draw(st.sampled_from(("18:00", "02:30", "24:00")))),
        hours=HoursSection(days=("mon", "tue", "sat")),
        zone=draw(zones),
    )


@st.composite
def give_backs(draw: st.DrawFn, found: Sequence[Event]) -> GiveBack | None:
    """What was decided of one of the events, in time or not."""
    if not found or draw(st.booleans()):
        return None
    event = draw(st.sampled_from(found))
    at = event.start + draw(st.sampled_from((0, 10, 30))) * MINUTE
    key = f"{event.id}@{event.start.isoformat()}"
    return GiveBack(key, at, draw(st.sampled_from(Reason)), warn=draw(st.booleans()))


@st.composite
def bookings(draw: st.DrawFn) -> BookingSection:
    """Settings of booking."""
    return BookingSection(
        enabled=draw(st.sampled_from((True, True, True, False))),
        durations_min=tuple(draw(st.lists(st.integers(1, 300), min_size=1, max_size=4))),
        until_next=draw(st.booleans()),
        snap_min=draw(st.sampled_from((0, 5, 10, 15, 30))),
        minimum_gap_min=draw(st.integers(0, 20)),
        maximum_min=draw(st.integers(1, 300)),
        outside_hours=draw(st.booleans()),
    )


def really_busy(found: Sequence[Event], now: datetime, *, tentative: bool = True) -> bool:
    """By the letter of reference/roomdisplay.md 3, from the events as Graph gave them."""
    return any(
        event.start <= now < event.end
        and not event.cancelled
        and event.response is not Response.DECLINED
        and event.show_as not in HARMLESS
        and (tentative or event.show_as is not ShowAs.TENTATIVE)
        for event in found
    )
