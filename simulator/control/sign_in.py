"""Sign-in from the other side: approve codes, block, revoke, disable, consent."""

from __future__ import annotations

from typing import Any

from starlette.routing import Route

from simulator.control.frame import ControlCall, ControlError, control, iso
from simulator.login.accounts import SignInFault
from simulator.office_schema import Key

APPROVE = {"account": Key(str), "user_code": Key(str, "")}
DECLINE = {"user_code": Key(str, "")}
AUTO = {"account": Key(str, "")}
METHODS = ("", "device_code", "authorization_code", "client_credentials")
GRANTS = ("", "device_code", "authorization_code", "authorize", "refresh_token", "client_credentials")
FAULT = {
    "aadsts": Key(int, 0, low=1, high=99_999_999),
    "error": Key(str, ""),
    "suberror": Key(str, ""),
    "account": Key(str, ""),
    "client_id": Key(str, ""),
    "method": Key(str, "", choices=METHODS),
    "grant": Key(str, "", choices=GRANTS),
    "count": Key(int, None, low=1, high=1_000_000),
}
ACCOUNT = {"enabled": Key(bool, None), "revoke": Key(bool, False), "question": Key(bool, False)}
CONSENT = {"add": Key(tuple, []), "remove": Key(tuple, [])}
CERTIFICATES = {"pem": Key(str), "replace": Key(bool, False)}


def codes(call: ControlCall) -> dict[str, Any]:
    """GET /_sim/sign-in/device-codes: the codes that were given out, newest last."""
    now = call.tenant.clock.now()
    found = call.tenant.sign_in.codes.device.values()
    return {
        "device_codes": [
            {"user_code": c.user_code, "client_id": c.client_id, "state": c.state(now), "issued": iso(c.issued)}
            for c in found
        ]
    }


def _pending(call: ControlCall, user_code: str) -> Any:
    now, codes_ = call.tenant.clock.now(), call.tenant.sign_in.codes
    waiting = [code for code in codes_.device.values() if code.state(now) == "pending"]
    if user_code:
        waiting = [code for code in waiting if code.user_code == user_code.upper().replace("-", "")]
    if not waiting:
        raise ControlError("no device code waits, or none with that user_code", 404)
    return waiting[-1]


def approve(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/sign-in/approve: type the newest code (or that one) and sign in as somebody."""
    values = call.fields(APPROVE)
    code, account = _pending(call, values["user_code"]), call.address(values["account"])
    call.tenant.sign_in.approve(code, account)
    return {"user_code": code.user_code, "account": account}


def decline(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/sign-in/decline."""
    code = _pending(call, call.fields(DECLINE)["user_code"])
    code.declined = True
    return {"user_code": code.user_code}


def auto_approve(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/sign-in/auto-approve: let an account approve every code and page by itself; empty ends it."""
    account = call.fields(AUTO)["account"]
    call.tenant.sign_in.auto_approve = call.address(account) if account else ""
    return {"account": call.tenant.sign_in.auto_approve}


def _shown(fault: SignInFault) -> dict[str, Any]:
    return {
        "id": fault.id,
        "aadsts": fault.number,
        "error": fault.raised().row.error,
        "account": fault.account,
        "client_id": fault.client_id,
        "method": fault.method,
        "grant": fault.grant,
        "remaining": fault.remaining,
    }


def faults(call: ControlCall) -> dict[str, Any]:
    """GET /_sim/sign-in/faults."""
    return {"faults": [_shown(fault) for fault in call.tenant.sign_in.accounts.faults]}


def add_fault(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/sign-in/faults: refuse matching sign-ins with an AADSTS number; 53003 with a method is a CA rule."""
    values = call.fields(FAULT)
    number, remaining = values.pop("aadsts"), values.pop("count")
    if not number and not values["error"]:
        raise ControlError("aadsts: missing; allowed: a number such as 53003, or an OAuth error name in error")
    if values["account"]:
        values["account"] = call.address(values["account"])
    return _shown(call.tenant.sign_in.accounts.add_fault(number, remaining=remaining, **values))


def clear_faults(call: ControlCall) -> dict[str, Any]:
    """DELETE /_sim/sign-in/faults."""
    found = call.tenant.sign_in.accounts.faults
    cleared = len(found)
    found.clear()
    return {"cleared": cleared}


def account(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/accounts/{account}: enable or disable, revoke sessions, question tokens (CAE)."""
    values, address = call.fields(ACCOUNT), call.address(call.path["account"])
    accounts, now = call.tenant.sign_in.accounts, call.tenant.clock.now()
    if values["enabled"] is not None:
        (accounts.disabled.discard if values["enabled"] else accounts.disabled.add)(address)
    if values["revoke"]:
        accounts.revoke(address, now)
    if values["question"]:
        accounts.questioned_at[address] = now
    return {
        "account": address,
        "enabled": address not in accounts.disabled,
        "revoked_at": iso(accounts.revoked_at.get(address)),
        "questioned_at": iso(accounts.questioned_at.get(address)),
    }


def _client(call: ControlCall) -> str:
    client_id = call.path["client_id"]
    if client_id not in call.tenant.directory.apps:
        raise ControlError(f"allowed: {', '.join(call.tenant.directory.apps)}", 404)
    return client_id


def consent(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/apps/{client_id}/consent: add or remove delegated scopes."""
    values, client_id = call.fields(CONSENT), _client(call)
    scopes = call.tenant.sign_in.accounts.consented[client_id]
    scopes |= set(values["add"])
    scopes -= set(values["remove"])
    return {"client_id": client_id, "consented": sorted(scopes)}


def certificates(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/apps/{client_id}/certificates: register a certificate (PEM)."""
    values, client_id = call.fields(CERTIFICATES), _client(call)
    if "BEGIN CERTIFICATE" not in values["pem"]:
        raise ControlError("pem: allowed: a certificate in PEM")
    found = call.tenant.sign_in.accounts.certificates[client_id]
    if values["replace"]:
        found.clear()
    found.append(values["pem"])
    return {"client_id": client_id, "certificates": len(found)}


ROUTES = [
    Route("/sign-in/device-codes", control(codes), methods=["GET"]),
    Route("/sign-in/approve", control(approve), methods=["POST"]),
    Route("/sign-in/decline", control(decline), methods=["POST"]),
    Route("/sign-in/auto-approve", control(auto_approve), methods=["POST"]),
    Route("/sign-in/faults", control(faults), methods=["GET"]),
    Route("/sign-in/faults", control(add_fault), methods=["POST"]),
    Route("/sign-in/faults", control(clear_faults), methods=["DELETE"]),
    Route("/accounts/{account}", control(account), methods=["POST"]),
    Route("/apps/{client_id}/consent", control(consent), methods=["POST"]),
    Route("/apps/{client_id}/certificates", control(certificates), methods=["POST"]),
]
