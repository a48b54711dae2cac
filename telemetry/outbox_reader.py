"""The sending side of the outbox: read in order, delete what the hub has committed. The app writes meanwhile.

>>> reader = OutboxReader(Path("/var/lib/mydesk/outbox/outbox.db"))      # doctest: +SKIP
>>> reader.read(after=0, limit=100).rows[0].row.seq                      # doctest: +SKIP
1
>>> reader.delete_through(1)                                             # doctest: +SKIP
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from common.database import StoreError, StoreFault, transaction, translated
from telemetry.batches import Queued, fit
from telemetry.messages import Row
from telemetry.outbox_store import identity, open_file, set_aside

MOST_WINDOW_BYTES = 512 << 10
"""A read ends early there, so that long bodies do not fill the memory."""


@dataclass(frozen=True, slots=True)
class Window:
    """Rows to send, rising, each with its `prev`; and the sequences of rows that no hub could read."""

    rows: tuple[Queued, ...]
    unfit: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits. `oldest_*` are of the row that waits longest, None when nothing does; `evicted` counts ever."""

    rows: int
    evicted: int
    oldest_ms: int | None = None
    oldest_mono_ms: int | None = None
    oldest_boot: str = ""


class OutboxReader:
    """The open file; used by one thread at a time.

    Raises:
        StoreError: from every method; the file is missing, damaged, full, read-only or not ours.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # A deletion that a power cut undoes costs a second sending and nothing else: no fsync for each.
        self._connection = open_file(path, synchronous="NORMAL")
        try:
            with translated(path):
                self._identity = identity(path)
            self.epoch = str(self._one("SELECT value FROM outbox_meta WHERE key = 'epoch'"))
        except BaseException:
            self._connection.close()
            raise

    @property
    def last_seq(self) -> int:
        """The highest sequence that was ever given out in this file."""
        return int(self._one("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'outbox'"))

    @property
    def replaced(self) -> bool:
        """Whether another file, or none, is at the path by now."""
        try:
            return identity(self._path) != self._identity
        except OSError:
            return True

    def read(self, after: int, limit: int) -> Window:
        """The next rows after sequence `after`, at most `limit` and MOST_WINDOW_BYTES."""
        rows: list[Queued] = []
        unfit: list[int] = []
        size = 0
        with translated(self._path):
            previous = int(self._one("SELECT coalesce(max(seq), 0) FROM outbox WHERE seq <= ?", after))
            # As BLOBs: text that is no UTF-8 must not stop the reading.
            found = self._connection.execute(
                "SELECT seq, CAST(topic AS BLOB), CAST(body AS BLOB), created_ms, mono_ms, CAST(boot AS BLOB), synced"
                " FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?",
                (after, limit),
            )
            for columns in found:
                queued = _queued(columns, previous)
                if not fit(queued):
                    unfit.append(queued.row.seq)
                    continue
                rows.append(queued)
                previous = queued.row.seq
                size += queued.size_bytes
                if size >= MOST_WINDOW_BYTES:
                    break
            found.close()
        return Window(tuple(rows), tuple(unfit))

    def delete_through(self, seq: int) -> int:
        """Delete all rows up to and with `seq`, which the hub has committed; return how many there were."""
        return self._delete("seq <= ?", [(seq,)])

    def delete(self, sequences: tuple[int, ...]) -> int:
        """Delete rows that can never be sent."""
        return self._delete("seq = ?", [(seq,) for seq in sequences])

    def delete_expired(self, now_ms: int) -> int:
        """Delete rows whose time is over. Only for a wall clock that is to be believed."""
        return self._delete("expires_ms < ?", [(now_ms,)])

    def counts(self) -> Counts:
        with translated(self._path):
            (rows,) = self._connection.execute("SELECT count(*) FROM outbox").fetchone()
            (evicted,) = self._connection.execute("SELECT value FROM outbox_meta WHERE key = 'evicted'").fetchone()
            oldest = self._connection.execute(
                "SELECT created_ms, mono_ms, CAST(boot AS BLOB) FROM outbox ORDER BY seq LIMIT 1"
            ).fetchone()
        if oldest is None:
            return Counts(int(rows), int(evicted))
        return Counts(int(rows), int(evicted), oldest[0], oldest[1], _text(oldest[2]))

    def renew_epoch(self) -> str:
        """Begin a new epoch: the hub has rows of this one that this file has not written yet (an older copy of it was
        put back), and would take ours for those."""
        epoch = secrets.token_hex(8)
        with transaction(self._connection, self._path) as connection:
            connection.execute("UPDATE outbox_meta SET value = ? WHERE key = 'epoch'", (epoch,))
        self.epoch = epoch
        return epoch

    def close(self) -> None:
        self._connection.close()

    def _one(self, query: str, *values: int) -> Any:
        with translated(self._path):
            row = self._connection.execute(query, values).fetchone()
            if row is None:
                raise sqlite3.DatabaseError("a row of outbox_meta is missing")
        return row[0]

    def _delete(self, where: str, values: list[tuple[int]]) -> int:
        with transaction(self._connection, self._path) as connection:
            return connection.executemany(f"DELETE FROM outbox WHERE {where}", values).rowcount  # noqa: S608 - ours


def set_aside_if_damaged(path: Path) -> bool:
    """Move the file at `path` aside if it is damaged (the app may have put a good one there meanwhile), and say so."""
    try:
        found = identity(path)
        OutboxReader(path).close()
    except OSError:
        return False
    except StoreError as error:
        if error.fault is not StoreFault.DAMAGED:
            return False
        with contextlib.suppress(StoreError, OSError):
            if identity(path) == found:
                set_aside(path)
                return True
    return False


def _queued(columns: tuple[int, bytes, bytes, int, int, bytes, int], previous: int) -> Queued:
    seq, topic, body, created_ms, mono_ms, boot, synced = columns
    row = Row(
        seq=seq,
        prev=previous,
        ts=created_ms,
        mono=mono_ms,
        boot=_text(boot),
        synced=bool(synced),
        v=msgspec.Raw(body),
    )
    return Queued(_text(topic), row)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
