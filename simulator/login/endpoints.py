"""The HTTP side of sign-in: discovery, /devicecode, /authorize, /token, and the page on which a person approves."""

from __future__ import annotations

import html
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response

from simulator.answers import json_answer
from simulator.login.aadsts import SignInError
from simulator.login.service import AuthorizeRequest, SignInService


@dataclass(frozen=True, slots=True)
class LoginCall:
    """One request to the sign-in host, with the tenant's part of the path taken off."""

    method: str
    tenant: str
    path: str
    base_url: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]
    now: datetime


def read_form(body: bytes) -> dict[str, str]:
    """A urlencoded body; empty values stay, as an empty `claims` is worth noticing."""
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def handle(service: SignInService, call: LoginCall) -> Response | None:
    """Answer a sign-in request; None if there is nothing at that path."""
    handlers = {
        ("GET", "v2.0/.well-known/openid-configuration"): discovery,
        ("GET", ".well-known/openid-configuration"): discovery,
        ("GET", "discovery/instance"): instance_discovery,
        ("GET", "discovery/v2.0/keys"): keys,
        ("POST", "oauth2/v2.0/devicecode"): device_code,
        ("POST", "oauth2/v2.0/token"): token,
        ("GET", "oauth2/v2.0/authorize"): authorize,
        ("POST", "oauth2/v2.0/authorize"): authorize,
        ("GET", "oauth2/deviceauth"): device_page,
        ("POST", "oauth2/deviceauth"): device_page,
    }
    handler = handlers.get((call.method, call.path))
    if handler is None:
        return None
    try:
        _check_tenant(service, call)
        return handler(service, call)
    except SignInError as error:
        correlation_id = call.headers.get("client-request-id") or str(uuid.uuid4())
        return json_answer(error.body(call.now, correlation_id), error.row.status)


def _check_tenant(service: SignInService, call: LoginCall) -> None:
    office = service.directory.office
    if call.tenant.lower() not in {office.tenant_id, office.domain, "common", "organizations"}:
        raise SignInError(90002, f"Tenant '{call.tenant}' not found.")


def discovery(service: SignInService, call: LoginCall) -> Response:
    """The openid-configuration."""
    base, tenant_id = f"{call.base_url}/{call.tenant}", service.directory.office.tenant_id
    return json_answer(
        {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{call.base_url}/{tenant_id}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
            "msgraph_host": "graph.microsoft.com",
        }
    )


def instance_discovery(service: SignInService, call: LoginCall) -> Response:
    """What msal asks first unless it is told not to."""
    tenant_id = service.directory.office.tenant_id
    host = call.base_url.split("://", 1)[1]
    return json_answer(
        {
            "tenant_discovery_endpoint": f"{call.base_url}/{tenant_id}/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }
    )


def keys(_service: SignInService, _call: LoginCall) -> Response:
    """No keys: this tenant's tokens are not signed."""
    return json_answer({"keys": []})


def device_code(service: SignInService, call: LoginCall) -> Response:
    """A new device code."""
    client_id, scope = call.form.get("client_id", ""), call.form.get("scope", "")
    code = service.start_device_code(client_id, scope, call.now)
    page = f"{call.base_url}/{service.directory.office.tenant_id}/oauth2/deviceauth"
    return json_answer(
        {
            "user_code": code.user_code,
            "device_code": code.device_code,
            "verification_uri": page,
            "expires_in": 900,
            "interval": code.interval_s,
            "message": f"To sign in, use a web browser to open the page {page} and enter the code {code.user_code} "
            "to authenticate.",
        }
    )


def token(service: SignInService, call: LoginCall) -> Response:
    """Redeem something for tokens."""
    answer = service.endpoint.redeem(call.form, call.base_url, call.now)
    return json_answer(answer, headers={"Cache-Control": "no-store"})


def authorize(service: SignInService, call: LoginCall) -> Response:
    """The browser's sign-in page, or straight back to the app where an account approves by itself."""
    given = call.form if call.method == "POST" else call.query
    request = AuthorizeRequest(
        client_id=given.get("client_id", ""),
        redirect_uri=given.get("redirect_uri", ""),
        scope=given.get("scope", ""),
        state=given.get("state", ""),
        nonce=given.get("nonce", ""),
        challenge=given.get("code_challenge", given.get("challenge", "")),
        challenge_method=given.get("code_challenge_method", given.get("challenge_method", "")),
        response_type=given.get("response_type", ""),
        response_mode=given.get("response_mode", "query"),
    )
    service.check_authorize(request)
    account = (call.form.get("account") or service.auto_approve).lower()
    if not account:
        hint = given.get("login_hint", "")
        return _page("Sign in", _inputs(asdict(request)) + _account_input(hint), "Sign in")
    outcome = _outcome(service, request, account, call.now)
    if request.response_mode == "form_post":
        return _page("Working...", _inputs(outcome), "Continue", action=request.redirect_uri)
    return RedirectResponse(f"{request.redirect_uri}?{urlencode(outcome)}", 302)


def _outcome(service: SignInService, request: AuthorizeRequest, account: str, now: datetime) -> dict[str, str]:
    try:
        outcome = {"code": service.authorize(request, account, now)}
    except SignInError as error:
        outcome = {"error": error.row.error, "error_description": f"AADSTS{error.number}: {error}"}
        if error.row.suberror:
            outcome["error_subcode"] = error.row.suberror
    return outcome | {"state": request.state}


def device_page(service: SignInService, call: LoginCall) -> Response:
    """The page behind the verification address: type the code, say who you are."""
    if call.method == "GET":
        field = '<label>Code <input name="user_code" autofocus></label>'
        return _page("Enter code", field + _account_input(""), "Next")
    code = service.codes.by_user_code(call.form.get("user_code", ""))
    account = service.directory.named(call.form.get("account", ""))
    if code is None or account is None or code.state(call.now) != "pending":
        return _page("That code or account is not known", "", "Try again")
    service.approve(code, account)
    return HTMLResponse("<!doctype html><title>Signed in</title><p>You may close this page.</p>")


def _account_input(hint: str) -> str:
    return f'<label>Account <input name="account" value="{html.escape(hint, quote=True)}"></label>'


def _inputs(fields: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value, quote=True)}">'
        for name, value in fields.items()
    )


def _page(title: str, fields: str, button: str, action: str = "") -> Response:
    """A page with one form; with `action` it sends itself there, as Entra's form_post does."""
    target = f' action="{html.escape(action, quote=True)}"' if action else ""
    sending = "<script>document.forms[0].submit()</script>" if action else ""
    return HTMLResponse(
        f'<!doctype html><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>'
        f'<form method="post"{target}>{fields}<button>{button}</button></form>{sending}'
    )
