"""What reception does on the pages: sign guests in and out, correct; each deed a new version, and a line of the audit.

A guest who is let in here, or gets another host, needs somebody to tell the host: hub.visits.tellers names a kiosk.

The audit names who did it and which visit, never the guest. Blocking: for a worker thread.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from common.clock import Clock
from common.errors import MyDeskError
from common.visiting.shared_visit import HUB, SharedVisit, same_person
from hub.live import Change, Live
from hub.store import Store
from hub.visits import tellings
from hub.visits.book import Origin, VisitBook, exclusive
from hub.visits.guest_form import GuestForm, guest_of, host_of, local_time
from hub.visits.intake import TOPIC
from hub.visits.presence import OPEN, Person, as_of, in_the_building
from hub.visits.tellers import Tellers
from hub.web.audit import note

__all__ = ["Desk", "DeskError", "Roll"]

BADGE_KEY_BYTES = 32
_COMING = ("on-site", "expected")


class DeskError(MyDeskError):
    """Error raised when a visit is not there any more, or stands otherwise than the page showed."""


@dataclass(frozen=True, slots=True)
class Roll:
    """Who is in the building; `unreadable` more are, whose key is lost."""

    people: tuple[Person, ...]
    unreadable: int


class Desk:
    """Raises DeskError, FormError and HubStoreError from every method."""

    def __init__(
        self, store: Store, book: VisitBook, tellers: Tellers, live: Live, clock: Clock, zone: ZoneInfo, evening: str
    ) -> None:
        self._store, self._book, self._tellers, self._live, self._clock = store, book, tellers, live, clock
        self._zone, self._evening = zone, evening

    def open_visits(self, site: str) -> list[SharedVisit]:
        """Expected, on site, or signed out by the clock: as of now."""
        now = self._clock.now()
        with self._store.reading() as connection:
            found, _ = self._book.in_states(connection, site, OPEN)
        return [self._now(one.visit, now) for one in found]

    def today(self, site: str) -> list[SharedVisit]:
        """The same, and who has left."""
        now = self._clock.now()
        with self._store.reading() as connection:
            found, _ = self._book.in_states(connection, site, (*OPEN, "left", "no-show"))
        return [self._now(one.visit, now) for one in found]

    def roll(self, site: str) -> Roll:
        """Who is in the building now."""
        now = self._clock.now()
        with self._store.reading() as connection:
            found, unreadable = self._book.in_states(connection, site, ("on-site", "left-assumed"))
        people = in_the_building((self._now(one.visit, now) for one in found), now)
        return Roll(tuple(people), unreadable)

    def find(self, visit_id: str) -> tuple[SharedVisit, str]:
        """A visit as of now, and its site."""
        with self._store.reading() as connection:
            return self._found(connection, visit_id)

    def sign_in(self, form: GuestForm, site: str, who: str) -> str:
        """Somebody who came to the desk; returns the visit's id."""
        form, now = form.checked(), self._clock.now()
        made = SharedVisit(
            id=secrets.token_hex(16), version=1, by=HUB, origin=HUB, day=now.date(),
            delete_on=self._book.ring.last_day(now.date()), type=form.type, site=site, state="on-site",
            guest=guest_of(form), host=host_of(form), in_at=now, language=form.language,
            planned_end=local_time(form.until, now, self._zone), badge_key=secrets.token_bytes(BADGE_KEY_BYTES),
        )  # fmt: skip
        with self._store.begin() as connection:
            exclusive(connection)
            if not self._book.put(connection, self._tellers.named(connection, made, site), Origin(HUB, site), now):
                raise DeskError("This site has too many visits today.", hint="Is a kiosk out of order?")
            self._note(connection, now, who, "guest signed in", made.id)
        self._tell()
        return made.id

    def arrive(self, visit_id: str, who: str) -> None:
        """An expected guest is here."""

        def change(visit: SharedVisit, now: datetime) -> SharedVisit:
            if visit.state not in ("expected", "no-show"):
                raise DeskError("That guest is not expected any more.", hint="Open the page again.")
            fresh = {"state": "on-site", "in_at": now, "out_at": None, "left_by": None, "origin": HUB}
            return msgspec.structs.replace(visit, **fresh, badge_key=secrets.token_bytes(BADGE_KEY_BYTES))

        self._change(visit_id, who, "guest signed in", change)

    def sign_out(self, visit_id: str, who: str) -> None:
        """A guest has left."""

        def change(visit: SharedVisit, now: datetime) -> SharedVisit:
            if visit.state not in ("on-site", "left-assumed"):
                raise DeskError("That guest is not in the building.", hint="Open the page again.")
            return msgspec.structs.replace(visit, state="left", out_at=now, left_by="reception")

        self._change(visit_id, who, "guest signed out", change)

    def met(self, visit_id: str, who: str) -> None:
        """The host has come to the guest: nobody need be told or called any more."""
        now = self._clock.now()
        with self._store.begin() as connection:
            exclusive(connection)
            visit, _ = self._found(connection, visit_id)
            if not visit.present or not tellings.met(connection, visit_id, round(now.timestamp() * 1000)):
                raise DeskError("That guest does not wait for a host.", hint="Open the page again.")
            self._note(connection, now, who, "host has come", visit_id)
        self._tell()

    def correct(self, visit_id: str, form: GuestForm, who: str) -> None:
        """Guest, host, type, language or planned end were wrong."""
        form = form.checked()

        def change(visit: SharedVisit, now: datetime) -> SharedVisit:
            begins = visit.in_at or visit.expected_at or now
            return msgspec.structs.replace(
                visit, guest=guest_of(form, visit.guest), host=host_of(form, visit.host), type=form.type,
                language=form.language, planned_end=local_time(form.until, begins, self._zone),
            )  # fmt: skip

        self._change(visit_id, who, "visit corrected", change)

    def end_evening(self) -> int:
        """What the clock has signed out of those that began here becomes a version, so that kiosks hear of it."""
        now, done = self._clock.now(), 0
        with self._store.reading() as connection:
            open_ = [
                (site, self._book.in_states(connection, site, _COMING)[0])
                for site in self._book.sites_with(connection, _COMING)
            ]
        for site in [site for site, found in open_ if any(self._ended(one.visit, now) for one in found)]:
            with self._store.begin() as connection:
                exclusive(connection)
                found, _ = self._book.in_states(connection, site, _COMING)
                for visit in [one.visit for one in found if self._ended(one.visit, now)]:
                    done += self._book.put(connection, _next(self._now(visit, now)), Origin(HUB, site), now)
        if done:
            self._tell()
        return done

    def _change(
        self, visit_id: str, who: str, action: str, change: Callable[[SharedVisit, datetime], SharedVisit]
    ) -> None:
        now = self._clock.now()
        with self._store.begin() as connection:
            exclusive(connection)
            before, site = self._found(connection, visit_id)
            visit = change(before, now)
            if _wants_telling(before, visit):
                visit = self._tellers.named(connection, visit, site)
            self._book.put(connection, _next(visit), Origin(HUB, site), now)
            self._note(connection, now, who, action, visit_id)
        self._tell()

    def _found(self, connection: Connection, visit_id: str) -> tuple[SharedVisit, str]:
        kept, site = self._book.get(connection, visit_id), self._book.site_of(connection, visit_id)
        if kept is None or site is None or kept.visit.erased:
            raise DeskError("There is no such visit.", hint="It may have been forgotten or erased.")
        return self._now(kept.visit, self._clock.now()), site

    def _now(self, visit: SharedVisit, now: datetime) -> SharedVisit:
        return as_of(visit, now, self._evening, self._zone)

    def _ended(self, visit: SharedVisit, now: datetime) -> bool:
        return visit.origin == HUB and not visit.erased and self._now(visit, now) is not visit

    def _note(self, connection: Connection, now: datetime, who: str, action: str, visit_id: str) -> None:
        note(connection, round(now.timestamp() * 1000), who, action, visit_id)

    def _tell(self) -> None:
        self._live.tell(Change(HUB, TOPIC))


def _next(visit: SharedVisit) -> SharedVisit:
    return msgspec.structs.replace(visit, version=visit.version + 1, by=HUB)


def _wants_telling(before: SharedVisit, visit: SharedVisit) -> bool:
    """Whether the guest has just come, or visits somebody else."""
    if not visit.present or visit.host is None:
        return False
    return not before.present or before.host is None or not same_person(before.host, visit.host)
