"""Which version of each visit the kiosk has, who made it, and what the hub has been told: the table `shares`.

A row stays when its guest is erased, without data, so that nothing that comes late brings the guest back; it goes on
the day on which the visit would have been forgotten.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from common.visiting.shared_visit import SharedVisit

SHARES = """
CREATE TABLE shares (
    visit_id TEXT PRIMARY KEY, version INTEGER NOT NULL, by TEXT NOT NULL, origin TEXT NOT NULL,
    day TEXT NOT NULL DEFAULT '', delete_on TEXT NOT NULL DEFAULT '', erased INTEGER NOT NULL DEFAULT 0,
    badge_key BLOB NOT NULL DEFAULT x'', sent_version INTEGER NOT NULL DEFAULT 0, sent_to TEXT NOT NULL DEFAULT ''
) STRICT
"""
TELLER = "ALTER TABLE shares ADD COLUMN teller TEXT NOT NULL DEFAULT ''"
FIRST_VERSION = 2
"""Of a guest who comes in here: version 1 may be the hub's, which expects the same visit."""

_OPEN = "visit_id IN (SELECT id FROM visits WHERE state = 'on-site')"
_COLUMNS = "visit_id, version, by, origin, day, delete_on, erased, badge_key, teller"


@dataclass(frozen=True, slots=True)
class Share:
    """One row. `day` and `delete_on` are ISO dates, "" before the visit was told or taken for the first time."""

    visit_id: str
    version: int
    by: str
    origin: str
    day: str
    delete_on: str
    erased: bool
    badge_key: bytes = field(repr=False)
    teller: str = ""


