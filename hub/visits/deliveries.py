"""Tells kiosks what they do not know yet: visits, records of invitations, revocations, each as a command `visit`.

Nothing is queued: a look at the book and at what each kiosk knows says what is to be told, so that a crash, a new kiosk
and a new key need nothing special. A command that failed or expired is sent again with a new id, later and later. A
kiosk is told of visits that are open, and of those that it was told of before; first of those whose host it is to tell,
and that not later than another one may be named (hub.visits.tellers). Blocking, for one thread.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, delete, or_, select, update

from common.clock import Clock
from common.visiting.sealed_visit import seal_visit
from hub.commands import Commands
from hub.store import Store, upsert
from hub.tables import COMMANDS
from hub.visits import invitation_rows, tellers
from hub.visits.book import VisitBook
from hub.visits.invitation_rows import Invitation
from hub.visits.invitation_seals import InvitationSeals
from hub.visits.kiosks import Kiosk, kiosks
from hub.visits.tables import DELIVERIES, TELLINGS, VISITS

__all__ = ["BY", "LIFE_S", "OPERATION", "Deliveries"]

OPERATION = "visit"
BY = "hub"
LIFE_S = 300
MOST_AT_ONCE = 20
"""Commands to one kiosk in one look."""

FIRST_AGAIN_MS, LONGEST_AGAIN_MS = 15_000, 3_600_000
WITHDRAWN_FOR = timedelta(days=2)
"""So long after an invitation's end kiosks may still learn that it was taken back: late guests are let in."""

_OPEN = ("expected", "on-site")
_ENDED = ("successful", "failed", "expired")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parcel:
    """Something for a kiosk: of `version` by `by`, sealed to it, or naming nobody."""

    visit: str
    what: str
    version: int
    by: str
    blob: bytes
    life_s: int = LIFE_S


