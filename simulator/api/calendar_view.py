"""GET calendarView: everything that overlaps a window, expanded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import Response

from simulator.answers import json_answer
from simulator.api.call import Call
from simulator.api.errors import bad_request
from simulator.api.event_json import Look, render, unknown_properties
from simulator.api.permissions import READ_CALENDAR
from simulator.api.router import Route
from simulator.events import Item
from simulator.rights import view_of

PAGE = 10
LONGEST = timedelta(days=1825)
NOT_SELECTABLE = frozenset({"createddatetime", "lastmodifieddatetime"})
SORT_KEYS: dict[str, Callable[[Item], Any]] = {
    "start/datetime": lambda item: item.start,
    "end/datetime": lambda item: item.end,
    "subject": lambda item: item.subject,
}
KNOWN = frozenset({"startdatetime", "enddatetime", "select", "top", "skip", "orderby", "count"})


def calendar_view(call: Call) -> Response:
    """One page of the window."""
    role = call.require_read()
    _check_options(call)
    start, end = window(call)
    items = _sorted(call.tenant.mailboxes.calendar(call.mailbox).view(start, end), call.query.get("orderby"))
    size, skip = call.page_size(PAGE), call.number("skip", 0)
    page = items[skip : skip + size]
    answer: dict[str, Any] = {
        "@odata.context": f"{call.base_url}/v1.0/$metadata#users('{call.params['user']}')/calendarView"
    }
    if call.query.get("count", "").lower() == "true":
        answer["@odata.count"] = len(items)
    answer["value"] = rendered(call, page, role)
    if skip + size < len(items):
        answer["@odata.nextLink"] = call.next_link(skip + size)
    return json_answer(answer, headers=preference_applied(call))


def rendered(call: Call, items: list[Item], role: str) -> list[object]:
    """The JSON of items as this caller may see them."""
    select, zone, zone_name, immutable = call.select, call.zone, call.zone_name, call.immutable
    return [render(item, Look(zone, zone_name, immutable, view_of(role, item)), select) for item in items]


def preference_applied(call: Call) -> dict[str, str]:
    """The header that says which preferences were followed."""
    applied = ['IdType="ImmutableId"'] if call.immutable else []
    if "outlook.timezone" in call.headers.get("prefer", "").lower():
        applied.append(f'outlook.timezone="{call.zone_name}"')
    return {"Preference-Applied": ", ".join(applied)} if applied else {}


def _check_options(call: Call) -> None:
    if NOT_SELECTABLE & set(call.select):
        raise bad_request("createdDateTime and lastModifiedDateTime cannot be selected here.", "ErrorInvalidProperty")
    check_select(call)
    unknown = call.query.keys() - KNOWN
    if unknown:
        raise bad_request(f"The query option '{min(unknown)}' is not supported here.", "ErrorInvalidUrlQuery")


def check_select(call: Call) -> None:
    """Refuse a $select of properties that an event does not have.

    Raises:
        GraphApiError: 400.
    """
    if unknown := unknown_properties(call.select):
        raise bad_request(
            f"Could not find a property named '{unknown[0]}' on type 'Microsoft.OutlookServices.Event'.",
            "RequestBroker--ParseUri",
        )


def window(call: Call) -> tuple[datetime, datetime]:
    """The window of the query; instants without an offset are UTC.

    Raises:
        GraphApiError: 400, it is missing or not one.
    """
    start, end = (_instant(call, name) for name in ("startdatetime", "enddatetime"))
    if end < start or end - start > LONGEST:
        raise bad_request("endDateTime must be after startDateTime, and at most 1825 days.", "ErrorInvalidParameter")
    return start, end


def _instant(call: Call, name: str) -> datetime:
    text = call.query.get(name)
    if not text:
        message = "This request requires a time window: the query parameters StartDateTime and EndDateTime."
        raise bad_request(message, "ErrorInvalidParameter")
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise bad_request(f"The value '{text}' of parameter '{name}' is invalid.", "ErrorInvalidParameter") from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _sorted(items: list[Item], order: str | None) -> list[Item]:
    if not order:
        return items
    for part in reversed(order.split(",")):
        name, _, direction = part.strip().partition(" ")
        key = SORT_KEYS.get(name.lower())
        if key is None or direction.strip().lower() not in {"", "asc", "desc"}:
            raise bad_request(f"The $orderby '{part.strip()}' is not supported.", "ErrorInvalidUrlQuery")
        items = sorted(items, key=key, reverse=direction.strip().lower() == "desc")
    return items


ROUTES = [
    Route("GET", "users/{user}/calendarView", calendar_view, READ_CALENDAR),
    Route("GET", "users/{user}/calendar/calendarView", calendar_view, READ_CALENDAR),
]
