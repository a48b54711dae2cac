"""What the register remembers besides visits: whether an evacuation is on and who was found, and a few values."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from kiosk.register_tables import from_us, to_us

_EVACUATION, _SINCE = "evacuation", "evacuation-since"


class Meta:
    """Rows of an open register; the caller holds the transaction for what writes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, key: str) -> object:
        """A value; None where there is none."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else row[0]

    def set(self, key: str, value: str | int) -> None:
        """Replace a value."""
        self._connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value))

    @property
    def evacuating(self) -> bool:
        """Whether an evacuation is on."""
        return self.get(_EVACUATION) == 1

    @property
    def evacuating_since(self) -> datetime | None:
        """By the clock of then; None: it is not on."""
        since_us = self.get(_SINCE)
        return from_us(since_us) if self.evacuating and isinstance(since_us, int) else None

    def set_evacuation(self, active: bool, at: datetime) -> bool:
        """Begin one, with nobody found yet, or end it. False: it stood so already."""
        if active == self.evacuating:
            return False
        self.set(_EVACUATION, int(active))
        self.set(_SINCE, to_us(at))
        self._connection.execute("UPDATE visits SET found = 0 WHERE found = 1")
        return True

    def found(self) -> tuple[str, ...]:
        """Ids of those who were ticked off at the assembly point."""
        return tuple(row[0] for row in self._connection.execute("SELECT id FROM visits WHERE found = 1"))

    def tick(self, visit_id: str, *, found: bool) -> bool:
        """Tick one off, or not after all. False: there is no such visit."""
        done = self._connection.execute("UPDATE visits SET found = ? WHERE id = ?", (int(found), visit_id))
        return done.rowcount == 1
