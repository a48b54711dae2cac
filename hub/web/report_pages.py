"""Reports: use and no-shows of rooms, as table, plot and CSV; the audit; about this hub."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from hub import reads, report_reads, reports
from hub.reports import Period, RoomUse
from hub.roles import Permission
from hub.web.csv_text import Cell, csv_text
from hub.web.room_pages import upwards
from hub.web.rules import Kind, Rule
from hub.web.site import Visit


def asked_period(visit: Visit) -> Period:
    """The period of the address. Raises HTTPException 400."""
    today = visit.site.local_time().local(visit.site.now_ms()).date()
    try:
        return reports.period(visit.query("from", 10), visit.query("to", 10), today, visit.site.zone)
    except ValueError as error:
        raise HTTPException(400, str(error)) from error


async def rooms_used(visit: Visit, chosen: Period) -> list[RoomUse]:
    """The report. Raises HTTPException 400: too much history for one report."""
    now_ms = visit.site.now_ms()
    try:
        found = await visit.site.read(lambda c: report_reads.rooms_used(c, chosen, now_ms))
        return sorted(found, key=lambda room: upwards(room.site, room.floor, room.title))
    except report_reads.ReportTooLongError as error:
        raise HTTPException(400, str(error)) from error


async def report_page(visit: Visit) -> Response:
    """GET /reports."""
    chosen = asked_period(visit)
    found = await rooms_used(visit, chosen)
    totals = {
        "booked": _mean([room.booked for room in found]),
        "used": _mean([room.used for room in found]),
        "no_shows": sum(room.no_shows for room in found),
        "freed_h": sum(room.freed_min for room in found) // 60,
    }
    kept = visit.parts.config.retention
    return visit.page("reports.html", rooms=found, period=chosen, hours=reports.HOURS, totals=totals, kept=kept)


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


async def report_csv(visit: Visit) -> Response:
    """GET /reports/rooms.csv: the same, for a spreadsheet."""
    chosen = asked_period(visit)
    found = await rooms_used(visit, chosen)
    text = await run_in_threadpool(report_text, found)
    name = f"rooms-{chosen.first}-{chosen.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def report_text(found: list[RoomUse]) -> str:
    """The report as CSV; shares in percent, empty where nothing is known."""
    header = ["site", "floor", "room", "unit", "booked %", "used %", "no-shows", "warned", "freed min"]
    header += [f"booked {hour:02}-{hour + 1:02} %" for hour in reports.HOURS]
    return csv_text(header, [_row(room) for room in found])


def _row(room: RoomUse) -> list[Cell]:
    shares = [room.booked, room.used, *(room.booked_at(hour) for hour in reports.HOURS)]
    booked, used, *hours = [None if value is None else round(value * 100) for value in shares]
    names: list[Cell] = [room.site, room.floor, room.title, room.unit]
    return [*names, booked, used, room.no_shows, room.warned, room.freed_min, *hours]


async def audit_page(visit: Visit) -> Response:
    """GET /audit: who did what; `before` pages on."""
    before = visit.query("before", 18)
    lines = await visit.site.read(lambda c: reads.audit(c, int(before) if before.isdecimal() else None))
    return visit.page("audit.html", lines=lines, kept=visit.parts.config.retention.audit_days)


async def about_page(visit: Visit) -> Response:
    """GET /about."""
    return visit.page("about.html", version=hub_version(), config=visit.parts.config)


def hub_version() -> str:
    """The version of this hub, as installed."""
    try:
        return version("mydesk-firmware")
    except PackageNotFoundError:
        return "unknown"


RULES = (
    Rule("GET", "/reports", Permission.SEE_REPORTS, report_page),
    Rule("GET", "/reports/rooms.csv", Permission.SEE_REPORTS, report_csv, Kind.DATA),
    Rule("GET", "/audit", Permission.SEE_AUDIT, audit_page),
    Rule("GET", "/about", Permission.SEE_ROOMS, about_page),
)
