"""Invitations made on the pages: the visit, its code, the QR code, the calendar entry and the text for the guest.

The eight characters of the code are kept sealed with the visit, so that the page can show them until it is forgotten.
Blocking: for a worker thread.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from common.clock import Clock
from common.visiting.codes import DRAWN, code_hash, code_of
from common.visiting.invitation_mail import Letter, calendar_entry, qr_png, text_of
from common.visiting.shared_visit import HUB, SharedVisit
from hub.live import Change, Live
from hub.settings import VisitsSection
from hub.store import Store
from hub.visits import invitation_rows
from hub.visits.book import Origin, VisitBook, exclusive, tombstone
from hub.visits.deliveries import Deliveries
from hub.visits.desk import DeskError
from hub.visits.guest_form import FormError, GuestForm, guest_of, host_of
from hub.visits.intake import TOPIC
from hub.visits.invitation_rows import Invitation
from hub.visits.invitation_seals import InvitationSeals
from hub.visits.letter_words import words_in
from hub.web.audit import note

__all__ = ["FURTHEST_DAYS", "LONGEST_MIN", "Invitations", "Invited"]

FURTHEST_DAYS = 180
LONGEST_MIN = 18 * 60
LISTED_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation with its guest; `known_to` are the kiosks that can read its code."""

    invitation: Invitation
    visit: SharedVisit = field(repr=False)
    code: str = field(repr=False)
    known_to: tuple[str, ...] = ()


class Invitations:
    """Raises FormError, DeskError, KeyFileError and HubStoreError from every method."""

    def __init__(
        self,
        store: Store,
        book: VisitBook,
        seals: InvitationSeals,
        deliveries: Deliveries,
        live: Live,
        clock: Clock,
        section: VisitsSection,
        zone: ZoneInfo,
    ) -> None:
        self._store, self._book, self._seals, self._deliveries = store, book, seals, deliveries
        self._live, self._clock, self._section, self._zone = live, clock, section, zone

    @property
    def config_line(self) -> str:
        """For `[invitations]` of every kiosk."""
        return self._seals.key.config_line

    def make(self, form: GuestForm, site: str, start: datetime, minutes: int, who: str) -> str:
        """Sign one; returns the visit's id."""
        form, now = form.checked(), self._clock.now()
        if not 5 <= minutes <= LONGEST_MIN:
            raise FormError(f"A visit is 5 to {LONGEST_MIN} minutes long.")
        if not now - timedelta(minutes=minutes) < start < now + timedelta(days=FURTHEST_DAYS):
            raise FormError(f"An invitation is for a time that is to come, within {FURTHEST_DAYS} days.")
        visit_id, code = secrets.token_bytes(16), code_of(secrets.token_bytes(DRAWN))
        start = start.replace(second=0, microsecond=0)
        end = start + timedelta(minutes=minutes)
        hashed, now_ms = code_hash(code, visit_id).hex(), round(now.timestamp() * 1000)
        made = Invitation(visit_id.hex(), site, start, end, hashed, who, now_ms)
        self._seals.token(made)  # the key is there, or nothing is kept
        visit = self._visit(form, made)
        with self._store.begin() as connection:
            exclusive(connection)
            if not self._book.put(connection, visit, Origin(HUB, site), now, code):
                raise DeskError("This site has too many visits on that day.")
            invitation_rows.add(connection, made)
            note(connection, now_ms, who, "invitation made", made.visit)
        self._live.tell(Change(HUB, TOPIC))
        return made.visit

    def withdraw(self, visit_id: str, who: str) -> None:
        """Take one back; who has not come yet is forgotten at once."""
        now = self._clock.now()
        now_ms = round(now.timestamp() * 1000)
        with self._store.begin() as connection:
            exclusive(connection)
            if not invitation_rows.withdraw(connection, visit_id, now_ms):
                raise DeskError("There is no such invitation, or it was taken back already.")
            kept, site = self._book.get(connection, visit_id), self._book.site_of(connection, visit_id)
            if kept is not None and site is not None and kept.visit.state == "expected" and not kept.visit.erased:
                self._book.put(connection, tombstone(kept.visit), Origin(HUB, site), now)
            note(connection, now_ms, who, "invitation revoked", visit_id)
        self._live.tell(Change(HUB, TOPIC))

    def listed(self, site: str) -> list[Invited]:
        """Those that are still to come, and of yesterday; without those that were taken back."""
        with self._store.reading() as connection:
            rows = invitation_rows.of_site(connection, site, self._clock.now() - LISTED_FOR)
            found = [(one, self._book.get(connection, one.visit)) for one in rows if not one.revoked]
            return [
                Invited(
                    one, kept.visit, kept.code, tuple(self._deliveries.known_to(connection, one.visit, "invitation"))
                )
                for one, kept in found
                if kept is not None and not kept.visit.erased
            ]

    def find(self, visit_id: str) -> Invited:
        """One, with its guest."""
        with self._store.reading() as connection:
            one, kept = invitation_rows.find(connection, visit_id), self._book.get(connection, visit_id)
            if one is None or kept is None or kept.visit.erased or one.revoked:
                raise DeskError("There is no such invitation.", hint="It was taken back, or is forgotten.")
            known = self._deliveries.known_to(connection, visit_id, "invitation")
            return Invited(one, kept.visit, kept.code, tuple(known))

    def qr(self, visit_id: str) -> bytes:
        """The QR code as PNG."""
        return qr_png(self._seals.token(self.find(visit_id).invitation))

    def calendar(self, visit_id: str) -> bytes:
        """The calendar entry for the guest."""
        found = self.find(visit_id)
        words = words_in(found.visit.language or "en")
        return calendar_entry(self._letter(found), words, self._clock.now()).encode()

    def text(self, visit_id: str) -> str:
        """The text for the guest, with the note of GDPR article 14."""
        found = self.find(visit_id)
        return text_of(self._letter(found), words_in(found.visit.language or "en"))

    def _visit(self, form: GuestForm, made: Invitation) -> SharedVisit:
        day = made.start.date()
        return SharedVisit(
            id=made.visit, version=1, by=HUB, origin=HUB, day=day, delete_on=self._book.ring.last_day(day),
            type=form.type, site=made.site, state="expected", guest=guest_of(form), host=host_of(form),
            expected_at=made.start, planned_end=made.end, language=form.language,
        )  # fmt: skip

    def _letter(self, found: Invited) -> Letter:
        one, section, guest, host = found.invitation, self._section, found.visit.guest, found.visit.host
        data = ("name", *(("e-mail",) if guest and guest.email else ()), *(("phone",) if guest and guest.phone else ()))
        return Letter(
            one.visit, guest.name if guest else "", host.name if host else "", one.site, section.place, one.start,
            one.end, self._zone, found.code, self._seals.token(one), data, section.controller, section.contact,
            section.retention_days,
        )  # fmt: skip
