"""Events: create, read, change, delete, answer, cancel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from simulator.answers import json_answer
from simulator.api.calendar_view import PAGE, check_select, preference_applied, rendered, window
from simulator.api.call import Call
from simulator.api.errors import GraphApiError, bad_request, item_not_found
from simulator.api.event_input import read_changes
from simulator.api.event_json import Look, as_dict
from simulator.api.permissions import READ_CALENDAR, WRITE_CALENDAR
from simulator.api.router import Route
from simulator.events import Item
from simulator.mailboxes import Draft
from simulator.rights import View, view_of


def find(call: Call) -> Item:
    """The event in the path.

    Raises:
        GraphApiError: 400 malformed id, 404 gone or in another mailbox.
    """
    try:
        item = call.tenant.mailboxes.calendar(call.mailbox).find(call.params["event"])
    except ValueError as error:
        raise bad_request(str(error), "ErrorInvalidIdMalformed") from None
    if item is None:
        raise item_not_found()
    return item


def shown(call: Call, item: Item, role: str, status: int = 200) -> Response:
    """One event as the answer."""
    look = Look(call.zone, call.zone_name, call.immutable, view_of(role, item))
    context = f"{call.base_url}/v1.0/$metadata#users('{call.params['user']}')/events/$entity"
    body = {"@odata.context": context} | as_dict(item, look, call.select)
    headers = {"ETag": item.etag} | preference_applied(call)
    if status == 201:
        event_id = item.id(immutable=call.immutable)
        headers["Location"] = f"{call.base_url}/v1.0/users/{call.params['user']}/events/{event_id}"
    return json_answer(body, status, headers)


def read(call: Call) -> Response:
    """GET one event: here createdDateTime may be selected."""
    role = call.require_read()
    check_select(call)
    return shown(call, find(call), role)


def collection(call: Call) -> Response:
    """GET events: single items and series, not expanded."""
    role = call.require_read()
    check_select(call)
    items = sorted(call.tenant.mailboxes.calendar(call.mailbox).items.values(), key=lambda item: item.start)
    size, skip = call.page_size(PAGE), call.number("skip", 0)
    answer: dict[str, Any] = {"value": rendered(call, items[skip : skip + size], role)}
    if skip + size < len(items):
        answer["@odata.nextLink"] = call.next_link(skip + size)
    return json_answer(answer, headers=preference_applied(call))


def instances(call: Call) -> Response:
    """GET the occurrences of a series in a window."""
    role = call.require_read()
    master = find(call)
    start, end = window(call)
    items = [item for item in call.tenant.mailboxes.calendar(call.mailbox).view(start, end) if item.master is master]
    return json_answer({"value": rendered(call, items, role)}, headers=preference_applied(call))


def create(call: Call) -> Response:
    """POST events: in the mailbox of the path, without asking whether it is free."""
    role = call.require_write()
    body = call.json()
    transaction_id = body.get("transactionId")
    if transaction_id:
        _refuse_duplicate(call, str(transaction_id))
    fields = read_changes(body, call.tenant.directory, None)
    if "start" not in fields or "end" not in fields:
        raise bad_request("The start and end of an event are required.", "ErrorInvalidRequest")
    if transaction_id:
        fields["transaction_id"] = str(transaction_id)
    fields.setdefault("subject", "")
    item = call.tenant.meetings.create(call.mailbox, Draft(**fields), call.now)
    return shown(call, item, role, 201)


def _refuse_duplicate(call: Call, transaction_id: str) -> None:
    existing = call.tenant.mailboxes.calendar(call.mailbox).by_transaction(transaction_id)
    if existing is not None:
        raise GraphApiError(
            call.tenant.duplicate_status,
            "ErrorDuplicateTransactionId",
            f"The TransactionId '{transaction_id}' has already been used to create a different event.",
            extra={"@event.existingEventId": existing.id(immutable=call.immutable)},
        )


def update(call: Call) -> Response:
    """PATCH an event: the organizer's reaches everybody, an attendee's stays in this mailbox."""
    role = call.require_write()
    item = find(call)
    _check_visible(role, item)
    _check_match(call, item)
    changes = read_changes(call.json(), call.tenant.directory, item)
    if item.master is not None:
        changes.pop("recurrence", None)
        _check_boundary(item, changes)
    changes.pop("zone", None)
    return shown(call, call.tenant.meetings.update(item, changes, call.now), role)


def _check_boundary(item: Item, changes: dict[str, Any]) -> None:
    if "start" not in changes or item.master is None:
        return
    calendar_day = changes["start"].astimezone(item.zone).date()
    recurrence, day = item.master.recurrence, item.day
    if recurrence is None or day is None or calendar_day == day:
        return
    low, high = sorted((calendar_day, day))
    between = (low.toordinal() + step for step in range(high.toordinal() - low.toordinal() + 1))
    crossed = [
        number for number in between if number != day.toordinal() and recurrence.meets_on(low.fromordinal(number))
    ]
    if crossed:
        raise bad_request(
            "Modified occurrence is crossing or overlapping adjacent occurrence.", "ErrorOccurrenceCrossingBoundary"
        )


def delete(call: Call) -> Response:
    """DELETE an event: an organizer calls it off, an attendee loses the copy."""
    role = call.require_write()
    item = find(call)
    _check_visible(role, item)
    _check_match(call, item)
    call.tenant.meetings.delete(item, call.now)
    return Response(status_code=204)


def cancel(call: Call) -> Response:
    """POST cancel: the organizer only."""
    call.require_write()
    item = find(call)
    if not item.is_organizer:
        raise bad_request("Your request can't be completed. You need to be an organizer to cancel a meeting.")
    call.tenant.meetings.cancel(item, _comment(call), call.now)
    return Response(status_code=202)


def answering(response: str) -> Callable[[Call], Response]:
    """The handler of accept, tentativelyAccept or decline."""

    def answer(call: Call) -> Response:
        call.require_write()
        item = find(call)
        if item.is_organizer:
            raise bad_request("You can't respond to this meeting because you're the meeting organizer.")
        send = call.json().get("sendResponse", call.json().get("SendResponse", True))
        call.tenant.meetings.respond(item, response, call.now, send=bool(send), comment=_comment(call))
        return Response(status_code=202)

    return answer


def _comment(call: Call) -> str:
    body = call.json()
    return str(body.get("comment") or body.get("Comment") or "")


def _check_match(call: Call, item: Item) -> None:
    wanted = call.headers.get("if-match")
    if wanted and wanted != "*" and wanted != item.etag:
        message = "The change key passed in the request does not match the current change key for the item."
        raise GraphApiError(412, "ErrorIrresolvableConflict", message)


def _check_visible(role: str, item: Item) -> None:
    if view_of(role, item) is View.PRIVATE:
        raise GraphApiError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


_EVENT = "users/{user}/events/{event}"
_IN_CALENDAR = "users/{user}/calendar/events/{event}"
ACTIONS = {
    "accept": answering("accepted"),
    "tentativelyAccept": answering("tentativelyAccepted"),
    "decline": answering("declined"),
    "cancel": cancel,
}

ROUTES = [
    Route("GET", "users/{user}/events", collection, READ_CALENDAR),
    Route("GET", "users/{user}/calendar/events", collection, READ_CALENDAR),
    Route("POST", "users/{user}/events", create, WRITE_CALENDAR),
    Route("POST", "users/{user}/calendar/events", create, WRITE_CALENDAR),
    Route("GET", f"{_EVENT}/instances", instances, READ_CALENDAR),
]
for _path in (_EVENT, _IN_CALENDAR):
    ROUTES += [
        Route("GET", _path, read, READ_CALENDAR),
        Route("PATCH", _path, update, WRITE_CALENDAR),
        Route("DELETE", _path, delete, WRITE_CALENDAR),
    ]
    ROUTES += [Route("POST", f"{_path}/{name}", handler, WRITE_CALENDAR) for name, handler in ACTIONS.items()]
