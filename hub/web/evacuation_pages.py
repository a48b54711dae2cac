"""Who is in the building: a list for the printer and for a telephone at the assembly point; evacuations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from hub.roles import Permission
from hub.tables import COMMANDS
from hub.visits.evacuation_intake import kiosk_name
from hub.visits.evacuation_orders import OPERATION
from hub.visits.kiosks import Kiosk
from hub.web.rules import Rule
from hub.web.site import Visit, see_other, text_of
from hub.web.visitor_values import (
    at_site,
    chosen_site,
    found_at,
    in_thread,
    kiosks_of,
    line_of,
    visit_id_of,
    visits_of,
)


async def evacuation_page(visit: Visit) -> Response:
    """GET /visitors/evacuation."""
    parts = visits_of(visit)
    site, sites = await chosen_site(visit, visit.query("site", 60))
    roll = await in_thread(lambda: parts.desk.roll(site))
    now_ms = visit.site.now_ms()
    standing = await in_thread(lambda: parts.roll_call.standing(site))
    people = [(line_of(one.visit, now_ms), one.assumed, standing.ticks.get(one.visit.id)) for one in roll.people]
    units = await kiosks_of(visit, site)
    told = await visit.site.read(lambda c: {one.unit: _last(c, one) for one in units})
    values: dict[str, Any] = {"people": people, "unreadable": roll.unreadable, "kiosks": units, "told": told}
    values["found"] = sum(tick is not None for *_, tick in people)
    values |= {"since_ms": standing.since_ms, "by": _who(standing.by, units), "at": standing.unit}
    return visit.page("evacuation.html", site=site, sites=sites, **values)


def _who(by: str, units: Sequence[Kiosk]) -> str:
    """Whoever began it, in words."""
    return next((f"the kiosk {one.title}" for one in units if kiosk_name(one.unit) == by), by)


@dataclass(frozen=True, slots=True)
class Order:
    """What a kiosk was told last: to begin or to end, when, and what became of it."""

    active: bool
    at_ms: int
    state: str
    reason: str


def _last(connection: Connection, kiosk: Kiosk) -> Order | None:
    """The newest order to this kiosk; None: there was none."""
    mine = (COMMANDS.c.operation == OPERATION) & (COMMANDS.c.unit == kiosk.unit)
    query = COMMANDS.select().where(mine).order_by(COMMANDS.c.created_ms.desc()).limit(1)
    row = connection.execute(query).first()
    if row is None:
        return None
    return Order(bool(json.loads(row.args).get("active")), row.created_ms, row.state, row.reason)


async def evacuate(visit: Visit) -> Response:
    """POST /visitors/evacuation: begin or end it at every kiosk of the site, after asking."""
    parts = visits_of(visit)
    form = await visit.form()
    site, _ = await chosen_site(visit, text_of(form, "site", 60))
    active = text_of(form, "active", 3) != "no"
    units = await kiosks_of(visit, site)
    if text_of(form, "sure", 3) != "yes":
        return visit.page("evacuation_sure.html", site=site, active=active, kiosks=units)
    by = visit.session.name
    await in_thread(lambda: parts.roll_call.begin(site, by) if active else parts.roll_call.end(site, by))
    await in_thread(parts.evacuations.look)
    return see_other(at_site("/visitors/evacuation", site))


async def tick(visit: Visit) -> Response:
    """POST /visitors/evacuation/{id}: a guest was found at the assembly point, or not after all."""
    parts, visit_id = visits_of(visit), visit_id_of(visit)
    found = text_of(await visit.form(), "found", 3) == "yes"
    _, site = await found_at(lambda: parts.desk.find(visit_id))
    await in_thread(lambda: parts.roll_call.tick(visit_id, site, visit.session.name, found=found))
    if "x-live" in visit.request.headers:  # an open page that must know that it was kept: a redirect may be a sign-in
        return Response(status_code=204)
    return see_other(at_site("/visitors/evacuation", site))


RULES = (
    Rule("GET", "/visitors/evacuation", Permission.SEE_VISITORS, evacuation_page),
    Rule("POST", "/visitors/evacuation", Permission.RECEIVE, evacuate),
    Rule("POST", "/visitors/evacuation/{id}", Permission.RECEIVE, tick),
)
