"""What pages and API read of the store: units, rooms, alarms, commands, settings, audit, as frozen values.

Bodies are the units' own JSON: they are read defensively, and nothing in them is trusted to be of any type.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from hub import room_board
from hub.room_board import Shown, Told
from hub.tables import ALARMS, AUDIT, COMMANDS, LATEST, ROWS, SETTINGS, SILENCES, UNITS

MOST_SHOWN = 200
"""Rows of any list that grows by itself."""


@dataclass(frozen=True, slots=True)
class UnitSeen:
    """One unit now. `link` is online, lost, offline or "" (never heard); `latest` is topic -> body."""

    unit: str
    role: str
    name: str
    site: str
    floor: str
    link: str
    version: str
    seen_ms: int | None
    revoked: bool
    cert_expires_ms: int | None
    alarms: int
    critical: bool
    told: Told | None
    latest: Mapping[str, dict[str, Any]]
    received: Mapping[str, int]

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name or self.unit

    def silent(self, now_ms: int) -> bool:
        """Connected, by its own words, and yet nothing is heard."""
        limit_ms = room_board.SILENT_AFTER_S * 1000
        return self.link == "online" and (self.seen_ms is None or now_ms - self.seen_ms > limit_ms)

    def fresh(self, now_ms: int) -> bool:
        """Whether its samples are of now."""
        return self.link == "online" and not self.silent(now_ms)

    @property
    def live(self) -> Told | None:
        """What the room is by `now/room`, the live lane; by the last `e/room` where nothing live was ever told."""
        now = self.latest.get("now/room", {})
        state = now.get("state")
        if not isinstance(state, str):
            return self.told
        at_ms = self.received["now/room"]
        since_ms = self.told.at_ms if self.told is not None and self.told.kind == state else at_ms
        return Told(state, now.get("calendar_ok") is not True, since_ms, at_ms, live=True)

    def shown(self, now_ms: int) -> Shown:
        """How its room looks."""
        return room_board.shown(self.link, self.seen_ms, self.live, now_ms)

    def sample(self, key: str) -> float | int | bool | None:
        """A value of `now/room`; None where it is unknown or nonsense."""
        value = self.latest.get("now/room", {}).get(key)
        return value if isinstance(value, int | float | bool) else None


@dataclass(frozen=True, slots=True)
class AlarmSeen:
    """An alarm, open while `cleared_ms` is None. `silenced_ms`: until when nobody is notified."""

    id: int
    unit: str
    title: str
    kind: str
    severity: str
    since_ms: int
    cleared_ms: int | None
    text: str
    do: str
    silenced_ms: int | None = None


@dataclass(frozen=True, slots=True)
class CommandSeen:
    """A command and what became of it; `result` is its JSON, without large base64 texts (they are in `has`)."""

    id: str
    unit: str
    operation: str
    by: str
    created_ms: int
    state: str
    reason: str
    updated_ms: int
    has: str = ""


@dataclass(frozen=True, slots=True)
class RevisionSeen:
    """A revision of desired settings, and what became of it; `text` is its JSON."""

    rev: int
    text: str
    by: str
    at_ms: int
    state: str
    reason: str


def units(connection: Connection, only: Iterable[str] | None = None) -> list[UnitSeen]:
    """All units, or those of `only`, by site, floor and name."""
    wanted = None if only is None else sorted(set(only))
    query = select(UNITS).order_by(UNITS.c.site, UNITS.c.floor, UNITS.c.name, UNITS.c.unit)
    rows = connection.execute(_of(query, UNITS.c.unit, wanted)).all()
    latest = _latest(connection, wanted)
    counts = _alarm_counts(connection, wanted)
    told = _told(connection, wanted)
    return [_unit(row, latest.get(row.unit, {}), counts.get(row.unit, (0, 0)), told.get(row.unit)) for row in rows]


def unit(connection: Connection, name: str) -> UnitSeen | None:
    """One unit, or None."""
    return next(iter(units(connection, [name])), None)


def _of(query: Select[Any], column: Any, wanted: list[str] | None) -> Select[Any]:
    return query if wanted is None else query.where(column.in_(wanted))


def _latest(connection: Connection, wanted: list[str] | None) -> dict[str, dict[str, tuple[int, dict[str, Any]]]]:
    found: dict[str, dict[str, tuple[int, dict[str, Any]]]] = {}
    for row in connection.execute(_of(select(LATEST), LATEST.c.unit, wanted)):
        found.setdefault(row.unit, {})[row.topic] = (row.received_ms, json_object(row.body))
    return found


def _alarm_counts(connection: Connection, wanted: list[str] | None) -> dict[str, tuple[int, int]]:
    critical = func.count().filter(ALARMS.c.severity == "critical")
    query = select(ALARMS.c.unit, func.count(), critical).where(ALARMS.c.cleared_ms.is_(None)).group_by(ALARMS.c.unit)
    rows = connection.execute(_of(query, ALARMS.c.unit, wanted))
    return {row[0]: (row[1], row[2]) for row in rows}


def _told(connection: Connection, wanted: list[str] | None) -> dict[str, Told]:
    """The newest e/room of each unit, found by the index unit by unit."""
    other = ROWS.alias()
    newest = (
        select(other.c.id)
        .where(other.c.unit == UNITS.c.unit, other.c.topic == "e/room")
        .order_by(other.c.at_ms.desc(), other.c.id.desc())
        .limit(1)
        .correlate(UNITS)
        .scalar_subquery()
    )
    columns = (ROWS.c.unit, ROWS.c.at_ms, ROWS.c.received_ms, ROWS.c.body)
    query = select(*columns).select_from(UNITS).join(ROWS, ROWS.c.id == newest)
    return {row.unit: _told_of(row) for row in connection.execute(_of(query, UNITS.c.unit, wanted))}


def _told_of(row: Row[Any]) -> Told:
    body = json_object(row.body)
    return Told(str(body.get("state", "")), body.get("stale") is not False, row.at_ms, row.received_ms)


def _unit(
    row: Row[Any], latest: dict[str, tuple[int, dict[str, Any]]], alarms: tuple[int, int], told: Told | None
) -> UnitSeen:
    bodies = {topic: body for topic, (_, body) in latest.items()}
    status, hw = bodies.get("status", {}), bodies.get("twin/hw", {})
    return UnitSeen(
        unit=row.unit,
        role=row.role or str(status.get("role", "")),
        name=row.name or str(hw.get("name", "")),
        site=row.site,
        floor=row.floor,
        link=str(status.get("s", "")),
        version=str(status.get("ver", "")),
        seen_ms=row.last_seen_ms,
        revoked=row.revoked_ms is not None,
        cert_expires_ms=row.cert_expires_ms,
        alarms=alarms[0],
        critical=alarms[1] > 0,
        told=told,
        latest=bodies,
        received={topic: received for topic, (received, _) in latest.items()},
    )


def alarms(
    connection: Connection, *, open_: bool, now_ms: int, unit: str = "", limit: int = MOST_SHOWN
) -> list[AlarmSeen]:
    """Open alarms, the worst first, or past ones, the newest first."""
    silence = (
        select(func.max(SILENCES.c.until_ms))
        .where(or_(SILENCES.c.unit == "", SILENCES.c.unit == ALARMS.c.unit), SILENCES.c.until_ms > now_ms)
        .correlate(ALARMS)
        .scalar_subquery()
    )
    query = select(ALARMS, UNITS.c.name, silence.label("silenced_ms")).join(
        UNITS, UNITS.c.unit == ALARMS.c.unit, isouter=True
    )
    if open_:
        query = query.where(ALARMS.c.cleared_ms.is_(None)).order_by(ALARMS.c.severity, ALARMS.c.since_ms.desc())
    else:
        query = query.where(ALARMS.c.cleared_ms.is_not(None)).order_by(ALARMS.c.cleared_ms.desc())
    if unit:
        query = query.where(ALARMS.c.unit == unit)
    return [_alarm(row) for row in connection.execute(query.limit(limit))]


def _alarm(row: Row[Any]) -> AlarmSeen:
    values = row._mapping
    keys = ("id", "unit", "kind", "severity", "since_ms", "cleared_ms", "text", "do", "silenced_ms")
    return AlarmSeen(title=values["name"] or values["unit"], **{key: values[key] for key in keys})


def silences(connection: Connection, now_ms: int) -> list[Row[Any]]:
    """Maintenance that is not over."""
    query = select(SILENCES).where(SILENCES.c.until_ms > now_ms).order_by(SILENCES.c.until_ms).limit(MOST_SHOWN)
    return list(connection.execute(query))


def commands(connection: Connection, unit: str, limit: int = 20) -> list[CommandSeen]:
    """The newest commands of a unit; visits that the hub passes on are nobody's commands."""
    mine = and_(COMMANDS.c.unit == unit, COMMANDS.c.operation != "visit")
    query = select(COMMANDS).where(mine).order_by(COMMANDS.c.created_ms.desc()).limit(limit)
    return [_command(row) for row in connection.execute(query)]


