"""How long a read is believed, and when the next one is due."""

from __future__ import annotations

from datetime import date

import pytest

from graph.errors import AccessDenied, BadAnswer, GraphError, NetworkDown, NotFound, SignInNeeded, Throttled
from roomdisplay.freshness import Trouble, interval_s, is_stale, limit_s, next_read_in_s, trouble
from roomdisplay.occupancy import Presence
from roomdisplay.settings import CalendarSection, HoursSection
from tests.roomdisplay.calendar_kit import COPENHAGEN, at, day_of, event, view_of

CALENDAR, HOURS = CalendarSection(), HoursSection()
MEETING = day_of(event("10:00-11:00"))

PACE = [
    # now, interval_s, limit_s
    ("07:49:59", 300, 660),
    ("07:50", 60, 660),
    ("08:00", 60, 150),
    ("09:49:59", 60, 150),
    ("09:50", 30, 90),
    ("10:10", 30, 90),
    ("10:10:01", 60, 150),
    ("10:50", 30, 90),
    ("11:10:01", 60, 150),
    ("16:59:59", 60, 150),
    ("17:00", 300, 660),
    ("-1 10:00", 300, 660),
]


@pytest.mark.parametrize(("now", "interval", "limit"), PACE)
def test_pace_and_limit(now: str, interval: float, limit: float) -> None:
    assert interval_s(at(now), MEETING, Presence.UNKNOWN, CALENDAR, HOURS, COPENHAGEN) == interval
    assert limit_s(at(now), MEETING, CALENDAR, HOURS, COPENHAGEN) == limit


def test_a_person_makes_it_read_often_even_at_night() -> None:
    assert interval_s(at("22:00"), None, Presence.OCCUPIED, CALENDAR, HOURS, COPENHAGEN) == 30
    assert interval_s(at("22:00"), None, Presence.VACANT, CALENDAR, HOURS, COPENHAGEN) == 300


def test_a_slow_setting_does_not_make_every_read_stale_before_the_next() -> None:
    slow = CalendarSection(interval_s=300, near_interval_s=300)
    for now in ("12:00", "10:00"):
        interval = interval_s(at(now), MEETING, Presence.UNKNOWN, slow, HOURS, COPENHAGEN)
        assert interval * 1.2 < limit_s(at(now), MEETING, slow, HOURS, COPENHAGEN) == 180


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_opening_hours_on_the_days_when_the_clocks_change(day: date) -> None:
    sunday = HoursSection(days=("sun",))
    limits = [limit_s(at(now, day), None, CALENDAR, sunday, COPENHAGEN) for now in ("07:59", "08:00", "16:59", "17:00")]
    assert limits == [660, 150, 150, 660]


STALE = [(None, 150, True), (0, 150, False), (149.9, 150, False), (150, 150, True)]


@pytest.mark.parametrize(("age", "limit", "wanted"), STALE)
def test_stale(age: float | None, limit: float, wanted: bool) -> None:
    assert is_stale(age, limit) is wanted


def test_too_old_for_green_only_after_a_touch() -> None:
    now = at("10:00")
    assert not view_of(day_of(), now, age_s=100).too_old_for_green
    assert view_of(day_of(), now, age_s=60, recheck=True).too_old_for_green
    assert not view_of(day_of(), now, age_s=59, recheck=True).too_old_for_green


TROUBLES: list[tuple[GraphError | None, Trouble]] = [
    (None, Trouble.NONE),
    (NetworkDown("down"), Trouble.UNREACHABLE),
    (Throttled("later"), Trouble.UNREACHABLE),
    (BadAnswer("half"), Trouble.UNREACHABLE),
    (SignInNeeded("out", outcome="expired"), Trouble.SIGN_IN),
    (AccessDenied("no"), Trouble.ACCESS),
    (NotFound("gone", what="mailbox"), Trouble.NO_ROOM),
    (NotFound("gone", what="event"), Trouble.UNREACHABLE),
]


@pytest.mark.parametrize(("error", "wanted"), TROUBLES)
def test_trouble(error: GraphError | None, wanted: Trouble) -> None:
    assert trouble(error) is wanted


WAITS = [
    # interval, failures, retry_after, random, wanted
    (60, 0, None, 0.0, 48),
    (60, 0, None, 0.5, 60),
    (60, 0, None, 1.0, 72),
    (60, 1, None, 0.5, 15),
    (60, 2, None, 0.5, 30),
    (60, 3, None, 0.5, 60),
    (300, 5, None, 0.5, 240),
    (60, 6, None, 0.5, 300),
    (60, 10_000, None, 1.0, 300),
    (10, 1, None, 0.5, 10),
    (60, 1, 120.0, 0.0, 120),
    (60, 1, 120.0, 0.5, 132),
    (60, 1, 0.0, 0.5, 15),
    (60, 6, 3600.0, 0.0, 3600),
]


@pytest.mark.parametrize(("interval", "failures", "retry_after", "random01", "wanted"), WAITS)
def test_next_read(interval: float, failures: int, retry_after: float | None, random01: float, wanted: float) -> None:
    assert next_read_in_s(interval, failures, retry_after, random01) == pytest.approx(wanted)
