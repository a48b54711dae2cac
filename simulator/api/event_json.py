"""An event as Graph shows it; one line for each property.

Source: Graph v1.0 resource event. Times have seven fraction digits and no Z; all-day events are floating midnights with
"UTC" beside them whatever was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from simulator.events import Attendee, Item, Who
from simulator.recurrence import to_graph
from simulator.rights import View
from simulator.zones import windows_name

PRIVATE_SUBJECT = "Private Appointment"
_TAGS = re.compile(r"<[^>]+>")
_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody wants to see events: zone (and its name as they wrote it), id form, how much they may see."""

    zone: ZoneInfo
    zone_name: str
    immutable: bool
    view: View = View.FULL


def stamp(instant: datetime) -> str:
    """An instant with Z, as createdDateTime has it."""
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond:06d}0Z"


def date_time_zone(item: Item, instant: datetime, look: Look) -> dict[str, str]:
    """A dateTimeTimeZone."""
    if item.all_day:
        return {"dateTime": f"{instant.astimezone(item.zone):%Y-%m-%d}T00:00:00.0000000", "timeZone": "UTC"}
    local = instant.astimezone(look.zone)
    text = f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond:06d}0"
    return {"dateTime": text, "timeZone": look.zone_name}


def email(who: Who) -> dict[str, Any]:
    """A recipient."""
    return {"emailAddress": {"name": who.name, "address": who.address}}


def attendee_json(attendee: Attendee) -> dict[str, Any]:
    """An attendee and what the organizer knows of the answer."""
    answered = stamp(attendee.responded) if attendee.responded else "0001-01-01T00:00:00Z"
    status = {"response": attendee.response, "time": answered}
    return {"type": attendee.kind, "status": status, **email(attendee.who)}


def _body(item: Item) -> dict[str, str]:
    return {"contentType": item.body_kind, "content": item.body}


def _location(item: Item) -> dict[str, Any]:
    if not item.location:
        return {
            "displayName": "",
            "locationType": "default",
            "uniqueIdType": "unknown",
            "address": {},
            "coordinates": {},
        }
    return {
        "displayName": item.location,
        "locationType": "default",
        "uniqueId": item.location,
        "uniqueIdType": "private",
    }


def _series_id(item: Item, look: Look) -> str | None:
    return item.master.id(immutable=look.immutable) if item.master else None


def _recurrence(item: Item) -> dict[str, Any] | None:
    return to_graph(item.recurrence, windows_name(item.zone.key)) if item.recurrence else None


def _original_start(item: Item) -> str | None:
    if item.master is None or item.day is None:
        return None
    first = item.master.start.astimezone(item.zone)
    return stamp(datetime.combine(item.day, first.time(), item.zone).astimezone(UTC))


def _response(item: Item) -> dict[str, str]:
    answered = stamp(item.responded) if item.responded else "0001-01-01T00:00:00Z"
    return {"response": item.response, "time": answered}


