"""On which days a series meets."""

from __future__ import annotations

from datetime import date

import pytest

from simulator.recurrence import Recurrence, from_graph, numbered, to_graph

MONDAY = date(2026, 11, 23)
D = date.fromisoformat


@pytest.mark.parametrize(
    ("recurrence", "days"),
    [
        (Recurrence("daily", MONDAY), ["2026-11-23", "2026-11-24", "2026-11-25"]),
        (Recurrence("daily", MONDAY, interval=3), ["2026-11-23", "2026-11-26", "2026-11-29"]),
        (Recurrence("weekly", MONDAY), ["2026-11-23", "2026-11-30", "2026-12-07"]),
        (
            Recurrence("weekly", D("2026-11-25"), interval=2, days=("monday", "wednesday")),
            ["2026-11-25", "2026-12-07", "2026-12-09"],
        ),
        (Recurrence("absoluteMonthly", D("2026-01-31")), ["2026-01-31", "2026-02-28", "2026-03-31"]),
        (
            Recurrence("relativeMonthly", D("2026-11-26"), days=("thursday",), index="last"),
            ["2026-11-26", "2026-12-31", "2027-01-28"],
        ),
        (
            Recurrence("relativeMonthly", D("2026-11-10"), days=("tuesday",), index="second"),
            ["2026-11-10", "2026-12-08", "2027-01-12"],
        ),
        (Recurrence("absoluteYearly", D("2024-02-29")), ["2024-02-29", "2025-02-28", "2026-02-28"]),
        (Recurrence("daily", MONDAY, last=D("2026-11-24")), ["2026-11-23", "2026-11-24"]),
    ],
)
def test_days(recurrence: Recurrence, days: list[str]) -> None:
    assert [day.isoformat() for day in recurrence.dates(3)] == days
    assert all(recurrence.meets_on(D(day)) for day in days)


def test_numbered_ends_with_its_last_meeting() -> None:
    series = numbered(Recurrence("weekly", MONDAY, days=("monday", "friday")), 3)
    assert (series.last, series.meets_on(D("2026-12-04"))) == (D("2026-11-30"), False)


def test_what_graph_sends_comes_back() -> None:
    body = {
        "pattern": {"type": "weekly", "interval": 2, "daysOfWeek": ["Monday"]},
        "range": {"type": "endDate", "startDate": "2026-11-23", "endDate": "2026-12-31"},
    }
    shown = to_graph(from_graph(body, MONDAY), "Romance Standard Time")
    assert shown["pattern"]["daysOfWeek"] == ["monday"]
    assert (shown["range"]["endDate"], shown["range"]["recurrenceTimeZone"]) == ("2026-12-31", "Romance Standard Time")


@pytest.mark.parametrize(
    ("pattern", "limits", "said"),
    [
        ({"type": "hourly"}, {"type": "noEnd"}, "pattern.type"),
        ({"type": "weekly", "daysOfWeek": ["mandag"]}, {"type": "noEnd"}, "daysOfWeek"),
        ({"type": "daily", "interval": -1}, {"type": "noEnd"}, "interval"),
        ({"type": "daily"}, {}, "range.type"),
    ],
)
def test_wrong_patterns(pattern: dict[str, object], limits: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        from_graph({"pattern": pattern, "range": limits}, MONDAY)
