"""The visits of the site in the hub's database: the newest version of each, sealed with a key of its day.

Every method works on a connection of the caller's, who begins a writing transaction with `exclusive`: then nobody else
writes visits, and a key that is about to be destroyed is not used any more (hub.visits.rekeying).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import msgspec
from sqlalchemy import Connection, Row, delete, select, text

from common.sealed_file import SealError
from common.visiting.day_keys import AesGcm, Cipher, DayKey
from common.visiting.shared_visit import HUB, SharedVisit
from hub.store import upsert
from hub.visits import notes
from hub.visits.ring import DayRing
from hub.visits.sealing import Kept, seal, unseal
from hub.visits.tables import DELIVERIES, TELLINGS, VISITS

__all__ = ["ERASED", "MOST_A_DAY", "Origin", "VisitBook", "exclusive", "tombstone"]

ERASED = "erased"
MOST_A_DAY = 5000
"""Visits of one day at one site; more are none of an office's."""

_LOCK = 0x7669736974  # "visit"


def exclusive(connection: Connection) -> None:
    """Be the only one who writes visits until the transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a version came from: a unit, or `hub`, and of which site."""

    unit: str
    site: str


class VisitBook:
    """`cipher` is for tests.

    Raises:
        HubStoreError: from every method.
    """

    def __init__(self, ring: DayRing, cipher: Cipher | None = None) -> None:
        self.ring = ring
        self.cipher: Cipher = cipher or AesGcm()

    def put(self, connection: Connection, visit: SharedVisit, origin: Origin, now: datetime, code: str = "") -> bool:
        """Keep a version if it is newer than what is kept; the caller holds `exclusive`. False: it changes nothing.

        A visit that is to be forgotten by now, or is known at another site, changes nothing.
        """
        row = self._row(connection, visit.id)
        if row is not None and (row.site != origin.site or (visit.version, visit.by) <= (row.version, row.by)):
            return False
        if row is None and self._full(connection, visit.day, origin.site):
            return False
        delete_on = min(
            [visit.delete_on, self.ring.last_day(visit.day), *([date.fromisoformat(row.delete_on)] if row else [])]
        )
        if delete_on <= now.date():
            return False
        before = None if row is None else self._opened(row)
        kept = Kept(
            visit=msgspec.structs.replace(visit, delete_on=delete_on), code=code or (before.code if before else "")
        )
        self._write(connection, kept, origin.site, now)
        self._knows(connection, origin.unit, kept.visit)
        if visit.erased:
            connection.execute(delete(TELLINGS).where(TELLINGS.c.visit == visit.id))
        if visit.erased and row is not None and row.state != ERASED:
            notes.rekey(connection, {row.key_id, *(key.id for key in self.ring.receiving(visit.day))})
        return True

    def get(self, connection: Connection, visit_id: str) -> Kept | None:
        """A visit; None where there is none, or nobody can read it any more."""
        row = self._row(connection, visit_id)
        return None if row is None else self._opened(row)

    def site_of(self, connection: Connection, visit_id: str) -> str | None:
        """At which site a visit is."""
        row = self._row(connection, visit_id)
        return None if row is None else str(row.site)

    def in_states(self, connection: Connection, site: str, states: Collection[str]) -> tuple[list[Kept], int]:
        """Visits of a site whose newest version is in these states, and how many more cannot be opened."""
        where = (VISITS.c.site == site) & VISITS.c.state.in_(states)
        rows = connection.execute(select(VISITS).where(where).order_by(VISITS.c.id)).all()
        found = self._all_opened(rows)
        return [one for one in found if one is not None], found.count(None)

    def sites_with(self, connection: Connection, states: Collection[str]) -> list[str]:
        """Sites that have visits in these states."""
        query = select(VISITS.c.site).where(VISITS.c.state.in_(states)).distinct().order_by(VISITS.c.site)
        return list(connection.execute(query).scalars())

    def everything(self, connection: Connection) -> Iterator[tuple[str, Kept]]:
        """All that can be opened, with its site, for requests of access and for proofs."""
        rows = connection.execute(select(VISITS).order_by(VISITS.c.id)).all()
        for row, kept in zip(rows, self._all_opened(rows), strict=True):
            if kept:
                yield row.site, kept

    def open_rows(self, rows: Iterable[tuple[str, str, bytes]]) -> list[Kept]:
        """Those of (id, key id, sealed), from here or from a copy, that the keys open."""
        keys = self.ring.all()
        found = [self._unsealed(*row, keys) for row in rows]
        return [one for one in found if one is not None]

    def reseal(self, connection: Connection, old_id: str, new_id: str) -> int:
        """Seal with the new key what the old one sealed; the caller holds `exclusive`, and destroys that later."""
        new = self.ring.get(new_id)
        rows = connection.execute(select(VISITS).where(VISITS.c.key_id == old_id)).all()
        for row in rows if new else ():
            kept = self._opened(row)
            if kept is not None and new is not None:
                values = {"key_id": new.id, "sealed": seal(kept, new, self.cipher)}
                connection.execute(VISITS.update().where(VISITS.c.id == row.id).values(values))
        return len(rows)

    def _full(self, connection: Connection, day: date, site: str) -> bool:
        where = (VISITS.c.day == day.isoformat()) & (VISITS.c.site == site)
        there = connection.execute(select(VISITS.c.id).where(where).limit(MOST_A_DAY)).all()
        return len(there) >= MOST_A_DAY

    def _write(self, connection: Connection, kept: Kept, site: str, now: datetime) -> None:
        visit = kept.visit
        key = self.ring.for_visit(visit.day, visit.delete_on)
        values = {
            "day": visit.day.isoformat(),
            "delete_on": visit.delete_on.isoformat(),
            "key_id": key.id,
            "version": visit.version,
            "by": visit.by,
            "site": site,
            "state": ERASED if visit.erased else visit.state,
            "sealed": seal(kept, key, self.cipher),
            "updated_ms": round(now.astimezone(UTC).timestamp() * 1000),
        }
        statement = upsert(connection, VISITS).values(id=visit.id, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))

    def _knows(self, connection: Connection, unit: str, visit: SharedVisit) -> None:
        """Whoever told it need not be told."""
        known = {"version": visit.version, "by": visit.by, "command": "", "state": "done", "tries": 0, "next_ms": 0}
        statement = upsert(connection, DELIVERIES).values(unit=unit, visit=visit.id, what="visit", **known)
        keys = ["unit", "visit", "what"]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=known))

    def _row(self, connection: Connection, visit_id: str) -> Row[tuple[object, ...]] | None:
        return connection.execute(select(VISITS).where(VISITS.c.id == visit_id)).one_or_none()

    def _opened(self, row: Row[tuple[object, ...]]) -> Kept | None:
        return self._all_opened([row])[0]

    def _all_opened(self, rows: Iterable[Row[tuple[object, ...]]]) -> list[Kept | None]:
        keys = self.ring.all()
        return [self._unsealed(str(row.id), str(row.key_id), bytes(row.sealed), keys) for row in rows]

    def _unsealed(self, visit_id: str, key_id: str, sealed: bytes, keys: Mapping[str, DayKey]) -> Kept | None:
        key = keys.get(key_id)
        try:
            return None if key is None else unseal(sealed, visit_id, key, self.cipher)
        except SealError:
            return None


def tombstone(visit: SharedVisit) -> SharedVisit:
    """The version of a visit that is erased: without data, and newer than all that is known."""
    return SharedVisit(
        id=visit.id, version=visit.version + 1, by=HUB, origin=visit.origin, day=visit.day,
        delete_on=visit.delete_on, erased=True, site=visit.site, state=visit.state,
    )  # fmt: skip
