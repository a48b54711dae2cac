"""Reads what a client sends to create or change an event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from simulator.api.errors import GraphApiError, bad_request
from simulator.directory import Directory
from simulator.events import Attendee, Item, Who
from simulator.recurrence import from_graph
from simulator.when import midnight
from simulator.zones import named

CHOICES = {
    "showAs": ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown"),
    "sensitivity": ("normal", "personal", "private", "confidential"),
    "importance": ("low", "normal", "high"),
}
ATTENDEES_LIMIT = 500


def read_instant(value: Any, name: str) -> tuple[datetime, ZoneInfo]:
    """The instant and zone of a dateTimeTimeZone.

    Raises:
        GraphApiError: 400, it is none.
    """
    if not isinstance(value, dict) or not isinstance(value.get("dateTime"), str):
        raise bad_request(f"{name} must be a dateTimeTimeZone.", "RequestBodyRead")
    try:
        zone = named(str(value.get("timeZone") or "UTC"))
        local = datetime.fromisoformat(value["dateTime"])
    except ValueError as error:
        raise bad_request(f"{name}: {error}", "ErrorInvalidRequest") from None
    if local.tzinfo is None:
        local = local.replace(tzinfo=zone)
    return local.astimezone(UTC), zone


def read_attendees(value: Any, directory: Directory) -> list[Attendee]:
    """The attendees of an event body.

    Raises:
        GraphApiError: 400, somebody has no address.
    """
    if not isinstance(value, list) or len(value) > ATTENDEES_LIMIT:
        raise bad_request(f"attendees must be a list of at most {ATTENDEES_LIMIT}.", "RequestBodyRead")
    found = []
    for one in value:
        address = ((one or {}).get("emailAddress") or {}).get("address")
        if not isinstance(address, str) or "@" not in address:
            raise bad_request("An attendee needs emailAddress.address.", "ErrorInvalidRecipients")
        address = address.lower()
        name = directory.who(address).name
        if name == address:
            name = one["emailAddress"].get("name") or address
        kind = "resource" if address in directory.rooms else one.get("type") or "required"
        found.append(Attendee(Who(name, address), kind))
    return found


def read_changes(body: dict[str, Any], directory: Directory, existing: Item | None) -> dict[str, Any]:
    """The fields of `Item` or `Draft` that a body sets.

    Raises:
        GraphApiError: 400, a value is not one that Graph takes.
    """
    changes: dict[str, Any] = {}
    for name, reader in _READERS.items():
        if name in body:
            changes |= reader(name, body[name])
    if "attendees" in body:
        changes["attendees"] = read_attendees(body["attendees"], directory)
    changes |= _times(body, existing)
    if body.get("recurrence") is not None:
        zone = changes.get("zone") or (existing.zone if existing else ZoneInfo("UTC"))
        start = changes.get("start") or (existing.start if existing else datetime.now(UTC))
        changes["recurrence"] = _recurrence(body["recurrence"], start.astimezone(zone))
    return changes


def _recurrence(value: Any, start: datetime) -> Any:
    try:
        return from_graph(value, start.date())
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise bad_request(f"recurrence: {error}", "ErrorInvalidRecurrencePattern") from None


def _times(body: dict[str, Any], existing: Item | None) -> dict[str, Any]:
    times: dict[str, Any] = {}
    all_day = bool(body.get("isAllDay", existing.all_day if existing else False))
    for name in ("start", "end"):
        if name not in body:
            continue
        instant, zone = read_instant(body[name], name)
        times[name] = _all_day_instant(instant, zone, existing) if all_day else instant
        times.setdefault("zone", zone)
    if "isAllDay" in body:
        times["all_day"] = all_day
    start = times.get("start", existing.start if existing else None)
    end = times.get("end", existing.end if existing else None)
    if start and end and end < start:
        raise bad_request("End time must be after start time.", "ErrorCalendarEndDateIsEarlierThanStartDate")
    if start and end and end - start > timedelta(days=1825):
        raise bad_request("The duration is too long.", "ErrorCalendarDurationIsTooLong")
    return times


def _all_day_instant(instant: datetime, zone: ZoneInfo, existing: Item | None) -> datetime:
    local = instant.astimezone(zone)
    if (local.hour, local.minute, local.second) != (0, 0, 0):
        message = "The Event.Start and Event.End properties of an all-day event must be midnight."
        raise GraphApiError(400, "ErrorInvalidRequest", message)
    return midnight(local.date(), existing.zone if existing else zone)


def _text(field: str) -> Callable[[str, Any], dict[str, Any]]:
    def read(name: str, value: Any) -> dict[str, Any]:
        if value is not None and not isinstance(value, str):
            raise bad_request(f"Cannot convert the value of {name} to a string.", "RequestBodyRead")
        return {field: value or ""}

    return read


def _choice(field: str) -> Callable[[str, Any], dict[str, Any]]:
    def read(name: str, value: Any) -> dict[str, Any]:
        known = {choice.lower(): choice for choice in CHOICES[name]}
        if str(value).lower() not in known:
            raise bad_request(f"Requested value '{value}' was not found for {name}.", "RequestBodyRead")
        return {field: known[str(value).lower()]}

    return read


def _body(_name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise bad_request("body must be an itemBody.", "RequestBodyRead")
    return {"body": str(value.get("content") or ""), "body_kind": str(value.get("contentType") or "text").lower()}


def _location(_name: str, value: Any) -> dict[str, Any]:
    return {"location": str((value or {}).get("displayName") or "")}


def _flag(field: str) -> Callable[[str, Any], dict[str, Any]]:
    return lambda _name, value: {field: bool(value)}


_READERS: dict[str, Callable[[str, Any], dict[str, Any]]] = {
    "subject": _text("subject"),
    "showAs": _choice("show_as"),
    "sensitivity": _choice("sensitivity"),
    "importance": _choice("importance"),
    "body": _body,
    "location": _location,
    "isOnlineMeeting": _flag("online"),
    "responseRequested": _flag("response_requested"),
    "categories": lambda _name, value: {"categories": tuple(map(str, value or ()))},
}
