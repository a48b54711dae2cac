"""People at work in Outlook: they book rooms, move and cancel meetings, answer, and sometimes book over each other."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from starlette.routing import Route

from simulator.control.frame import ControlCall, ControlError, control
from simulator.control.truth import event_json
from simulator.events import Attendee, Item, all_day_span
from simulator.mailboxes import Draft
from simulator.office import ROLES, Repeat
from simulator.office_schema import MEETING, PRESENCES, Key
from simulator.seeding import recurrence_of

NEW = {
    name: MEETING[name]
    for name in ("subject", "start", "end", "day", "days", "all_day", "rooms", "attendees", "show_as", "sensitivity",
                 "online", "repeat", "count")
}  # fmt: skip
DIRECT = {name: key for name, key in NEW.items() if name not in {"rooms", "attendees"}} | {"subject": Key(str, "")}
CHANGE = {
    "subject": Key(str, None),
    "start": Key(str, ""),
    "end": Key(str, ""),
    "day": Key(int, 0, low=-400, high=400),
    "show_as": Key(str, None, choices=MEETING["show_as"].choices),
    "sensitivity": Key(str, None, choices=MEETING["sensitivity"].choices),
    "rooms": Key(tuple, None),
    "attendees": Key(tuple, None),
    "occurrence": Key(str, ""),
}
RESPONSES = ("accepted", "tentativelyAccepted", "declined")
ANSWER = {
    "as": Key(str),
    "response": Key(str, choices=RESPONSES),
    "occurrence": Key(str, ""),
    "comment": Key(str, ""),
}
PRESENCE = {"availability": Key(str, choices=PRESENCES)}
RIGHT = {"who": Key(str), "role": Key(str, choices=ROLES)}


def _draft(call: ControlCall, values: dict[str, Any]) -> Draft:
    zone = call.tenant.office.zone
    if values["all_day"]:
        first = call.tenant.clock.now().astimezone(zone).date() + timedelta(days=values["day"])
        start, end = all_day_span(first, first + timedelta(days=values["days"]), zone)
    else:
        start = call.instant(values["start"], values["day"])
        end = call.instant(values["end"], values["day"] + values["days"] - 1)
    if end < start:
        raise ControlError("end: is before the start")
    repeat = Repeat(values["repeat"], values["count"]) if values["repeat"] else None
    return Draft(
        subject=values["subject"],
        start=start,
        end=end,
        all_day=values["all_day"],
        show_as=values["show_as"],
        sensitivity=values["sensitivity"],
        online=values["online"],
        recurrence=recurrence_of(repeat, start, zone) if repeat else None,
        zone=zone,
    )


def _attendees(call: ControlCall, rooms: tuple[str, ...], people: tuple[str, ...]) -> list[Attendee]:
    directory = call.tenant.directory
    seats = [Attendee(directory.who(call.room(room)), "resource") for room in rooms]
    for who in people:
        address = directory.named(who) or who.lower()
        if "@" not in address:
            raise ControlError(f"attendees: {who!r} is neither somebody here nor an address")
        seats.append(Attendee(directory.who(address)))
    return seats


def create(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/people/{person}/meetings: somebody, or an outsider's address, invites rooms and people."""
    values = call.fields(NEW)
    draft = _draft(call, values)
    draft.attendees = _attendees(call, values["rooms"], values["attendees"])
    if values["rooms"]:
        draft.location = call.tenant.directory.rooms[call.room(values["rooms"][0])].name
    person = call.path["person"]
    organizer = person.lower() if "@" in person else call.address(person)
    return event_json(call.tenant.meetings.create(organizer, draft, call.tenant.clock.now()))


