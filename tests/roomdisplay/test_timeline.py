"""The day as blocks: minutes on the wall, also on the days whose hours are skipped or repeated."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import Event, Response, ShowAs
from roomdisplay.booking import later_slots
from roomdisplay.schedule import Gap, build
from roomdisplay.settings import BookingSection, HoursSection
from roomdisplay.timeline import day_timeline, minute_of_day, pieces, timeline
from roomdisplay.view import Action, BlockStyle, TimelineView, Verb
from tests.property.strategies import calendars, instants, schedule_of, steady
from tests.roomdisplay.calendar_kit import COPENHAGEN, MONDAY, POLICY, Panel, at, day_of, event, own, view_of
from tests.roomdisplay.scene_kit import ENGLISH, home, scene, settings, words

HOURS = HoursSection()
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def side(*events: Event, **how: Any) -> TimelineView:
    found = home(*events, **how).timeline
    assert found is not None
    return found


def blocks(found: TimelineView) -> list[tuple[float, float, str, BlockStyle]]:
    return [(block.start_min, block.end_min, block.title, block.style) for block in found.blocks]


def test_the_side_panel_has_meetings_and_what_may_be_booked_now() -> None:
    found = side(
        event("09:00-10:00", subject="Past"),
        event("13:00-14:00", subject="Theirs", organizer_name="Henrik Dam"),
        own("15:00-15:30", subject="Ours"),
    )
    assert blocks(found) == [
        (540, 600, "Past", BlockStyle.PAST),
        (702, 780, "Touch to book", BlockStyle.BOOKABLE),
        (780, 840, "Theirs", BlockStyle.MEETING),
        (900, 930, "Ours", BlockStyle.OWN),
    ]
    assert found.blocks[1].action == Action(Verb.OPEN_BOOKING, "")
    assert (found.blocks[1].detail, found.blocks[2].detail) == ("until 13:00", "Henrik Dam")
    assert [block.action for block in found.blocks if block.style is not BlockStyle.BOOKABLE] == [None] * 3
    assert (found.heading, found.date, found.now_min, found.stale) == ("Today", "Mon 23 Nov", 702, False)
    assert (found.first_min, found.last_min) == (480, 1020)
    assert found.hour_labels[0] == (480, "08:00")
    assert found.hour_labels[-1] == (1020, "17:00")


def test_what_runs_stands_out_and_what_is_pending_says_so() -> None:
    found = side(event("11:00-12:00", subject="Now", response=Response.TENTATIVELY_ACCEPTED))
    assert blocks(found) == [(660, 720, "Now", BlockStyle.CURRENT)]
    assert found.blocks[0].detail == "not confirmed yet"


def test_an_old_calendar_is_grey_and_says_when_it_was_read() -> None:
    found = side(event("11:00-12:00", subject="Now"), age_s=600.0)
    assert (found.stale, found.heading) == (True, "As of 11:32")
    assert [block.style for block in found.blocks] == [BlockStyle.MEETING]


def test_all_day_notes_stand_above() -> None:
    banner = event("00:00-24:00", all_day=True, show_as=ShowAs.FREE, subject="Carnival")
    other = event("+1 00:00-+1 24:00", all_day=True, show_as=ShowAs.FREE, subject="Ash")
    assert side(banner, other).notes == ("Carnival",)


BOUNDS: list[tuple[str, tuple[Event, ...], str, tuple[int, int]]] = [
    ("opening hours", (), "11:42", (480, 1020)),
    ("now is early", (), "06:59", (360, 1020)),
    ("now is late", (), "23:59:30", (480, 1440)),
    ("early meeting", (event("05:30-06:30"),), "11:42", (300, 1020)),
    ("late meeting", (event("19:00-20:30"),), "11:42", (480, 1260)),
    ("over midnight", (event("22:00-+1 03:00"),), "11:42", (480, 1440)),
    ("a whole day widens nothing", (event("00:00-24:00", all_day=True),), "11:42", (480, 1020)),
]


@pytest.mark.parametrize(("events", "now", "wanted"), [case[1:] for case in BOUNDS], ids=[case[0] for case in BOUNDS])
def test_bounds(events: tuple[Event, ...], now: str, wanted: tuple[int, int]) -> None:
    found = side(*events, now=now, config=settings(booking={"enabled": False}))
    assert (found.first_min, found.last_min) == wanted


@pytest.mark.parametrize(("clock_hours", "label"), [(24, "24:00"), (12, "12:00 AM")])
def test_the_end_of_the_day_has_its_label(clock_hours: int, label: str) -> None:
    found = side(event("22:00-24:00"), pen=words(clock_hours=clock_hours))
    assert " ".join(found.hour_labels[-1][1].split()) == label


def test_the_day_view_books_and_opens() -> None:
    mine = own("13:00-14:00", id="mine", subject="Mine")
    shown = scene(event("09:00-10:00", subject="Past"), mine)
    assert shown.schedule is not None
    gaps = (Gap(at("11:42"), at("13:00")), Gap(at("14:00"), at("15:00")))
    found = day_timeline(shown.state, shown.schedule, MONDAY, gaps, HOURS, ENGLISH)
    assert [block.action for block in found.blocks] == [
        None,
        Action(Verb.OPEN_BOOKING, ""),
        Action(Verb.OPEN_BOOKING, at("12:00").isoformat()),
        Action(Verb.OPEN_MEETING, shown.schedule.meetings[1].key),
        Action(Verb.OPEN_BOOKING, at("14:00").isoformat()),
    ]
    tomorrow = day_timeline(shown.state, shown.schedule, MONDAY + timedelta(days=1), gaps, HOURS, ENGLISH)
    assert (tomorrow.heading, tomorrow.blocks, tomorrow.now_min) == ("Tomorrow", (), None)


PIECES = [
    ("11:42-13:00", ["11:42", "12:00", "13:00"]),
    ("11:50-13:00", ["11:50", "13:00"]),
    ("12:00-13:10", ["12:00", "13:10"]),
    ("12:00-14:15", ["12:00", "13:00", "14:00", "14:15"]),
    ("12:05-12:55", ["12:05", "12:55"]),
]


@pytest.mark.parametrize(("gap", "edges"), PIECES)
def test_a_booking_may_begin_at_any_hour_but_no_piece_is_too_small_to_touch(gap: str, edges: list[str]) -> None:
    start, end = gap.split("-")
    found = pieces(Gap(at(start), at(end)), ENGLISH)
    assert [piece.start for piece in found] + [found[-1].end] == [at(edge) for edge in edges]
    assert all(one.end == two.start for one, two in pairwise(found))


def test_without_a_calendar_there_is_no_timeline() -> None:
    assert timeline(scene(read=False).state, None, (), HOURS, ENGLISH) is None


# --- odd days ---

ON_THE_WALL = [
    (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), SPRING, 90.0),
    (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), SPRING, 180.0),
    (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), AUTUMN, 150.0),
    (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), AUTUMN, 150.0),
    (datetime(2026, 10, 24, 12, 0, tzinfo=UTC), AUTUMN, 0.0),
    (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), AUTUMN, 1440.0),
    (datetime(2026, 10, 25, 10, 0, 30, tzinfo=UTC), AUTUMN, 660.5),
]


@pytest.mark.parametrize(("instant", "day", "minute"), ON_THE_WALL)
def test_minutes_are_those_of_the_wall(instant: datetime, day: date, minute: float) -> None:
    assert minute_of_day(instant, day, ENGLISH) == minute


def night(day: date, start: datetime, end: datetime) -> TimelineView:
    schedule = build(
        [Event("n", start, end, "Night")],
        start - timedelta(hours=12),
        end + timedelta(hours=30),
        zone=COPENHAGEN,
        policy=POLICY,
    )
    state = Panel().state(view_of(schedule, start), start)
    return day_timeline(state, schedule, day, (), HOURS, ENGLISH)


def test_a_meeting_in_the_repeated_hour_is_not_inside_out() -> None:
    start = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45 in summer time, 15 minutes before it becomes 02:00
    (block,) = night(AUTUMN, start, start + timedelta(minutes=30)).blocks
    assert (block.start_min, block.end_min) == (165, 195)


def test_a_meeting_over_the_skipped_hour_ends_where_the_wall_says() -> None:
    start = datetime(2026, 3, 29, 0, 45, tzinfo=UTC)
    found = night(SPRING, start, start + timedelta(minutes=30))
    assert (found.blocks[0].start_min, found.blocks[0].end_min) == (105, 195)
    assert [text for _, text in found.hour_labels][:4] == ["01:00", "02:00", "03:00", "04:00"]


@steady
@given(st.data())
def test_every_block_has_length_and_lies_inside(data: st.DataObject) -> None:
    origin, found = data.draw(calendars())
    now = data.draw(instants(origin, found))
    schedule = schedule_of(origin, found)
    state = Panel().state(view_of(schedule, now), now)
    day = now.astimezone(COPENHAGEN).date()
    gaps = later_slots(schedule, now, BookingSection(), HOURS, COPENHAGEN)
    shown = day_timeline(state, schedule, day, gaps, HOURS, ENGLISH)
    assert 0 <= shown.first_min < shown.last_min <= 1440
    assert all(0 <= block.start_min < block.end_min <= 1440 for block in shown.blocks)
    assert all(
        shown.first_min <= block.start_min and block.end_min <= shown.last_min + 1
        for block in shown.blocks
        if block.end_min - block.start_min < 1440
    )
    assert len(shown.blocks) >= len(schedule.day(day, COPENHAGEN))


def test_days_are_those_of_the_room() -> None:
    schedule = day_of(event("23:30-+1 00:30", subject="Night"))
    state = Panel().state(view_of(schedule, at("11:42")), at("11:42"))
    for offset, span in ((0, (1410, 1440)), (1, (0, 30))):
        found = day_timeline(state, schedule, MONDAY + timedelta(days=offset), (), HOURS, ENGLISH)
        assert [(block.start_min, block.end_min) for block in found.blocks] == [span]
