"""Alarms, open and past, and silence for maintenance."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select
from starlette.exceptions import HTTPException
from starlette.responses import Response

from hub import reads
from hub.roles import Permission
from hub.tables import SILENCES, UNITS
from hub.web.rules import Rule
from hub.web.site import Visit, see_other, text_of

HOURS = (1, 4, 24, 72)


async def alarm_page(visit: Visit) -> Response:
    """GET /alarms."""
    now_ms = visit.site.now_ms()
    past = visit.query("show") == "past"
    found = await visit.site.read(lambda c: reads.alarms(c, open_=not past, now_ms=now_ms))
    quiet = await visit.site.read(lambda c: reads.silences(c, now_ms))
    names = await visit.site.read(lambda c: [(one.unit, one.title) for one in reads.units(c)])
    return visit.page("alarms.html", alarms=found, past=past, silences=quiet, units=names, hours=HOURS)


async def silence(visit: Visit) -> Response:
    """POST /alarms/silences: notify nobody about a unit, or about all, for some hours."""
    form = await visit.form()
    unit, hours, reason = text_of(form, "unit", 32), text_of(form, "hours", 4), text_of(form, "reason", 200)
    if not hours.isdecimal() or int(hours) not in HOURS:
        raise HTTPException(400, f"A silence lasts {', '.join(map(str, HOURS))} hours.")
    until_ms = visit.site.now_ms() + int(hours) * 3_600_000

    def change(connection: Connection) -> None:
        if unit and connection.execute(select(UNITS.c.unit).where(UNITS.c.unit == unit)).first() is None:
            raise HTTPException(400, "There is no such unit here. Choose one of the list.")
        values = {"unit": unit, "until_ms": until_ms, "by": visit.session.name, "reason": reason}
        connection.execute(insert(SILENCES).values(values))

    await visit.site.write(change)
    await visit.note("silence", unit or "all units", f"{hours} h {reason}".strip())
    return see_other("/alarms")


async def end_silence(visit: Visit) -> Response:
    """POST /alarms/silences/end."""
    form = await visit.form()
    number = text_of(form, "id", 18)
    if not number.isdecimal():
        raise HTTPException(400, "There is no such silence.")
    await visit.site.write(lambda c: c.execute(delete(SILENCES).where(SILENCES.c.id == int(number))))
    await visit.note("silence ended", number)
    return see_other("/alarms")


RULES = (
    Rule("GET", "/alarms", Permission.SEE_UNITS, alarm_page),
    Rule("POST", "/alarms/silences", Permission.COMMAND, silence),
    Rule("POST", "/alarms/silences/end", Permission.COMMAND, end_silence),
)
