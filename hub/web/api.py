"""The JSON API below /api/1/: the same as the pages, for programs; by session or bearer token."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from hub import history, reads
from hub.reads import UnitSeen
from hub.reports import HOURS
from hub.roles import Permission
from hub.web.report_pages import asked_period, rooms_used
from hub.web.room_pages import RoomCard, cards
from hub.web.rules import Kind, Rule
from hub.web.site import Visit

MOST_ROWS = 1000
LONGEST_MS = 31 * history.DAY_MS


def answer(value: Any) -> Response:
    """JSON that no cache keeps."""
    return JSONResponse(value, headers={"Cache-Control": "no-store"})


async def rooms(visit: Visit) -> Response:
    """GET /api/1/rooms: the board."""
    found = cards(await visit.site.read(reads.units), visit.site.now_ms())
    return answer({"at_ms": visit.site.now_ms(), "rooms": [_room(card) for card in found]})


def _room(card: RoomCard) -> dict[str, Any]:
    values = {key: value for key, value in asdict(card).items() if key not in ("shown", "since_ms", "heard")}
    since = {"since_ms": card.since_ms} if card.heard else {"heard_ms": card.since_ms}
    return values | {"state": card.shown.word, "colour": card.shown.colour, "note": card.shown.note} | since


async def units(visit: Visit) -> Response:
    """GET /api/1/units."""
    now_ms = visit.site.now_ms()
    found = await visit.site.read(reads.units)
    return answer({"at_ms": now_ms, "units": [unit_json(one, now_ms) for one in found]})


async def unit(visit: Visit) -> Response:
    """GET /api/1/units/{unit}: with its last words."""
    one, now_ms = await _unit(visit), visit.site.now_ms()
    return answer(unit_json(one, now_ms) | {"latest": dict(one.latest)})


def unit_json(one: UnitSeen, now_ms: int) -> dict[str, Any]:
    """A unit as the API tells it."""
    return {
        "unit": one.unit,
        "role": one.role,
        "name": one.title,
        "site": one.site,
        "floor": one.floor,
        "link": one.link,
        "silent": one.silent(now_ms),
        "version": one.version,
        "seen_ms": one.seen_ms,
        "alarms": one.alarms,
        "revoked": one.revoked,
        "certificate_expires_ms": one.cert_expires_ms,
    }


async def alarms(visit: Visit) -> Response:
    """GET /api/1/alarms: open ones, or past ones with ?show=past."""
    now_ms, past = visit.site.now_ms(), visit.query("show") == "past"
    found = await visit.site.read(lambda c: reads.alarms(c, open_=not past, now_ms=now_ms))
    return answer({"at_ms": now_ms, "alarms": [asdict(one) for one in found]})


async def unit_history(visit: Visit) -> Response:
    """GET /api/1/units/{unit}/history?topic=m/room&from_ms=..&to_ms=..: rows, oldest first."""
    one, topic = await _unit(visit), visit.query("topic", 80)
    if not topic.startswith(("e/", "m/")):
        raise HTTPException(400, "topic is e/TYPE or m/GROUP, for example m/room.")
    to_ms = _number(visit, "to_ms", visit.site.now_ms())
    from_ms = _number(visit, "from_ms", to_ms - history.DAY_MS)
    if not 0 <= to_ms - from_ms <= LONGEST_MS:
        raise HTTPException(400, "Ask for 31 days or less, from_ms before to_ms.")
    found = await visit.site.read(lambda c: list(history.rows(c, one.unit, topic, from_ms, to_ms)))
    rows = [{"at_ms": at_ms, "v": body} for at_ms, body in found[-MOST_ROWS:]]
    return answer({"unit": one.unit, "topic": topic, "rows": rows, "cut": len(found) > MOST_ROWS})


async def report(visit: Visit) -> Response:
    """GET /api/1/reports/rooms?from=2026-11-01&to=2026-11-14."""
    chosen = asked_period(visit)
    found = await rooms_used(visit, chosen)
    listed = [
        {
            "unit": room.unit,
            "name": room.title,
            "site": room.site,
            "floor": room.floor,
            "booked": room.booked,
            "used": room.used,
            "no_shows": room.no_shows,
            "freed_min": room.freed_min,
            "booked_by_hour": {str(hour): room.booked_at(hour) for hour in HOURS},
        }
        for room in found
    ]
    return answer({"from": str(chosen.first), "to": str(chosen.last), "rooms": listed})


def _number(visit: Visit, key: str, default: int) -> int:
    text = visit.query(key, 16)
    if not text:
        return default
    if not text.isdecimal():
        raise HTTPException(400, f"{key} is a number of ms since 1970.")
    return int(text)


async def _unit(visit: Visit) -> UnitSeen:
    name = visit.request.path_params["unit"]
    one = await visit.site.read(lambda c: reads.unit(c, name))
    if one is None:
        raise HTTPException(404, "There is no such unit here.")
    return one


RULES = tuple(
    Rule("GET", f"/api/1/{path}", permission, handler, Kind.API)
    for path, permission, handler in (
        ("rooms", Permission.SEE_ROOMS, rooms),
        ("units", Permission.SEE_UNITS, units),
        ("units/{unit}", Permission.SEE_UNITS, unit),
        ("units/{unit}/history", Permission.SEE_UNITS, unit_history),
        ("alarms", Permission.SEE_UNITS, alarms),
        ("reports/rooms", Permission.SEE_REPORTS, report),
    )
)
