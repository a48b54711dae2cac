"""Invitations: made and signed here, shown as QR code, code, calendar entry and text for the guest, and taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.responses import Response

from common.visiting.codes import shown
from hub.roles import Permission
from hub.visits.guest_form import LANGUAGES, FormError, GuestForm
from hub.web.rules import Kind, Rule
from hub.web.site import Visit, see_other, text_of
from hub.web.visitor_values import (
    at_site,
    chosen_site,
    form_of_guest,
    found_at,
    in_thread,
    kiosks_of,
    line_of,
    visit_id_of,
    visits_of,
)

MINUTES = (30, 60, 90, 120, 180, 240, 480)


async def invitations(visit: Visit) -> Response:
    """GET /invitations: the form, and those that are to come."""
    site, sites = await chosen_site(visit, visit.query("site", 60))
    return await _page(visit, GuestForm("", ""), {"start": "", "minutes": "60"}, site, sites)


async def _page(
    visit: Visit, form: GuestForm, times: dict[str, str], site: str, sites: list[str], problem: str = ""
) -> Response:
    parts = visits_of(visit)
    found = await in_thread(lambda: parts.invitations.listed(site))
    now_ms = visit.site.now_ms()
    listed = [(line_of(one.visit, now_ms), one) for one in found]
    values = {"form": form, "times": times, "minutes": MINUTES, "languages": LANGUAGES, "listed": listed}
    line = await in_thread(lambda: parts.invitations.config_line)
    status = 400 if problem else 200
    return visit.page("invitations.html", status, site=site, sites=sites, problem=problem, config_line=line, **values)


async def invite(visit: Visit) -> Response:
    """POST /invitations."""
    parts = visits_of(visit)
    posted = await visit.form()
    form, times = form_of_guest(posted), _times(posted)
    site, sites = await chosen_site(visit, text_of(posted, "site", 60))
    try:
        start, minutes = _read(times, visit.site.zone)
        made = await in_thread(lambda: parts.invitations.make(form, site, start, minutes, visit.session.name))
    except FormError as error:
        return await _page(visit, form, times, site, sites, str(error))
    return see_other(f"/invitations/{made}")


def _times(form: FormData) -> dict[str, str]:
    return {"start": text_of(form, "start", 16), "minutes": text_of(form, "minutes", 4)}


def _read(times: dict[str, str], zone: ZoneInfo) -> tuple[datetime, int]:
    """Start (UTC) and length in minutes. Raises FormError."""
    try:
        local = datetime.strptime(times["start"], "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - of the site's clock
    except ValueError as error:
        raise FormError("Say when the guest comes: day and time.") from error
    if not times["minutes"].isdecimal():
        raise FormError("Say how long the visit is.")
    return local.replace(tzinfo=zone).astimezone(UTC), int(times["minutes"])


async def invitation(visit: Visit) -> Response:
    """GET /invitations/{id}."""
    parts, visit_id = visits_of(visit), visit_id_of(visit)
    found = await found_at(lambda: parts.invitations.find(visit_id))
    text = await in_thread(lambda: parts.invitations.text(visit_id))
    units = await kiosks_of(visit, found.invitation.site)
    known = [(one.title, one.unit in found.known_to, one.shares) for one in units]
    line = line_of(found.visit, visit.site.now_ms())
    email = found.visit.guest.email if found.visit.guest else ""
    values: dict[str, Any] = {"line": line, "one": found.invitation, "code": shown(found.code), "known": known}
    return visit.page("invitation.html", text=text, email=email, **values)


async def qr(visit: Visit) -> Response:
    """GET /invitations/{id}/qr.png."""
    parts, visit_id = visits_of(visit), visit_id_of(visit)
    png = await found_at(lambda: parts.invitations.qr(visit_id))
    return Response(png, media_type="image/png", headers=_kept("inline"))


async def entry(visit: Visit) -> Response:
    """GET /invitations/{id}/invitation.ics: for the guest's calendar, with the QR code in it."""
    parts, visit_id = visits_of(visit), visit_id_of(visit)
    made = await found_at(lambda: parts.invitations.calendar(visit_id))
    headers = _kept('attachment; filename="invitation.ics"')
    return Response(made, media_type="text/calendar; charset=utf-8", headers=headers)


def _kept(disposition: str) -> dict[str, str]:
    policy = "default-src 'none'; sandbox"
    return {"Content-Disposition": disposition, "Content-Security-Policy": policy, "Cache-Control": "no-store"}


async def revoke(visit: Visit) -> Response:
    """POST /invitations/{id}/revoke, after asking."""
    parts, visit_id = visits_of(visit), visit_id_of(visit)
    form = await visit.form()
    found = await found_at(lambda: parts.invitations.find(visit_id))
    line = line_of(found.visit, visit.site.now_ms())
    if text_of(form, "sure", 3) != "yes":
        return visit.page("invitation_sure.html", line=line, one=found.invitation)
    await in_thread(lambda: parts.invitations.withdraw(visit_id, visit.session.name))
    return see_other(at_site("/invitations", found.invitation.site))


RULES = (
    Rule("GET", "/invitations", Permission.RECEIVE, invitations),
    Rule("POST", "/invitations", Permission.RECEIVE, invite),
    Rule("GET", "/invitations/{id}", Permission.RECEIVE, invitation),
    Rule("GET", "/invitations/{id}/qr.png", Permission.RECEIVE, qr, Kind.DATA),
    Rule("GET", "/invitations/{id}/invitation.ics", Permission.RECEIVE, entry, Kind.DATA),
    Rule("POST", "/invitations/{id}/revoke", Permission.RECEIVE, revoke),
)