Property = Callable[[Item, Look], Any]
PROPERTIES: dict[str, Property] = {
    "id": lambda item, look: item.id(immutable=look.immutable),
    "createdDateTime": lambda item, _: stamp(item.created),
    "lastModifiedDateTime": lambda item, _: stamp(item.modified),
    "changeKey": lambda item, _: item.change_key,
    "categories": lambda item, _: list(item.categories),
    "transactionId": lambda item, _: item.transaction_id,
    "originalStartTimeZone": lambda item, _: windows_name(item.zone.key),
    "originalEndTimeZone": lambda item, _: windows_name(item.zone.key),
    "iCalUId": lambda item, _: item.ical_uid,
    "uid": lambda item, _: item.uid,
    "reminderMinutesBeforeStart": lambda *_: 15,
    "isReminderOn": lambda *_: False,
    "hasAttachments": lambda *_: False,
    "subject": lambda item, _: item.subject,
    "bodyPreview": lambda item, _: _TAGS.sub("", item.body)[:255].strip(),
    "importance": lambda item, _: item.importance,
    "sensitivity": lambda item, _: item.sensitivity,
    "isAllDay": lambda item, _: item.all_day,
    "isCancelled": lambda item, _: item.cancelled,
    "isOrganizer": lambda item, _: item.is_organizer,
    "responseRequested": lambda item, _: item.response_requested,
    "seriesMasterId": _series_id,
    "showAs": lambda item, _: item.show_as,
    "type": lambda item, _: item.kind,
    "webLink": lambda item, _: f"https://outlook.office365.com/owa/?itemid={item.id()}&exvsurl=1&path=/calendar/item",
    "onlineMeetingUrl": lambda *_: None,
    "isOnlineMeeting": lambda item, _: item.online,
    "onlineMeetingProvider": lambda item, _: "teamsForBusiness" if item.online else "unknown",
    "allowNewTimeProposals": lambda *_: True,
    "occurrenceId": lambda item, _: f"OID.{item.id()}.{item.day}" if item.day else None,
    "isDraft": lambda *_: False,
    "hideAttendees": lambda *_: False,
    "responseStatus": lambda item, _: _response(item),
    "body": lambda item, _: _body(item),
    "start": lambda item, look: date_time_zone(item, item.start, look),
    "end": lambda item, look: date_time_zone(item, item.end, look),
    "location": lambda item, _: _location(item),
    "locations": lambda item, _: [_location(item)] if item.location else [],
    "recurrence": lambda item, _: _recurrence(item),
    "originalStart": lambda item, _: _original_start(item),
    "attendees": lambda item, _: [attendee_json(attendee) for attendee in item.attendees],
    "organizer": lambda item, _: email(item.organizer),
    "onlineMeeting": lambda item, _: {"joinUrl": f"https://teams.example/l/{item.uid}"} if item.online else None,
}
LOWERED = {name.lower(): name for name in PROPERTIES}

EMPTY: dict[str, Any] = {
    "subject": "",
    "bodyPreview": "",
    "body": {"contentType": "text", "content": ""},
    "location": {"displayName": "", "locationType": "default", "uniqueIdType": "unknown"},
    "locations": [],
    "attendees": [],
    "categories": [],
    "organizer": None,
    "onlineMeeting": None,
    "onlineMeetingUrl": None,
    "isOnlineMeeting": False,
    "webLink": None,
}
LIMITED_KEEPS = frozenset({"subject", "location", "locations"})


def unknown_properties(select: tuple[str, ...]) -> list[str]:
    """The names of a $select that an event does not have."""
    return [name for name in select if name not in LOWERED]


def render(item: Item, look: Look, select: tuple[str, ...] = ()) -> msgspec.Raw:
    """The event's JSON, remembered until the item changes."""
    key = (look, select)
    known: msgspec.Raw | None = item.rendered.get(key)
    if known is None:
        if len(item.rendered) >= 32:
            item.rendered.clear()
        known = item.rendered[key] = msgspec.Raw(_ENCODER.encode(as_dict(item, look, select)))
    return known


def as_dict(item: Item, look: Look, select: tuple[str, ...] = ()) -> dict[str, Any]:
    """The event's properties; the etag comes with any $select, and the id too."""
    names = PROPERTIES if not select else {"id": True} | {LOWERED[name]: True for name in select}
    shown: dict[str, Any] = {"@odata.etag": item.etag}
    for name in names:
        shown[name] = PROPERTIES[name](item, look)
    return _masked(shown, look.view)


def _masked(shown: dict[str, Any], view: View) -> dict[str, Any]:
    if view is View.FULL:
        return shown
    kept = LIMITED_KEEPS if view is View.LIMITED else frozenset()
    masked = {name: value if name in kept else EMPTY.get(name, value) for name, value in shown.items()}
    if view is View.PRIVATE and "subject" in masked:
        masked["subject"] = PRIVATE_SUBJECT
    return masked
