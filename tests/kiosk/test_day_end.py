"""When an evening ends, as laws; who is in the building, as a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.visiting.evening import cutoff, over
from kiosk.day_end import evacuation_list, remind_now
from kiosk.model import VisitState
from tests.kiosk.register_kit import MONDAY, ZONE, visit

zones = st.sampled_from(["Europe/Copenhagen", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "UTC"])
instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))


@given(since=instants, at=times, zone=zones.map(ZoneInfo))
def test_an_evening_ends_within_a_day_and_never_before_it_began(since: datetime, at: str, zone: ZoneInfo) -> None:
    ends = cutoff(since, at, zone)
    assert timedelta(0) < ends - since <= timedelta(hours=25)


@given(since=instants, zone=zones.map(ZoneInfo))
def test_one_minute_to_midnight_is_what_the_sites_clock_shows(since: datetime, zone: ZoneInfo) -> None:
    local = cutoff(since, "23:59", zone).astimezone(zone)
    assert (local.hour, local.minute) == (23, 59)
    assert local.date() - since.astimezone(zone).date() <= timedelta(days=1)


@given(since=instants, wait=st.timedeltas(timedelta(0), timedelta(days=40)))
def test_over_is_over_for_good(since: datetime, wait: timedelta) -> None:
    ended = over(since, "23:59", ZONE, since + wait)
    assert (ended is not None) == (since + wait >= cutoff(since, "23:59", ZONE))
    assert ended in (None, cutoff(since, "23:59", ZONE))


def test_what_never_began_does_not_end() -> None:
    assert over(None, "23:59", ZONE, MONDAY) is None


HOUR = timedelta(hours=1)
REMINDERS = [
    (MONDAY - HOUR, VisitState.ON_SITE, 60, True),
    (MONDAY - HOUR + timedelta(seconds=1), VisitState.ON_SITE, 60, False),
    (MONDAY - HOUR, VisitState.LEFT, 60, False),
    (MONDAY - 5 * HOUR, VisitState.ON_SITE, 0, False),
    (None, VisitState.ON_SITE, 60, False),
]


@pytest.mark.parametrize(("until", "state", "after_min", "due"), REMINDERS)
def test_when_a_host_is_reminded(until: datetime | None, state: VisitState, after_min: int, due: bool) -> None:
    assert remind_now(visit(1, until=until, state=state), after_min, MONDAY) == due


def test_who_is_in_the_building() -> None:
    assumed = VisitState.LEFT_ASSUMED
    visits = [
        visit(5, state=assumed, out_at=MONDAY - 10 * HOUR),
        visit(6, state=assumed, out_at=MONDAY - 24 * HOUR),
        visit(2),
        visit(1),
        visit(3, state=VisitState.LEFT, out_at=MONDAY),
        visit(4, state=VisitState.EXPECTED),
    ]
    found = evacuation_list(visits, [visit(2).id], MONDAY, unreadable=1)
    assert [(int(one.visit.id, 16), one.assumed, one.found) for one in found.people] == [
        (1, False, False),
        (2, False, True),
        (5, True, False),
    ]
    assert found.unreadable == 1
