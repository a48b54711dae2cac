"""The pages of the hub as one ASGI application.

>>> app = make_app(parts)   # doctest: +SKIP

Serve it with TLS (or behind a proxy that does it), `timeout_graceful_shutdown` of a few seconds (event streams never
end by themselves) and, behind a proxy, `proxy_headers` with its address.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from common.errors import MyDeskError
from hub.parts import HubParts
from hub.store_errors import HubStoreError
from hub.web import (
    alarm_pages,
    answer_pages,
    api,
    command_pages,
    evacuation_pages,
    invitation_pages,
    live_events,
    metrics,
    report_pages,
    room_pages,
    sessions,
    sign_in_pages,
    static_files,
    unit_pages,
    visitor_pages,
)
from hub.web.rules import Rule, route, session_of
from hub.web.shield import Shield
from hub.web.site import Site

log = logging.getLogger(__name__)

PAGES = (
    room_pages,
    unit_pages,
    command_pages,
    alarm_pages,
    report_pages,
    evacuation_pages,
    visitor_pages,
    invitation_pages,
    sign_in_pages,
    answer_pages,
    live_events,
    api,
    metrics,
)
TITLES = {400: "That cannot be done", 403: "Not allowed", 404: "Not found", 409: "Not now", 413: "Too much",
          415: "Not a form", 429: "Too many requests", 500: "A fault of the hub", 503: "Not just now"}  # fmt: skip


def rules() -> tuple[Rule, ...]:
    """Every route there is, with what it needs."""
    return tuple(rule for module in PAGES for rule in module.RULES)


def make_app(parts: HubParts) -> Starlette:
    """The application of these parts; ends all sessions when who may sign in has changed since the last start.

    Raises HubStoreError.
    """
    site = Site.of(parts)
    with parts.store.begin() as connection:
        sessions.settle(connection, parts.config, site.life_ms, site.now_ms())
    every = (*rules(), static_files.rule(static_files.files()))
    app = Starlette(
        routes=[route(site, rule) for rule in every],
        middleware=[Middleware(Shield, site=site)],
        exception_handlers={HTTPException: _http, MyDeskError: _told, Exception: _fault},
    )
    app.state.site = site
    return app


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette's table of handlers says so
    detail = "" if error.detail == HTTPStatus(error.status_code).phrase else error.detail
    known = {404: "There is no such page. It may have moved.", 405: "That page does not take this kind of request."}
    return await _error(request, error.status_code, detail or known.get(error.status_code, error.detail), error.headers)


async def _told(request: Request, error: Exception) -> Response:
    """What a part of the hub said. Its words are for people, but for the database's, which stay in the log."""
    log.warning("web: %s %s: %s", request.method, request.url.path, error)
    if isinstance(error, HubStoreError):
        return await _error(request, 503, "The hub's database cannot be used just now. Try again in a minute.")
    return await _error(request, 409, str(error))


async def _fault(request: Request, error: Exception) -> Response:
    return await _error(request, 500, "It was written to the hub's log (journalctl -u mydesk-hub). Try again.")


async def _error(request: Request, status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    site: Site = request.app.state.site
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": text}, status, headers=dict(headers or {}))
    session = None
    if status < 500:
        session = await session_of(site, request)
    values = {"status": status, "title": TITLES.get(status, "That did not work"), "text": text, "path": ""}
    response = site.page("error.html", values, session=session, status=status)
    response.headers.update(headers or {})
    return response
