"""What is really so: the events of a room, and whether it is taken at an instant."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from starlette.routing import Route

from simulator.control.frame import ControlCall, control, iso
from simulator.events import Item

BEHIND = timedelta(days=1)
AHEAD = timedelta(days=2)
NEXT = 5


def event_json(item: Item) -> dict[str, Any]:
    """An event as it lies in its mailbox, unmasked."""
    return {
        "id": item.id(),
        "immutable_id": item.id(immutable=True),
        "uid": item.uid,
        "ical_uid": item.ical_uid,
        "day": item.day.isoformat() if item.day else None,
        "type": item.kind,
        "subject": item.subject,
        "start": iso(item.start),
        "end": iso(item.end),
        "all_day": item.all_day,
        "organizer": item.organizer.address,
        "organizer_name": item.organizer.name,
        "is_organizer": item.is_organizer,
        "response": item.response,
        "show_as": item.show_as,
        "sensitivity": item.sensitivity,
        "cancelled": item.cancelled,
        "blocking": item.blocking,
        "transaction_id": item.transaction_id,
        "created": iso(item.created),
        "modified": iso(item.modified),
        "etag": item.etag,
        "attendees": {one.who.address: one.response for one in item.attendees},
    }


def blocking_at(items: list[Item], at: datetime) -> list[Item]:
    """The items that take a room at that instant: [start, end), and never one without length."""
    return [item for item in items if item.blocking and item.start <= at < item.end]


def truth(call: ControlCall) -> dict[str, Any]:
    """GET /_sim/rooms/{room}/truth?at=&from=&to= : taken or not, by what, and what comes next."""
    room = call.room(call.path["room"])
    at = call.instant(call.query.get("at", "now"))
    start = call.instant(call.query["from"]) if "from" in call.query else at - BEHIND
    end = call.instant(call.query["to"]) if "to" in call.query else at + AHEAD
    items = call.tenant.mailboxes.calendar(room).view(start, end)
    blocking = blocking_at(items, at)
    coming = [item for item in items if item.blocking and item.start > at]
    return {
        "room": room,
        "at": iso(at),
        "busy": bool(blocking),
        "blocking": [event_json(item) for item in blocking],
        "next": [event_json(item) for item in coming[:NEXT]],
        "events": [event_json(item) for item in items],
    }


def rooms(call: ControlCall) -> dict[str, Any]:
    """GET /_sim/rooms: every room with what takes it now."""
    now = call.tenant.clock.now()
    found = []
    for room in call.tenant.office.rooms:
        calendar = call.tenant.mailboxes.calendar(room.address)
        taken = blocking_at(calendar.view(now, now + timedelta(seconds=1)), now)
        found.append(
            {"name": room.name, "address": room.address, "busy": bool(taken), "by": [i.subject for i in taken]}
        )
    return {"at": iso(now), "rooms": found}


def calendar(call: ControlCall) -> dict[str, Any]:
    """GET /_sim/people/{person}/calendar: somebody's own calendar, from yesterday to the day after tomorrow."""
    address = call.address(call.path["person"])
    now = call.tenant.clock.now()
    items = call.tenant.mailboxes.calendar(address).view(now - BEHIND, now + AHEAD)
    return {"address": address, "events": [event_json(item) for item in items]}


ROUTES = [
    Route("/rooms", control(rooms), methods=["GET"]),
    Route("/rooms/{room}/truth", control(truth), methods=["GET"]),
    Route("/people/{person}/calendar", control(calendar), methods=["GET"]),
]
