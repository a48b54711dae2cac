"""Writes what units have told, a draft in one transaction, and says what is to be acknowledged after it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from hub.draft import AlarmTold, CommandTold, Draft, Latest, StatusTold, plain
from hub.ingest_rows import EARLIEST_MS, MOST_AHEAD_MS
from hub.live import Change
from hub.store import Store, upsert
from hub.tables import ALARMS, COMMANDS, LATEST, ROWS, SETTINGS, UNITS
from hub.unit_status import supersedes
from hub.visits.intake import NoVisits, VisitIntake
from hub.watermark import Stream, Watermarks
from telemetry.messages import MessageError, Reported, Status, decode

SEEN_EVERY_MS = 5_000
"""`last_seen_ms` is not written more often."""

MOST_UNITS = 50_000
_OPEN = ("sent", "executing", "expired")
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Written:
    """What a commit did: `acks` are the watermarks to publish, `changes` what open pages should hear of."""

    acks: Mapping[Stream, int]
    changes: tuple[Change, ...]
    new_rows: int = 0


class Intake:
    """The only writer of history. Belongs to one thread. Without `visits`, rows about visits are emptied unread."""

    def __init__(self, store: Store, visits: VisitIntake | None = None) -> None:
        self._store = store
        self._visits = visits or NoVisits()
        self._marks = Watermarks()
        self._units: dict[str, int] = {}  # whose row is there, and when they were last seen

    def write(self, draft: Draft, now_ms: int) -> Written:
        """Write all of `draft` or nothing. To do it twice is harmless.

        Raises:
            HubStoreError: nothing was written.
        """
        try:
            written = self._write(draft, now_ms)
        except BaseException:
            self._marks.forget()
            self._units.clear()
            raise
        return written

    def _write(self, draft: Draft, now_ms: int) -> Written:
        seen = {unit: at for unit, at in draft.seen.items() if at - self._units.get(unit, 0) >= SEEN_EVERY_MS}
        new = sorted({unit for unit in draft.units() if unit not in self._units})
        with self._store.begin() as connection:
            current = self._marks.current(connection, draft.streams)
            fresh = [row for row in draft.rows.values() if row["seq"] > current[row["unit"], row["epoch"]].seq]
            _write_units(connection, draft, new, seen)
            self._visits.take(connection, fresh)
            _insert_rows(connection, fresh)
            added: dict[Stream, list[tuple[int, int]]] = {stream: [] for stream in draft.streams}
            for row in fresh:
                added[row["unit"], row["epoch"]].append((row["seq"], row["prev"]))
            marks = self._marks.moved(connection, current, added)
            self._marks.write(connection, {s: mark for s, mark in marks.items() if mark != current[s]}, now_ms)
            _write_states(connection, draft)
        self._marks.committed(marks)
        self._remember({**dict.fromkeys(new, 0), **seen})
        return Written({stream: mark.seq for stream, mark in marks.items()}, tuple(draft.changes), len(fresh))

    def _remember(self, units: Mapping[str, int]) -> None:
        if len(self._units) + len(units) > MOST_UNITS:
            self._units.clear()
        self._units.update(units)


def _insert_rows(connection: Connection, rows: list[dict[str, object]]) -> None:
    """A row that is there stays as it is, but for `prev`: what was evicted since makes it smaller."""
    if not rows:
        return
    statement = upsert(connection, ROWS)
    smaller = statement.excluded.prev < ROWS.c.prev
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["unit", "epoch", "seq"], set_={"prev": statement.excluded.prev}, where=smaller
        ),
        rows,
    )


def _write_states(connection: Connection, draft: Draft) -> None:
    _write_latest(connection, {**draft.latest, **_statuses(connection, draft.statuses)})
    for alarm in draft.alarms:
        _write_alarm(connection, alarm)
    for told in draft.commands:
        _write_command(connection, told)
    for unit, reported in draft.reported:
        _write_reported(connection, unit, reported)


def _write_latest(connection: Connection, latest: Mapping[tuple[str, str], Latest]) -> None:
    there = [
        {"unit": unit, "topic": topic, "received_ms": told.received_ms, "body": told.body}
        for (unit, topic), told in sorted(latest.items())
        if told.body is not None
    ]
    if there:
        statement = upsert(connection, LATEST)
        fresh = {"received_ms": statement.excluded.received_ms, "body": statement.excluded.body}
        connection.execute(statement.on_conflict_do_update(index_elements=["unit", "topic"], set_=fresh), there)
    for (unit, topic), told in latest.items():
        if told.body is None:
            connection.execute(LATEST.delete().where(LATEST.c.unit == unit, LATEST.c.topic == topic))


def _statuses(connection: Connection, told: list[StatusTold]) -> dict[tuple[str, str], Latest]:
    """The newest status of each unit, where it is newer than what is kept."""
    last = _last_statuses(connection, {status.unit for status in told})
    newest: dict[tuple[str, str], Latest] = {}
    for status in told:
        if supersedes(status.status, last.get(status.unit)):
            last[status.unit] = status.status
            newest[status.unit, "status"] = status.latest
    return newest


def _last_statuses(connection: Connection, units: Iterable[str]) -> dict[str, Status]:
    wanted = sorted(units)
    found: dict[str, Status] = {}
    for start in range(0, len(wanted), _CHUNK):
        these = LATEST.c.unit.in_(wanted[start : start + _CHUNK])
        query = select(LATEST.c.unit, LATEST.c.body).where(LATEST.c.topic == "status", these)
        for row in connection.execute(query):
            try:
                found[row.unit] = decode(row.body.encode(), Status)
            except MessageError:  # kept by another version: whatever comes now is newer
                continue
    return found


def _write_alarm(connection: Connection, told: AlarmTold) -> None:
    mine = and_(ALARMS.c.unit == told.unit, ALARMS.c.kind == told.kind, ALARMS.c.cleared_ms.is_(None))
    if told.alarm is None:
        connection.execute(update(ALARMS).where(mine).values(cleared_ms=told.received_ms))
        return
    alarm = told.alarm
    says = {"severity": alarm.severity, "text": plain(alarm.text, 500), "do": plain(alarm.do, 500)}
    if connection.execute(update(ALARMS).where(mine).values(says)).rowcount:
        return
    believed = EARLIEST_MS <= alarm.since <= told.received_ms + MOST_AHEAD_MS
    since_ms = alarm.since if believed else told.received_ms
    connection.execute(insert(ALARMS).values(unit=told.unit, kind=told.kind, since_ms=since_ms, **says))


def _write_command(connection: Connection, told: CommandTold) -> None:
    """A state that is final stays; a command of another unit is not touched. Home Assistant's are not ours to keep."""
    result = json.dumps(told.state.result).encode() if told.state.result else None
    connection.execute(
        update(COMMANDS)
        .where(COMMANDS.c.id == told.id, COMMANDS.c.unit == told.unit, COMMANDS.c.state.in_(_OPEN))
        .values(
            state=told.state.state,
            reason=plain(told.state.reason, 500),
            result=result,
            updated_ms=told.received_ms,
        )
    )


def _write_reported(connection: Connection, unit: str, reported: Reported) -> None:
    connection.execute(
        update(SETTINGS)
        .where(SETTINGS.c.unit == unit, SETTINGS.c.rev == reported.rev)
        .values(state=reported.state, reason=plain(reported.reason, 500))
    )


def _write_units(connection: Connection, draft: Draft, new: list[str], seen: Mapping[str, int]) -> None:
    """Everybody who told something is a unit; who was enrolled keeps the name that was given then."""
    if new:
        connection.execute(upsert(connection, UNITS).on_conflict_do_nothing(), [{"unit": unit} for unit in new])
    if seen:
        statement = update(UNITS).where(UNITS.c.unit == bindparam("who")).values(last_seen_ms=bindparam("at"))
        connection.execute(statement, [{"who": unit, "at": at} for unit, at in sorted(seen.items())])
    for unit, facts in sorted(draft.facts.items()):
        for key, text in facts.items():
            empty = and_(UNITS.c.unit == unit, UNITS.c[key] == "")
            connection.execute(update(UNITS).where(empty).values({key: text}))