def _command(row: Row[Any]) -> CommandSeen:
    result = result_of(row.result)
    has = next((key for key in ("png", "gz") if isinstance(result.get(key), str)), "")
    texts = (row.id, row.unit, row.operation, row.by, row.created_ms, row.state, row.reason, row.updated_ms)
    return CommandSeen(*texts, has=has)


def command_result(connection: Connection, unit: str, command_id: str) -> dict[str, Any] | None:
    """The result of one command of that unit; None if there is no such command."""
    where = and_(COMMANDS.c.unit == unit, COMMANDS.c.id == command_id)
    row = connection.execute(select(COMMANDS.c.result).where(where)).one_or_none()
    return None if row is None else result_of(row.result)


def settings_revisions(connection: Connection, unit: str, limit: int = 10) -> list[RevisionSeen]:
    """The newest revisions of a unit's desired settings."""
    shown = (SETTINGS.c.rev, SETTINGS.c["values"], SETTINGS.c.by, SETTINGS.c.at_ms, SETTINGS.c.state, SETTINGS.c.reason)
    query = select(*shown).where(SETTINGS.c.unit == unit).order_by(SETTINGS.c.rev.desc()).limit(limit)
    return [RevisionSeen(*row) for row in connection.execute(query)]


def audit(connection: Connection, before_id: int | None = None, limit: int = 100) -> list[Row[Any]]:
    """Who did what, the newest first; `before_id` pages on."""
    query = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(AUDIT.c.id < before_id)
    return list(connection.execute(query))


def result_of(raw: bytes | None) -> dict[str, Any]:
    """The JSON of a command's result; {} for none or nonsense."""
    return json_object(raw) if raw else {}


def json_object(raw: str | bytes) -> dict[str, Any]:
    """A JSON object from a unit; {} for anything else."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
