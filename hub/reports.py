"""How rooms are used, by room and hour, without names: pure arithmetic over spans of time in the site's zone.

Counted are the hours of the working week (Monday to Friday, OPEN to CLOSE). Time in which a room was not known counts
as nothing: neither as free nor as used. `booked` comes from what the panel showed, `used` from its sensors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.history import Span
from hub.room_board import BOOKED

OPEN, CLOSE = 8, 18
HOURS = tuple(range(OPEN, CLOSE))
LONGEST_DAYS = 92
FREE_KINDS = frozenset({"free", "free-soon", "released", "in-use"})


@dataclass(slots=True)
class Slot:
    """Time of one room in one hour of the day, summed over the period, in ms."""

    known_ms: int = 0
    booked_ms: int = 0
    sensed_ms: int = 0
    used_ms: int = 0


@dataclass(frozen=True, slots=True)
class RoomUse:
    """One room over the period. `hours` maps the hour of the day to what was summed."""

    unit: str
    title: str
    site: str
    floor: str
    hours: Mapping[int, Slot]
    no_shows: int
    warned: int
    freed_min: int

    @property
    def booked(self) -> float | None:
        """Share of the known time in which it was booked, 0 to 1; None: nothing is known."""
        return share(sum(s.booked_ms for s in self.hours.values()), sum(s.known_ms for s in self.hours.values()))

    @property
    def used(self) -> float | None:
        """Share of the sensed time in which somebody was there."""
        return share(sum(s.used_ms for s in self.hours.values()), sum(s.sensed_ms for s in self.hours.values()))

    def booked_at(self, hour: int) -> float | None:
        """Share of one hour of the day."""
        slot = self.hours.get(hour, Slot())
        return share(slot.booked_ms, slot.known_ms)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days, both ends included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def from_ms(self) -> int:
        return _ms(self.first, 0, self.zone)

    @property
    def to_ms(self) -> int:
        return _ms(self.last + timedelta(days=1), 0, self.zone)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(slots=True)
class Told:
    """What one room told in the period; changes are (ms, value), oldest first."""

    states: list[tuple[int, str, bool]] = field(default_factory=list)
    presence: list[tuple[int, str]] = field(default_factory=list)
    no_shows: list[tuple[str, int]] = field(default_factory=list)


def share(part: int, whole: int) -> float | None:
    """`part` of `whole`, None of nothing."""
    return part / whole if whole else None


def period(first: str, last: str, today: date, zone: ZoneInfo) -> Period:
    """The period of two ISO dates, either of them empty: then the two weeks until today.

    Raises ValueError, in words for a person.
    """
    try:
        end = date.fromisoformat(last) if last else today
        begin = date.fromisoformat(first) if first else end - timedelta(days=13)
    except ValueError:
        raise ValueError("A date is written like 2026-11-23.") from None
    if begin > end:
        raise ValueError("The first day must not be after the last one.")
    if (end - begin).days >= LONGEST_DAYS:
        raise ValueError(f"The period may have {LONGEST_DAYS} days; choose a shorter one.")
    if not 2000 <= begin.year <= end.year <= 2200:
        raise ValueError("Choose days of this century.")
    return Period(begin, end, zone)


def windows(chosen: Period, until_ms: int) -> Iterator[tuple[int, int, int]]:
    """(hour, from_ms, to_ms) of every counted hour of the period that is over or runs."""
    for number in range(chosen.days):
        day = chosen.first + timedelta(days=number)
        if day.weekday() >= 5:
            continue
        for hour in HOURS:
            start, end = _ms(day, hour, chosen.zone), min(_ms(day, hour + 1, chosen.zone), until_ms)
            if start < end:
                yield hour, start, end


def _ms(day: date, hour: int, zone: ZoneInfo) -> int:
    return round(datetime.combine(day, time(hour), zone).astimezone(UTC).timestamp() * 1000)


def room_use(
    unit: str, title: str, site: str, floor: str, told: Told, counted: Sequence[tuple[int, int, int]], end_ms: int
) -> RoomUse:
    """Sum up one room. `counted` is `windows`, rising."""
    hours = {hour: Slot() for hour in HOURS}
    for hour, length_ms, kind in _cut(state_spans(told.states, end_ms), counted):
        hours[hour].known_ms += length_ms
        hours[hour].booked_ms += length_ms if kind in BOOKED else 0
    for hour, length_ms, presence in _cut(presence_spans(told.presence, end_ms), counted):
        hours[hour].sensed_ms += length_ms
        hours[hour].used_ms += length_ms if presence == "occupied" else 0
    released = [freed_min for step, freed_min in told.no_shows if step == "released"]
    warned = sum(step == "warned" for step, _ in told.no_shows)
    return RoomUse(unit, title, site, floor, hours, len(released), warned, sum(released))


def state_spans(changes: Iterable[tuple[int, str, bool]], end_ms: int) -> list[Span]:
    """Spans in which the calendar was known: stale ones and those of other kinds are left out."""
    return [
        span
        for span, stale in _lasting([(at_ms, kind, stale) for at_ms, kind, stale in changes], end_ms)
        if not stale and (span.what in BOOKED or span.what in FREE_KINDS)
    ]


def presence_spans(changes: Iterable[tuple[int, str]], end_ms: int) -> list[Span]:
    """Spans in which presence was known."""
    known = _lasting([(at_ms, what, what not in ("occupied", "vacant")) for at_ms, what in changes], end_ms)
    return [span for span, unknown in known if not unknown]


def _lasting(changes: Sequence[tuple[int, str, bool]], end_ms: int) -> Iterator[tuple[Span, bool]]:
    for number, (at_ms, what, doubtful) in enumerate(changes):
        until_ms = changes[number + 1][0] if number + 1 < len(changes) else end_ms
        if until_ms > at_ms:
            yield Span(at_ms, until_ms, what), doubtful


def _cut(found: Sequence[Span], counted: Sequence[tuple[int, int, int]]) -> Iterator[tuple[int, int, str]]:
    """(hour, ms, what) of each part of a span in a counted hour; both lists rise, so one pass is enough."""
    first = 0
    for span in found:
        while first < len(counted) and counted[first][2] <= span.start_ms:
            first += 1
        number = first
        while number < len(counted) and counted[number][1] < span.end_ms:
            hour, start_ms, end_ms = counted[number]
            yield hour, min(end_ms, span.end_ms) - max(start_ms, span.start_ms), span.what
            number += 1
