"""Forgets visits: keys first, then rows, then the database's log; gives days of which somebody was erased new keys.

The keys go first: that needs no room on the disk, and from then on nothing of those days opens any more, wherever a
copy of it lies: here, in a backup, in the broker's store, in an outbox. A run that was cut is finished by the next.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select

from hub.store import Store, upsert
from hub.visits import notes
from hub.visits.book import ERASED, VisitBook, exclusive
from hub.visits.tables import COUNTS, DELIVERIES, EVACUATIONS, INVITATIONS, TELLINGS, TICKS, VISITS
from hub.web.audit import note

__all__ = ["CLOCK", "FORGOTTEN", "Forgotten", "forget", "replace_keys"]

FORGOTTEN = (VISITS, DELIVERIES, INVITATIONS, TELLINGS, TICKS, EVACUATIONS)
"""Tables whose rows go with the day; those of an evacuation sooner (hub.visits.roll_call)."""

CLOCK = "clock"
_CAME = ("on-site", "left", "left-assumed")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What a run did. `trusted`: the clock was to be believed, else nothing is forgotten by date; `compacted`: nothing
    is left in the database's log."""

    visits: int
    keys: int
    trusted: bool
    compacted: bool


def forget(store: Store, book: VisitBook, today: date, now_ms: int, *, trusted: bool, who: str = CLOCK) -> Forgotten:
    """Forget all visits whose day has come. Raises HubStoreError: what is done stays done, the rest comes next time."""
    replaced = replace_keys(store, book)
    keys = book.ring.destroy(book.ring.due(today)) if trusted else 0
    with store.begin() as connection:
        exclusive(connection)
        visits = _delete(connection, book, today if trusted else None)
        if visits or who != CLOCK:
            note(connection, now_ms, who, "visits forgotten", "", f"{visits} visits, {keys} keys")
    compacted = store.forget_traces() if visits or keys or replaced else True
    if not compacted:
        _log.warning("visits: somebody reads the database for long; its log is emptied by the next run")
    return Forgotten(visits, keys, trusted, compacted)


def replace_keys(store: Store, book: VisitBook) -> int:
    """Give days of which somebody was erased new keys, and destroy the old ones; returns how many. Copies of those
    days become unreadable, kiosks tell those of the day again."""
    with store.begin() as connection:
        exclusive(connection)
        old = notes.to_rekey(connection)
        if old:
            for key_id in old:
                new = book.ring.replace(key_id)
                if new is not None:
                    book.reseal(connection, key_id, new.id)
            notes.rekeyed(connection, old)
        doomed = notes.doomed(connection)
    if not doomed:
        return 0
    gone = book.ring.destroy(doomed)
    with store.begin() as connection:
        notes.destroyed(connection, doomed)
    store.forget_traces()
    return gone


def _delete(connection: Connection, book: VisitBook, today: date | None) -> int:
    """Rows whose day has come, and those whose key is lost, but who is in the building counts."""
    lost = and_(VISITS.c.key_id.not_in(sorted(book.ring.all())), VISITS.c.state != "on-site")
    over = lost if today is None else or_(lost, VISITS.c.delete_on <= today.isoformat())
    _count(connection, over)
    gone = connection.execute(delete(VISITS).where(over)).rowcount
    if gone:
        for table in (DELIVERIES, INVITATIONS, TELLINGS, TICKS):
            orphan = ~select(VISITS.c.id).where(VISITS.c.id == table.c.visit).exists()
            connection.execute(delete(table).where(orphan))
    return gone


def _count(connection: Connection, over: ColumnElement[bool]) -> None:
    query = select(VISITS.c.site, VISITS.c.day, VISITS.c.state).where(over, VISITS.c.state != ERASED)
    counts: dict[tuple[str, str], list[int]] = {}
    for row in connection.execute(query):
        counts.setdefault((row.site, row.day), [0, 0])[row.state not in _CAME] += 1
    for (site, day), (came, no_show) in counts.items():
        statement = upsert(connection, COUNTS).values(site=site, day=day, came=came, no_show=no_show)
        added = {"came": COUNTS.c.came + came, "no_show": COUNTS.c.no_show + no_show}
        connection.execute(statement.on_conflict_do_update(index_elements=["site", "day"], set_=added))
