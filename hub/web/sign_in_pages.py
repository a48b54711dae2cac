"""Signing in and out: the local admin's form, the way to Entra and back, one's own sessions."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub.roles import Permission, Role
from hub.web import audit, sessions
from hub.web.entra import RETURN_PATH, Person
from hub.web.local_sign_in import LONGEST_PASSWORD, SignInError, Try
from hub.web.rules import Rule, session_of
from hub.web.sessions import COOKIE
from hub.web.site import Site, Visit, own_path, read_form, see_other, text_of

BEFORE_COOKIE = "__Host-mydesk-before"
"""Ties the sign-in form and the way to Entra to one browser."""

FLOW_LIFE_S = 600.0
MOST_FLOWS = 500


async def sign_in_page(site: Site, request: Request) -> Response:
    """GET /sign-in."""
    following = own_path(request.query_params.get("next", "/"))
    if await session_of(site, request) is not None:
        return see_other(following)
    return _form(site, request, following)


def _form(
    site: Site, request: Request, following: str, *, problem: str = "", hint: str = "", status: int = 200
) -> Response:
    before = _before(request) or secrets.token_urlsafe(32)
    values = {
        "following": following,
        "form_token": _form_token(site, before),
        "local": site.local.offered,
        "entra": site.entra.offered,
        "problem": problem,
        "hint": hint,
    }
    response = site.page("sign_in.html", values, status=status)
    _set(response, BEFORE_COOKIE, before, int(FLOW_LIFE_S) * 6)
    return response


async def sign_in_local(site: Site, request: Request) -> Response:
    """POST /sign-in: name and password of the local admin."""
    form = await read_form(request)
    following = own_path(text_of(form, "next", 500))
    before = _before(request)
    if not before or not hmac.compare_digest(text_of(form, "form_token").encode(), _form_token(site, before).encode()):
        problem = "This form is too old, or cookies are blocked."
        return _form(site, request, following, problem=problem, hint="Try again.", status=400)
    password = form.get("password")
    typed = password[: LONGEST_PASSWORD + 1] if isinstance(password, str) else ""
    attempt = Try(text_of(form, "name"), typed, _address(request))
    try:
        await run_in_threadpool(site.local.check, attempt)
    except SignInError as refused:
        await _note(site, attempt.name, "sign-in refused", attempt.address)
        status = 429 if refused.locked_s else 403
        response = _form(site, request, following, problem=refused.message, hint=refused.hint, status=status)
        if refused.locked_s:
            response.headers["Retry-After"] = str(refused.locked_s)
        return response
    name = site.parts.config.local_admin.name
    person = Person(f"local:{name}", name, frozenset({Role.ADMINISTRATOR}))
    return await _signed_in(site, request, person, following)


async def to_entra(site: Site, request: Request) -> Response:
    """GET /sign-in/entra: off to Microsoft."""
    following = own_path(request.query_params.get("next", "/"))
    if not site.entra.offered:
        return see_other("/sign-in")
    try:
        flow = await run_in_threadpool(site.entra.begin)
    except SignInError as refused:
        return _form(site, request, following, problem=refused.message, hint=refused.hint, status=502)
    before = secrets.token_urlsafe(32)
    _keep(site, before, flow | {"mydesk_next": following})
    response = RedirectResponse(flow["auth_uri"], 303, headers={"Cache-Control": "no-store"})
    _set(response, BEFORE_COOKIE, before, int(FLOW_LIFE_S))
    return response


async def from_entra(site: Site, request: Request) -> Response:
    """GET /sign-in/entra/return: back from Microsoft with a code."""
    _, flow = site.flows.pop(_key(_before(request)), (0.0, {}))
    following = str(flow.pop("mydesk_next", "/"))
    try:
        if not flow:
            raise SignInError("That sign-in took too long, or cookies are blocked.", hint="Begin again.")
        query = dict(request.query_params)
        person = await run_in_threadpool(site.entra.finish, flow, query)
        if not person.roles:
            await _note(site, person.name, "sign-in refused", "no role")
            hint = "Ask an administrator of MyDesk for a group that the hub knows ([sign_in.groups])."
            raise SignInError(f"{person.name} has no role here.", hint=hint)
    except SignInError as refused:
        return _form(site, request, following, problem=refused.message, hint=refused.hint, status=403)
    return await _signed_in(site, request, person, following)


async def _signed_in(site: Site, request: Request, person: Person, following: str) -> Response:
    now_ms = site.now_ms()
    old = request.cookies.get(COOKIE, "")

    def change(connection: Any) -> str:
        if old:
            sessions.end(connection, sessions.hashed(old))
        audit.note(connection, now_ms, person.name, "sign-in", detail=", ".join(sorted(person.roles)))
        return sessions.begin(connection, person.subject, person.name, person.roles, now_ms)

    token = await site.write(change)
    response = see_other(following)
    _set(response, COOKIE, token, site.life_ms // 1000)
    response.delete_cookie(BEFORE_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


async def sign_out(visit: Visit) -> Response:
    """POST /sign-out."""
    await visit.form()
    await visit.site.write(lambda c: sessions.end(c, visit.session.token_hash))
    await visit.note("sign-out")
    response = see_other("/sign-in")
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


async def own_sessions(visit: Visit) -> Response:
    """GET /sessions: where one is signed in."""
    site, now_ms = visit.site, visit.site.now_ms()
    found = await site.read(lambda c: sessions.live_of(c, visit.session.subject, site.life_ms, now_ms))
    return visit.page("sessions.html", sessions=found, life_h=site.life_ms // 3_600_000)


async def end_others(visit: Visit) -> Response:
    """POST /sessions: sign out everywhere else."""
    await visit.form()
    ended = await visit.site.write(lambda c: sessions.end_others(c, visit.session))
    await visit.note("sign-out elsewhere", detail=f"{ended} sessions")
    return see_other("/sessions")


def _keep(site: Site, before: str, flow: dict[str, Any]) -> None:
    now_s = site.parts.clock.monotonic_s()
    for key in [key for key, (until_s, _) in site.flows.items() if until_s <= now_s]:
        del site.flows[key]
    while len(site.flows) >= MOST_FLOWS:
        del site.flows[next(iter(site.flows))]
    site.flows[_key(before)] = (now_s + FLOW_LIFE_S, flow)


def _key(before: str) -> str:
    return hashlib.sha256(before.encode()).hexdigest()


def _before(request: Request) -> str:
    return request.cookies.get(BEFORE_COOKIE, "")[:100]


def _form_token(site: Site, before: str) -> str:
    return hmac.new(site.form_key, before.encode(), hashlib.sha256).hexdigest()


def _set(response: Response, name: str, value: str, life_s: int) -> None:
    response.set_cookie(name, value, max_age=life_s, path="/", secure=True, httponly=True, samesite="lax")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


async def _note(site: Site, who: str, action: str, detail: str) -> None:
    now_ms = site.now_ms()
    await site.write(lambda c: audit.note(c, now_ms, who or "(nobody)", action, detail=detail))


RULES = (
    Rule("GET", "/sign-in", None, sign_in_page),
    Rule("POST", "/sign-in", None, sign_in_local),
    Rule("GET", "/sign-in/entra", None, to_entra),
    Rule("GET", RETURN_PATH, None, from_entra),
    Rule("POST", "/sign-out", Permission.SEE_ROOMS, sign_out),
    Rule("GET", "/sessions", Permission.SEE_ROOMS, own_sessions),
    Rule("POST", "/sessions", Permission.SEE_ROOMS, end_others),
)
