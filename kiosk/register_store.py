"""The register as it lies on the disk, for one thread: visits sealed with the key of their day, all in SQLite.

Everything that a guest was told is done is committed with synchronous=FULL before it is told. `secure_delete` is on
and asserted: what is deleted is overwritten.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from common.database import StoreError, StoreFault, check, connect, migrate, transaction, translated
from common.sealed_file import SealError
from common.visiting.day_keys import Birth, Cipher, DayKey, KeyRing
from kiosk.audit import Actor, Audit, AuditEvent
from kiosk.message_table import MessageTable, Rung
from kiosk.model import Channel, LeftBy, Visit, VisitState
from kiosk.print_table import PrintJob, PrintTable
from kiosk.register_meta import Meta
from kiosk.register_tables import migrations, to_us
from kiosk.share_table import ShareTable
from kiosk.visit_rows import Row, Values, row_of, seal, sealed_columns, unseal, visit_of

LAST = "last"
"""In place of a visit's id: the one whose badge was printed, or was to be, last."""


@dataclass(frozen=True, slots=True)
class WriteTime:
    """When something is written: the wall clock, whether it is to be believed, and the uptime counter."""

    now: datetime
    trusted: bool
    counted_s: int


@dataclass(frozen=True, slots=True)
class Signature:
    """House rules that were signed: which document, and the strokes as the screen brings them."""

    document: str
    strokes: str = field(repr=False)


