"""Teams chats: create one, post a message, list messages.

Source: Graph v1.0 resources chat, chatMessage. Creating a one-on-one chat that exists gives the one that exists.
How Graph refuses people without a Teams licence is not documented; 403 Forbidden here (docs/simulator.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.responses import Response

from simulator.answers import json_answer
from simulator.api.call import Call
from simulator.api.errors import GraphApiError, bad_request
from simulator.api.permissions import Need, need
from simulator.api.router import Route
from simulator.office import object_id
from simulator.tenant import Tenant

CREATE = need("Chat.Create", "Chat.ReadWrite", app=("Chat.Create",), code="Forbidden")
POST = Need(frozenset({"ChatMessage.Send", "Chat.ReadWrite"}), code="Forbidden")
READ = Need(frozenset({"Chat.Read", "Chat.ReadWrite"}), code="Forbidden")
LIMIT = 10_000
PAGE = 20
MOST = 50
_BOUND = re.compile(r"/users(?:\('([^']+)'\)|/([^/]+))$")
_FILTER = re.compile(r"(\w+)\s+(gt|lt)\s+(\S+)", re.IGNORECASE)
ORDERS = {"lastmodifieddatetime": "lastModifiedDateTime", "createddatetime": "createdDateTime"}


def _member(call: Call, member: Any) -> str:
    bound = str((member or {}).get("user@odata.bind") or "") if isinstance(member, dict) else ""
    match = _BOUND.search(bound)
    if match is None:
        raise bad_request("Each member needs user@odata.bind with the address of a user.", "BadRequest")
    return call.account(match.group(1) or match.group(2)).address


def create(call: Call) -> Response:
    """POST chats; the caller must be a member, and everybody needs a Teams licence."""
    body = call.json()
    kind, members = body.get("chatType"), sorted({_member(call, one) for one in body.get("members") or []})
    if kind not in {"oneOnOne", "group"} or (kind == "oneOnOne" and len(members) != 2):
        raise bad_request("chatType is oneOnOne with two members, or group.", "BadRequest")
    if not call.grant.app_only and call.grant.account not in members:
        raise GraphApiError(403, "Forbidden", "The caller must be a member of the chat.")
    for address in members:
        _require_teams(call, address)
    key = "|".join(members) if kind == "oneOnOne" else f"{len(call.tenant.chats)}"
    suffix = "unq.gbl.spaces" if kind == "oneOnOne" else "thread.v2"
    chat_id = f"19:{object_id(f'chat:{key}').replace('-', '')}@{suffix}"
    if chat_id not in call.tenant.chats and len(call.tenant.chats) >= LIMIT:
        raise GraphApiError(507, "insufficientQuota", "Too many chats.")
    chat = {
        "id": chat_id,
        "chatType": kind,
        "topic": body.get("topic"),
        "createdDateTime": call.now,
        "members": members,
    }
    return json_answer(_json(call.tenant.chats.setdefault(chat_id, chat)), 201)


def _require_teams(call: Call, address: str) -> None:
    licences = call.tenant.licences.get(address)
    if licences is None or not licences.teams:
        raise GraphApiError(403, "Forbidden", "A member of the chat has no licence for Teams.")


def _json(chat: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in chat.items() if name != "members"}


def _chat(call: Call) -> dict[str, Any]:
    chat = call.tenant.chats.get(call.params["chat"])
    if chat is None:
        raise GraphApiError(404, "NotFound", "No such chat.")
    if call.grant.account not in chat["members"]:
        raise GraphApiError(403, "Forbidden", "The caller is not a member of the chat.")
    return chat


def say(tenant: Tenant, chat: dict[str, Any], address: str, content: str, kind: str, now: datetime) -> dict[str, Any]:
    """Put a message of somebody into a chat; returns it as Graph does."""
    account = tenant.directory.account(address)
    user = {"id": account.id, "displayName": account.name} if account else {"id": address, "displayName": address}
    tenant.chat_count += 1
    message = {
        "id": str(tenant.chat_count),
        "chatId": chat["id"],
        "createdDateTime": now,
        "lastModifiedDateTime": now,
        "deletedDateTime": None,
        "messageType": "message",
        "from": {"application": None, "device": None, "user": user | {"userIdentityType": "aadUser"}},
        "body": {"contentType": kind, "content": content},
    }
    tenant.chat_messages.append(message | {"members": chat["members"], "sender": address})
    return message


def post(call: Call) -> Response:
    """POST a message; nothing but people may."""
    chat, content = _chat(call), call.json().get("body")
    if not isinstance(content, dict) or not content.get("content"):
        raise bad_request("body.content is required.", "BadRequest")
    _require_teams(call, call.grant.account)
    kind = str(content.get("contentType") or "text").lower()
    message = say(call.tenant, chat, call.grant.account, str(content["content"]), kind, call.now)
    return json_answer(message, 201)


def messages(call: Call) -> Response:
    """GET the messages, newest first; `$filter` counts only with `$orderby` on the same property."""
    chat = _chat(call)
    size, skip = call.number("top", PAGE, MOST), call.number("skip", 0)
    if size > MOST:
        raise bad_request(f"The limit of '{MOST}' for Top query has been exceeded.", "BadRequest")
    passes = _filter(call)
    found = [one for one in reversed(call.tenant.chat_messages) if one["chatId"] == chat["id"] and passes(one)]
    shown = [{name: value for name, value in _json(one).items() if name != "sender"} for one in found]
    answer: dict[str, Any] = {"value": shown[skip : skip + size]}
    if skip + size < len(found):
        answer["@odata.nextLink"] = call.next_link(skip + size)
    return json_answer(answer)


def _filter(call: Call) -> Callable[[dict[str, Any]], bool]:
    order, _, direction = call.query.get("orderby", "lastModifiedDateTime desc").partition(" ")
    if order.lower() not in ORDERS or direction.strip().lower() != "desc":
        raise bad_request("$orderby: lastModifiedDateTime desc or createdDateTime desc.", "BadRequest")
    if "filter" not in call.query or "orderby" not in call.query:
        return lambda _: True
    clauses = [_clause(part.strip(), order) for part in re.split(r"\s+and\s+", call.query["filter"])]
    return lambda message: all(clause(message) for clause in clauses)


def _clause(text: str, order: str) -> Callable[[dict[str, Any]], bool]:
    match = _FILTER.fullmatch(text)
    name = match.group(1).lower() if match else ""
    operator = match.group(2).lower() if match else ""
    if match is None or name not in ORDERS or (name == "createddatetime" and operator == "gt"):
        raise bad_request(f"Invalid filter clause: {text}", "BadRequest")
    if name != order.lower():
        return lambda _: True
    try:
        limit = datetime.fromisoformat(match.group(3))
    except ValueError:
        raise bad_request(f"Invalid filter clause: {text}", "BadRequest") from None
    if operator == "gt":
        return lambda message: bool(message[ORDERS[name]] > limit)
    return lambda message: bool(message[ORDERS[name]] < limit)


ROUTES = [
    Route("POST", "chats", create, CREATE),
    Route("POST", "chats/{chat}/messages", post, POST),
    Route("GET", "chats/{chat}/messages", messages, READ),
]
