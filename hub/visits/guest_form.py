"""What reception types about a guest, cleaned and checked as at the kiosk. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from common.errors import MyDeskError
from common.visiting.shared_visit import SharedGuest, SharedHost, SharedVisit
from common.visiting.typed import MAX_EMAIL, MAX_NAME, MAX_PHONE, cleaned, is_email, is_name, is_phone, tidy

__all__ = ["LANGUAGES", "FormError", "GuestForm", "form_of", "guest_of", "host_of", "local_time"]

LANGUAGES = ("da", "en", "es")
MAX_TYPE, MAX_COMPANY = 21, 100
COMPANY = "company"
_TYPE = re.compile(r"[a-z0-9-]{1,21}")
_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")


class FormError(MyDeskError):
    """Error raised for a form that does not hold together; what was typed is not in it."""


@dataclass(frozen=True, slots=True)
class GuestForm:
    """One form. `until` is the planned end as HH:MM on the site's clock, or ""."""

    name: str = field(repr=False)
    host: str = field(repr=False)
    host_address: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    company: str = field(default="", repr=False)
    type: str = "guest"
    language: str = "da"
    until: str = ""

    def checked(self) -> GuestForm:
        """Cleaned. Raises FormError."""
        clean = replace(
            self,
            name=tidy(cleaned(self.name, MAX_NAME)),
            host=tidy(cleaned(self.host, 100)),
            host_address=tidy(cleaned(self.host_address, MAX_EMAIL)),
            email=tidy(cleaned(self.email, MAX_EMAIL)),
            phone=tidy(cleaned(self.phone, MAX_PHONE)),
            company=tidy(cleaned(self.company, MAX_COMPANY)),
            type=self.type.strip() or "guest",
        )
        for good, text in _checks(clean):
            if not good:
                raise FormError(text)
        return clean


def _checks(form: GuestForm) -> tuple[tuple[bool, str], ...]:
    return (
        (is_name(form.name), "A guest has a name: letters of any script, spaces, hyphens and apostrophes."),
        (bool(form.host), "A guest has a host: type the name of whom they visit."),
        (not form.host_address or is_email(form.host_address), "The host's e-mail is no address, as ida@berg.example."),
        (not form.email or is_email(form.email), "The guest's e-mail is no address, as ida@berg.example."),
        (not form.phone or is_phone(form.phone), "The telephone number has 5 to 15 digits, with + before them or not."),
        (bool(_TYPE.fullmatch(form.type)), "The type is the key of a visitor type of the kiosks, such as guest."),
        (form.language in LANGUAGES, "The language is da, en or es."),
        (not form.until or bool(_TIME.fullmatch(form.until)), "The planned end is a time such as 16:30."),
    )


def guest_of(form: GuestForm, before: SharedGuest | None = None) -> SharedGuest:
    """The guest; fields that the form does not have stay as they were."""
    others = tuple(pair for pair in (before.extra if before else ()) if pair[0] != COMPANY)
    mine = ((COMPANY, form.company),) if form.company else ()
    return SharedGuest(name=form.name, email=form.email, phone=form.phone, extra=(*mine, *others)[:4])


def host_of(form: GuestForm, before: SharedHost | None = None) -> SharedHost:
    """The host; who stays the same keeps the directory's id."""
    same = before is not None and (before.name, before.address) == (form.host, form.host_address)
    if before is not None and same:
        return before
    return SharedHost(name=form.host, address=form.host_address)


def form_of(visit: SharedVisit, zone: ZoneInfo) -> GuestForm:
    """A visit as the form shows it."""
    guest, host = visit.guest or SharedGuest(name="-"), visit.host or SharedHost(name="")
    until = "" if visit.planned_end is None else f"{visit.planned_end.astimezone(zone):%H:%M}"
    company = dict(guest.extra).get(COMPANY, "")
    return GuestForm(
        guest.name, host.name, host.address, guest.email, guest.phone, company, visit.type, visit.language, until
    )  # fmt: skip


def local_time(text: str, day: datetime, zone: ZoneInfo) -> datetime | None:
    """`text` on the site's day of the instant `day`, as UTC; None for ""."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    local = datetime.combine(day.astimezone(zone).date(), time(int(found[1]), int(found[2])), zone)
    return local.astimezone(day.tzinfo)
