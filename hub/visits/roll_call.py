"""The roll call on the hub's pages: who was found at the assembly point, ticked by whom and when.

Ticks belong to one evacuation: they begin empty with it and go with its end, after twelve hours at the latest, so that
nobody counts as found because of a drill. They name a visit and a member of staff, no guest. Nobody has to begin an
evacuation before ticking: at the assembly point nothing may stand in the way. Blocking: for a worker thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from common.clock import Clock
from common.visiting.shared_visit import HUB
from hub.live import Change, Live
from hub.store import Store
from hub.visits import evacuations
from hub.visits.book import exclusive
from hub.visits.evacuations import LONGEST_MS, Beginning
from hub.visits.tables import TICKS
from hub.web.audit import note

__all__ = ["LONGEST_MS", "TOPIC", "RollCall", "Standing", "Tick"]

TOPIC = "evacuation"
"""What open pages hear of."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Somebody was found: ticked by a member of staff at `at_ms`."""

    by: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The roll call of a site. `since_ms`: when its evacuation was begun, by `by`, at the kiosk `unit` or, "", on the
    pages; None: it was not."""

    since_ms: int | None
    ticks: Mapping[str, Tick]
    by: str = ""
    unit: str = ""


class RollCall:
    """Raises HubStoreError from every method."""

    def __init__(self, store: Store, live: Live, clock: Clock) -> None:
        self._store, self._live, self._clock = store, live, clock

    def standing(self, site: str) -> Standing:
        """How it stands."""
        now_ms = self._now_ms()
        with self._store.reading() as connection:
            found = evacuations.of_site(connection, site, now_ms)
            query = select(TICKS).where(TICKS.c.site == site, TICKS.c.at_ms > now_ms - LONGEST_MS)
            ticks = {row.visit: Tick(row.by, row.at_ms) for row in connection.execute(query)}
        if found is None or not found.active:
            return Standing(None, ticks)
        return Standing(found.since_ms, ticks, found.by, found.unit)

    def begin(self, site: str, who: str) -> None:
        """Staff begins an evacuation, with nobody found; one that is on goes on, and kiosks are told of it again."""
        now_ms = self._now_ms()
        with self._store.begin() as connection:
            exclusive(connection)
            evacuations.begin(connection, Beginning(site, who, now_ms), now_ms)
        self._tell()

    def end(self, site: str, who: str) -> None:
        """It is over at the whole site, and its ticks are gone."""
        with self._store.begin() as connection:
            exclusive(connection)
            evacuations.end(connection, site, who, self._now_ms())
        self._tell()

    def tick(self, visit_id: str, site: str, who: str, *, found: bool) -> None:
        """A guest was found, or not after all. Who ticked first stays."""
        now_ms = self._now_ms()
        with self._store.begin() as connection:
            exclusive(connection)
            evacuations.forget(connection, now_ms)
            there = connection.execute(select(TICKS.c.at_ms).where(TICKS.c.visit == visit_id)).first() is not None
            if found and not there:
                values = {"visit": visit_id, "site": site, "by": who[:100], "at_ms": now_ms}
                connection.execute(insert(TICKS).values(values))
            elif not found:
                connection.execute(delete(TICKS).where(TICKS.c.visit == visit_id))
            if found != there:
                note(connection, now_ms, who, "found in roll call" if found else "not found after all", visit_id)
        self._tell()

    def forget(self) -> None:
        """Every hour, by a clock that is to be believed: what is left of evacuations that nobody ended."""
        with self._store.begin() as connection:
            evacuations.forget(connection, self._now_ms())

    def _tell(self) -> None:
        self._live.tell(Change(HUB, TOPIC))

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)
