"""The table behind the outbox: rows in the order of their sequence, bounded by count and by bytes.

The app appends, the agent (another user) sends and deletes; both see `epoch`, which is new with each new file, so that
the hub does not take sequence 1 of a fresh card for the one it has. Deleted on the hub's acknowledgement only
(reference/fleet.md 3.5). When full, the lowest priority goes first, and of that the oldest; `evicted` counts them.
"""

from __future__ import annotations

import logging
import os
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from common.database import SHARED_MODE, check, connect, migrate, transaction, translated
from telemetry.payloads import Record

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

_log = logging.getLogger(__name__)

_ROW_OVERHEAD_BYTES = 120
_ROW_BYTES = f"length(CAST(body AS BLOB)) + length(topic) + {_ROW_OVERHEAD_BYTES}"
_DAMAGED_SUFFIX = ".damaged"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the outbox may hold. Eviction makes room for a twentieth at once, to be seldom."""

    rows: int = 50_000
    size_bytes: int = 32 << 20


DEFAULT_LIMITS = Limits()


class OutboxStore:
    """The open file. Belongs to one thread.

    Raises:
        StoreError: from every method; the file is missing, damaged, full, read-only or not ours.
    """

    def __init__(self, path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self._path = path
        self._limits = limits
        self._connection = open_file(path, synchronous="FULL")
        try:
            self._rows, self._bytes = self._measure()
            with translated(path):
                self._identity = identity(path)
        except BaseException:
            self._connection.close()
            raise

    @property
    def epoch(self) -> str:
        """The id of this file, 16 hex digits."""
        return str(self._meta("epoch"))

    @property
    def evicted(self) -> int:
        """How many rows were thrown away for want of room, ever."""
        return int(self._meta("evicted"))

    @property
    def replaced(self) -> bool:
        """Whether another file, or none, is at the path by now: what is written would be lost."""
        try:
            return identity(self._path) != self._identity
        except OSError:
            return True

    def append(self, records: Sequence[Record]) -> None:
        """Write `records` durably, in order, and evict what is too much then."""
        with transaction(self._connection, self._path) as connection:
            connection.executemany(
                "INSERT INTO outbox (prio, topic, body, created_ms, mono_ms, boot, synced, expires_ms)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [_row(record) for record in records],
            )
            size = sum(len(record.body.encode()) + len(record.topic) + _ROW_OVERHEAD_BYTES for record in records)
            rows, size = self._rows + len(records), self._bytes + size
            if rows > self._limits.rows or size > self._limits.size_bytes:
                rows, size = self._make_room()
        self._rows, self._bytes = rows, size

    def close(self) -> None:
        self._connection.close()

    def _meta(self, key: str) -> str | int:
        with translated(self._path):
            found: tuple[str | int] = self._connection.execute(
                "SELECT value FROM outbox_meta WHERE key = ?", (key,)
            ).fetchone()
        return found[0]

    def _measure(self) -> tuple[int, int]:
        """Count anew: the agent deletes rows without telling us."""
        with translated(self._path):
            rows, size = self._connection.execute(
                f"SELECT count(*), coalesce(sum({_ROW_BYTES}), 0) FROM outbox"  # noqa: S608 - a constant
            ).fetchone()
        return int(rows), int(size)

    def _make_room(self) -> tuple[int, int]:
        rows, size = self._measure()
        if rows <= self._limits.rows and size <= self._limits.size_bytes:
            return rows, size
        most_rows, most_bytes = self._limits.rows * 19 // 20, self._limits.size_bytes * 19 // 20
        victims: list[tuple[int]] = []
        candidates = self._connection.execute(
            f"SELECT seq, {_ROW_BYTES} FROM outbox ORDER BY prio, seq"  # noqa: S608 - a constant
        )
        for sequence, row_bytes in candidates:
            if rows <= most_rows and size <= most_bytes:
                break
            victims.append((sequence,))
            rows, size = rows - 1, size - row_bytes
        self._connection.executemany("DELETE FROM outbox WHERE seq = ?", victims)
        self._connection.execute("UPDATE outbox_meta SET value = value + ? WHERE key = 'evicted'", (len(victims),))
        _log.warning("outbox: full; %d rows of the lowest priority were thrown away", len(victims))
        return rows, size


def open_file(path: Path, *, synchronous: Literal["NORMAL", "FULL"]) -> sqlite3.Connection:
    """Open the outbox at `path`, made if missing, read once from end to end, with its tables up to date.

    Raises:
        StoreError: the file is missing, damaged, full, read-only or not ours.
    """
    connection = connect(path, mode=SHARED_MODE, synchronous=synchronous, erase=False)
    try:
        check(connection, path)
        migrate(connection, path, migrations())
    except BaseException:
        connection.close()
        raise
    return connection


def set_aside(path: Path) -> None:
    """Move a damaged file out of the way, over the one that was moved before, so that a new one can be made.

    Raises:
        StoreError: the folder cannot be written.
    """
    with translated(path):
        path.replace(path.with_name(path.name + _DAMAGED_SUFFIX))
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def identity(path: Path) -> tuple[int, int]:
    """Which file is at `path` now. Raises OSError."""
    found = os.stat(path)  # noqa: PTH116 - a hot path, and follows links as SQLite does
    return found.st_dev, found.st_ino


def _row(record: Record) -> tuple[int, str, str, int, int, str, int, int | None]:
    stamp = record.stamp
    return (
        record.priority,
        record.topic,
        record.body,
        stamp.wall_ms,
        stamp.mono_ms,
        stamp.boot,
        int(stamp.synced),
        record.expires_ms,
    )


@cache
def migrations() -> Migrations:
    """All versions of the outbox, oldest first."""
    from sqlite_utils.migrations import Migrations  # slow to import

    found = Migrations("outbox")

    @found()
    def m001_outbox(database: Database) -> None:
        database.execute(
            "CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, prio INTEGER NOT NULL, topic TEXT NOT NULL,"
            " body TEXT NOT NULL, created_ms INTEGER NOT NULL, mono_ms INTEGER NOT NULL, boot TEXT NOT NULL,"
            " synced INTEGER NOT NULL, expires_ms INTEGER) STRICT"
        )
        database.execute("CREATE INDEX outbox_eviction ON outbox (prio, seq)")
        database.execute("CREATE TABLE outbox_meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT")
        database.execute(
            "INSERT INTO outbox_meta (key, value) VALUES ('epoch', ?), ('evicted', 0)", (secrets.token_hex(8),)
        )

    return found
