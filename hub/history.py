"""The past of one unit for its page: events in words, presence by day, CO2 and temperature over the last days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from hub.reads import json_object
from hub.tables import ROWS

MOST_ROWS = 20_000
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lasted from `start_ms` to `end_ms`, and what it was."""

    start_ms: int
    end_ms: int
    what: str


@dataclass(frozen=True, slots=True)
class EventSeen:
    """One event of a unit: its type without `e/`, and its fields as `key value` texts."""

    at_ms: int
    kind: str
    fields: tuple[tuple[str, str], ...]
    synced: bool


def events(connection: Connection, unit: str, limit: int = 50) -> list[EventSeen]:
    """The newest events of a unit."""
    query = (
        select(ROWS.c.at_ms, ROWS.c.topic, ROWS.c.body, ROWS.c.synced)
        .where(ROWS.c.unit == unit, ROWS.c.topic.like("e/%"))
        .order_by(ROWS.c.at_ms.desc(), ROWS.c.id.desc())
        .limit(limit)
    )
    return [EventSeen(r.at_ms, r.topic[2:], _fields(json_object(r.body)), r.synced) for r in connection.execute(query)]


def _fields(body: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((key[:40], _text(value)) for key, value in list(body.items())[:12] if value not in ("", None))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)[:80]


def values(
    connection: Connection, unit: str, topic: str, key: str, from_ms: int, to_ms: int
) -> list[tuple[int, float | None]]:
    """A number of a sample over time, oldest first; None where it was unknown."""
    found = []
    for at_ms, body in rows(connection, unit, topic, from_ms, to_ms):
        value = body.get(key)
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        found.append((at_ms, number))
    return found


def rows(
    connection: Connection, unit: str, topic: str, from_ms: int, to_ms: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows of one topic of a unit, oldest first, at most MOST_ROWS (the newest ones)."""
    query = (
        select(ROWS.c.at_ms, ROWS.c.body)
        .where(ROWS.c.unit == unit, ROWS.c.topic == topic, ROWS.c.at_ms >= from_ms, ROWS.c.at_ms < to_ms)
        .order_by(ROWS.c.at_ms.desc(), ROWS.c.id.desc())
        .limit(MOST_ROWS)
    )
    for row in reversed(connection.execute(query).all()):
        yield row.at_ms, json_object(row.body)


def presence_spans(connection: Connection, unit: str, from_ms: int, to_ms: int) -> list[Span]:
    """When somebody was in the room, nobody was, or that was unknown."""
    told = ((at_ms, str(body.get("presence", "unknown"))) for at_ms, body in
            rows(connection, unit, "e/presence", from_ms - DAY_MS, to_ms))  # fmt: skip
    return clipped(spans(list(told), to_ms), from_ms, to_ms)


def spans(changes: Sequence[tuple[int, str]], end_ms: int) -> list[Span]:
    """What changes mean as spans; each lasts until the next, the last until `end_ms`."""
    ends = [at_ms for at_ms, _ in changes[1:]] + [end_ms]
    return [Span(at, end, what) for (at, what), end in zip(changes, ends, strict=True) if end > at] if changes else []


def clipped(found: Sequence[Span], from_ms: int, to_ms: int) -> list[Span]:
    """The parts of `found` within a period."""
    parts = (Span(max(one.start_ms, from_ms), min(one.end_ms, to_ms), one.what) for one in found)
    return [one for one in parts if one.end_ms > one.start_ms]
