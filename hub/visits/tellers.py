"""Which kiosk tells the host of a guest whom reception signs in: chosen at once, another one when it does not take it.

Only kiosks can tell: they have the directory and the channels. Nothing is queued: a look at who has not been told, by
whom, and whether that kiosk has the visit, says what is to be done. Every naming is a new version of the visit.

    named --taken within 60 s--> its business, as for its own guests
      └--not taken, or not able to tell any more--> another one is named, who marks what it sends as a repeat
    nobody was able --> one that becomes able within the hour (TELL_WITHIN)

A command to a kiosk that is named lives for LIFE_S only, so that one who comes back late tells nobody twice.
Blocking, for one thread.
"""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from common.clock import Clock
from common.visiting.shared_visit import HUB, TELL_WITHIN, SharedVisit
from hub.live import Change, Live
from hub.store import Store
from hub.visits import tellings
from hub.visits.book import Origin, VisitBook, exclusive
from hub.visits.kiosks import Kiosk, kiosks
from hub.visits.tables import DELIVERIES
from hub.visits.tellings import Telling

__all__ = ["LIFE_S", "TAKEN_WITHIN_MS", "Tellers"]

LIFE_S = 30
TAKEN_WITHIN_MS = 60_000
GONE_WITHIN_MS = LIFE_S * 1000
"""Who is not there at all gets no longer than the command to it lives."""

_log = logging.getLogger(__name__)


class Tellers:
    """Raises HubStoreError from every method."""

    def __init__(self, store: Store, book: VisitBook, live: Live, clock: Clock) -> None:
        self._store, self._book, self._live, self._clock = store, book, live, clock
        self._since_ms = _ms(clock.now())

    def named(self, connection: Connection, visit: SharedVisit, site: str) -> SharedVisit:
        """`visit`, whose host nobody has told yet, with the kiosk that is to, if there is one; noted so."""
        now = self._clock.now()
        unit = self._choice(connection, visit, site, now)
        tellings.name(connection, visit.id, unit, _ms(now), _ms(visit.in_at or now))
        return msgspec.structs.replace(visit, teller=unit, told_before=False)

    def look(self) -> int:
        """Name another kiosk, or one at last, where that helps; returns how often."""
        after_ms = _ms(self._clock.now() - TELL_WITHIN)
        with self._store.reading() as connection:
            due = [one for one in tellings.pending(connection, after_ms) if self._another(connection, one) is not None]
        done = 0
        for one in due:
            with self._store.begin() as connection:
                exclusive(connection)
                done += self._name_another(connection, one.visit)
        if done:
            self._live.tell(Change(HUB, tellings.TOPIC))
        return done

    def _name_another(self, connection: Connection, visit_id: str) -> bool:
        """Judged again, by what stands there now."""
        telling = tellings.of_visit(connection, visit_id)
        found = None if telling is None else self._another(connection, telling)
        if telling is None or found is None:
            return False
        visit, site, unit = found
        now = self._clock.now()
        changes = {"version": visit.version + 1, "by": HUB, "teller": unit, "told_before": bool(visit.teller)}
        if not self._book.put(connection, msgspec.structs.replace(visit, **changes), Origin(HUB, site), now):
            return False
        tellings.name(connection, visit_id, unit, _ms(now), telling.came_ms)
        _log.info("visits: %s is to tell a host%s", unit, f"; {visit.teller} has not" if visit.teller else "")
        return True

    def _another(self, connection: Connection, telling: Telling) -> tuple[SharedVisit, str, str] | None:
        """The visit, its site, and who is to tell its host from now on; None: it stays as it is."""
        kept, site = self._book.get(connection, telling.visit), self._book.site_of(connection, telling.visit)
        if telling.step not in tellings.UNSETTLED or kept is None or site is None or not kept.visit.present:
            return None
        visit = kept.visit
        ours = (
            visit.teller or visit.origin == HUB or not telling.unit
        )  # others came in at a kiosk, which tells by itself
        if not ours or (visit.teller and self._is_patient(connection, telling, visit, site)):
            return None
        unit = self._choice(connection, visit, site, self._clock.now(), besides=visit.teller)
        return (visit, site, unit) if unit else None

    def _is_patient(self, connection: Connection, telling: Telling, visit: SharedVisit, site: str) -> bool:
        """Whether the kiosk that is named may still do it."""
        able = visit.teller in [one.unit for one in _able(connection, visit, site)]
        place = (DELIVERIES.c.unit == visit.teller) & (DELIVERIES.c.visit == visit.id) & (DELIVERIES.c.what == "visit")
        state = connection.execute(select(DELIVERIES.c.state).where(place)).scalar_one_or_none()
        taken = state == "done" or telling.step != ""
        if able and taken:
            return True
        waited_ms = _ms(self._clock.now()) - max(telling.named_ms, self._since_ms)  # nobody was heard by no hub
        return waited_ms < (TAKEN_WITHIN_MS if able or taken else GONE_WITHIN_MS)

    def _choice(
        self, connection: Connection, visit: SharedVisit, site: str, now: datetime, *, besides: str = ""
    ) -> str:
        """Who is to tell; "" where nobody can, or it is too late."""
        if visit.in_at is not None and now - visit.in_at > TELL_WITHIN:
            return ""
        able = [one for one in _able(connection, visit, site) if one.unit != besides]
        best = min(able, key=lambda one: (one.unit != visit.tells, not one.tells, one.unit), default=None)
        return best.unit if best else ""


def _able(connection: Connection, visit: SharedVisit, site: str) -> list[Kiosk]:
    """Kiosks that are reached, can open the visit, and say nothing that speaks against it."""
    there = [one for one in kiosks(connection) if one.site == site and one.online]
    return [one for one in there if visit.day in one.keys and one.tells is not False]


def _ms(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
