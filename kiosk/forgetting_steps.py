"""How visits are forgotten, step by step: keys, rows, copies, log, free pages. Blocking: for the register's worker.

The keys go first: that needs no room on the disk and cannot half-succeed, so that from then on nothing of those days
can be read, whatever happens to the rest. A run that was cut is finished by the next one.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from common.database import BUSY_TIMEOUT_S, StoreError, StoreFault, translated
from common.visiting.day_keys import KeyRing
from kiosk.audit import Actor, AuditEvent
from kiosk.model import VisitState
from kiosk.register_folder import copies
from kiosk.register_store import RegisterStore, WriteTime
from kiosk.settings import RegisterSection
from kiosk.upkeep import begun_here, counted, keep_counts
from kiosk.visit_rows import Row

TRIES = 5
TRY_AGAIN_S = 0.1
DOOMED = "doomed-keys"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What one run did. `trusted`: by date, not by the counter; `compacted`: nothing is left in free pages or log."""

    visits: int
    keys: int
    copies: int
    trusted: bool
    compacted: bool
    audit_head: str


def forget_due(
    store: RegisterStore, at: WriteTime, settings: RegisterSection, zone: ZoneInfo, actor: Actor = Actor.CLOCK
) -> Forgotten:
    """Forget all whose day has come."""
    if at.trusted:
        _date_keys(store, at)
    ring = store.ring
    doomed = {*ring.due(at.now.date() if at.trusted else None, at.counted_s), *_left_over(store)}
    with translated(store.path):
        destroyed = ring.destroy(doomed)
    due = [row for row in store.rows() if _is_due(row, store.ring, at, doomed)]
    visits = _delete_rows(store, at, settings, zone, actor, due, destroyed)
    gone = _delete_copies(store.path.parent, at, settings.retention_days)
    compacted = compact(store, deleted=bool(due))
    return Forgotten(visits, destroyed, gone, at.trusted, compacted, store.audit.head.hex())


def doom(store: RegisterStore, key_id: str) -> None:
    """Note that a key is to be destroyed once the transaction, which the caller holds, is committed."""
    store.meta.set(DOOMED, json.dumps([*_left_over(store), key_id]))


def destroy_doomed(store: RegisterStore) -> int:
    """Destroy what was noted, here or before a crash."""
    with translated(store.path):
        done = store.ring.destroy(_left_over(store))
    with store.transaction():
        store.meta.set(DOOMED, "[]")
    return done


def compact(store: RegisterStore, *, deleted: bool = True) -> bool:
    """Leave nothing in the log and in free pages. False: somebody else reads the file, or the disk is full.

    The file is only written anew when something was `deleted`, or the last run could not: flash wears out.
    """
    try:
        if _truncate(store):
            if not deleted and clean(store):
                return True
            with translated(store.path):
                store.connection.execute("VACUUM")
            return _truncate(store) and clean(store)
    except StoreError as error:
        if error.fault not in (StoreFault.FULL, StoreFault.BUSY):
            raise
        _log.error("forgetting: the file cannot be compacted: %s", error)
        return False
    _log.warning("forgetting: another program reads the register; its log is emptied at the next run")
    return False


def clean(store: RegisterStore) -> bool:
    """Whether no page is free and the log is empty."""
    with translated(store.path):
        (free,) = store.connection.execute("PRAGMA freelist_count").fetchone()
    wal = store.path.with_name(f"{store.path.name}-wal")
    return free == 0 and (not wal.exists() or wal.stat().st_size == 0)


def _truncate(store: RegisterStore) -> bool:
    """Empty the log. A guest may be waiting for the same thread: half a second in all, not SQLite's five for each."""
    with translated(store.path):
        store.connection.execute("PRAGMA busy_timeout = 0")
        try:
            for attempt in range(TRIES):
                if attempt:
                    time.sleep(TRY_AGAIN_S)
                if not store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    return True
        finally:
            store.connection.execute(f"PRAGMA busy_timeout = {round(BUSY_TIMEOUT_S * 1000)}")
    return False


def _date_keys(store: RegisterStore, at: WriteTime) -> None:
    """The clock can be believed at last: say when the keys were born that were made before that."""
    for key in store.ring.undated():
        age = timedelta(seconds=max(0, at.counted_s - key.birth.counted_s))
        born = at.now - age
        destroy_on = (born + timedelta(seconds=key.birth.retention_s)).date()
        with translated(store.path):
            store.ring.date(key.id, born.date(), destroy_on)
        with store.transaction() as connection:
            connection.execute("UPDATE visits SET delete_on = ? WHERE key_id = ?", (destroy_on.isoformat(), key.id))
            store.audit.note(at.now, Actor.CLOCK, AuditEvent.DATED, destroy_on.isoformat())


def _left_over(store: RegisterStore) -> list[str]:
    kept = store.meta.get(DOOMED)
    return [str(one) for one in json.loads(kept)] if isinstance(kept, str) else []


def _delete_rows(
    store: RegisterStore,
    at: WriteTime,
    settings: RegisterSection,
    zone: ZoneInfo,
    actor: Actor,
    due: list[Row],
    destroyed: int,
) -> int:
    with store.transaction() as connection:
        keep_counts(store, counted(begun_here(store, due), zone))
        connection.executemany("DELETE FROM visits WHERE id = ?", [(row["id"],) for row in due])
        store.shares.prune(at.now.date() if at.trusted else None)
        _note(store, at, actor, due, destroyed)
        store.meta.set(DOOMED, "[]")
        if at.trusted:
            store.audit.drop_before(at.now - timedelta(days=settings.audit_days))
    return len(due)


def _is_due(row: Row, ring: KeyRing, at: WriteTime, doomed: Collection[str]) -> bool:
    """Rows go with their key. Who is in the building counts even when the key was lost before its day."""
    if row["key_id"] in doomed or (at.trusted and row["delete_on"] <= at.now.date().isoformat()):
        return True
    return ring.get(row["key_id"]) is None and row["state"] != VisitState.ON_SITE


def _note(store: RegisterStore, at: WriteTime, actor: Actor, due: list[Row], destroyed: int) -> None:
    days = sorted({row["delete_on"] for row in due})
    for day in days:
        count = sum(row["delete_on"] == day for row in due)
        store.audit.note(at.now, actor, AuditEvent.FORGOTTEN, day, count)
    if destroyed:
        store.audit.note(at.now, actor, AuditEvent.KEYS_DESTROYED, count=destroyed)


def _delete_copies(folder: Path, at: WriteTime, retention_days: int) -> int:
    """Copies that are as old as what is forgotten. Younger ones hold sealed rows whose keys are destroyed by now."""
    if not at.trusted:
        return 0
    gone = 0
    for path in copies(folder):
        with translated(path):
            made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if (made + timedelta(days=retention_days)).date() <= at.now.date():
                path.unlink()
                gone += 1
    return gone


def readable_rows(path: Path) -> list[Row]:
    """Rows of visits in a copy of the register; nothing for what is no register. The copy is not written."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error:
        return []
    try:
        connection.row_factory = sqlite3.Row
        return connection.execute("SELECT * FROM visits").fetchall()
    except sqlite3.Error:
        return []
    finally:
        connection.close()
