"""On which days a series meets: the patterns of Graph's recurrencePattern and recurrenceRange.

Source: Graph v1.0 resources patternedRecurrence, recurrencePattern, recurrenceRange.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

Pattern = Literal["daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"]

PATTERNS: tuple[Pattern, ...] = (
    "daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly",
)  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
INDEXES = ("first", "second", "third", "fourth", "last")
WORKDAYS = DAYS[:5]
SEARCH_DAYS = 366 * 30
"""How far a numbered range is followed."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A pattern from `first` to `last`, both included; `last` None never ends. `count` is only what was asked for."""

    pattern: Pattern
    first: date
    last: date | None = None
    interval: int = 1
    days: tuple[str, ...] = ()
    index: str = "first"
    count: int = 0

    def meets_on(self, day: date) -> bool:
        """Whether the series meets on `day`."""
        if day < self.first or (self.last is not None and day > self.last):
            return False
        return self._matches(day)

    def _matches(self, day: date) -> bool:
        match self.pattern:
            case "daily":
                return (day - self.first).days % self.interval == 0
            case "weekly":
                return self._matches_week(day)
            case "absoluteMonthly" | "relativeMonthly":
                return self._months(day) % self.interval == 0 and self._matches_month(day)
            case "absoluteYearly" | "relativeYearly":
                return self._months(day) % (12 * self.interval) == 0 and self._matches_month(day)

    def _matches_week(self, day: date) -> bool:
        monday = self.first - timedelta(days=self.first.weekday())
        names = self.days or (DAYS[self.first.weekday()],)
        return ((day - monday).days // 7) % self.interval == 0 and DAYS[day.weekday()] in names

    def _matches_month(self, day: date) -> bool:
        length = monthrange(day.year, day.month)[1]
        if self.pattern.startswith("absolute"):
            return day.day == min(self.first.day, length)
        if DAYS[day.weekday()] not in (self.days or (DAYS[self.first.weekday()],)):
            return False
        if self.index == "last":
            return day.day + 7 > length
        return (day.day - 1) // 7 == INDEXES.index(self.index)

    def _months(self, day: date) -> int:
        return (day.year - self.first.year) * 12 + day.month - self.first.month

    def dates(self, limit: int) -> Iterator[date]:
        """The first `limit` days of the series."""
        found = 0
        for offset in range(SEARCH_DAYS):
            day = self.first + timedelta(days=offset)
            if found == limit or (self.last is not None and day > self.last):
                return
            if self._matches(day):
                found += 1
                yield day


def numbered(recurrence: Recurrence, count: int) -> Recurrence:
    """The same series, ending with its `count`-th meeting."""
    last = recurrence.first
    for day in recurrence.dates(count):
        last = day
    r = recurrence
    return Recurrence(r.pattern, r.first, last, r.interval, r.days, r.index, count)


def from_graph(body: dict[str, Any], first: date) -> Recurrence:
    """Read a patternedRecurrence; `first` is the day on which the event itself starts.

    Raises:
        ValueError: a part is missing or not one that Graph knows.
    """
    pattern, limits = body.get("pattern") or {}, body.get("range") or {}
    kind = pattern.get("type")
    if kind not in PATTERNS:
        raise ValueError(f"recurrence.pattern.type is one of {', '.join(PATTERNS)}")
    days = tuple(str(day).lower() for day in pattern.get("daysOfWeek") or ())
    if set(days) - set(DAYS):
        raise ValueError(f"recurrence.pattern.daysOfWeek holds {', '.join(DAYS)}")
    interval = pattern.get("interval") or 1
    index = pattern.get("index") or "first"
    if not isinstance(interval, int) or interval < 1 or index not in INDEXES:
        raise ValueError("recurrence.pattern has an interval of at least 1 and an index first to last")
    start = date.fromisoformat(limits["startDate"]) if limits.get("startDate") else first
    recurrence = Recurrence(kind, start, None, interval, days, index)
    return _limited(recurrence, limits)


def _limited(recurrence: Recurrence, limits: dict[str, Any]) -> Recurrence:
    r = recurrence
    match limits.get("type"):
        case "noEnd":
            return r
        case "endDate":
            return Recurrence(r.pattern, r.first, date.fromisoformat(limits["endDate"]), r.interval, r.days, r.index)
        case "numbered":
            return numbered(r, int(limits.get("numberOfOccurrences") or 1))
        case _:
            raise ValueError("recurrence.range.type is one of noEnd, endDate, numbered")


def to_graph(recurrence: Recurrence, windows_zone: str) -> dict[str, Any]:
    """The patternedRecurrence that Graph would show."""
    r = recurrence
    absolute = r.pattern.startswith("absolute")
    kind = "numbered" if r.count else "noEnd" if r.last is None else "endDate"
    return {
        "pattern": {
            "type": r.pattern,
            "interval": r.interval,
            "month": r.first.month if r.pattern.endswith("Yearly") else 0,
            "dayOfMonth": r.first.day if absolute else 0,
            "daysOfWeek": list(r.days),
            "firstDayOfWeek": "monday",
            "index": r.index,
        },
        "range": {
            "type": kind,
            "startDate": r.first.isoformat(),
            "endDate": "0001-01-01" if r.last is None else r.last.isoformat(),
            "recurrenceTimeZone": windows_zone,
            "numberOfOccurrences": r.count,
        },
    }
