"""How a fault changes an answer, or replaces it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import msgspec
from starlette.responses import HTMLResponse, Response

from simulator.answers import json_answer
from simulator.api.errors import GraphApiError, throttled
from simulator.api.service import unauthorized
from simulator.faults import Fault

REPLACING = frozenset({"status", "html", "bad_token", "throttle"})
DEFAULT_CODES = {
    400: "ErrorInvalidRequest",
    401: "InvalidAuthenticationToken",
    403: "ErrorAccessDenied",
    404: "ErrorItemNotFound",
    409: "ErrorFolderSave",
    410: "SyncStateNotFound",
    412: "ErrorIrresolvableConflict",
    413: "ErrorMessageSizeExceeded",
    429: "ApplicationThrottled",
    500: "ErrorInternalServerError",
    502: "UnknownError",
    503: "ErrorServerBusy",
    504: "UnknownError",
    507: "ErrorQuotaExceeded",
    509: "activityLimitReached",
}
PORTAL = (
    "<!doctype html><html><head><title>Guest network</title></head>"
    "<body><h1>Welcome</h1><p>Please accept the terms to use the internet.</p></body></html>"
)


def replacement(fault: Fault, now: datetime, client_request_id: str) -> Response:
    """The answer that comes instead of the real one."""
    if fault.kind == "html":
        return HTMLResponse(PORTAL, fault.status if fault.spec.get("status") else 200)
    error = _error(fault)
    request_id = str(uuid.uuid4())
    headers = error.headers | {"request-id": request_id, "client-request-id": client_request_id or request_id}
    if fault.retry_after_s is not None:
        headers["Retry-After"] = f"{fault.retry_after_s:g}"
    return json_answer(error.body(now, request_id, client_request_id), error.status, headers)


def _error(fault: Fault) -> GraphApiError:
    if fault.kind == "bad_token":
        return unauthorized("Access token validation failure. Invalid audience.")
    if fault.kind == "throttle":
        return throttled(30)
    code = fault.code or DEFAULT_CODES.get(fault.status, "UnknownError")
    return GraphApiError(fault.status, code, fault.message or "An injected fault.")


def spoilt(fault: Fault, response: Response) -> Response:
    """The real answer with something wrong in it."""
    body = bytes(response.body)
    match fault.kind:
        case "truncate":
            return _with_body(response, body[: len(body) // 2])
        case "empty":
            return _with_body(response, _emptied(body))
        case "content_type":
            changed = _with_body(response, body)
            changed.headers["content-type"] = "text/plain; charset=utf-8"
            return changed
        case _:
            return response


def _emptied(body: bytes) -> bytes:
    try:
        data: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body
    if not isinstance(data, dict) or "value" not in data:
        return body
    data.pop("@odata.nextLink", None)
    return msgspec.json.encode(data | {"value": []})


def _with_body(response: Response, body: bytes) -> Response:
    kept = {name: value for name, value in response.headers.items() if name not in {"content-length", "content-type"}}
    return Response(body, response.status_code, kept, response.headers.get("content-type"))
