"""POST getSchedule: free and busy of many mailboxes in one call."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from simulator.answers import json_answer
from simulator.api.call import Call
from simulator.api.errors import bad_request
from simulator.api.event_input import read_instant
from simulator.api.event_json import Look, date_time_zone
from simulator.api.permissions import READ_CALENDAR
from simulator.api.router import Route
from simulator.events import Item
from simulator.rights import View, may_read, view_of

DIGITS = {"free": "0", "tentative": "1", "busy": "2", "oof": "3", "workingElsewhere": "4"}
RANK = "04123"
LONGEST = timedelta(days=62)
MOST_ADDRESSES = 20


def get_schedule(call: Call) -> Response:
    """The answer for all addresses; one that fails has an error of its own."""
    body = call.json()
    addresses, interval = body.get("schedules"), body.get("availabilityViewInterval") or 30
    if not isinstance(addresses, list) or not 1 <= len(addresses) <= MOST_ADDRESSES:
        raise bad_request(f"schedules must hold 1 to {MOST_ADDRESSES} addresses.", "ErrorInvalidRequest")
    if not isinstance(interval, int) or not 5 <= interval <= 1440:
        raise bad_request("availabilityViewInterval is from 5 to 1440 minutes.", "ErrorInvalidMergedFreeBusyInterval")
    start, end = read_instant(body.get("startTime"), "startTime")[0], read_instant(body.get("endTime"), "endTime")[0]
    if not timedelta() < end - start <= LONGEST:
        raise bad_request("The time window is not between 0 and 62 days.", "ErrorTimeIntervalTooBig")
    value = [_schedule(call, str(address), start, end, interval) for address in addresses]
    return json_answer(
        {"@odata.context": f"{call.base_url}/v1.0/$metadata#Collection(scheduleInformation)", "value": value}
    )


def _schedule(call: Call, text: str, start: datetime, end: datetime, interval_min: int) -> dict[str, Any]:
    address = call.tenant.directory.address(text)
    if address is None:
        error = {"message": f"Mail recipient not found: {text}", "responseCode": "ErrorMailRecipientNotFound"}
        return {"scheduleId": text, "availabilityView": "", "error": error}
    role = call.tenant.rights.role(address, call.grant.account)
    if role == "none":
        error = {"message": "No free/busy access.", "responseCode": "ErrorNoFreeBusyAccess"}
        return {"scheduleId": text, "availabilityView": "", "error": error}
    shown = [item for item in call.tenant.mailboxes.calendar(address).view(start, end) if item.show_as != "free"]
    return {
        "scheduleId": text,
        "availabilityView": _digits(shown, start, end, timedelta(minutes=interval_min)),
        "scheduleItems": [_item(call, item, role) for item in shown],
        "workingHours": {
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "startTime": "08:00:00.0000000",
            "endTime": "17:00:00.0000000",
            "timeZone": {"name": "Romance Standard Time"},
        },
    }


def _item(call: Call, item: Item, role: str) -> dict[str, Any]:
    look = Look(call.zone, call.zone_name, immutable=False)
    shown: dict[str, Any] = {
        "status": item.show_as,
        "start": date_time_zone(item, item.start, look),
        "end": date_time_zone(item, item.end, look),
    }
    if may_read(role):
        view = view_of(role, item)
        shown["isPrivate"] = item.sensitivity in {"private", "confidential"}
        if view is not View.PRIVATE:
            shown |= {"subject": item.subject, "location": item.location, "isMeeting": bool(item.attendees)}
            shown |= {"isRecurring": item.master is not None, "isException": item.changed, "isReminderSet": False}
    return shown


def _digits(items: list[Item], start: datetime, end: datetime, step: timedelta) -> str:
    digits, at = [], start
    while at < end:
        here = [DIGITS.get(item.show_as, "0") for item in items if item.overlaps(at, min(at + step, end))]
        digits.append(max(here, key=RANK.index, default="0"))
        at += step
    return "".join(digits)


ROUTES = [
    Route("POST", "users/{user}/calendar/getSchedule", get_schedule, READ_CALENDAR),
]
