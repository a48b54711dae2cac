"""The arithmetic of the reports: hours, zones, unknown time, no-shows; plots, times and CSV beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.history import Span, clipped, spans
from hub.reports import Period, Told, period, room_use, windows
from hub.web.csv_text import cell, csv_text
from hub.web.plots import day_rows, line, thinned
from hub.web.room_pages import floor_order
from hub.web.wording import LocalTime, age, percent

ZONE = ZoneInfo("Europe/Copenhagen")
MONDAY = date(2026, 11, 16)
DAY = Period(MONDAY, MONDAY, ZONE)
END_MS = DAY.to_ms


def at(hour: int, minute: int = 0, day: int = 16) -> int:
    return round(datetime(2026, 11, day, hour, minute, tzinfo=ZONE).timestamp() * 1000)


def used(told: Told, chosen: Period = DAY) -> tuple[float | None, float | None]:
    room = room_use("ada", "Ada", "", "", told, list(windows(chosen, chosen.to_ms)), chosen.to_ms)
    return room.booked, room.used


def test_half_an_hour_of_ten_is_a_twentieth() -> None:
    told = Told(states=[(at(8), "free", False), (at(9), "busy", False), (at(9, 30), "free", False)])
    assert used(told) == pytest.approx((0.05, None))


def test_hours_are_told_apart_and_what_is_outside_counts_as_nothing() -> None:
    told = Told(states=[(at(6), "busy", False), (at(8, 30), "free", False), (at(17, 45), "busy", False)])
    room = room_use("ada", "Ada", "", "", told, list(windows(DAY, END_MS)), END_MS)
    assert [room.booked_at(hour) for hour in (8, 9, 17, 18)] == [0.5, 0.0, 0.25, None]


@pytest.mark.parametrize("kind", ["offline", "needs-sign-in", "starting", "asleep", "", "<b>"])
def test_time_that_is_not_known_is_neither_free_nor_booked(kind: str) -> None:
    told = Told(states=[(at(8), "busy", False), (at(9), kind, True)])
    assert used(told)[0] == 1.0


def test_a_stale_free_counts_as_nothing() -> None:
    told = Told(states=[(at(8), "busy", False), (at(9), "free", True)])
    assert used(told)[0] == 1.0


def test_presence_unknown_is_not_empty() -> None:
    told = Told(presence=[(at(8), "occupied"), (at(9), "unknown"), (at(12), "vacant"), (at(15), "unknown")])
    assert used(told) == pytest.approx((None, 0.25))


def test_nothing_known_is_no_share_at_all() -> None:
    assert used(Told()) == (None, None)
    assert (percent(None), percent(0.499), percent(0.0)) == ("–", "50 %", "0 %")


def test_what_lasts_over_weekends_and_nights_is_cut_to_working_hours() -> None:
    week = Period(date(2026, 11, 14), date(2026, 11, 17), ZONE)
    hours = {hour for hour, _, _ in windows(week, week.to_ms)}
    assert (len(list(windows(week, week.to_ms))), min(hours), max(hours)) == (20, 8, 17)
    assert used(Told(states=[(at(8, day=13), "busy", False)]), week)[0] == 1.0


def test_the_hour_that_runs_is_cut_and_later_ones_are_not_counted() -> None:
    assert [(hour, end - start) for hour, start, end in windows(DAY, at(9, 15))] == [(8, 3_600_000), (9, 900_000)]


def test_summer_time_ends_within_a_period() -> None:
    autumn = Period(date(2026, 10, 23), date(2026, 10, 26), ZONE)
    starts = [datetime.fromtimestamp(start / 1000, UTC).hour for hour, start, _ in windows(autumn, 2**53) if hour == 8]
    assert starts == [6, 7]


def test_no_shows_are_counted_by_their_steps() -> None:
    told = Told(no_shows=[("warned", 0), ("released", 40), ("warned", 0), ("kept", 0), ("failed", 0), ("released", 20)])
    room = room_use("ada", "Ada", "", "", told, [], END_MS)
    assert (room.no_shows, room.warned, room.freed_min) == (2, 2, 60)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-13-01", "", "2026-11-23"),
        ("x", "y", "2026-11-23"),
        ("2026-11-20", "2026-11-10", "after"),
        ("2026-01-01", "2026-11-10", "shorter"),
        ("0001-01-01", "0001-01-02", "century"),
    ],
)
def test_a_wrong_period_is_refused_in_words(first: str, last: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        period(first, last, MONDAY, ZONE)


def test_without_dates_it_is_the_two_weeks_until_today() -> None:
    assert (period("", "", MONDAY, ZONE).first, period("", "", MONDAY, ZONE).days) == (date(2026, 11, 3), 14)


def test_spans_last_until_the_next_change_and_are_clipped() -> None:
    found = spans([(10, "a"), (20, "b"), (20, "c"), (30, "d")], 40)
    assert found == [Span(10, 20, "a"), Span(20, 30, "c"), Span(30, 40, "d")]
    assert clipped(found, 15, 30) == [Span(15, 20, "a"), Span(20, 30, "c")]
    assert spans([], 40) == []


def test_a_day_of_presence_is_drawn_from_midnight_to_midnight() -> None:
    (row,) = day_rows([Span(at(6), at(12), "occupied"), Span(at(12), at(18), "unknown")], [MONDAY], ZONE)
    assert (row.label, row.occupied_h) == ("Mon 16 Nov", 6.0)
    assert [(bar.x, bar.width, bar.what) for bar in row.bars] == [(250.0, 250.0, "occupied")]


def test_a_line_is_broken_where_nothing_is_known() -> None:
    minute = 60_000
    values: list[tuple[int, float | None]] = [(0, 400), (minute, 500), (2 * minute, None), (3 * minute, 600)]
    drawn = line([*values, (60 * minute, 700)], 0, 100 * minute, (400,), ("a",), 1000)
    assert (len(drawn.paths), drawn.newest, drawn.highest) == (3, 700, 700)
    assert line([], 0, 1, (), (), 10).paths == ()


def test_thinning_keeps_the_highest() -> None:
    values: list[tuple[int, float | None]] = [(n, 2000 if n == 777 else 400) for n in range(5000)]
    kept = thinned([*values, (6000, None)])
    assert len(kept) <= 600
    assert max(value for _, value in kept if value) == 2000


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+45", "'+45"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "' =1"),
        ("  =1", "'  =1"),
        ("Storebælt", "Storebælt"),
        (-3, -3),
        (None, ""),
    ],
)
def test_no_cell_is_a_formula(given: str | int | None, safe: str | int) -> None:
    assert cell(given) == safe


def test_csv_keeps_quotes_commas_and_lines_in_their_cell() -> None:
    assert csv_text(["a"], [['x",\n=2'], [None]]) == '\ufeffa\r\n"x"", =2"\r\n""\r\n'


def test_times_are_local_and_as_short_as_they_can_be() -> None:
    local = LocalTime(ZONE, datetime(2026, 11, 20, 9, 40, tzinfo=UTC))
    moments = [at(8, 5, day=20), at(8, 5, day=18), at(8, 5, day=2), at(8, 5, day=20) - 365 * 86_400_000]
    assert [local.moment(one) for one in moments] == ["08:05", "Wed 08:05", "2 Nov 08:05", "20 Nov 2025"]
    assert [age(0, ms) for ms in (5_000, 300_000, 7_200_000, 200_000_000)] == ["5 s", "5 min", "2 h", "2 d"]
    assert (age(None, 0), age(9_000, 0), local.moment(None)) == ("never", "0 s", "–")


def test_floors_go_up() -> None:
    floors = ["Roof", "2nd floor", "Ground floor", "10. sal", "Kælder", "1. sal", "Stuen"]
    upwards = ["Kælder", "Ground floor", "Stuen", "1. sal", "2nd floor", "10. sal", "Roof"]
    assert sorted(floors, key=floor_order) == upwards
