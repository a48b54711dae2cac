"""Which commands this unit has taken, and what became of them: an id is here before anything is done for it.

That is what "at most once" rests on (DESIGN.md 4.5): MQTT may deliver a command twice, and a restart forgets nothing.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from common.database import StoreError, StoreFault, connect, transaction
from telemetry.outbox_store import set_aside

MOST_KEPT = 2000
"""Commands that are done with; older ones have expired long before."""

MOST_RESULTS = 50
"""Results that wait for the hub: those of older commands are given up, their states are not."""

State = Literal["waiting", "executing", "successful", "failed"]
_COLUMNS = "id, operation, state, reason, result, mark, updated_ms"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS commands (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    operation TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    result BLOB NOT NULL DEFAULT '{}',
    mark TEXT NOT NULL DEFAULT '',
    told INTEGER NOT NULL DEFAULT 0,
    updated_ms INTEGER NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One command. `mark` is what was true of the thing that it restarts; `result` is empty once it was delivered."""

    id: str
    operation: str
    state: State
    reason: str
    result: dict[str, Any]
    mark: str
    updated_ms: int

    @property
    def ended(self) -> bool:
        """Nothing more will become of it."""
        return self.state in ("successful", "failed")


class CommandLedger:
    """The file at `path`; every change is on the disk when its method returns (synchronous=FULL).

    Blocking; safe from any thread. Raises StoreError from every method: disk full, read-only or damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """The file, opened with its first use: an agent whose disk is read-only has more to tell than that."""
        with self._lock:
            if self._connection is None:
                self._connection = self._opened()
            with transaction(self._connection, self._path) as connection:
                yield connection

    def _opened(self) -> sqlite3.Connection:
        try:
            return self._made()
        except StoreError as error:
            if error.fault is not StoreFault.DAMAGED:
                raise
            set_aside(self._path)  # what is lost are ids of commands that have nearly all expired
            return self._made()

    def _made(self) -> sqlite3.Connection:
        connection = connect(self._path, synchronous="FULL")
        try:
            with transaction(connection, self._path):
                connection.execute(_SCHEMA)
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Close the file; it may be used again."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def take(self, command_id: str, operation: str, now_ms: int) -> Entry | None:
        """Note a new command as waiting and return None; the entry of one that is known already."""
        with self._writing() as connection:
            known = _one(connection, command_id)
            if known is None:
                connection.execute(
                    "INSERT INTO commands (id, operation, state, updated_ms) VALUES (?, ?, 'waiting', ?)",
                    (command_id, operation, now_ms),
                )
            return known

    def begin(self, command_id: str, mark: str, now_ms: int) -> None:
        """It is executing from now on."""
        self._change(command_id, "state = 'executing', mark = ?, told = 0, updated_ms = ?", (mark, now_ms))

    def end(self, command_id: str, state: State, reason: str, result: dict[str, Any], now_ms: int) -> Entry:
        """It is over; told again until `delivered`."""
        values = (state, reason, msgspec.json.encode(result), now_ms)
        self._change(command_id, "state = ?, reason = ?, result = ?, told = 0, updated_ms = ?", values)
        with self._writing() as connection:
            query = "UPDATE commands SET result = '{}' WHERE number <= (SELECT max(number) FROM commands) - ?"
            connection.execute(query, (MOST_RESULTS,))
        return Entry(command_id, "", state, reason, result, "", now_ms)

    def delivered(self, command_ids: Iterable[str]) -> None:
        """The ends of those have been told: their results need no room any more."""
        with self._writing() as connection:
            for command_id in command_ids:
                connection.execute(
                    "UPDATE commands SET told = 1, result = '{}' WHERE id = ? AND state IN ('successful', 'failed')",
                    (command_id,),
                )
            connection.execute(
                "DELETE FROM commands WHERE state IN ('successful', 'failed')"
                " AND number <= (SELECT max(number) FROM commands) - ?",
                (MOST_KEPT,),
            )

    def unfinished(self) -> list[Entry]:
        """Waiting or executing, oldest first: after a start, those that were interrupted."""
        return self._some("state IN ('waiting', 'executing')")

    def untold(self) -> list[Entry]:
        """Ended, but not known to be delivered, oldest first."""
        return self._some("state IN ('successful', 'failed') AND told = 0")

    def _change(self, command_id: str, what: str, values: tuple[Any, ...]) -> None:
        with self._writing() as connection:
            connection.execute(f"UPDATE commands SET {what} WHERE id = ?", (*values, command_id))  # noqa: S608

    def _some(self, where: str) -> list[Entry]:
        query = f"SELECT {_COLUMNS} FROM commands WHERE {where} ORDER BY number LIMIT 200"  # noqa: S608 - our own words
        with self._writing() as connection:
            return [_entry(row) for row in connection.execute(query)]


def _one(connection: sqlite3.Connection, command_id: str) -> Entry | None:
    query = f"SELECT {_COLUMNS} FROM commands WHERE id = ?"  # noqa: S608 - our own columns
    row = connection.execute(query, (command_id,)).fetchone()
    return _entry(row) if row else None


def _entry(row: tuple[Any, ...]) -> Entry:
    command_id, operation, state, reason, result, mark, updated_ms = row
    return Entry(command_id, operation, state, reason, msgspec.json.decode(result), mark, updated_ms)