class Deliveries:
    """Raises HubStoreError from every method; what was not told then is told later."""

    def __init__(self, store: Store, book: VisitBook, seals: InvitationSeals, commands: Commands, clock: Clock) -> None:
        self._store, self._book, self._seals, self._commands, self._clock = store, book, seals, commands, clock

    def look(self) -> int:
        """Note what arrived and send what is to be told now; returns how many commands were sent."""
        self.settle()
        with self._store.reading() as connection:
            reached = [one for one in kiosks(connection) if one.online]
            parcels = [(kiosk, self._for(connection, kiosk)) for kiosk in reached]
        for kiosk, some in parcels:
            for parcel in some:
                self._send(kiosk, parcel)
        return sum(len(some) for _, some in parcels)

    def known_to(self, connection: Connection, visit_id: str, what: str) -> list[str]:
        """Units that have said that they have it."""
        mine = and_(DELIVERIES.c.visit == visit_id, DELIVERIES.c.what == what, DELIVERIES.c.state == "done")
        return list(connection.execute(select(DELIVERIES.c.unit).where(mine).order_by(DELIVERIES.c.unit)).scalars())

    def settle(self) -> None:
        """Note what became of the commands; they need not be kept once that is known."""
        joined = DELIVERIES.outerjoin(COMMANDS, COMMANDS.c.id == DELIVERIES.c.command)
        ended = and_(DELIVERIES.c.state == "sent", or_(COMMANDS.c.state.in_(_ENDED), COMMANDS.c.id.is_(None)))
        query = select(DELIVERIES, COMMANDS.c.state.label("outcome")).select_from(joined).where(ended)
        with self._store.reading() as connection:
            rows = connection.execute(query).all()
        if not rows:
            return
        with self._store.begin() as connection:
            for row in rows:
                mine = and_(_place(row.unit, row.visit, row.what), DELIVERIES.c.command == row.command)
                connection.execute(update(DELIVERIES).where(mine).values(**self._settled(row), command=""))
            connection.execute(delete(COMMANDS).where(COMMANDS.c.id.in_([row.command for row in rows])))

    def _settled(self, row: Row[tuple[object, ...]]) -> dict[str, object]:
        if row.outcome == "successful":
            return {"state": "done", "tries": 0}
        again_ms = min(FIRST_AGAIN_MS << min(row.tries, 10), LONGEST_AGAIN_MS)
        return {"state": "due", "tries": row.tries + 1, "next_ms": self._now_ms() + again_ms}

    def _for(self, connection: Connection, kiosk: Kiosk) -> list[Parcel]:
        found = [*self._visits(connection, kiosk), *self._invitations(connection, kiosk)]
        return found[:MOST_AT_ONCE]

    def _visits(self, connection: Connection, kiosk: Kiosk) -> Iterator[Parcel]:
        for visit_id, tells in connection.execute(self._unknown(kiosk)).all() if kiosk.keys else ():
            kept = self._book.get(connection, visit_id)
            if kept is None:
                continue
            try:
                sealed = seal_visit(kept.visit, kiosk.keys[kept.visit.day])
            except ValueError:
                _log.warning("visits: nothing can be sealed to the key of %s for %s", kiosk.unit, kept.visit.day)
                continue
            life_s = tellers.LIFE_S if tells else LIFE_S
            yield Parcel(visit_id, "visit", kept.visit.version, kept.visit.by, sealed, life_s)

    def _unknown(self, kiosk: Kiosk) -> Select[Any]:
        """Ids of visits of which this kiosk does not know the newest version, and could open it; and whether it is to
        tell the host and has not said yet that it does."""
        known = and_(DELIVERIES.c.visit == VISITS.c.id, DELIVERIES.c.unit == kiosk.unit, DELIVERIES.c.what == "visit")
        older = or_(DELIVERIES.c.version != VISITS.c.version, DELIVERIES.c.by != VISITS.c.by)
        never = and_(DELIVERIES.c.visit.is_(None), VISITS.c.state.in_(_OPEN))
        wanted = or_(never, and_(DELIVERIES.c.visit.is_not(None), or_(older, self._again())))
        mine = and_(VISITS.c.site == kiosk.site, VISITS.c.day.in_([day.isoformat() for day in kiosk.keys]))
        telling = and_(TELLINGS.c.visit == VISITS.c.id, TELLINGS.c.unit == kiosk.unit, TELLINGS.c.step == "")
        tells = TELLINGS.c.visit.is_not(None)
        query: Select[Any] = select(VISITS.c.id, tells.label("tells"))
        query = query.outerjoin(DELIVERIES, known).outerjoin(TELLINGS, telling).where(mine, wanted)
        return query.order_by(case((tells, 0), else_=1), VISITS.c.updated_ms, VISITS.c.id).limit(MOST_AT_ONCE)

    def _invitations(self, connection: Connection, kiosk: Kiosk) -> Iterator[Parcel]:
        """A record goes after the visit itself, which names the guest: then it need not. A list of what was taken back
        goes to everybody, for a code works without a record."""
        now, now_ms = self._clock.now(), self._now_ms()
        found = invitation_rows.of_site(connection, kiosk.site, now - WITHDRAWN_FOR)
        stands = self._stands(connection, kiosk, found)
        for one in found:
            what = "revoked" if one.revoked else "invitation"
            row = stands.get((one.visit, what))
            if row is not None and not (row.state == "due" and row.next_ms <= now_ms):
                continue
            visit = stands.get((one.visit, "visit"))
            if one.revoked:
                yield Parcel(one.visit, what, 1, BY, self._seals.revocation(one))
            elif kiosk.address is not None and one.end > now and visit is not None and visit.state == "done":
                yield Parcel(one.visit, what, 1, BY, self._seals.record(one, kiosk.address))

    def _stands(
        self, connection: Connection, kiosk: Kiosk, found: Sequence[Invitation]
    ) -> dict[tuple[str, str], Row[tuple[object, ...]]]:
        """What this kiosk knows of them."""
        mine = and_(DELIVERIES.c.unit == kiosk.unit, DELIVERIES.c.visit.in_([one.visit for one in found]))
        rows = connection.execute(select(DELIVERIES).where(mine)).all() if found else ()
        return {(row.visit, row.what): row for row in rows}

    def _again(self) -> ColumnElement[bool]:
        return and_(DELIVERIES.c.state == "due", DELIVERIES.c.next_ms <= self._now_ms())

    def _send(self, kiosk: Kiosk, parcel: Parcel) -> None:
        blob = base64.b64encode(parcel.blob).decode()
        command = self._commands.send(kiosk.unit, OPERATION, {"blob": blob}, BY, parcel.life_s, keep_args=False)
        sent = {"version": parcel.version, "by": parcel.by, "command": command, "state": "sent"}
        place = {"unit": kiosk.unit, "visit": parcel.visit, "what": parcel.what}
        with self._store.begin() as connection:
            statement = upsert(connection, DELIVERIES).values(**place, **sent, tries=0, next_ms=0)
            connection.execute(statement.on_conflict_do_update(index_elements=list(place), set_=sent))

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def _place(unit: str, visit_id: str, what: str) -> ColumnElement[bool]:
    return and_(DELIVERIES.c.unit == unit, DELIVERIES.c.visit == visit_id, DELIVERIES.c.what == what)
