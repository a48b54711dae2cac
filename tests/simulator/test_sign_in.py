"""Real msal signs in over TLS: device code, browser, silent refresh, and everything that stops it."""

from __future__ import annotations

import base64
import json
import re
import warnings
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msal
import pytest

from simulator.login.aadsts import ROWS
from tests.simulator.conftest import ROOM, ROOM_APP, Lab
from tests.simulator.msal_http import poll, public_client, signed_in, silent

SCOPES = ["Calendars.ReadWrite.Shared"]
REDIRECT = "http://localhost:8400"


def started(lab: Lab) -> tuple[msal.PublicClientApplication, dict[str, Any]]:
    client = public_client(lab)
    return client, client.initiate_device_flow(SCOPES)


def test_device_code_from_pending_to_token(lab: Lab) -> None:
    client, flow = started(lab)
    assert poll(client, flow)["error"] == "authorization_pending"
    assert poll(client, flow)["error"] == "slow_down"
    lab.sim.control("POST", "/_sim/sign-in/approve", {"account": "mydesk", "user_code": flow["user_code"]})
    answer = poll(client, flow)
    assert answer["id_token_claims"]["preferred_username"] == "mydesk@nordhavn.example"
    assert client.get_accounts()[0]["username"] == "mydesk@nordhavn.example"
    assert lab.view(token=answer["access_token"]).status_code == 200


def test_device_code_on_its_page(lab: Lab) -> None:
    client, flow = started(lab)
    form = {"user_code": flow["user_code"].lower(), "account": "mydesk"}
    assert lab.http.post(flow["verification_uri"], data=form).text.count("Signed in")
    assert "access_token" in poll(client, flow)


def test_device_code_declined_and_expired(lab: Lab) -> None:
    client, flow = started(lab)
    lab.sim.control("POST", "/_sim/sign-in/decline", {})
    assert poll(client, flow)["error"] == "authorization_declined"
    client, flow = started(lab)
    lab.sim.control("POST", "/_sim/clock", {"step_s": 901})
    assert poll(client, flow)["error"] == "expired_token"


