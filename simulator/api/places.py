"""Rooms and room lists as Places knows them, and check-ins.

Source: Graph v1.0 resources place, room, roomList; place: checkIns.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from simulator.answers import json_answer
from simulator.api.call import Call
from simulator.api.errors import GraphApiError, access_denied, bad_request
from simulator.api.permissions import Need, need
from simulator.api.router import Route
from simulator.office import Room, object_id

PAGE = 100
READ_PLACES = need("Place.Read.All", "Place.ReadWrite.All", app=("Place.Read.All",))
CHECK_IN = Need(frozenset({"Calendars.ReadWrite"}), code="accessDenied")
METHODS = ("unspecified", "manual", "inferred", "verified")


def room_json(room: Room) -> dict[str, Any]:
    """A room."""
    return {
        "@odata.type": "#microsoft.graph.room",
        "id": room.id,
        "emailAddress": room.address,
        "displayName": room.name,
        "geoCoordinates": None,
        "phone": "",
        "nickname": room.name,
        "label": room.building,
        "capacity": room.capacity,
        "building": room.building or None,
        "floorNumber": room.floor_number,
        "floorLabel": room.floor_label or None,
        "isWheelChairAccessible": room.wheelchair,
        "bookingType": "standard",
        "tags": list(room.tags),
        "audioDeviceName": room.audio or None,
        "videoDeviceName": room.video or None,
        "displayDeviceName": room.display or None,
        "address": {"city": room.building, "countryOrRegion": ""},
    }


def room_lists(call: Call) -> dict[str, dict[str, Any]]:
    """The room lists by address."""
    names = dict.fromkeys(room.room_list for room in call.tenant.office.rooms if room.room_list)
    found = {}
    for number, name in enumerate(names, 1):
        address = f"roomlist{number}@{call.tenant.office.domain}"
        found[address] = {
            "@odata.type": "#microsoft.graph.roomList",
            "id": object_id(address),
            "displayName": name,
            "emailAddress": address,
            "phone": "",
            "address": None,
            "geoCoordinates": None,
        }
    return found


def _page(call: Call, values: list[dict[str, Any]], kind: str) -> Response:
    size, skip = call.page_size(PAGE), call.number("skip", 0)
    answer: dict[str, Any] = {
        "@odata.context": f"{call.base_url}/v1.0/$metadata#places/{kind}",
        "value": [_selected(value, call.select) for value in values[skip : skip + size]],
    }
    if skip + size < len(values):
        answer["@odata.nextLink"] = call.next_link(skip + size)
    return json_answer(answer)


def _selected(value: dict[str, Any], select: tuple[str, ...]) -> dict[str, Any]:
    if not select:
        return value
    return {name: part for name, part in value.items() if name.lower() in select or name in {"id", "@odata.type"}}


def rooms(call: Call) -> Response:
    """All rooms."""
    return _page(call, [room_json(room) for room in call.tenant.office.rooms], "microsoft.graph.room")


def lists(call: Call) -> Response:
    """All room lists."""
    return _page(call, list(room_lists(call).values()), "microsoft.graph.roomList")


def rooms_of_list(call: Call) -> Response:
    """The rooms of one list, given by address or id."""
    key = call.params["place"].lower()
    for address, found in room_lists(call).items():
        if key in {address, found["id"]}:
            members = [room for room in call.tenant.office.rooms if room.room_list == found["displayName"]]
            return _page(call, [room_json(room) for room in members], "microsoft.graph.room")
    raise _no_place(call.params["place"])


def place(call: Call) -> Response:
    """One room or room list."""
    key = call.params["place"]
    address = call.tenant.directory.address(key)
    room = call.tenant.directory.rooms.get(address or "")
    if room is not None:
        return json_answer(_selected(room_json(room), call.select))
    for list_address, found in room_lists(call).items():
        if key.lower() in {list_address, found["id"]}:
            return json_answer(_selected(found, call.select))
    raise _no_place(key)


def _no_place(key: str) -> GraphApiError:
    return GraphApiError(404, "ErrorItemNotFound", f"The place '{key}' was not found.")


def _room_of(call: Call) -> Room:
    room = call.tenant.directory.rooms.get(call.tenant.directory.address(call.params["place"]) or "")
    if room is None:
        raise _no_place(call.params["place"])
    return room


def _need_check_ins(call: Call) -> None:
    """People only, and only where the tenant has check-ins; one that has none may look as if nobody came."""
    answer = call.tenant.check_ins_answer
    if call.grant.app_only or answer == "denied":
        raise access_denied("accessDenied")
    if answer == "absent":
        raise GraphApiError(404, "ErrorItemNotFound", "The check-in was not found.")


def check_in(call: Call) -> Response:
    """POST checkIns: by the iCalUId of the meeting."""
    _need_check_ins(call)
    room, body = _room_of(call), call.json()
    event_id, method = body.get("calendarEventId"), body.get("checkInMethod", "unspecified")
    if not isinstance(event_id, str) or method not in METHODS:
        raise bad_request(f"calendarEventId is required; checkInMethod is one of {', '.join(METHODS)}.", "BadRequest")
    if call.tenant.mailboxes.calendar(room.address).by_ical_uid(event_id) is None:
        raise GraphApiError(404, "ErrorItemNotFound", "The calendar event was not found in the room.")
    record = {
        "calendarEventId": event_id,
        "checkInMethod": method,
        "createdDateTime": f"{call.now:%Y-%m-%dT%H:%M:%SZ}",
    }
    call.tenant.check_ins.append({"room": room.address, **record})
    return json_answer(record, 201)


def read_check_in(call: Call) -> Response:
    """GET checkIns/{calendarEventId}."""
    _need_check_ins(call)
    room = _room_of(call)
    for record in reversed(call.tenant.check_ins):
        if (record["room"], record["calendarEventId"]) == (room.address, call.params["event"]):
            return json_answer({name: value for name, value in record.items() if name != "room"})
    raise GraphApiError(404, "ErrorItemNotFound", "Nobody has checked in to that event.")


ROUTES = [
    Route("GET", "places/graph.room", rooms, READ_PLACES),
    Route("GET", "places/graph.roomList", lists, READ_PLACES),
    Route("GET", "places/{place}/graph.roomList/rooms", rooms_of_list, READ_PLACES),
    Route("GET", "places/{place}", place, READ_PLACES),
    Route("POST", "places/{place}/checkIns", check_in, CHECK_IN),
    Route("GET", "places/{place}/checkIns/{event}", read_check_in, CHECK_IN),
]