class RegisterStore:
    """The open file. StoreError from every method, OSError where the ring cannot be written."""

    def __init__(self, path: Path, ring: KeyRing, cipher: Cipher, *, unit: str = "", shared: bool = False) -> None:
        self.path = path
        self.ring = ring
        self._cipher = cipher
        self._known: dict[str, tuple[tuple[object, ...], Visit]] = {}
        self.connection = connect(path, synchronous="FULL", erase=True)
        try:
            check(self.connection, path)
            migrate(self.connection, path, migrations())
            self._assert_erasing()
            self.connection.row_factory = sqlite3.Row
            self.messages = MessageTable(self.connection)
            self.prints = PrintTable(self.connection)
            self.audit = Audit(self.connection)
            self.meta = Meta(self.connection)
            self.shares = ShareTable(self.connection, unit, enabled=shared)
        except BaseException:
            self.connection.close()
            raise

    def close(self) -> None:
        self.connection.close()

    def recover(self) -> None:
        """Once per process, before anything is sent or printed: mend what a crash interrupted."""
        with self.transaction():
            self.messages.requeue_interrupted()
            self.prints.requeue_interrupted()

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """All of a block or nothing."""
        return transaction(self.connection, self.path)

    def sign_in(
        self,
        visits: Sequence[Visit],
        at: WriteTime,
        retention_days: int,
        tell: Channel | None,
        signatures: Mapping[str, Signature],
        *,
        badges: bool,
    ) -> tuple[Visit, ...]:
        """Write these visits, on site now, with one message per host and their badges; all or none.

        What is written already stays.

        Returns them as they stand in the register.
        """
        arrived = [self._arrived(visit, at) for visit in visits]
        self._make_keys(arrived, at, retention_days)
        with self.transaction():
            for visit in arrived:
                self._arrive(visit, at, retention_days)
                if badges:
                    self.prints.add_badge(visit.id, at.now)
                if signature := signatures.get(visit.id):
                    self._sign(visit.id, signature, at)
            for visit in _first_of_each_host(arrived) if tell else ():
                self.messages.add(visit.id, Rung.FIRST, tell or Channel.MAIL, at.now)
        return tuple(found for visit in arrived if (found := self.by_id(visit.id)))

    def expect(self, visits: Sequence[Visit], at: WriteTime, retention_days: int) -> None:
        """Write visits that are to come. What is written already stays."""
        coming = [replace(visit, state=VisitState.EXPECTED) for visit in visits]
        self._make_keys(coming, at, retention_days)
        with self.transaction():
            for visit in coming:
                self._insert(visit, self._key(visit, at, retention_days))

    def sign_out(self, visit_id: str, by: LeftBy, at: datetime) -> bool:
        """End a visit. False: it is not open. Reception may mend one that the clock ended."""
        state = VisitState.LEFT_ASSUMED if by is LeftBy.CLOCK else VisitState.LEFT
        states = "('on-site')" if by is LeftBy.CLOCK else "('on-site', 'left-assumed')"
        with self.transaction() as connection:
            done = connection.execute(
                f"UPDATE visits SET state = ?, out_us = ?, out_by = ? WHERE id = ? AND state IN {states}",  # noqa: S608
                (str(state), to_us(at), str(by), visit_id),
            )
            if done.rowcount:
                self.shares.touch(visit_id)
        return done.rowcount == 1

    def change(self, visit: Visit, note: Callable[[], None]) -> bool:
        """Replace what reception corrected: guest, host, type, planned end. False: there is none of this id.

        `note` writes the audit log within the same transaction.
        """
        row = self._row(visit.id)
        key = None if row is None else self.ring.get(row["key_id"])
        if row is None or key is None:
            return False
        with self.transaction() as connection:
            _update(connection, visit.id, sealed_columns(visit, key, self._cipher) | _planned(visit))
            if row["state"] != VisitState.EXPECTED:
                self.shares.touch(visit.id)
            note()
        return True

    def put(self, visit: Visit, birth: Birth) -> None:
        """Write a visit as it is, a new one under the key of `birth`; the caller holds the transaction."""
        row = self._row(visit.id)
        key = None if row is None else self.ring.get(row["key_id"])
        if row is None:
            self._insert(visit, self.ring.for_visits(birth))
        else:
            _update(self.connection, visit.id, row_of(visit, key or self.ring.for_visits(birth), self._cipher))

    def note(self, now: datetime, actor: Actor, event: AuditEvent, object_id: str = "", count: int = 1) -> None:
        """One entry of the audit log by itself."""
        with self.transaction():
            self.audit.note(now, actor, event, object_id, count)

    def add_message(self, visit_id: str, rung: Rung, channel: Channel, now: datetime, due: datetime | None) -> None:
        """Queue a message for a visit that is still here; the caller holds the transaction."""
        if self._row(visit_id) is not None:
            self.messages.add(visit_id, rung, channel, now, due)

    def reprint(self, visit_id: str, now: datetime) -> PrintJob | None:
        """Queue the badge of a visit once more; "last" is that of the newest job. None: there is no such guest here.

        The caller holds the transaction.
        """
        if visit_id == LAST:
            visit_id = next((job.visit_id for job in self.prints.newest(1)), "")
        row = self._row(visit_id)
        here = row is not None and row["state"] in (VisitState.ON_SITE, VisitState.LEFT_ASSUMED)
        return self.prints.add_reprint(visit_id, now) if here else None

    def by_id(self, visit_id: str) -> Visit | None:
        """The visit; None where there is none, or it cannot be opened."""
        row = self._row(visit_id)
        return None if row is None else self._opened(row)

    def in_states(self, states: Iterable[VisitState]) -> tuple[tuple[Visit, ...], int]:
        """Visits in these states by the time they came, and how many more cannot be opened."""
        names = ", ".join(f"'{state}'" for state in states)
        rows = self.rows(f"WHERE state IN ({names}) ORDER BY coalesce(in_us, expected_us, 0), id")
        found = [self._opened(row) for row in rows]
        return tuple(visit for visit in found if visit), found.count(None)

    def on_site(self) -> tuple[tuple[Visit, ...], int]:
        """Who is on site, and how many more cannot be opened. What has not changed since is not opened again."""
        before, self._known = self._known, {}
        found: list[Visit | None] = []
        for row in self.rows("WHERE state = 'on-site' ORDER BY in_us, id"):
            raw, known = tuple(row), before.get(row["id"])
            same = known is not None and known[0] == raw and self.ring.get(row["key_id"]) is not None
            visit = known[1] if known and same else self._opened(row)
            found.append(visit)
            if visit:
                self._known[visit.id] = (raw, visit)
        return tuple(visit for visit in found if visit), found.count(None)

    def everything(self) -> tuple[Visit, ...]:
        """All visits that can be opened, for requests of access."""
        return self.open_rows(self.rows("ORDER BY coalesce(in_us, expected_us, 0), id"))

    def open_rows(self, rows: Iterable[Row]) -> tuple[Visit, ...]:
        """Those of `rows`, from here or from a copy, that the keys open."""
        return tuple(visit for row in rows if (visit := self._opened(row)))

    def rows(self, where: str = "", *values: object) -> list[Row]:
        """Rows of visits, as they are."""
        with translated(self.path):
            return self.connection.execute(f"SELECT * FROM visits {where}", values).fetchall()  # noqa: S608 - ours

    def signature_of(self, visit_id: str) -> Signature | None:
        """What this guest signed."""
        with translated(self.path):
            row = self.connection.execute(
                "SELECT document, strokes, key_id FROM signatures JOIN visits ON visits.id = visit_id"
                " WHERE visit_id = ?",
                (visit_id,),
            ).fetchone()
        key = None if row is None else self.ring.get(row["key_id"])
        if key is None:
            return None
        try:
            return Signature(row["document"], unseal(row["strokes"], visit_id, "strokes", key, self._cipher))
        except SealError:
            return None

    def reseal(self, old: DayKey, new: DayKey) -> None:
        """Seal all that `old` sealed with `new`; the caller holds the transaction and destroys `old` after it."""
        for row in self.rows("WHERE key_id = ?", old.id):
            signature = self.signature_of(row["id"])
            try:
                visit = visit_of(row, old, self._cipher)
            except SealError:
                continue
            _update(self.connection, visit.id, sealed_columns(visit, new, self._cipher))
            if signature:
                strokes = seal(signature.strokes, visit.id, "strokes", new, self._cipher)
                self.connection.execute("UPDATE signatures SET strokes = ? WHERE visit_id = ?", (strokes, visit.id))

    def _assert_erasing(self) -> None:
        pragmas = {name: self.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _NEEDED}
        if pragmas != _NEEDED:
            raise StoreError(self.path, StoreFault.FAILED, "this SQLite does not erase what is deleted")

    def _row(self, visit_id: str) -> Row | None:
        return next(iter(self.rows("WHERE id = ?", visit_id)), None)

    def _opened(self, row: Row) -> Visit | None:
        key = self.ring.get(row["key_id"])
        try:
            return None if key is None else visit_of(row, key, self._cipher)
        except SealError:
            return None

    def _arrived(self, visit: Visit, at: WriteTime) -> Visit:
        return replace(visit, state=VisitState.ON_SITE, in_at=visit.in_at or at.now, out_at=None, out_by=None)

    def _make_keys(self, visits: Sequence[Visit], at: WriteTime, retention_days: int) -> None:
        """Before the transaction: a key that no row uses harms nobody, a row without a key is lost."""
        with translated(self.path):
            for visit in visits:
                self.ring.for_visits(birth_of(visit, at, retention_days))

    def _arrive(self, visit: Visit, at: WriteTime, retention_days: int) -> None:
        row = self._row(visit.id)
        if row is None:
            self._insert(visit, self._key(visit, at, retention_days))
        elif row["state"] == VisitState.EXPECTED:
            key = self.ring.get(row["key_id"]) or self._key(visit, at, retention_days)
            _update(self.connection, visit.id, row_of(visit, key, self._cipher))
        else:
            return
        self.shares.begin(visit.id)

    def _insert(self, visit: Visit, key: DayKey) -> None:
        values = row_of(visit, key, self._cipher)
        marks = ", ".join(f":{name}" for name in values)
        self.connection.execute(
            f"INSERT OR IGNORE INTO visits ({', '.join(values)}) VALUES ({marks})",  # noqa: S608 - our own names
            values,
        )

    def _key(self, visit: Visit, at: WriteTime, retention_days: int) -> DayKey:
        return self.ring.for_visits(birth_of(visit, at, retention_days))

    def _sign(self, visit_id: str, signature: Signature, at: WriteTime) -> None:
        row = self._row(visit_id)
        key = None if row is None else self.ring.get(row["key_id"])
        if key is not None:
            strokes = seal(signature.strokes, visit_id, "strokes", key, self._cipher)
            self.connection.execute(
                "INSERT OR IGNORE INTO signatures (visit_id, document, signed_us, strokes) VALUES (?, ?, ?, ?)",
                (visit_id, signature.document, to_us(at.now), strokes),
            )


