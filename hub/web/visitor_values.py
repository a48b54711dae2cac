"""What the pages of reception have in common: the site that is shown, the form of a guest, a visit as a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from common.visiting.shared_visit import SharedVisit
from hub.visits.desk import DeskError
from hub.visits.guest_form import GuestForm
from hub.visits.kiosks import Kiosk, kiosks
from hub.visits.parts import VisitParts
from hub.web.site import Visit, text_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """A visit in a list. Times are ms since 1970."""

    id: str
    name: str = field(repr=False)
    company: str = field(repr=False)
    host: str = field(repr=False)
    type: str
    state: str
    group: str
    expected_ms: int | None
    in_ms: int | None
    out_ms: int | None
    until_ms: int | None
    left_by: str
    overdue: bool = False


def visits_of(visit: Visit) -> VisitParts:
    """The hub's visits. Raises HTTPException 404 where they are not shared."""
    if visit.parts.visits is None:
        raise HTTPException(404, "Guests are not shared here: set enabled in [visits] of hub.toml and restart.")
    return visit.parts.visits


async def in_thread(work: Callable[[], T]) -> T:
    """Run what blocks."""
    return await run_in_threadpool(work)


async def found_at(work: Callable[[], T]) -> T:
    """The same for what reads one visit. Raises HTTPException 404: it is forgotten, erased or never was."""
    try:
        return await run_in_threadpool(work)
    except DeskError as error:
        raise HTTPException(404, str(error)) from error


def at_site(path: str, site: str) -> str:
    """The address of a list, of that site."""
    return f"{path}?{urlencode({'site': site})}"


async def sites_of(visit: Visit) -> list[str]:
    """The sites that have a kiosk; without any, the hub's own name."""
    found = await visit.site.read(kiosks)
    return sorted({one.site for one in found}) or [visit.parts.config.site.name]


async def chosen_site(visit: Visit, asked: str) -> tuple[str, list[str]]:
    """The site that was asked for, else the first; and all of them."""
    sites = await sites_of(visit)
    return (asked if asked in sites else sites[0]), sites


async def kiosks_of(visit: Visit, site: str) -> list[Kiosk]:
    """The kiosks of a site."""

    def read(connection: Connection) -> list[Kiosk]:
        return [one for one in kiosks(connection) if one.site == site]

    return await visit.site.read(read)


def line_of(visit: SharedVisit, now_ms: int) -> Line:
    """A visit as lists show it."""
    guest, host = visit.guest, visit.host
    until_ms = _ms(visit.planned_end)
    return Line(
        visit.id,
        guest.name if guest else "",
        dict(guest.extra).get("company", "") if guest else "",
        host.name if host else "",
        visit.type,
        visit.state,
        visit.group,
        _ms(visit.expected_at),
        _ms(visit.in_at),
        _ms(visit.out_at),
        until_ms,
        visit.left_by or "",
        visit.present and until_ms is not None and until_ms < now_ms,
    )


def form_of_guest(form: FormData) -> GuestForm:
    """What was posted; nothing of it is checked yet."""
    keys = {"name": 80, "host": 100, "host_address": 100, "email": 100, "phone": 30, "company": 100}
    texts = {key: text_of(form, key, longest) for key, longest in keys.items()}
    return GuestForm(
        **texts,
        type=text_of(form, "type", 21) or "guest",
        language=text_of(form, "language", 2) or "da",
        until=text_of(form, "until", 5),
    )


def visit_id_of(visit: Visit) -> str:
    """The id in the address."""
    found: str = visit.request.path_params["id"]
    return found


def _ms(instant: object) -> int | None:
    stamp = getattr(instant, "timestamp", None)
    return None if stamp is None else round(stamp() * 1000)
