"""Who tells the host of each visit, and how far that is: rows of HOST_TELLINGS, and the events that fill them.

`e/host-told` is taken out of a row before that is written, as visits are: history keeps no ids of visits. Only what the
kiosk says counts that tells the host of this visit by its newest version (SharedVisit.tells), of the same site.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
from sqlalchemy import Connection, Row, select, update

from common.visiting.shared_visit import VisitId
from hub.bad_messages import BadMessages
from hub.ingest_rows import RowValues
from hub.store import upsert
from hub.tables import UNITS
from hub.visits.book import VisitBook, exclusive
from hub.visits.tables import TELLINGS, VISITS
from telemetry.payloads import HostTold

__all__ = ["HERE", "TOPIC", "Telling", "TellingIntake", "met", "name", "of_site", "of_visit", "pending"]

TOPIC = HostTold.TOPIC
EMPTY = "{}"
UNSETTLED = ("", "waiting")
HERE = "here"
"""The answer that reception saw: the host has come. No kiosk says it, and none takes it back."""


@dataclass(frozen=True, slots=True)
class Telling:
    """`unit` tells the host ("": nobody) since `named_ms` of a guest who came at `came_ms`; `step` "" until it has said
    something, else a word of telemetry.payloads.HostTold, of `at_ms`."""

    visit: str
    unit: str
    named_ms: int
    came_ms: int
    step: str = ""
    rung: str = ""
    channel: str = ""
    answer: str = ""
    at_ms: int = 0


class _Heard(msgspec.Struct, frozen=True):
    visit: VisitId
    step: Literal["waiting", "told", "failed", "answered"]
    rung: Literal["", "first", "second", "delegate", "reception"] = ""
    channel: Literal["", "chat", "mail", "reception"] = ""
    answer: Literal["", "coming", "five-minutes"] = ""


def name(connection: Connection, visit_id: str, unit: str, named_ms: int, came_ms: int) -> None:
    """`unit` is to tell the host now; what was heard before does not hold any more."""
    fresh = {"step": "", "rung": "", "channel": "", "answer": "", "at_ms": 0, "epoch": "", "seq": 0}
    _write(connection, visit_id, {"unit": unit, "named_ms": named_ms, "came_ms": came_ms, **fresh})


def met(connection: Connection, visit_id: str, at_ms: int) -> bool:
    """The host has come, whatever the kiosk knows of it; False: nobody tells the host of this visit."""
    values = {"step": "answered", "answer": HERE, "at_ms": at_ms}
    return connection.execute(update(TELLINGS).where(TELLINGS.c.visit == visit_id).values(values)).rowcount > 0


def of_visit(connection: Connection, visit_id: str) -> Telling | None:
    """How far it is; None: nobody said."""
    row = connection.execute(select(TELLINGS).where(TELLINGS.c.visit == visit_id)).one_or_none()
    return None if row is None else _telling(row)


def of_site(connection: Connection, site: str) -> dict[str, Telling]:
    """How far it is with all who are in the building, by visit."""
    present = (VISITS.c.site == site) & (VISITS.c.state == "on-site")
    query = select(TELLINGS).join(VISITS, VISITS.c.id == TELLINGS.c.visit).where(present)
    return {row.visit: _telling(row) for row in connection.execute(query)}


def pending(connection: Connection, came_after_ms: int) -> list[Telling]:
    """Of guests who came after that: those whose host was not told yet, as far as the hub knows."""
    where = TELLINGS.c.step.in_(UNSETTLED) & (TELLINGS.c.came_ms > came_after_ms)
    return [_telling(row) for row in connection.execute(select(TELLINGS).where(where).order_by(TELLINGS.c.came_ms))]


class TellingIntake:
    """Belongs to the thread that writes."""

    def __init__(self, book: VisitBook) -> None:
        self._book = book
        self._bad = BadMessages()

    def take(self, connection: Connection, rows: Sequence[RowValues]) -> int:
        """Note what `rows` tell and empty their bodies, in place; returns how many counted. After the visits of the
        same rows, so that a kiosk's own new guest is known.

        Raises:
            HubStoreError: the keys cannot be read; nothing of the transaction may be committed.
        """
        mine = [row for row in rows if row["topic"] == TOPIC]
        if not mine:
            return 0
        exclusive(connection)
        query = select(UNITS.c.unit, UNITS.c.site).where(UNITS.c.unit.in_({row["unit"] for row in mine}))
        sites = {row.unit: row.site for row in connection.execute(query)}
        return sum(self._take(connection, row, sites.get(row["unit"], "")) for row in mine)

    def _take(self, connection: Connection, row: RowValues, site: str) -> bool:
        body, row["body"] = row["body"], EMPTY
        try:
            heard = msgspec.json.decode(body, type=_Heard)
        except msgspec.MsgspecError:
            self._bad.note(row["unit"], TOPIC, "that says nothing of a host.", time.monotonic())
            return False
        kept = self._book.get(connection, heard.visit)
        if kept is None or kept.visit.erased or self._book.site_of(connection, heard.visit) != site:
            return False
        if kept.visit.tells != row["unit"]:
            return False
        came = kept.visit.in_at
        came_ms = round(came.timestamp() * 1000) if came else row["at_ms"]
        return _note(connection, row, heard, came_ms)


def _note(connection: Connection, row: RowValues, heard: _Heard, came_ms: int) -> bool:
    """False: something later of the same outbox was heard already, or reception saw the host."""
    before = connection.execute(select(TELLINGS).where(TELLINGS.c.visit == heard.visit)).one_or_none()
    known = before is not None and before.unit == row["unit"]
    if before is not None and known and before.epoch == row["epoch"] and before.seq >= row["seq"]:
        return False
    if before is not None and known and before.answer == HERE:
        return False
    said = {key: getattr(heard, key) for key in ("step", "rung", "channel", "answer")}
    said |= {"at_ms": row["at_ms"], "epoch": row["epoch"], "seq": row["seq"], "unit": row["unit"]}
    named_ms = before.named_ms if before is not None and known else row["at_ms"]
    _write(connection, heard.visit, {**said, "named_ms": named_ms, "came_ms": came_ms})
    return True


def _write(connection: Connection, visit_id: str, values: dict[str, object]) -> None:
    statement = upsert(connection, TELLINGS).values(visit=visit_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["visit"], set_=values))


def _telling(row: Row[tuple[object, ...]]) -> Telling:
    told = row._mapping
    return Telling(**{key: told[key] for key in Telling.__dataclass_fields__})
