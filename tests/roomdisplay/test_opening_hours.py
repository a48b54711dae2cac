"""Times of day as instants, also on the days when the clocks change, and when the screen is dark."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest

from roomdisplay.opening_hours import WEEKDAYS, end_of_day, instant, open_span, spans
from roomdisplay.settings import HoursSection, SleepSection
from roomdisplay.sleep import dark
from tests.roomdisplay.calendar_kit import COPENHAGEN, KATHMANDU, MONDAY, at, day_of, event

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
INSTANTS = [
    ("winter", MONDAY, "07:30", "2026-11-23T06:30"),
    ("the next midnight", MONDAY, "24:00", "2026-11-23T23:00"),
    ("before the skipped hour", SPRING, "01:59", "2026-03-29T00:59"),
    ("a skipped time is an hour later on the wall", SPRING, "02:30", "2026-03-29T01:30"),
    ("after the skipped hour", SPRING, "03:00", "2026-03-29T01:00"),
    ("a repeated time is the first of the two", AUTUMN, "02:30", "2026-10-25T00:30"),
    ("after the repeated hour", AUTUMN, "03:00", "2026-10-25T02:00"),
]


@pytest.mark.parametrize(
    ("day", "clock", "wanted"), [case[1:] for case in INSTANTS], ids=[case[0] for case in INSTANTS]
)
def test_instant(day: date, clock: str, wanted: str) -> None:
    assert instant(day, clock, COPENHAGEN) == datetime.fromisoformat(wanted).replace(tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(MONDAY, 24), (SPRING, 23), (AUTUMN, 25)])
def test_days_have_the_hours_that_they_have(day: date, hours: int) -> None:
    midnight = instant(day, "00:00", COPENHAGEN)
    assert (end_of_day(midnight, COPENHAGEN) - midnight).total_seconds() == hours * 3600


def test_end_of_day_where_midnight_is_at_a_quarter_past_in_utc() -> None:
    assert end_of_day(datetime(2026, 11, 23, 12, tzinfo=UTC), KATHMANDU) == datetime(2026, 11, 23, 18, 15, tzinfo=UTC)


def test_a_span_past_midnight() -> None:
    found = list(spans(at("12:00"), "18:00", "02:00", ["mon"], COPENHAGEN))
    assert [(span.start, span.end) for span in found] == [(at("18:00"), at("+1 02:00"))]


def test_open_span() -> None:
    hours = HoursSection()
    assert open_span(at("07:59:59"), hours, COPENHAGEN) is None
    assert open_span(at("17:00"), hours, COPENHAGEN) is None
    assert open_span(at("-1 10:00"), hours, COPENHAGEN) is None
    found = open_span(at("08:00"), hours, COPENHAGEN)
    assert found is not None
    assert (found.start, found.end) == (at("08:00"), at("17:00"))


def test_weekdays_are_those_of_the_calendar() -> None:
    assert WEEKDAYS[MONDAY.weekday()] == "mon"


ALL_DAYS = {"weekend": False}
DARK = [
    ("evening", "20:00", {}, True),
    ("before the evening", "19:59:59", {}, False),
    ("morning", "06:30", {}, False),
    ("before the morning", "06:29:59", {}, True),
    ("Sunday", "-1 12:00", {}, True),
    ("Sunday, weekends lit", "-1 12:00", ALL_DAYS, False),
    ("never", "03:00", {"enabled": False}, False),
    ("late shift, at night", "23:00", {"wakes": "15:00", "sleeps": "02:00"}, False),
    ("late shift, after midnight", "+1 01:59", {"wakes": "15:00", "sleeps": "02:00"}, False),
    ("late shift, in the morning", "+1 02:00", {"wakes": "15:00", "sleeps": "02:00"}, True),
    ("around the clock", "+1 03:00", {"wakes": "06:00", "sleeps": "06:00"}, False),
    ("to midnight", "23:59:59", {"sleeps": "24:00"}, False),
    ("from midnight", "+1 00:00", {"sleeps": "24:00"}, True),
]


@pytest.mark.parametrize(("now", "settings", "wanted"), [case[1:] for case in DARK], ids=[case[0] for case in DARK])
def test_dark(now: str, settings: dict[str, Any], wanted: bool) -> None:
    assert dark(at(now), None, SleepSection(**settings), HoursSection(), COPENHAGEN) is wanted


def test_lit_around_a_meeting_but_not_for_a_whole_day() -> None:
    settings = (SleepSection(meeting_margin_min=15), HoursSection(), COPENHAGEN)
    meeting, closed = day_of(event("22:00-23:00")), day_of(event("00:00-24:00", all_day=True))
    assert [dark(at(now), meeting, *settings) for now in ("21:44", "21:45", "23:14", "23:15")] == [
        True,
        False,
        False,
        True,
    ]
    assert dark(at("22:30"), closed, *settings)


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_a_night_in_which_the_clocks_change_wakes_and_sleeps_once(day: date) -> None:
    sleep = SleepSection(wakes="02:30", sleeps="23:00", weekend=False)
    minutes = [instant(day, "00:00", COPENHAGEN).timestamp() + 60 * number for number in range(23 * 60)]
    states = [dark(datetime.fromtimestamp(at_s, UTC), None, sleep, HoursSection(), COPENHAGEN) for at_s in minutes]
    changes = sum(one != other for one, other in pairwise(states))
    assert changes == (1 if day == AUTUMN else 2)
