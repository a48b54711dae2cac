"""Reads from the store what hub.reports sums up."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Row, select

from common.errors import MyDeskError
from hub.history import DAY_MS
from hub.reads import json_object
from hub.reports import Period, RoomUse, Told, room_use, windows
from hub.tables import ROWS, UNITS

MOST_ROWS = 500_000
TOPICS = ("e/room", "e/presence", "e/no-show")


class ReportTooLongError(MyDeskError):
    """Error raised when the period holds more history than one report may read."""


def rooms_used(connection: Connection, chosen: Period, now_ms: int) -> list[RoomUse]:
    """Every room of the site over a period. Raises ReportTooLongError."""
    until_ms = min(chosen.to_ms, now_ms)
    told = _told(connection, chosen, until_ms)
    counted = list(windows(chosen, until_ms))
    query = select(UNITS).where(UNITS.c.role != "kiosk").order_by(UNITS.c.site, UNITS.c.floor, UNITS.c.name)
    return [
        room_use(row.unit, row.name or row.unit, row.site, row.floor, told[row.unit], counted, until_ms)
        for row in connection.execute(query).all()
    ]


def _told(connection: Connection, chosen: Period, until_ms: int) -> defaultdict[str, Told]:
    """Changes from a day before the period, so that what lasted into it is known."""
    query = (
        select(ROWS.c.unit, ROWS.c.topic, ROWS.c.at_ms, ROWS.c.body)
        .where(ROWS.c.topic.in_(TOPICS), ROWS.c.at_ms >= chosen.from_ms - DAY_MS, ROWS.c.at_ms < until_ms)
        .order_by(ROWS.c.at_ms, ROWS.c.id)
        .limit(MOST_ROWS + 1)
    )
    told: defaultdict[str, Told] = defaultdict(Told)
    for number, row in enumerate(connection.execute(query)):
        if number >= MOST_ROWS:
            raise ReportTooLongError("That is more history than one report may read.", hint="Choose a shorter period.")
        _take(told[row.unit], row, chosen.from_ms)
    return told


def _take(told: Told, row: Row[*tuple[Any, ...]], from_ms: int) -> None:
    body = json_object(row.body)
    if row.topic == "e/room":
        told.states.append((row.at_ms, str(body.get("state", "")), body.get("stale") is not False))
    elif row.topic == "e/presence":
        told.presence.append((row.at_ms, str(body.get("presence", ""))))
    elif row.at_ms >= from_ms:
        freed = body.get("freed_min", 0)
        told.no_shows.append((str(body.get("step", "")), freed if isinstance(freed, int) else 0))