class ShareTable:
    """Rows of an open register; the caller holds the transaction for what writes.

    `unit` is this kiosk's id. Where it is not `enabled` nothing new is noted, and what is there is forgotten in time.
    """

    def __init__(self, connection: sqlite3.Connection, unit: str, *, enabled: bool) -> None:
        self._connection = connection
        self.unit = unit
        self.enabled = enabled

    def get(self, visit_id: str) -> Share | None:
        """What is known of this visit's versions."""
        return next(iter(self._some("visit_id = ?", visit_id)), None)

    def touch(self, visit_id: str) -> None:
        """Something of a visit was changed here: a new version, ours, that the hub has not been told."""
        if self.enabled:
            self._connection.execute(
                "INSERT INTO shares (visit_id, version, by, origin) VALUES (:id, :first, :unit, :unit)"
                " ON CONFLICT (visit_id) DO UPDATE SET version = version + 1, by = :unit",
                {"id": visit_id, "unit": self.unit, "first": FIRST_VERSION},
            )

    def begin(self, visit_id: str) -> None:
        """A guest came in here, whoever may have invited them: from now on the visit is one of this kiosk."""
        self.touch(visit_id)
        if self.enabled:
            self._connection.execute(
                "UPDATE shares SET origin = ?, teller = '', badge_key = x'' WHERE visit_id = ?", (self.unit, visit_id)
            )

    def erase(self, visit_id: str, day: date | None, delete_on: str) -> None:
        """A guest was erased here. A visit of an unknown `day` was never told: there is nothing to take back."""
        known = self.get(visit_id)
        told = known.day if known and known.day else day.isoformat() if day else ""
        if not told:
            self._connection.execute("DELETE FROM shares WHERE visit_id = ?", (visit_id,))
        elif self.enabled:
            self.touch(visit_id)
            self._connection.execute(
                "UPDATE shares SET erased = 1, badge_key = x'', day = ?, delete_on = ? WHERE visit_id = ?",
                (told, known.delete_on if known and known.delete_on else delete_on, visit_id),
            )

    def take(self, visit: SharedVisit) -> None:
        """Note a version that somebody else made."""
        row = {
            "visit_id": visit.id,
            "version": visit.version,
            "by": visit.by,
            "origin": visit.origin,
            "day": visit.day.isoformat(),
            "delete_on": visit.delete_on.isoformat(),
            "erased": int(visit.erased),
            "badge_key": visit.badge_key,
            "teller": visit.teller,
        }
        names = ", ".join(f":{name}" for name in row)
        self._connection.execute(f"INSERT OR REPLACE INTO shares ({_COLUMNS}) VALUES ({names})", row)  # noqa: S608

    def foreign(self) -> frozenset[str]:
        """Visits that began somewhere else: they are counted there."""
        found = self._connection.execute("SELECT visit_id FROM shares WHERE origin <> ?", (self.unit,))
        return frozenset(row[0] for row in found)

    def told_elsewhere(self) -> frozenset[str]:
        """Visits whose hosts are told and reminded by another kiosk, or by nobody."""
        teller = "CASE teller WHEN '' THEN origin ELSE teller END"
        found = self._connection.execute(f"SELECT visit_id FROM shares WHERE {teller} <> ?", (self.unit,))  # noqa: S608 - our own words
        return frozenset(row[0] for row in found)

    def badge_keys(self) -> Mapping[str, bytes]:
        """Of the open visits that have one."""
        query = f"SELECT visit_id, badge_key FROM shares WHERE length(badge_key) = 32 AND {_OPEN}"  # noqa: S608
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def unsent(self) -> tuple[Share, ...]:
        """Our versions that the hub has not been told, in the order in which the visits were first noted."""
        return self._some("by = ? AND version > sent_version", self.unit) if self.enabled else ()

    def sent(self, visit: SharedVisit, to: str) -> None:
        """This version lies in the outbox, sealed to the hub's key `to`; a newer one may be there by now."""
        self._connection.execute(
            "UPDATE shares SET sent_version = ?, sent_to = ?, day = ?, delete_on = ?, badge_key = ?"
            " WHERE visit_id = ? AND by = ? AND erased = ?",
            (
                visit.version,
                to,
                visit.day.isoformat(),
                visit.delete_on.isoformat(),
                visit.badge_key,
                visit.id,
                visit.by,
                int(visit.erased),
            ),
        )

    def announce(self) -> None:
        """Tell open visits again whose newest version is ours, and those that were never told."""
        if self.enabled:
            self._connection.execute(f"UPDATE shares SET sent_version = 0 WHERE by = ? AND {_OPEN}", (self.unit,))  # noqa: S608 - our own words
            self._connection.execute(
                "INSERT OR IGNORE INTO shares (visit_id, version, by, origin)"
                " SELECT id, :first, :unit, :unit FROM visits WHERE state = 'on-site'",
                {"unit": self.unit, "first": FIRST_VERSION},
            )

    def rekeyed(self, keys: Mapping[str, str]) -> None:
        """The hub has these keys now, by day: what was sealed to another one may be lost, and is told again."""
        self._connection.executemany(
            "UPDATE shares SET sent_version = 0 WHERE by = ? AND day = ? AND sent_version > 0 AND sent_to <> ?",
            [(self.unit, day, key) for day, key in keys.items()],
        )

    def prune(self, today: date | None) -> None:
        """Drop rows of visits that are forgotten, and of erased ones whose day has come (`today` None: unknown)."""
        self._connection.execute("DELETE FROM shares WHERE erased = 0 AND visit_id NOT IN (SELECT id FROM visits)")
        if today is not None:
            self._connection.execute("DELETE FROM shares WHERE erased = 1 AND delete_on <= ?", (today.isoformat(),))

    def _some(self, where: str, *values: object) -> tuple[Share, ...]:
        query = f"SELECT {_COLUMNS} FROM shares WHERE {where} ORDER BY rowid"  # noqa: S608 - our own words
        rows = self._connection.execute(query, values).fetchall()
        return tuple(
            Share(visit_id, version, by, origin, day, delete_on, bool(erased), bytes(badge_key), teller)
            for visit_id, version, by, origin, day, delete_on, erased, badge_key, teller in rows
        )
