"""Badges on their way, as rows of the register: which visit, where the job stands. What is printed is never stored.

A badge's row is written in the same transaction as the visit. `printing` is committed before the first byte goes to
the printer: found again after a power cut, the badge may have come out, and is printed once more, marked as a repeat.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from drivers.printers.jobs import JobState
from kiosk.register_tables import from_us, to_us

MOST_REPRINTS = 20
"""Of one visit are remembered; the oldest that have ended go."""
MOST_QUEUED = 200

_COLUMNS = "id, visit_id, kind, state, reason, tries, repeat, made_us"

_OPEN_OF = "WHERE visit_id = ? AND state IN ('queued', 'printing')"


class PrintKind(StrEnum):
    """What is printed."""

    BADGE = "badge"
    REPRINT = "reprint"
    LIST = "list"
    """of who is in the building; of no visit, so in no row"""


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A badge on its way. `reason` is a word of drivers.printers; `repeat`: an earlier try may have come out."""

    id: int
    visit_id: str
    kind: PrintKind
    state: JobState
    reason: str
    tries: int
    repeat: bool
    made_at: datetime


class PrintTable:
    """The rows of an open register; the caller holds the transaction for what writes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add_badge(self, visit_id: str, now: datetime) -> None:
        """Queue the badge of a visit that begins; a visit has one."""
        self._connection.execute(
            "INSERT OR IGNORE INTO print_jobs (visit_id, kind, state, made_us) VALUES (?, 'badge', 'queued', ?)",
            (visit_id, to_us(now)),
        )

    def add_reprint(self, visit_id: str, now: datetime) -> PrintJob:
        """Queue the badge of a visit that is there once more; one that is on its way already is that one."""
        if waiting := self._select(f"{_OPEN_OF} ORDER BY id LIMIT 1", visit_id):
            return waiting[0]
        self._connection.execute(
            "DELETE FROM print_jobs WHERE visit_id = :visit AND kind = 'reprint' AND id NOT IN (SELECT id"
            " FROM print_jobs WHERE visit_id = :visit AND kind = 'reprint' ORDER BY id DESC LIMIT :most)",
            {"visit": visit_id, "most": MOST_REPRINTS - 1},
        )
        self._connection.execute(
            "INSERT INTO print_jobs (visit_id, kind, state, made_us) VALUES (?, 'reprint', 'queued', ?)",
            (visit_id, to_us(now)),
        )
        return self.newest(1)[0]

    def change(self, job: PrintJob, state: JobState, reason: str = "") -> bool:
        """Note where it stands. False: it is forgotten, or has ended before."""
        done = self._connection.execute(
            "UPDATE print_jobs SET state = :state, reason = :reason,"
            " tries = tries + (:state = 'printing' AND state = 'queued')"
            " WHERE id = :id AND visit_id = :visit AND state IN ('queued', 'printing')",
            {"state": str(state), "reason": reason, "id": job.id, "visit": job.visit_id},
        )
        return done.rowcount == 1

    def queued(self) -> tuple[PrintJob, ...]:
        """What is to be printed, the oldest first; no more at once than any printer's queue takes."""
        return self._select("WHERE state = 'queued' ORDER BY id LIMIT ?", MOST_QUEUED)

    def newest(self, most: int) -> tuple[PrintJob, ...]:
        """The newest jobs first."""
        return self._select("ORDER BY id DESC LIMIT ?", most)

    def of(self, visit_id: str) -> tuple[PrintJob, ...]:
        """All of one visit, oldest first."""
        return self._select("WHERE visit_id = ? ORDER BY id", visit_id)

    def requeue_interrupted(self) -> int:
        """After a crash: what was being printed may have come out; once more, marked."""
        done = self._connection.execute("UPDATE print_jobs SET state = 'queued', repeat = 1 WHERE state = 'printing'")
        return done.rowcount

    def _select(self, where: str, *values: object) -> tuple[PrintJob, ...]:
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM print_jobs {where}", values)  # noqa: S608 - constants
        return tuple(_job(row) for row in rows)


def _job(row: sqlite3.Row) -> PrintJob:
    return PrintJob(
        id=row[0],
        visit_id=row[1],
        kind=PrintKind(row[2]),
        state=JobState(row[3]),
        reason=row[4],
        tries=row[5],
        repeat=bool(row[6]),
        made_at=from_us(row[7]),
    )
