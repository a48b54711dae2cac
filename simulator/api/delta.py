"""GET calendarView/delta: rounds over a window that is fixed by the first call (reference/graph.md 2.2).

Occurrences come bare, deletions as @removed, also for what moved out of the window; a token is good until the
calendar's history was dropped (410 SyncStateNotFound); page two is refused to delegates, as in the field.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from starlette.responses import Response

from simulator.answers import json_answer
from simulator.api.calendar_view import window
from simulator.api.call import Call
from simulator.api.errors import GraphApiError, access_denied, bad_request
from simulator.api.event_json import Look, as_dict, render
from simulator.api.permissions import exchange
from simulator.api.router import Route
from simulator.events import Item
from simulator.rights import OWNER, view_of

PAGE = 10
READ = exchange("Calendars.Read", "Calendars.ReadWrite", app=("Calendars.Read", "Calendars.ReadWrite"))
BARE = ("id", "type", "seriesmasterid", "start", "end")
KNOWN = frozenset({"startdatetime", "enddatetime", "deltatoken", "skiptoken"})


@dataclass(frozen=True, slots=True)
class Round:
    """What a client knows after a round: the window, and the change key of each id it was given."""

    generation: int
    mailbox: str
    start: datetime
    end: datetime
    seen: dict[str, str]


def delta(call: Call) -> Response:
    """A page of a round."""
    role = call.require_read()
    unknown = call.query.keys() - KNOWN
    if unknown:
        raise bad_request(f"The query parameter '{min(unknown)}' is not supported with Change Tracking.")
    if "skiptoken" in call.query:
        if role != OWNER:
            raise access_denied()
        return _page(call, *_read(call, "skiptoken"))
    if "deltatoken" in call.query:
        return _page(call, *_read(call, "deltatoken"))
    start, end = window(call)
    number = call.tenant.keep_round(Round(call.tenant.delta_generation, call.mailbox, start, end, {}))
    return _page(call, number, 0)


def _read(call: Call, name: str) -> tuple[int, int]:
    try:
        number, skip = msgspec.json.decode(base64.urlsafe_b64decode(call.query[name]), type=tuple[int, int])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise bad_request("Badly formed token.", "ErrorInvalidUrlQuery") from None
    return number, skip


def _page(call: Call, number: int, skip: int) -> Response:
    known = call.tenant.delta_rounds.get(number)
    if known is None or known.generation != call.tenant.delta_generation or known.mailbox != call.mailbox:
        raise GraphApiError(
            410, "SyncStateNotFound", "The sync state generation is not found; generation=149;[highest=157]."
        )
    items = call.tenant.mailboxes.calendar(call.mailbox).view(known.start, known.end)
    now_there = {item.id(immutable=call.immutable): item for item in items}
    entries: list[Any] = [
        _entry(call, item) for key, item in now_there.items() if known.seen.get(key) != item.change_key
    ]
    entries += _masters(call, items, known) + _removed(known, now_there)
    size = call.page_size(PAGE)
    answer: dict[str, Any] = {"value": entries[skip : skip + size]}
    if skip + size < len(entries):
        answer["@odata.nextLink"] = _link(call, "$skiptoken", number, skip + size)
    else:
        seen = {key: item.change_key for key, item in now_there.items()}
        generation = call.tenant.delta_generation
        next_round = call.tenant.keep_round(Round(generation, call.mailbox, known.start, known.end, seen))
        answer["@odata.deltaLink"] = _link(call, "$deltatoken", next_round, 0)
    return json_answer(answer, headers={"preference-applied": "odata.track-changes"})


def _entry(call: Call, item: Item) -> Any:
    look = Look(call.zone, call.zone_name, call.immutable, view_of(call.role(), item))
    return as_dict(item, look, BARE) if item.kind == "occurrence" else render(item, look)


def _masters(call: Call, items: list[Item], known: Round) -> list[Any]:
    masters = {item.master.serial: item.master for item in items if item.master is not None}
    changed = [one for one in masters.values() if known.seen.get(one.id(immutable=call.immutable)) != one.change_key]
    return [_entry(call, master) for master in changed] if not known.seen else []


def _removed(known: Round, now_there: dict[str, Item]) -> list[dict[str, Any]]:
    return [
        {"@odata.type": "#microsoft.graph.event", "id": key, "@removed": {"reason": "deleted"}}
        for key in known.seen
        if key not in now_there
    ]


def _link(call: Call, name: str, number: int, skip: int) -> str:
    token = base64.urlsafe_b64encode(msgspec.json.encode((number, skip))).decode()
    return f"{call.base_url}{call.path}?{name}={token}"


ROUTES = [
    Route("GET", f"users/{{user}}/{view}/{name}", delta, READ)
    for view in ("calendarView", "calendar/calendarView")
    for name in ("delta", "delta()", "graph.delta", "graph.delta()")
]
