"""Messages to hosts, as rows of the register. No text is kept, only where it stands.

A message is written in the same transaction as the visit, so that no host is untold. `sending` is committed before
the network is asked: found again after a crash, it may have arrived, and goes out once more, marked as a repeat.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.model import Answer, Channel, Progress
from kiosk.register_tables import from_us, to_us

_COLUMNS = "id, visit_id, rung, channel, state, tries, repeat, answer, made_us, due_us"


class Rung(StrEnum):
    """Why this message, and to whom."""

    FIRST = "first"
    SECOND = "second"
    DELEGATE = "delegate"
    RECEPTION = "reception"
    REMINDER = "reminder"
    """the planned end is past, the guest is still in"""


@dataclass(frozen=True, slots=True)
class Message:
    """One step of the ladder for one visit. `repeat`: an earlier try may have arrived."""

    id: int
    visit_id: str
    rung: Rung
    channel: Channel
    state: Progress
    tries: int
    repeat: bool
    answer: Answer | None
    made_at: datetime
    due_at: datetime


class MessageTable:
    """The rows of an open register; the caller holds the transaction for what writes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(
        self,
        visit_id: str,
        rung: Rung,
        channel: Channel,
        now: datetime,
        due: datetime | None = None,
        *,
        repeat: bool = False,
    ) -> None:
        """Queue a message; one of the same rung and channel for the visit is left as it is.

        `repeat`: somebody may have sent it before, since `now`.
        """
        self._connection.execute(
            "INSERT OR IGNORE INTO messages (visit_id, rung, channel, state, repeat, made_us, due_us)"
            " VALUES (?, ?, ?, 'queued', ?, ?, ?)",
            (visit_id, str(rung), str(channel), int(repeat), to_us(now), to_us(due or now)),
        )

    def drop_ladder(self, visit_id: str) -> None:
        """Forget what was and is to be said of this arrival: somebody else is told, or tells."""
        self._connection.execute(
            "DELETE FROM messages WHERE visit_id = ? AND rung <> ?", (visit_id, str(Rung.REMINDER))
        )

    def due(self, now: datetime, most: int) -> tuple[Message, ...]:
        """Queued ones whose time has come, the longest due first."""
        return self._select("WHERE state = 'queued' AND due_us <= ? ORDER BY due_us, id LIMIT ?", to_us(now), most)

    def of(self, visit_id: str) -> tuple[Message, ...]:
        """All of one visit, oldest first."""
        return self._select("WHERE visit_id = ? ORDER BY id", visit_id)

    def take(self, message_id: int) -> bool:
        """Note that it is being sent. False: it is not queued any more, and must not be sent."""
        return self._change("state = 'sending', tries = tries + 1 WHERE id = ? AND state = 'queued'", message_id)

    def sent(self, message_id: int) -> bool:
        """The far side has accepted it."""
        return self._change("state = 'sent' WHERE id = ? AND state IN ('sending', 'queued')", message_id)

    def failed(self, message_id: int, retry: datetime | None, *, may_have_arrived: bool) -> bool:
        """Queue it again for `retry`, or give it up where that is None."""
        state = Progress.FAILED if retry is None else Progress.QUEUED
        return self._change(
            "state = ?, repeat = max(repeat, ?), due_us = coalesce(?, due_us) WHERE id = ? AND state = 'sending'",
            *(str(state), int(may_have_arrived), None if retry is None else to_us(retry), message_id),
        )

    def answered(self, message_id: int, answer: Answer) -> bool:
        """The host has said something."""
        return self._change("state = 'answered', answer = ? WHERE id = ?", str(answer), message_id)

    def requeue_interrupted(self) -> int:
        """After a crash: what was being sent may have arrived; once more, marked."""
        done = self._connection.execute("UPDATE messages SET state = 'queued', repeat = 1 WHERE state = 'sending'")
        return done.rowcount

    def _select(self, where: str, *values: object) -> tuple[Message, ...]:
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM messages {where}", values)  # noqa: S608 - constants
        return tuple(_message(row) for row in rows)

    def _change(self, what: str, *values: object) -> bool:
        done = self._connection.execute(f"UPDATE messages SET {what}", values)  # noqa: S608 - constants
        return done.rowcount == 1


def _message(row: sqlite3.Row) -> Message:
    return Message(
        id=row[0],
        visit_id=row[1],
        rung=Rung(row[2]),
        channel=Channel(row[3]),
        state=Progress(row[4]),
        tries=row[5],
        repeat=bool(row[6]),
        answer=Answer(row[7]) if row[7] else None,
        made_at=from_us(row[8]),
        due_at=from_us(row[9]),
    )
