"""The roll call on the hub's pages: who was found at the assembly point, ticked by whom and when.

Ticks belong to one evacuation: they begin empty with it and go with its end, after twelve hours at the latest, so that
nobody counts as found because of a drill. They name a visit and a member of staff, no guest. Nobody has to begin an
evacuation before ticking: at the assembly point nothing may stand in the way. Blocking: for a worker thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from common.clock import Clock
from common.visiting.shared_visit import HUB
from hub.live import Change, Live
from hub.store import Store, upsert
from hub.visits.tables import EVACUATIONS, TICKS
from hub.web.audit import note

__all__ = ["LONGEST_MS", "TOPIC", "RollCall", "Standing", "Tick"]

TOPIC = "evacuation"
"""What open pages hear of."""

LONGEST_MS = 12 * 3_600_000
"""An evacuation that nobody ended is over by then."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Somebody was found: ticked by a member of staff at `at_ms`."""

    by: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The roll call of a site. `since_ms`: when its evacuation was begun here; None: it was not."""

    since_ms: int | None
    ticks: Mapping[str, Tick]


class RollCall:
    """Raises HubStoreError from every method."""

    def __init__(self, store: Store, live: Live, clock: Clock) -> None:
        self._store, self._live, self._clock = store, live, clock

    def standing(self, site: str) -> Standing:
        """How it stands."""
        oldest_ms = self._now_ms() - LONGEST_MS
        with self._store.reading() as connection:
            query = select(EVACUATIONS.c.since_ms).where(
                EVACUATIONS.c.site == site, EVACUATIONS.c.since_ms > oldest_ms
            )  # fmt: skip
            since_ms = connection.execute(query).scalar_one_or_none()
            rows = connection.execute(select(TICKS).where(TICKS.c.site == site, TICKS.c.at_ms > oldest_ms)).all()
        return Standing(since_ms, {row.visit: Tick(row.by, row.at_ms) for row in rows})

    def begin(self, site: str, who: str) -> None:
        """An evacuation begins with nobody found; one that is on goes on."""
        now_ms = self._now_ms()
        with self._store.begin() as connection:
            _forget(connection, now_ms)
            there = select(EVACUATIONS.c.site).where(EVACUATIONS.c.site == site)
            if connection.execute(there).first() is None:
                connection.execute(delete(TICKS).where(TICKS.c.site == site))
                connection.execute(insert(EVACUATIONS).values(site=site, since_ms=now_ms, by=who[:100]))
        self._tell()

    def end(self, site: str) -> None:
        """It is over, and its ticks are gone."""
        with self._store.begin() as connection:
            for table in (EVACUATIONS, TICKS):
                connection.execute(delete(table).where(table.c.site == site))
        self._tell()

    def tick(self, visit_id: str, site: str, who: str, *, found: bool) -> None:
        """A guest was found, or not after all. Who ticked first stays."""
        now_ms = self._now_ms()
        with self._store.begin() as connection:
            _forget(connection, now_ms)
            there = connection.execute(select(TICKS.c.at_ms).where(TICKS.c.visit == visit_id)).first() is not None
            if found and not there:
                values = {"visit": visit_id, "site": site, "by": who[:100], "at_ms": now_ms}
                connection.execute(upsert(connection, TICKS).values(values).on_conflict_do_nothing())
            elif not found:
                connection.execute(delete(TICKS).where(TICKS.c.visit == visit_id))
            if found != there:
                note(connection, now_ms, who, "found in roll call" if found else "not found after all", visit_id)
        self._tell()

    def forget(self) -> None:
        """Every hour, by a clock that is to be believed: what is left of evacuations that nobody ended."""
        with self._store.begin() as connection:
            _forget(connection, self._now_ms())

    def _tell(self) -> None:
        self._live.tell(Change(HUB, TOPIC))

    def _now_ms(self) -> int:
        return round(self._clock.now().timestamp() * 1000)


def _forget(connection: Connection, now_ms: int) -> None:
    connection.execute(delete(TICKS).where(TICKS.c.at_ms <= now_ms - LONGEST_MS))
    connection.execute(delete(EVACUATIONS).where(EVACUATIONS.c.since_ms <= now_ms - LONGEST_MS))
