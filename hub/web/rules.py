"""A route with what it needs, and the guard that lets people through to it: session, permission, origin, CSRF."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.roles import Permission
from hub.web import api_tokens, sessions
from hub.web.sessions import COOKIE, Session
from hub.web.site import Site, Visit, see_other

Handler = Callable[[Visit], Awaitable[Response]]
Open = Callable[[Site, Request], Awaitable[Response]]


class Kind(Enum):
    """How those who may not are answered: pages send to the sign-in, the rest says 401."""

    PAGE = "page"
    DATA = "data"
    API = "api"
    """DATA, and bearer tokens are taken"""


@dataclass(frozen=True, slots=True)
class Rule:
    """One route; `permission` None means open to all, with an `Open` handler."""

    method: str
    path: str
    permission: Permission | None
    handler: Handler | Open
    kind: Kind = Kind.PAGE


def route(site: Site, rule: Rule) -> Route:
    """The Starlette route of a rule."""

    async def endpoint(request: Request) -> Response:
        if rule.method == "POST":
            check_origin(site, request)
        if rule.permission is None:
            return await rule.handler(site, request)  # type: ignore[arg-type,call-arg]
        session = await _session(site, request, rule.kind)
        if session is None:
            return _unknown(request, rule.kind)
        if not session.may(rule.permission):
            raise HTTPException(403, "Your roles do not include this. An administrator of the site gives them.")
        return await rule.handler(Visit(site, request, session))  # type: ignore[arg-type,call-arg]

    methods = [rule.method]
    return Route(rule.path, endpoint, methods=methods, name=f"{rule.method} {rule.path}")


def check_origin(site: Site, request: Request) -> None:
    """A POST comes from our own pages, as far as the browser tells. Raises HTTPException 403."""
    origin, fetched = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if (origin is not None and origin.lower() != site.origin) or fetched not in (None, "same-origin"):
        raise HTTPException(403, f"This was sent by another page. Open {site.origin} and try again there.")


async def session_of(site: Site, request: Request) -> Session | None:
    """The session of the browser's cookie."""
    token = request.cookies.get(COOKIE, "")
    if not token or len(token) > 100:
        return None
    now_ms = site.now_ms()
    session = await site.read(lambda c: sessions.find(c, token, site.life_ms, now_ms))
    if session is not None and not sessions.seen_lately(session, now_ms):
        found = session
        await site.write(lambda c: sessions.touch(c, found, now_ms))
    return session


async def bearer_of(site: Site, request: Request) -> Session | None:
    """Who the Authorization header stands for."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token or len(token) > 100:
        return None
    now_ms = site.now_ms()
    return await site.read(lambda c: api_tokens.holder(c, token.strip(), now_ms))


async def _session(site: Site, request: Request, kind: Kind) -> Session | None:
    if kind is Kind.API and "authorization" in request.headers:
        return await bearer_of(site, request)
    return await session_of(site, request)


def _unknown(request: Request, kind: Kind) -> Response:
    if kind is Kind.PAGE:
        path = request.url.path if request.method == "GET" else "/"
        query = f"?{request.url.query}" if request.method == "GET" and request.url.query else ""
        return see_other(f"/sign-in?next={quote(path + query, safe='')}")
    return JSONResponse(
        {"error": "not signed in", "hint": "Sign in, or send Authorization: Bearer TOKEN."},
        401,
        headers={"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"},
    )
