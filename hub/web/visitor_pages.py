"""Reception: who is expected, in the building and gone today; sign in and out, correct, print a badge again.

Guests' names come from guests: templates escape them, and no log, audit or address has one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from common.name_search import words_of
from common.visiting.shared_visit import HUB, SharedVisit
from hub.roles import Permission
from hub.tables import COMMANDS
from hub.visits import tellings
from hub.visits.guest_form import LANGUAGES, FormError, GuestForm, form_of
from hub.visits.presence import is_today
from hub.web.rules import Rule
from hub.web.site import Visit, see_other, text_of
from hub.web.visitor_telling import said_of, untold
from hub.web.visitor_values import (
    Line,
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


async def visitors(visit: Visit) -> Response:
    """GET /visitors."""
    parts = visits_of(visit)
    site, sites = await chosen_site(visit, visit.query("site", 60))
    found = await in_thread(lambda: parts.desk.today(site))
    search = visit.query("q", 60)
    lists = _lists(visit, found, search)
    units = await kiosks_of(visit, site)
    quiet = [one.title for one in units if not one.online]
    alone = [one.title for one in units if not one.shares]
    told = await visit.site.read(lambda c: tellings.of_site(c, site))
    lists["untold"] = untold(found, told, visit.site.now_ms())
    return visit.page("visitors.html", site=site, sites=sites, search=search, quiet=quiet, alone=alone, **lists)


def _lists(visit: Visit, found: Iterable[SharedVisit], search: str) -> dict[str, Any]:
    now, zone, now_ms = visit.parts.clock.now(), visit.site.zone, visit.site.now_ms()
    fitting = [one for one in found if _fits(one, search)]
    lines = {one.id: line_of(one, now_ms) for one in fitting}

    def listed(wanted: Callable[[SharedVisit], bool], key: Callable[[Line], int | None]) -> list[Line]:
        some = [lines[one.id] for one in fitting if wanted(one)]
        return sorted(some, key=lambda line: (key(line) or 0, line.name.casefold()))

    return {
        "present": listed(lambda one: one.present, lambda line: line.in_ms),
        "assumed": listed(
            lambda one: one.state == "left-assumed" and one.out_at is not None and (now - one.out_at).days < 1,
            lambda line: line.in_ms,
        ),
        "expected": listed(
            lambda one: one.state == "expected" and is_today(one.expected_at, now, zone), lambda line: line.expected_ms
        ),
        "left": listed(
            lambda one: one.state == "left" and is_today(one.out_at, now, zone), lambda line: -(line.out_ms or 0)
        ),
    }


def _fits(one: SharedVisit, search: str) -> bool:
    if not search or one.guest is None or one.host is None:
        return True
    there = words_of(" ".join([one.guest.name, one.host.name, *(value for _, value in one.guest.extra)]))
    return all(any(known.startswith(word) for known in there) for word in words_of(search))


async def new_page(visit: Visit) -> Response:
    """GET /visitors/new."""
    visits_of(visit)
    site, sites = await chosen_site(visit, visit.query("site", 60))
    return _form_page(visit, GuestForm("", ""), site, sites)


def _form_page(visit: Visit, form: GuestForm, site: str, sites: list[str], problem: str = "") -> Response:
    status = 400 if problem else 200
    return visit.page(
        "visitor_new.html", status, form=form, site=site, sites=sites, problem=problem, languages=LANGUAGES
    )


async def sign_in(visit: Visit) -> Response:
    """POST /visitors: somebody came to the desk."""
    parts = visits_of(visit)
    posted = await visit.form()
    form = form_of_guest(posted)
    site, sites = await chosen_site(visit, text_of(posted, "site", 60))
    try:
        visit_id = await in_thread(lambda: parts.desk.sign_in(form, site, visit.session.name))
    except FormError as error:
        return _form_page(visit, form, site, sites, str(error))
    return see_other(f"/visitors/{visit_id}")


async def visitor(visit: Visit) -> Response:
    """GET /visitors/{id}."""
    return await _visitor_page(visit)


async def _visitor_page(visit: Visit, form: GuestForm | None = None, problem: str = "") -> Response:
    parts, visit_id = visits_of(visit), visit_id_of(visit)
    one, site = await found_at(lambda: parts.desk.find(visit_id))
    units = await kiosks_of(visit, site)
    able = [kiosk for kiosk in units if kiosk.online and kiosk.shares]
    printers = sorted(able, key=lambda kiosk: kiosk.unit != one.origin)
    titles = {HUB: "the desk"} | {kiosk.unit: kiosk.title for kiosk in units}
    telling = await visit.site.read(lambda c: tellings.of_visit(c, visit_id))
    values = {
        "line": line_of(one, visit.site.now_ms()),
        "form": form or form_of(one, visit.site.zone),
        "site": site,
        "printers": printers,
        "prints": await visit.site.read(lambda c: _prints(c, visit_id)),
        "delete_on": one.delete_on,
        "said": said_of(one, telling, titles, visit.site.local_time().moment, visit.site.now_ms()),
        "waits": one.present and telling is not None and telling.answer != tellings.HERE,
        "origin": titles.get(one.origin, one.origin),
        "extra": [(key, value) for key, value in (one.guest.extra if one.guest else ()) if key != "company"],
    }
    return visit.page("visitor.html", 400 if problem else 200, problem=problem, languages=LANGUAGES, **values)


def _prints(connection: Connection, visit_id: str) -> list[Any]:
    """What became of badges that were asked for here."""
    mine = (COMMANDS.c.operation == "reprint") & COMMANDS.c.args.contains(visit_id)
    query = COMMANDS.select().where(mine).order_by(COMMANDS.c.created_ms.desc()).limit(3)
    return list(connection.execute(query))


async def correct(visit: Visit) -> Response:
    """POST /visitors/{id}: guest, host or planned end were wrong."""
    parts, visit_id = visits_of(visit), visit_id_of(visit)
    form = form_of_guest(await visit.form())
    try:
        await in_thread(lambda: parts.desk.correct(visit_id, form, visit.session.name))
    except FormError as error:
        return await _visitor_page(visit, form, str(error))
    return see_other(f"/visitors/{visit_id}")


async def arrive(visit: Visit) -> Response:
    """POST /visitors/{id}/in: an expected guest is here."""
    parts, visit_id = visits_of(visit), visit_id_of(visit)
    await visit.form()
    await in_thread(lambda: parts.desk.arrive(visit_id, visit.session.name))
    return see_other(f"/visitors/{visit_id}")


async def sign_out(visit: Visit) -> Response:
    """POST /visitors/{id}/out: a guest has left."""
    parts, visit_id = visits_of(visit), visit_id_of(visit)
    await visit.form()
    _, site = await found_at(lambda: parts.desk.find(visit_id))
    await in_thread(lambda: parts.desk.sign_out(visit_id, visit.session.name))
    return see_other(at_site("/visitors", site))


async def host_came(visit: Visit) -> Response:
    """POST /visitors/{id}/met: the host has come to the guest."""
    parts, visit_id = visits_of(visit), visit_id_of(visit)
    await visit.form()
    await in_thread(lambda: parts.desk.met(visit_id, visit.session.name))
    return see_other(f"/visitors/{visit_id}")


async def reprint(visit: Visit) -> Response:
    """POST /visitors/{id}/reprint: the badge once more, at a kiosk of the site."""
    parts, visit_id = visits_of(visit), visit_id_of(visit)
    unit = text_of(await visit.form(), "unit", 32)
    _, site = await found_at(lambda: parts.desk.find(visit_id))
    if unit not in [kiosk.unit for kiosk in await kiosks_of(visit, site)]:
        raise HTTPException(400, "That kiosk is not of this site. Choose one of the list.")
    by = visit.session.name
    await in_thread(lambda: visit.parts.commands.send(unit, "reprint", {"visit_id": visit_id}, by=by))
    await visit.note("badge printed again", visit_id, unit)
    return see_other(f"/visitors/{visit_id}")


RULES = (
    Rule("GET", "/visitors", Permission.SEE_VISITORS, visitors),
    Rule("GET", "/visitors/new", Permission.RECEIVE, new_page),
    Rule("POST", "/visitors", Permission.RECEIVE, sign_in),
    Rule("GET", "/visitors/{id}", Permission.SEE_VISITORS, visitor),
    Rule("POST", "/visitors/{id}", Permission.RECEIVE, correct),
    Rule("POST", "/visitors/{id}/in", Permission.RECEIVE, arrive),
    Rule("POST", "/visitors/{id}/out", Permission.RECEIVE, sign_out),
    Rule("POST", "/visitors/{id}/met", Permission.RECEIVE, host_came),
    Rule("POST", "/visitors/{id}/reprint", Permission.RECEIVE, reprint),
)
