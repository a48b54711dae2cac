"""One-on-one Teams chats of the signed-in account: open one, post, read what was answered.

Graph makes no second chat for the same two people, so opening is repeatable; posting is not. App-only cannot post.
Source: Graph v1.0 POST /chats (Chat.Create), POST and GET /chats/{id}/messages (ChatMessage.Send, Chat.Read; `$filter`
needs `$orderby` on the same property, at most 50 a page, newest first).
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from graph import fields
from graph.client import GraphClient, Request
from graph.errors import BadAnswer, BadRequest

KIND = "chats"
PAGE = 50
MAX_ANSWER = 500
_TAG = re.compile(r"<(?:attachment|at)\b[^>]*>.*?</(?:attachment|at)>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A message somebody wrote. `text` is plain and cut to 500 characters; `at` is Teams' own time, UTC."""

    id: str
    sender_id: str
    text: str = field(repr=False)
    at: datetime


class Chats:
    """Chats of the account that is signed in."""

    def __init__(self, client: GraphClient, graph_url: str, account: str) -> None:
        """`account` is the address of the signed-in account."""
        self._client = client
        self._graph_url = graph_url.rstrip("/")
        self._account = account

    async def open(self, person: str, *, user: bool = False) -> str:
        """Return the id of the chat with `person` (directory id or sign-in name), which is made if there is none.

        Raises GraphError: Refused when that person has no Teams licence, or the account has none.
        """
        if not self._account:
            raise BadRequest("open chat: no account is set.", hint="Set [graph] account to the device account.")
        request = Request(
            what="open chat",
            kind=KIND,
            method="POST",
            path="/chats",
            body={"chatType": "oneOnOne", "members": [self._member(self._account), self._member(person)]},
            repeatable=True,
            about="person",
        )
        reply = await self._client.send(request, user=user)
        return fields.needed_text(fields.record(reply.data, "The chat"), "id")

    async def post(self, chat_id: str, text: str, *, user: bool = False) -> None:
        """Post plain text. Not repeated by itself: after an error with `may_have_arrived` it may stand there.

        Raises GraphError.
        """
        request = Request(
            what="post in chat",
            kind=KIND,
            method="POST",
            path=f"/chats/{_quoted(chat_id)}/messages",
            body={"body": {"contentType": "text", "content": text}},
            about="chat",
        )
        await self._client.send(request, user=user)

    async def since(self, chat_id: str, after: datetime, *, user: bool = False) -> tuple[ChatMessage, ...]:
        """Return what people wrote after that instant, oldest first, the newest 50 at most. Raises GraphError."""
        request = Request(
            what="chat answers",
            kind=KIND,
            method="GET",
            path=f"/chats/{_quoted(chat_id)}/messages",
            params={
                "$top": str(PAGE),
                "$orderby": "lastModifiedDateTime desc",
                "$filter": f"lastModifiedDateTime gt {fields.iso_utc(after)}",
            },
            repeatable=True,
            about="chat",
        )
        reply = await self._client.send(request, user=user)
        found = [_message_of(source) for source in fields.values(reply.data, "The messages")]
        # A reaction to an old message makes it modified, not new.
        written = [message for message in found if message is not None and message.at > after]
        return tuple(sorted(written, key=lambda message: (message.at, message.id)))

    def _member(self, person: str) -> dict[str, Any]:
        key = quote(person.replace("'", "''"), safe="@'")
        return {
            "@odata.type": "#microsoft.graph.aadUserConversationMember",
            "roles": ["owner"],
            "user@odata.bind": f"{self._graph_url}/users('{key}')",
        }


def _message_of(source: dict[str, Any]) -> ChatMessage | None:
    """Return what somebody wrote; None for what Teams itself says, and for what was deleted."""
    sender = source.get("from")
    user = fields.record(sender, "from").get("user") if sender is not None else None
    if user is None or source.get("messageType") != "message" or source.get("deletedDateTime") is not None:
        return None
    moment, has_offset = fields.stamp(fields.selected(source, "createdDateTime"), "createdDateTime")
    if not has_offset:
        raise BadAnswer("createdDateTime has no zone.")
    return ChatMessage(
        id=fields.needed_text(source, "id"),
        sender_id=fields.needed_text(fields.record(user, "user"), "id"),
        text=_plain(fields.record(fields.selected(source, "body"), "body")),
        at=fields.in_utc(moment, "createdDateTime"),
    )


def _plain(body: dict[str, Any]) -> str:
    content = body.get("content")
    text = content[: MAX_ANSWER * 20] if isinstance(content, str) else ""
    if body.get("contentType") == "html":
        text = html.unescape(_TAG.sub(" ", text))
    return " ".join(text.split())[:MAX_ANSWER]


def _quoted(chat_id: str) -> str:
    return quote(chat_id, safe=":@")
