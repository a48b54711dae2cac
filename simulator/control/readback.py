"""What the tenant has seen: requests, counters, mail, messages, check-ins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from starlette.routing import Route

from simulator.control.frame import ControlCall, ControlError, control, iso
from simulator.journal import Entry

MOST = 10_000


def _limit(call: ControlCall) -> int:
    text = call.query.get("limit", "100")
    if not text.isdigit() or not 1 <= int(text) <= MOST:
        raise ControlError(f"limit: is {text!r}; allowed: 1 to {MOST}")
    return int(text)


def _entry(entry: Entry) -> dict[str, Any]:
    shown = asdict(entry) | {"at": iso(entry.at)}
    body = shown.pop("body")
    shown["body"] = body.decode("utf-8", "replace") if entry.path.startswith("/v1.0/") else ""
    return shown


def requests(call: ControlCall) -> dict[str, Any]:
    """GET /_sim/requests?limit=&after=&path= : the newest requests, oldest first."""
    after, part = call.query.get("after", "0"), call.query.get("path", "")
    if not after.isdigit():
        raise ControlError("after: allowed: the number of a request")
    found = [entry for entry in call.tenant.journal.entries if entry.number > int(after) and part in entry.path]
    return {"requests": [_entry(entry) for entry in found[-_limit(call) :]], "total": call.tenant.journal.total}


def counters(call: ControlCall) -> dict[str, Any]:
    """GET /_sim/counters."""
    throttle = call.tenant.throttle
    return call.tenant.journal.counters() | {
        "throttled": throttle.refused,
        "most_in_flight": throttle.most_in_flight,
        "pending": len(call.tenant.agenda),
    }


def _newest(call: ControlCall, records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(records)[-_limit(call) :]


def mail(call: ControlCall) -> dict[str, Any]:
    """GET /_sim/mail: what was sent with sendMail, and what Exchange mailed about meetings."""
    return {"sent": _newest(call, call.tenant.sent), "meeting_messages": _newest(call, call.tenant.told)}


def chat(call: ControlCall) -> dict[str, Any]:
    """GET /_sim/chat: messages posted to chats."""
    return {"messages": _newest(call, call.tenant.chat_messages)}


def check_ins(call: ControlCall) -> dict[str, Any]:
    """GET /_sim/check-ins."""
    return {"check_ins": _newest(call, call.tenant.check_ins)}


def prune(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/prune?before= : forget single meetings that ended before (default: seven days ago)."""
    before = call.instant(call.query.get("before", "now-168h"))
    return {"removed": call.tenant.mailboxes.prune(before)}


ROUTES = [
    Route("/requests", control(requests), methods=["GET"]),
    Route("/counters", control(counters), methods=["GET"]),
    Route("/mail", control(mail), methods=["GET"]),
    Route("/chat", control(chat), methods=["GET"]),
    Route("/check-ins", control(check_ins), methods=["GET"]),
    Route("/prune", control(prune), methods=["POST"]),
]
