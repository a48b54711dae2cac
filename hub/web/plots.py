"""Plots as values for inline SVG: points and bars in the units of the view box. Pure; the template draws them.

Axis labels are HTML beside the drawing, so that the drawing may be stretched to any width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.history import DAY_MS, Span, clipped

WIDTH, HEIGHT = 1000, 200
GAP_MS = 15 * 60_000
"""A line is broken where samples are further apart."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a row: from `x`, `width` wide, of 1000."""

    x: float
    width: float
    what: str


@dataclass(frozen=True, slots=True)
class DayRow:
    """One local day of presence."""

    label: str
    bars: tuple[Bar, ...]
    occupied_h: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line plot: SVG paths, where the level lines are, and what the axes say."""

    paths: tuple[str, ...]
    levels: tuple[tuple[float, str], ...]
    labels: tuple[str, ...]
    newest: float | None
    highest: float | None


def day_rows(found: Sequence[Span], days: Sequence[date], zone: ZoneInfo) -> list[DayRow]:
    """Presence by day, each row from local midnight to midnight."""
    return [_day_row(found, day, zone) for day in days]


def _day_row(found: Sequence[Span], day: date, zone: ZoneInfo) -> DayRow:
    start_ms, end_ms = _midnight_ms(day, zone), _midnight_ms(day + timedelta(days=1), zone)
    parts = [one for one in clipped(found, start_ms, end_ms) if one.what in ("occupied", "vacant")]
    scale = WIDTH / (end_ms - start_ms)
    bars = (
        Bar(round((p.start_ms - start_ms) * scale, 1), round((p.end_ms - p.start_ms) * scale, 1), p.what)
        for p in parts
    )  # fmt: skip
    occupied_ms = sum(p.end_ms - p.start_ms for p in parts if p.what == "occupied")
    return DayRow(f"{day:%a} {day.day} {day:%b}", tuple(bars), round(occupied_ms / 3_600_000, 1))


def _midnight_ms(day: date, zone: ZoneInfo) -> int:
    return round(datetime.combine(day, time(), zone).astimezone(UTC).timestamp() * 1000)


def line(
    values: Sequence[tuple[int, float | None]],
    from_ms: int,
    to_ms: int,
    levels: Sequence[float],
    labels: Sequence[str],
    top: float,
) -> Line:
    """A line from `from_ms` to `to_ms`, 0 to `top` or to the highest value; broken where nothing is known."""
    numbers = [value for _, value in values if value is not None]
    highest = max(numbers, default=None)
    ceiling = max(top, highest or 0) * 1.05
    scale_x = WIDTH / max(1, to_ms - from_ms)

    def y(value: float) -> float:
        return round(HEIGHT - max(0.0, value) / ceiling * HEIGHT, 1)

    paths: list[str] = []
    points: list[str] = []
    last_ms = from_ms
    for at_ms, value in values:
        if points and (value is None or at_ms - last_ms > GAP_MS):
            paths.append("M" + " L".join(points))
            points = []
        if value is not None:
            points.append(f"{round((at_ms - from_ms) * scale_x, 1)} {y(value)}")
            last_ms = at_ms
    if points:
        paths.append("M" + " L".join(points))
    shown = tuple((y(level), f"{level:g}") for level in levels)
    return Line(tuple(paths), shown, tuple(labels), numbers[-1] if numbers else None, highest)


def thinned(values: Sequence[tuple[int, float | None]], most: int = 600) -> list[tuple[int, float | None]]:
    """At most about `most` points: the highest of each stretch, unknown where all of it is."""
    if len(values) <= most:
        return list(values)
    step = -(-len(values) // most)
    groups = (values[at : at + step] for at in range(0, len(values), step))
    return [_highest(group) for group in groups]


def _highest(group: Sequence[tuple[int, float | None]]) -> tuple[int, float | None]:
    known = [(at_ms, value) for at_ms, value in group if value is not None]
    return max(known, key=lambda pair: pair[1]) if known else group[0]


def local_days(now: datetime, zone: ZoneInfo, count: int) -> list[date]:
    """Today and the days before, newest first."""
    today = now.astimezone(zone).date()
    return [today - timedelta(days=number) for number in range(count)]


__all__ = ["DAY_MS", "HEIGHT", "WIDTH", "Bar", "DayRow", "Line", "day_rows", "line", "local_days", "thinned"]
