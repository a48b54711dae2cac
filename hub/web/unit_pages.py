"""Units: the list with a filter, and the page of one with health, plots, events, alarms, commands and settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from hub import history, reads
from hub.reads import UnitSeen
from hub.roles import Permission
from hub.web import plots
from hub.web.operations import offered
from hub.web.room_pages import live_units, upwards
from hub.web.rules import Rule
from hub.web.site import Site, Visit

PRESENCE_DAYS = 7
CO2_HOURS = 48
UNITS_OF = {"c": "°C", "ppm": "ppm", "percent": "%", "s": "s", "ms": "ms", "kib": "KiB", "bytes": "bytes", "dbm": "dBm",
            "ma": "mA"}  # fmt: skip
"""The last part of a name is its unit."""

FILTERS = ("all", "online", "lost", "alarm", "kiosk", "room")


@dataclass(frozen=True, slots=True)
class Health:
    """Whether and how a unit is reached: a word, and a class for the colour of its dot."""

    word: str
    css: str


def health(one: UnitSeen, now_ms: int) -> Health:
    """A unit that is silent or lost is never green."""
    if one.revoked:
        return Health("Revoked", "neutral")
    if one.silent(now_ms):
        return Health("Silent", "neutral")
    words = {"online": Health("Online", "good"), "lost": Health("Lost", "bad"), "offline": Health("Stopped", "neutral")}
    return words.get(one.link, Health("Never seen", "neutral"))


def chosen(found: list[UnitSeen], search: str, wanted: str, now_ms: int) -> list[UnitSeen]:
    """Units that fit what is searched for and the filter."""
    text = search.casefold().strip()
    return [
        one
        for one in found
        if _fits(one, wanted, now_ms)
        and text in f"{one.unit} {one.title} {one.site} {one.floor} {one.version}".casefold()
    ]


def _fits(one: UnitSeen, wanted: str, now_ms: int) -> bool:
    match wanted:
        case "online":
            return one.fresh(now_ms)
        case "lost":
            return not one.fresh(now_ms)
        case "alarm":
            return one.alarms > 0
        case "kiosk" | "room":
            return one.role == wanted
    return True


async def unit_list(visit: Visit) -> Response:
    """GET /units."""
    now_ms, wanted = visit.site.now_ms(), live_units(visit)
    found = await visit.site.read(lambda c: reads.units(c, wanted))
    search, kind = visit.query("q"), visit.query("show")
    kind = kind if kind in FILTERS else "all"
    fitting = sorted(chosen(found, search, kind, now_ms), key=lambda one: upwards(one.site, one.floor, one.title))
    shown = [(one, health(one, now_ms)) for one in fitting]
    return visit.page("units.html", units=shown, total=len(found), search=search, show=kind, filters=FILTERS)


async def unit_page(visit: Visit) -> Response:
    """GET /units/{unit}."""
    name, site = visit.request.path_params["unit"], visit.site
    values = await site.read(lambda c: _facts(c, site, name))
    if values is None:
        raise HTTPException(404, "There is no such unit here. The list of units has all that were enrolled or seen.")
    values["operations"] = offered(values["unit"].role) if visit.session.may(Permission.COMMAND) else []
    return visit.page("unit.html", **values)


def _facts(connection: Connection, site: Site, name: str) -> dict[str, Any] | None:
    one = reads.unit(connection, name)
    if one is None:
        return None
    now_ms = site.now_ms()
    commands = reads.commands(connection, name)
    return {
        "unit": one,
        "health": health(one, now_ms),
        "shown": one.shown(now_ms),
        "twin": _groups(one, "twin/"),
        "now": _groups(one, "now/"),
        "reported": one.latest.get("reported/settings", {}),
        "alarms": reads.alarms(connection, open_=True, now_ms=now_ms, unit=name),
        "past": reads.alarms(connection, open_=False, now_ms=now_ms, unit=name, limit=10),
        "events": history.events(connection, name),
        "commands": commands,
        "screenshot": next((c for c in commands if c.has == "png" and c.state == "successful"), None),
        "revisions": reads.settings_revisions(connection, name),
        **_plots(connection, site, one, now_ms),
    }


def _groups(one: UnitSeen, prefix: str) -> list[tuple[str, int, list[tuple[str, str]]]]:
    """(group, received, fields) of the facets or samples of a unit, flat and bounded."""
    return [
        (topic.removeprefix(prefix), one.received[topic], _flat(body)[:24])
        for topic, body in sorted(one.latest.items())
        if topic.startswith(prefix)
    ]


def _flat(body: dict[str, Any], prefix: str = "", depth: int = 0) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for key, value in list(body.items())[:24]:
        if isinstance(value, dict) and depth < 2:
            fields += _flat(value, f"{prefix}{key} · "[:40], depth + 1)
        elif key != "ts":
            name, _, last = key.rpartition("_")
            unit = UNITS_OF.get(last) if name and isinstance(value, int | float) else None
            text = _text(value) if unit is None else f"{_text(value)} {unit}"
            fields.append((f"{prefix}{name if unit else key}".replace("_", " ")[:60], text))
    return fields


def _text(value: Any) -> str:
    if value is None or value == "":
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value[:8])[:120] or "none"
    return str(value)[:120]


def _plots(connection: Connection, site: Site, one: UnitSeen, now_ms: int) -> dict[str, Any]:
    if one.role == "kiosk":
        return {"presence": [], "co2": None, "temperature": None}
    days = plots.local_days(site.parts.clock.now(), site.zone, PRESENCE_DAYS)
    from_ms = now_ms - (PRESENCE_DAYS + 1) * history.DAY_MS
    spans = history.presence_spans(connection, one.unit, from_ms, now_ms)
    return {
        "presence": plots.day_rows(spans, days, site.zone) if spans else [],
        "co2": _line(connection, site, one.unit, "co2_ppm", now_ms, (400, 1000, 1400), 1500),
        "temperature": _line(connection, site, one.unit, "temperature_c", now_ms, (10, 20, 30), 30),
    }


def _line(
    connection: Connection, site: Site, unit: str, key: str, now_ms: int, levels: tuple[float, ...], top: float
) -> plots.Line | None:
    from_ms = now_ms - CO2_HOURS * 3_600_000
    values = plots.thinned(history.values(connection, unit, "m/room", key, from_ms, now_ms))
    times = site.local_time()
    labels = [times.moment(from_ms + part * (now_ms - from_ms) // 4) for part in range(4)]
    drawn = plots.line(values, from_ms, now_ms, levels, [*labels, "now"], top)
    return drawn if drawn.paths else None


RULES = (
    Rule("GET", "/units", Permission.SEE_UNITS, unit_list),
    Rule("GET", "/units/{unit}", Permission.SEE_UNITS, unit_page),
)
