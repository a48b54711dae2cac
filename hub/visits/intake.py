"""What kiosks tell of visits, taken out of the rows of their outboxes before these are written.

The ciphertext is kept nowhere: the row's body is emptied, and the visit is stored in the same transaction. Who sent it
is what the broker's access list says; what is inside cannot be of another site than the sender's.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from common.clock import Clock
from common.visiting.sealed_visit import VisitRefused, day_of, open_visit, transport_key
from common.visiting.shared_visit import SharedVisit
from hub.bad_messages import BadMessages
from hub.ingest_rows import RowValues
from hub.tables import UNITS
from hub.visits.book import Origin, VisitBook, exclusive
from hub.visits.evacuation_intake import EvacuationIntake
from hub.visits.tellings import TOPIC as TELLING_TOPIC
from hub.visits.tellings import TellingIntake

__all__ = ["EMPTY", "TOPIC", "NoVisits", "VisitIntake"]

TOPIC = "e/visit"
EMPTY = "{}"


class _Body(msgspec.Struct):
    blob: str


class NoVisits:
    """Visits are not shared here: what came all the same is emptied."""

    def take(self, connection: Connection, rows: Sequence[RowValues]) -> int:
        for row in rows:
            if row["topic"] in (TOPIC, TELLING_TOPIC):
                row["body"] = EMPTY
        return 0


class VisitIntake:
    """Belongs to the thread that writes. `refused` counts what could not be opened."""

    def __init__(self, book: VisitBook, clock: Clock, evacuations: EvacuationIntake) -> None:
        self._book, self._clock, self._evacuations = book, clock, evacuations
        self._tellings = TellingIntake(book)
        self._bad = BadMessages()

    @property
    def refused(self) -> int:
        return self._bad.total

    def take(self, connection: Connection, rows: Sequence[RowValues]) -> int:
        """Keep the visits of `rows` and empty their bodies, in place; returns how many were new.

        Raises:
            HubStoreError: the keys cannot be read; nothing of the transaction may be committed.
        """
        self._evacuations.take(connection, rows)
        taken = self._visits(connection, [row for row in rows if row["topic"] == TOPIC])
        self._tellings.take(connection, rows)
        return taken

    def _visits(self, connection: Connection, mine: Sequence[RowValues]) -> int:
        if not mine:
            return 0
        exclusive(connection)
        places = _places(connection, {row["unit"] for row in mine})
        return sum(self._take(connection, row, places, self._clock.now()) for row in mine)

    def _take(self, connection: Connection, row: RowValues, places: dict[str, tuple[str, str]], now: datetime) -> bool:
        unit, body = row["unit"], row["body"]
        row["body"] = EMPTY
        role, site = places.get(unit, ("", ""))
        if role == "room":
            self._refuse(unit, "a door panel has no guests.")
            return False
        try:
            visit = self._opened(body)
        except VisitRefused as error:
            self._refuse(unit, error.message)
            return False
        return self._book.put(connection, visit, Origin(unit, site), now)

    def _opened(self, body: str) -> SharedVisit:
        """Raises VisitRefused."""
        try:
            text = msgspec.json.decode(body, type=_Body).blob
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (msgspec.MsgspecError, binascii.Error, ValueError):
            raise VisitRefused("The row is no sealed visit.") from None
        keys = self._book.ring.receiving(day_of(sealed))
        for key in keys[:-1]:
            try:
                return open_visit(sealed, transport_key(key.secret))
            except VisitRefused:  # sealed to the key that the day had before somebody of it was erased
                continue
        if not keys:
            raise VisitRefused("The key of its day is destroyed, or was never made.")
        return open_visit(sealed, transport_key(keys[-1].secret))

    def _refuse(self, unit: str, why: str) -> None:
        self._bad.note(unit, TOPIC, why, time.monotonic())


def _places(connection: Connection, units: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Role and site of each."""
    query = select(UNITS.c.unit, UNITS.c.role, UNITS.c.site).where(UNITS.c.unit.in_(sorted(units)))
    return {row.unit: (row.role, row.site) for row in connection.execute(query)}
