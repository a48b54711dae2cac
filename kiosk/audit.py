"""The audit log: what was done to the register, never to whom. Events and ids, each chained to the one before.

An entry's hash covers the hash before it, so that a changed, missing or inserted entry shows. The oldest entries are
dropped after `audit_days`; the hash of the last one dropped stays as the beginning of the chain. What the chain cannot
show is a cut at its end: that is why each forgetting tells its newest hash in telemetry.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kiosk.register_tables import from_us, to_us

_OBJECT = re.compile(r"[A-Za-z0-9_.:-]{0,64}")
_START = bytes(32)


class AuditEvent(StrEnum):
    """What may be noted."""

    OPENED = "opened"
    SET_ASIDE = "set-aside"
    KEYS_DAMAGED = "keys-damaged"
    FORGOTTEN = "forgotten"
    KEYS_DESTROYED = "keys-destroyed"
    DATED = "dated"
    EXPORTED = "exported"
    ERASED = "erased"
    CHANGED = "changed"
    SIGNED_OUT = "signed-out"
    AUTO_SIGN_OUT = "auto-sign-out"
    EVACUATION_BEGAN = "evacuation-began"
    EVACUATION_ENDED = "evacuation-ended"
    LIST_SHOWN = "list-shown"


class Actor(StrEnum):
    """Who did it."""

    KIOSK = "kiosk"
    CLOCK = "clock"
    ADMIN = "admin"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `object` is an id or a day, `count` how many."""

    seq: int
    at: datetime
    actor: str
    event: str
    object: str
    count: int


class Audit:
    """The log inside an open register; the caller holds the transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def note(self, at: datetime, actor: Actor, event: AuditEvent, object_id: str = "", count: int = 1) -> None:
        """Append. ValueError for an object that is more than an id: a name must not get in here by mistake."""
        if not _OBJECT.fullmatch(object_id):
            raise ValueError("an object of the audit log is an id or a day: letters, digits and _.:-")
        before = self.head
        columns = (to_us(at), str(actor), str(event), object_id, count)
        self._connection.execute(
            "INSERT INTO audit (at_us, actor, event, object, count, hash) VALUES (?, ?, ?, ?, ?, ?)",
            (*columns, _hash(before, columns)),
        )

    @property
    def head(self) -> bytes:
        """Hash of the newest entry."""
        row = self._connection.execute("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        return bytes(row[0]) if row else self._anchor()

    def entries(self) -> tuple[Entry, ...]:
        """All of them, oldest first."""
        rows = self._connection.execute("SELECT seq, at_us, actor, event, object, count FROM audit ORDER BY seq")
        return tuple(Entry(row[0], from_us(row[1]), *row[2:6]) for row in rows)

    def broken_at(self) -> int | None:
        """Number of the first entry that does not fit the one before; None: the chain is whole."""
        before = self._anchor()
        rows = self._connection.execute("SELECT seq, at_us, actor, event, object, count, hash FROM audit ORDER BY seq")
        for seq, *columns, found in rows:
            before = _hash(before, tuple(columns))
            if before != found:
                return int(seq)
        return None

    def drop_before(self, instant: datetime) -> int:
        """Drop what is older; returns how many. Entries from the future of a wrong clock hold nothing back."""
        row = self._connection.execute(
            "SELECT seq, hash FROM audit WHERE at_us < ? AND seq < "
            "(SELECT coalesce(min(seq), 9223372036854775807) FROM audit WHERE at_us >= ? AND at_us <= ?) "
            "ORDER BY seq DESC LIMIT 1",
            (to_us(instant), to_us(instant), to_us(instant + timedelta(days=366))),
        ).fetchone()
        if row is None:
            return 0
        self._connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('audit-anchor', ?)", (row[1],))
        return self._connection.execute("DELETE FROM audit WHERE seq <= ?", (row[0],)).rowcount

    def _anchor(self) -> bytes:
        row = self._connection.execute("SELECT value FROM meta WHERE key = 'audit-anchor'").fetchone()
        return bytes(row[0]) if row else _START


def _hash(before: bytes, columns: tuple[object, ...]) -> bytes:
    return hashlib.sha256(before + repr(columns).encode()).digest()