def asked(client: msal.PublicClientApplication, redirect: str = REDIRECT, mode: str = "form_post") -> dict[str, Any]:
    """A flow begun; msal warns of response_mode query, which is one of the two that must work."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        flow: dict[str, Any] = client.initiate_auth_code_flow(SCOPES, redirect_uri=redirect, response_mode=mode)
    return flow


def browse(lab: Lab, flow: dict[str, Any]) -> dict[str, str]:
    """What the browser brings back to the app."""
    answer = lab.http.get(flow["auth_uri"])
    if answer.status_code == 302:
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert f'action="{REDIRECT}"' in answer.text
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text))


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_authorization_code_with_pkce(lab: Lab, mode: str) -> None:
    lab.sim.control("POST", "/_sim/sign-in/auto-approve", {"account": "mydesk"})
    client = public_client(lab)
    flow = asked(client, mode=mode)
    back = browse(lab, flow)
    answer = client.acquire_token_by_auth_code_flow(flow, back)
    assert "access_token" in answer, answer
    again = client.acquire_token_by_auth_code_flow(flow, back)
    assert again["error_codes"] == [54005]


def test_authorization_page_asks_who(lab: Lab) -> None:
    flow = asked(public_client(lab), mode="query")
    page = lab.http.get(flow["auth_uri"])
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    assert (page.status_code, fields["account"]) == (200, "")
    sent = lab.http.post(f"{lab.authority}/oauth2/v2.0/authorize", data=fields | {"account": ROOM})
    back = dict(parse_qsl(urlsplit(sent.headers["Location"]).query))
    assert (sent.status_code, back["state"]) == (302, flow["state"])


def test_pkce_verifier_is_checked(lab: Lab) -> None:
    lab.sim.control("POST", "/_sim/sign-in/auto-approve", {"account": "mydesk"})
    client = public_client(lab)
    flow = asked(client)
    back = browse(lab, flow)
    answer = client.acquire_token_by_auth_code_flow(flow | {"code_verifier": "x" * 43}, back)
    assert answer["error_codes"] == [50148]


@pytest.mark.parametrize(
    "redirect", ["http://localhost.evil.example:80", "https://localhost:8400", "http://localhost:8400/x"]
)
def test_redirect_must_be_registered(lab: Lab, redirect: str) -> None:
    flow = asked(public_client(lab), redirect)
    answer = lab.http.get(flow["auth_uri"])
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [50011])


def test_silent_refresh_when_the_access_token_is_old(lab: Lab) -> None:
    client = signed_in(lab, SCOPES)
    first = silent(client, SCOPES)
    assert first["token_source"] == "cache"
    lab.sim.control("POST", "/_sim/clock", {"step_s": 6000})
    assert lab.view(token=first["access_token"]).json()["error"]["code"] == "InvalidAuthenticationToken"
    second = silent(client, SCOPES, force_refresh=True)
    assert lab.view(token=second["access_token"]).status_code == 200


def test_old_refresh_token_stays_valid(lab: Lab) -> None:
    client = signed_in(lab, SCOPES)
    token = client.token_cache.search(msal.TokenCache.CredentialType.REFRESH_TOKEN)
    old = next(iter(token))["secret"]
    silent(client, SCOPES, force_refresh=True)
    form = {"grant_type": "refresh_token", "client_id": ROOM_APP, "refresh_token": old, "scope": SCOPES[0]}
    answer = lab.http.post(f"{lab.authority}/oauth2/v2.0/token", data=form)
    assert answer.json()["refresh_token"] != old


@pytest.mark.parametrize(("days", "number"), [(89, None), (91, 700082)])
def test_refresh_token_lives_ninety_days_unused(lab: Lab, days: int, number: int | None) -> None:
    client = signed_in(lab, SCOPES)
    lab.sim.control("POST", "/_sim/clock", {"step_s": days * 86_400})
    answer = silent(client, SCOPES, force_refresh=True)
    assert answer.get("error_codes") == ([number] if number else None)


def test_revoked_session(lab: Lab) -> None:
    client = signed_in(lab, SCOPES)
    token = silent(client, SCOPES)["access_token"]
    lab.sim.control("POST", "/_sim/accounts/mydesk", {"revoke": True})
    answer = silent(client, SCOPES, force_refresh=True)
    assert (answer["error"], answer["error_codes"]) == ("invalid_grant", [50173])
    assert lab.view(token=token).status_code == 200, "without CAE an access token lives on"


def test_continuous_access_evaluation(lab: Lab) -> None:
    client = signed_in(lab, SCOPES, client_capabilities=["CP1"])
    token = silent(client, SCOPES)["access_token"]
    assert lab.view(token=token).status_code == 200
    lab.sim.control("POST", "/_sim/accounts/mydesk", {"question": True})
    lab.sim.control("POST", "/_sim/clock", {"step_s": 1})
    refused = lab.view(token=token)
    challenge = refused.headers["WWW-Authenticate"]
    assert (refused.status_code, 'error="insufficient_claims"' in challenge) == (401, True)
    claims = base64.b64decode(challenge.split('claims="')[1].split('"')[0]).decode()
    assert "nbf" in json.loads(claims)["access_token"]
    fresh = silent(client, SCOPES, claims_challenge=claims)
    assert lab.view(token=fresh["access_token"]).status_code == 200


def test_conditional_access_kills_sessions_that_began_with_a_device_code(lab: Lab) -> None:
    client = signed_in(lab, SCOPES)
    lab.sim.control("POST", "/_sim/sign-in/faults", {"aadsts": 53003, "method": "device_code"})
    answer = silent(client, SCOPES, force_refresh=True)
    assert (answer["error"], answer["error_codes"], answer["suberror"]) == ("invalid_grant", [53003], "message_only")
    other = public_client(lab)
    flow = asked(other)
    assert "access_token" in other.acquire_token_by_auth_code_flow(flow, browse(lab, flow))


def test_scope_without_consent(lab: Lab) -> None:
    client = signed_in(lab, SCOPES)
    answer = silent(client, ["Presence.Read.All"])
    assert (answer["error_codes"], answer["suberror"]) == ([65001], "consent_required")
    lab.sim.control("POST", f"/_sim/apps/{ROOM_APP}/consent", {"remove": SCOPES})
    assert silent(client, SCOPES, force_refresh=True)["error_codes"] == [65001]


def test_disabled_account_and_unknown_app(lab: Lab) -> None:
    client = signed_in(lab, SCOPES)
    lab.sim.control("POST", "/_sim/accounts/mydesk", {"enabled": False})
    assert silent(client, SCOPES, force_refresh=True)["error_codes"] == [50057]
    stranger = public_client(lab, client_id="99999999-0000-4000-8000-000000000000")
    assert stranger.initiate_device_flow(SCOPES)["error"] == "unauthorized_client"


REFUSALS = {number: row.error for number, row in ROWS.items() if row.status < 500}


@pytest.mark.parametrize(("number", "error"), REFUSALS.items())
def test_every_number_can_be_injected(lab: Lab, number: int, error: str) -> None:
    client = signed_in(lab, SCOPES)
    lab.sim.control("POST", "/_sim/sign-in/faults", {"aadsts": number, "count": 1, "account": "mydesk"})
    answer = silent(client, SCOPES, force_refresh=True)
    assert (answer["error"], answer["error_codes"]) == (error, [number])
    assert lab.sim.control("GET", "/_sim/sign-in/faults")["faults"] == []


def test_an_oauth_error_by_name(lab: Lab) -> None:
    client = signed_in(lab, SCOPES)
    lab.sim.control("POST", "/_sim/sign-in/faults", {"error": "invalid_request", "grant": "refresh_token"})
    assert silent(client, SCOPES, force_refresh=True)["error"] == "invalid_request"


def test_service_fault_is_raised_by_msal(lab: Lab) -> None:
    client = signed_in(lab, SCOPES)
    lab.sim.control("POST", "/_sim/sign-in/faults", {"aadsts": 90033})
    with pytest.raises(msal.exceptions.MsalServiceError):
        silent(client, SCOPES, force_refresh=True)


def test_instance_discovery_leads_back(lab: Lab) -> None:
    answer = lab.http.get("/common/discovery/instance", params={"api-version": "1.1"})
    assert answer.json()["tenant_discovery_endpoint"].startswith(lab.authority)
    assert lab.http.get("/elsewhere.example/v2.0/.well-known/openid-configuration").json()["error_codes"] == [90002]


def test_empty_claims_are_refused(lab: Lab) -> None:
    client = signed_in(lab, SCOPES)
    found = next(iter(client.token_cache.search(msal.TokenCache.CredentialType.REFRESH_TOKEN)))
    form = {"grant_type": "refresh_token", "client_id": ROOM_APP, "refresh_token": found["secret"], "claims": ""}
    answer = lab.http.post(f"{lab.authority}/oauth2/v2.0/token", data=form | {"scope": SCOPES[0]})
    assert answer.json()["error_codes"] == [9002313]