_NEEDED = {"secure_delete": 1, "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "temp_store": 2}


def birth_of(visit: Visit, at: WriteTime, retention_days: int) -> Birth:
    """Which key a new visit gets. An expected one lives from the day on which it is expected.

    A `delete_on` that the visit brings along is kept when it is earlier: nothing ever extends it.
    """
    expected = visit.expected_at if visit.state is VisitState.EXPECTED else None
    wait = max(expected - at.now, timedelta(0)) if expected else timedelta(0)
    born = (at.now + wait).date()
    destroy_on = born + timedelta(days=retention_days)
    if visit.delete_on:
        destroy_on = min(destroy_on, date.fromisoformat(visit.delete_on))
    retention_s = round(wait.total_seconds()) + retention_days * 86400
    return Birth(born, destroy_on, at.trusted, at.counted_s, retention_s)


def _first_of_each_host(visits: Sequence[Visit]) -> tuple[Visit, ...]:
    found: dict[str, Visit] = {}
    for visit in visits:
        found.setdefault(visit.host.ref, visit)
    return tuple(found.values())


def _planned(visit: Visit) -> Values:
    return {
        "type": visit.type,
        "until_us": None if visit.until is None else to_us(visit.until),
        "expected_us": None if visit.expected_at is None else to_us(visit.expected_at),
    }


def _update(connection: sqlite3.Connection, visit_id: str, values: Values) -> None:
    pairs = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(f"UPDATE visits SET {pairs} WHERE id = :id", values | {"id": visit_id})  # noqa: S608 - our names