def book_directly(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/rooms/{room}/bookings: written straight into the room's calendar, conflict or not."""
    draft = _draft(call, call.fields(DIRECT))
    return event_json(call.tenant.meetings.create(call.room(call.path["room"]), draft, call.tenant.clock.now()))


def _meeting(call: ControlCall, occurrence: str) -> Item:
    found = [
        item
        for account in call.tenant.directory.everyone()
        if (item := call.tenant.mailboxes.calendar(account.address).by_uid(call.path["uid"]))
    ]
    if not found:
        raise ControlError("there is no meeting with that uid", 404)
    item = next((one for one in found if one.is_organizer), None)
    item = item or call.tenant.mailboxes.original(found[0])
    if item is None:
        raise ControlError("its organizer has no such meeting any more", 404)
    return _occurrence(item, occurrence)


def _occurrence(item: Item, occurrence: str) -> Item:
    if not occurrence:
        return item
    try:
        one = item.occurrence(date.fromisoformat(occurrence))
    except ValueError:
        raise ControlError(f"occurrence: is {occurrence!r}; allowed: a day such as 2026-11-23") from None
    if one is None:
        raise ControlError(f"the meeting is no series, or does not meet on {occurrence}", 404)
    return one


def change(call: ControlCall) -> dict[str, Any]:
    """PATCH /_sim/meetings/{uid}: its organizer moves or edits it, or one occurrence of it."""
    values = call.fields(CHANGE)
    item = _meeting(call, values["occurrence"])
    given = call.given()
    changes: dict[str, Any] = {name: values[name] for name in ("subject", "show_as", "sensitivity") if name in given}
    changes |= {name: call.instant(values[name], values["day"]) for name in ("start", "end") if values[name]}
    if item.all_day and {"start", "end"} & changes.keys():
        changes["all_day"] = False  # with an hour it is a whole-day meeting no longer, as in Outlook
    if changes.get("end", item.end) < changes.get("start", item.start):
        raise ControlError("end: is before the start")
    if {"rooms", "attendees"} & given.keys():
        changes["attendees"] = _invited(call, item, values, given)
    return event_json(call.tenant.meetings.update(item, changes, call.tenant.clock.now()))


def _invited(call: ControlCall, item: Item, values: dict[str, Any], given: dict[str, Any]) -> list[Attendee]:
    rooms = call.tenant.directory.rooms
    kept = [
        one
        for one in item.attendees
        if (one.who.address in rooms and "rooms" not in given)
        or (one.who.address not in rooms and "attendees" not in given)
    ]
    new = _attendees(call, values["rooms"] or (), values["attendees"] or ())
    before = {one.who.address: one for one in item.attendees}
    return kept + [before.get(one.who.address, one) for one in new]


def cancel(call: ControlCall) -> dict[str, Any]:
    """DELETE /_sim/meetings/{uid}?occurrence= : its organizer calls it off."""
    item = _meeting(call, call.query.get("occurrence", ""))
    call.tenant.meetings.cancel(item, "", call.tenant.clock.now())
    return {"cancelled": item.ical_uid}


def answer(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/meetings/{uid}/responses: an attendee, or a room's delegate, answers."""
    values = call.fields(ANSWER)
    who = call.address(values["as"])
    original = _meeting(call, values["occurrence"])
    copy = call.tenant.mailboxes.copy_of(original, who)
    if copy is None or copy.is_organizer:
        raise ControlError(f"{who} has no invitation to that meeting", 404)
    call.tenant.meetings.respond(copy, values["response"], call.tenant.clock.now(), comment=values["comment"])
    return {"attendee": who, "response": values["response"]}


def grant(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/rooms/{room}/rights: give somebody a role on a mailbox's calendar."""
    values = call.fields(RIGHT)
    room, who = call.address(call.path["room"]), call.address(values["who"])
    call.tenant.rights.grant(room, who, values["role"])
    return {"owner": room, "who": who, "role": values["role"]}


def presence(call: ControlCall) -> dict[str, Any]:
    """POST /_sim/people/{person}/presence: somebody's availability in Teams."""
    person, availability = call.address(call.path["person"]), call.fields(PRESENCE)["availability"]
    call.tenant.presence[person] = availability
    return {"person": person, "availability": availability}


ROUTES = [
    Route("/people/{person}/presence", control(presence), methods=["POST"]),
    Route("/people/{person}/meetings", control(create), methods=["POST"]),
    Route("/rooms/{room}/bookings", control(book_directly), methods=["POST"]),
    Route("/rooms/{room}/rights", control(grant), methods=["POST"]),
    Route("/meetings/{uid}", control(change), methods=["PATCH"]),
    Route("/meetings/{uid}", control(cancel), methods=["DELETE"]),
    Route("/meetings/{uid}/responses", control(answer), methods=["POST"]),
]
