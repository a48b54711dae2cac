"""Deletes visits so that no copy of the register has them either: their days get another key. Blocking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from common.database import translated
from kiosk.audit import Actor, AuditEvent
from kiosk.forgetting_steps import destroy_doomed, doom
from kiosk.register_store import RegisterStore, WriteTime
from kiosk.upkeep import begun_here, counted, keep_counts
from kiosk.visit_rows import Row


def erase_rows(
    store: RegisterStore,
    at: WriteTime,
    rows: Sequence[Row],
    actor: Actor,
    zone: ZoneInfo,
    noted: Callable[[Row], None],
) -> int:
    """Delete these visits; what else their keys sealed is sealed anew. Returns how many keys were destroyed.

    `noted` tells sharing of each, within the same transaction. The counts of the days stay.
    """
    old = [key for key_id in sorted({row["key_id"] for row in rows}) if (key := store.ring.get(key_id))]
    with translated(store.path):
        new = [store.ring.add(key.birth) for key in old]
    with store.transaction() as connection:
        keep_counts(store, counted(begun_here(store, rows), zone))
        for row in rows:
            noted(row)
        connection.executemany("DELETE FROM visits WHERE id = ?", [(row["id"],) for row in rows])
        for before, after in zip(old, new, strict=True):
            store.reseal(before, after)
            doom(store, before.id)
        for row in rows:
            store.audit.note(at.now, actor, AuditEvent.ERASED, row["id"])
    return destroy_doomed(store)
