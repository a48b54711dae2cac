"""Teams chats: create one, post a message, list messages.

Source: Graph v1.0 resources chat, chatMessage. Creating a one-on-one chat that exists gives the one that exists.
"""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from simulator.answers import json_answer
from simulator.api.call import Call
from simulator.api.errors import GraphApiError, bad_request
from simulator.api.permissions import Need, need
from simulator.api.router import Route
from simulator.office import object_id

CREATE = need("Chat.Create", "Chat.ReadWrite", app=("Chat.Create",), code="Forbidden")
POST = Need(frozenset({"ChatMessage.Send", "Chat.ReadWrite"}), code="Forbidden")
READ = Need(frozenset({"Chat.Read", "Chat.ReadWrite", "ChatMessage.Send"}), code="Forbidden")
LIMIT = 10_000
_BOUND = re.compile(r"/users(?:\('([^']+)'\)|/([^/]+))$")


def _member(call: Call, member: Any) -> str:
    bound = str((member or {}).get("user@odata.bind") or "") if isinstance(member, dict) else ""
    match = _BOUND.search(bound)
    if match is None:
        raise bad_request("Each member needs user@odata.bind with the address of a user.", "BadRequest")
    return call.account(match.group(1) or match.group(2)).address


def create(call: Call) -> Response:
    """POST chats; the caller must be a member."""
    body = call.json()
    kind, members = body.get("chatType"), sorted({_member(call, one) for one in body.get("members") or []})
    if kind not in {"oneOnOne", "group"} or (kind == "oneOnOne" and len(members) != 2):
        raise bad_request("chatType is oneOnOne with two members, or group.", "BadRequest")
    if not call.grant.app_only and call.grant.account not in members:
        raise GraphApiError(403, "Forbidden", "The caller must be a member of the chat.")
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


def _json(chat: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in chat.items() if name != "members"}


def _chat(call: Call) -> dict[str, Any]:
    chat = call.tenant.chats.get(call.params["chat"])
    if chat is None:
        raise GraphApiError(404, "NotFound", "No such chat.")
    if call.grant.account not in chat["members"]:
        raise GraphApiError(403, "Forbidden", "The caller is not a member of the chat.")
    return chat


def post(call: Call) -> Response:
    """POST a message; nothing but people may."""
    chat, content = _chat(call), call.json().get("body")
    if not isinstance(content, dict) or not content.get("content"):
        raise bad_request("body.content is required.", "BadRequest")
    message = {
        "id": str(len(call.tenant.chat_messages) + 1),
        "chatId": chat["id"],
        "createdDateTime": call.now,
        "messageType": "message",
        "from": {
            "user": {"id": call.account(call.grant.account).id, "displayName": call.account(call.grant.account).name}
        },
        "body": {"contentType": content.get("contentType") or "text", "content": content["content"]},
    }
    call.tenant.chat_messages.append(message | {"members": chat["members"]})
    return json_answer(message, 201)


def messages(call: Call) -> Response:
    """GET the messages, newest first."""
    chat = _chat(call)
    found = [message for message in reversed(call.tenant.chat_messages) if message["chatId"] == chat["id"]]
    return json_answer({"value": [_json(message) for message in found[: call.page_size(20)]]})


ROUTES = [
    Route("POST", "chats", create, CREATE),
    Route("POST", "chats/{chat}/messages", post, POST),
    Route("GET", "chats/{chat}/messages", messages, READ),
]
