"""POST $batch: up to twenty requests in one (reference/graph.md 3)."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import unquote

import msgspec
from starlette.responses import Response

from simulator.api.call import Call
from simulator.api.errors import bad_request

MOST = 20
KEPT_HEADERS = frozenset({"content-type", "retry-after", "etag", "location", "preference-applied", "request-id"})


def read_parts(call: Call) -> list[dict[str, Any]]:
    """The requests of a batch.

    Raises:
        GraphApiError: 400, too many, no ids, or an absolute address.
    """
    parts = call.json().get("requests")
    if not isinstance(parts, list) or not 1 <= len(parts) <= MOST:
        raise bad_request(f"Number of batch request steps is not between 1 and {MOST}.", "BadRequest")
    ids = [str(part.get("id", "")) if isinstance(part, dict) else "" for part in parts]
    if "" in ids or len(set(ids)) != len(ids):
        raise bad_request("Invalid batch payload format: each request needs an id of its own.", "BadRequest")
    for part in parts:
        address = part.get("url")
        if not isinstance(address, str) or not address.startswith("/") or "$batch" in address:
            raise bad_request("Invalid batch request: url is relative to the version, and no batch.", "BadRequest")
        if not set(map(str, part.get("dependsOn") or [])) <= set(ids):
            raise bad_request("A request depends on one that is not in the batch.", "BadRequest")
    return parts


def part_request(part: dict[str, Any]) -> tuple[str, str, str, dict[str, str], bytes]:
    """Method, path below /v1.0, query, headers and body of one part."""
    path, _, query = str(part["url"]).partition("?")
    headers = {str(name).lower(): str(value) for name, value in (part.get("headers") or {}).items()}
    body = part.get("body")
    raw = b"" if body is None else msgspec.json.encode(body)
    return str(part.get("method", "GET")).upper(), unquote(path), query, headers, raw


def part_answer(part_id: str, response: Response) -> dict[str, Any]:
    """One answer inside the batch's."""
    answer: dict[str, Any] = {"id": part_id, "status": response.status_code}
    answer["headers"] = {name: value for name, value in response.headers.items() if name in KEPT_HEADERS}
    raw = bytes(response.body)
    if not raw:
        return answer
    is_json = response.headers.get("content-type", "").startswith("application/json")
    return answer | {"body": msgspec.Raw(raw) if is_json else base64.b64encode(raw).decode()}
