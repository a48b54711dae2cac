"""The page behind a link of a message to a host: a button that answers "coming" or "5 minutes". No sign-in.

Whoever has the link may answer; only the kiosk knows which links there are, so right, wrong and old ones look the same
here. Programs that look at links in mails follow them with GET: that answers nothing, only the button does.
"""

from __future__ import annotations

import re

from sqlalchemy import Connection, select
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hub.tables import COMMANDS, UNITS
from hub.web.answer_texts import TEXTS, language_of
from hub.web.rules import Rule
from hub.web.site import Site

OPERATION = "answer"
BY = "a host, by link"
LIFE_S = 60
UNIT = re.compile(r"[a-z0-9-]{1,32}")
LINK_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
PATH = "/a/{unit}/{id}/{word}"


async def ask(site: Site, request: Request) -> Response:
    """GET: what would be said, and the button."""
    _checked(request)
    return _page(site, request, "ask")


async def answer(site: Site, request: Request) -> Response:
    """POST: say it."""
    unit, link_id, word = _checked(request)
    now_s, address = site.parts.clock.monotonic_s(), request.client.host if request.client else ""
    if not (site.answers_by_address.take(address, now_s) and site.answers_by_unit.take(unit, now_s)):
        response = _page(site, request, "too_many", 429)
        response.headers["Retry-After"] = "60"
        return response
    reached = await _said(site, unit, {"id": link_id, "answer": word})
    return _page(site, request, "sent") if reached else _page(site, request, "unreached", 503)


async def _said(site: Site, unit: str, args: dict[str, str]) -> bool:
    """Whether the kiosk is there to take it; what it makes of it nobody here hears."""
    if not await site.read(lambda c: _may_be_kiosk(c, unit)):
        return False
    send = site.parts.commands.send
    command = await run_in_threadpool(send, unit, OPERATION, args, BY, LIFE_S, keep_args=False)
    state = select(COMMANDS.c.state).where(COMMANDS.c.id == command)
    return bool(await site.read(lambda c: c.execute(state).scalar()) != "failed")


def _may_be_kiosk(connection: Connection, unit: str) -> bool:
    known = select(UNITS.c.role).where(UNITS.c.unit == unit, UNITS.c.revoked_ms.is_(None))
    return connection.execute(known).scalar() not in (None, "room")


def _checked(request: Request) -> tuple[str, str, str]:
    """Unit, id, word. Raises HTTPException 404 for what no kiosk writes."""
    unit, link_id, word = (request.path_params[name] for name in ("unit", "id", "word"))
    if not UNIT.fullmatch(unit) or not LINK_ID.fullmatch(link_id) or word not in TEXTS["en"].says:
        raise HTTPException(404)
    return unit, link_id, word


def _page(site: Site, request: Request, shown: str, status: int = 200) -> Response:
    language = language_of(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))
    texts = TEXTS[language]
    values = {"shown": shown, "language": language, "w": texts, "says": texts.says[request.path_params["word"]]}
    response = site.page("answer.html", values, status=status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


RULES = (Rule("GET", PATH, None, ask), Rule("POST", PATH, None, answer))
