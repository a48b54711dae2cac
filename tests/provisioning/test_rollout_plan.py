"""Amounts, waves, windows by the clock of a site, and the order of units."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.rollout_plan import Amount, Window, duration_s, spread, waves

MADRID, KATHMANDU = "Europe/Madrid", "Asia/Kathmandu"
NIGHT = Window("19:00", "06:00")


@pytest.mark.parametrize(
    ("text", "total", "at_least", "at_most"),
    [("0", 30, 0, 0), ("5", 30, 5, 5), ("50", 30, 30, 30), ("2%", 300, 6, 6), ("2%", 30, 1, 0), ("2.5%", 300, 8, 7)],
)
def test_amounts(text: str, total: int, at_least: int, at_most: int) -> None:
    amount = Amount.parse(text)
    assert (str(amount), amount.at_least(total), amount.at_most(total)) == (text, at_least, at_most)


@pytest.mark.parametrize("text", ["", "-1", "101%", "1.5", "%", "ten", "1 %x"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(FleetError, match="neither a number of units nor a share"):
        Amount.parse(text)


@pytest.mark.parametrize(
    ("total", "canary", "after", "sizes"),
    [
        (300, 1, "10%,50%", [1, 29, 120, 150]),
        (300, 3, "20,100", [3, 17, 80, 200]),
        (5, 1, "10%,50%", [1, 2, 2]),
        (1, 1, "10%,50%", [1]),
        (4, 9, "", [4]),
        (10, 5, "2,100%", [5, 5]),
        (6, 0, "", [6]),
    ],
)
def test_waves(total: int, canary: int, after: str, sizes: list[int]) -> None:
    assert waves(total, canary, [Amount.parse(one) for one in after.split(",") if one]) == sizes


@given(st.integers(1, 2000), st.integers(0, 30), st.lists(st.integers(0, 100), max_size=6))
def test_waves_are_all_units(total: int, canary: int, percents: list[int]) -> None:
    sizes = waves(total, canary, [Amount(percent, is_percent=True) for percent in sorted(percents)])
    assert sum(sizes) == total
    assert all(size > 0 for size in sizes)


def moment(text: str, zone: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("window", "zone", "now", "opens"),
    [
        (NIGHT, MADRID, "2026-06-10T12:00", "2026-06-10T19:00"),
        (NIGHT, MADRID, "2026-06-10T19:00", "2026-06-10T19:00"),
        (NIGHT, MADRID, "2026-06-10T23:59", "2026-06-10T23:59"),
        (NIGHT, MADRID, "2026-06-11T05:59", "2026-06-11T05:59"),
        (NIGHT, MADRID, "2026-06-11T06:00", "2026-06-11T19:00"),
        (NIGHT, KATHMANDU, "2026-06-11T06:00", "2026-06-11T19:00"),
        (Window("08:00", "09:30"), MADRID, "2026-12-31T10:00", "2027-01-01T08:00"),
        # The clocks go from 02:00 to 03:00 on 2026-03-29, and back from 03:00 to 02:00 on 2026-10-25.
        (Window("01:30", "04:00"), MADRID, "2026-03-29T01:59", "2026-03-29T01:59"),
        (Window("02:15", "04:00"), MADRID, "2026-03-29T01:59", "2026-03-29T03:15"),
        (Window("02:15", "02:45"), MADRID, "2026-03-29T04:00", "2026-03-30T02:15"),
        (NIGHT, MADRID, "2026-10-25T05:59", "2026-10-25T05:59"),
        (NIGHT, MADRID, "2026-10-25T06:00", "2026-10-25T19:00"),
    ],
)
def test_windows(window: Window, zone: str, now: str, opens: str) -> None:
    assert window.next_open(moment(now, zone), zone) == moment(opens, zone)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)),
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sampled_from([MADRID, KATHMANDU, "Australia/Lord_Howe", "America/St_Johns", "UTC"]),
)
def test_a_window_opens_within_two_days(now: datetime, first: int, last: int, zone: str) -> None:
    window = Window(*(f"{minute // 60:02d}:{minute % 60:02d}" for minute in (first, last)))
    now_s = now.replace(tzinfo=UTC).timestamp()
    opens_s = window.next_open(now_s, zone)
    assert now_s <= opens_s <= now_s + timedelta(days=2, hours=2).total_seconds()
    assert window.next_open(opens_s, zone) == opens_s, "it is open then"


@pytest.mark.parametrize("text", ["19-6", "19:00", "19:00-19:00", "25:00-26:00", "19:00 - 06:00x"])
def test_what_is_no_window(text: str) -> None:
    with pytest.raises(FleetError, match="is no window"):
        Window.parse(text)
    assert str(Window.parse("19:00-06:00")) == "19:00-06:00"


def test_lengths_of_time() -> None:
    assert [duration_s(text) for text in ("0s", "90s", "10m", "2h", "1d")] == [0, 90, 600, 7200, 86400]
    with pytest.raises(FleetError, match=r"'1w' is no length of time\. Like 90s"):
        duration_s("1w")


def test_each_kind_of_unit_comes_early() -> None:
    def unit(name: str, hardware: str, site: str) -> Unit:
        return Unit(id=name, role="room", site=site, hardware=hardware, address=name)

    units = [unit(f"a{number}", "pi4", "cph") for number in range(3)]
    units += [unit("b0", "pi5", "cph"), unit("c0", "pi4", "mad"), unit("c1", "pi4", "mad")]
    assert [one.id for one in spread(units)] == ["a0", "b0", "c0", "a1", "c1", "a2"]


def test_waves_that_do_not_rise() -> None:
    with pytest.raises(FleetError, match=r"the waves 50%, 10% do not rise among 300 units"):
        waves(300, 1, [Amount.parse("50%"), Amount.parse("10%")])


def test_a_night_in_which_the_clocks_turn_the_window_around_has_none() -> None:
    """In Madrid it is 03:30 instead of 02:30 on 2027-03-28, which is after 03:10."""
    now = datetime(2027, 3, 28, 0, 30, tzinfo=ZoneInfo(MADRID))
    opens = datetime.fromtimestamp(Window("02:30", "03:10").next_open(now.timestamp(), MADRID), ZoneInfo(MADRID))
    assert opens == datetime(2027, 3, 29, 2, 30, tzinfo=ZoneInfo(MADRID))
