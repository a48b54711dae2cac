"""/_sim/people/{person}/chat and /licences: hosts who read and answer in Teams, and what their licence holds."""

from __future__ import annotations

from typing import Any

from starlette.routing import Route

from simulator.api.chats import say
from simulator.control.frame import ControlCall, ControlError, control
from simulator.office_schema import Key

SAY = {
    "text": Key(str),
    "content_type": Key(str, "html", choices=("html", "text")),
    "to": Key(str, ""),
}
LICENCES = {"teams": Key(bool, None), "mailbox": Key(bool, None)}


def _own_chats(call: ControlCall, person: str) -> list[dict[str, Any]]:
    return [chat for chat in call.tenant.chats.values() if person in chat["members"]]


def read(call: ControlCall) -> dict[str, Any]:
    """GET /_sim/people/{person}/chat: what stands in somebody's chats, oldest first."""
    chats = {chat["id"] for chat in _own_chats(call, call.address(call.path["person"]))}
    found = [message for message in call.tenant.chat_messages if message["chatId"] in chats]
    return {
        "messages": [
            {"at": one["createdDateTime"], "from": one["sender"], "text": one["body"]["content"], "chat": one["chatId"]}
            for one in found
        ]
    }


def answer(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/people/{person}/chat: somebody writes in their newest chat, or in the one with `to`."""
    values, person = call.fields(SAY), call.address(call.path["person"])
    chats = _own_chats(call, person)
    if values["to"]:
        other = call.address(values["to"])
        chats = [chat for chat in chats if other in chat["members"]]
    if not chats:
        raise ControlError("there is no such chat yet; the kiosk has to write first", 404)
    text = f"<p>{values['text']}</p>" if values["content_type"] == "html" else values["text"]
    return say(call.tenant, chats[-1], person, text, values["content_type"], call.tenant.clock.now())


def licences(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/people/{person}/licences: take away or give Teams and the mailbox."""
    values, person = call.fields(LICENCES), call.address(call.path["person"])
    held = call.tenant.licences.get(person)
    if held is None:
        raise ControlError(f"{person} is no person; allowed: somebody of [[people]]", 404)
    held.teams = held.teams if values["teams"] is None else values["teams"]
    held.mailbox = held.mailbox if values["mailbox"] is None else values["mailbox"]
    return {"person": person, "teams": held.teams, "mailbox": held.mailbox}


ROUTES = [
    Route("/people/{person}/chat", control(read), methods=["GET"]),
    Route("/people/{person}/chat", control(answer), methods=["POST"]),
    Route("/people/{person}/licences", control(licences), methods=["POST"]),
]
