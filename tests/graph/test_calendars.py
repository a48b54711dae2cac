"""Calendars over a scripted network: what is asked, what is made of the answers, what is never believed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import httpx
import pytest

from graph import errors
from graph.calendars import Calendars
from graph.config import Shape
from graph.events import SELECT
from graph.model import Event, NewBooking
from tests.graph.wire_doubles import (
    END,
    GRAPH,
    ROOM,
    START,
    ZONE,
    Script,
    client_of,
    empty,
    event,
    ok,
    refusal,
    without,
)

T = TypeVar("T")
EVENT = Event("AAMk/1+=", START, END, etag='W/"v1"')
BOOKING = NewBooking(START, END, "Reserved", "t-1")
TIMES = {
    "start": {"dateTime": "2026-11-23T07:00:00.0000000", "timeZone": "UTC"},
    "end": {"dateTime": "2026-11-23T19:00:00.0000000", "timeZone": "UTC"},
}
DUPLICATE = {"error": {"code": "ErrorDuplicateTransactionId", "message": "used"}}


def ask(script: Script, work: Callable[[Calendars], Awaitable[T]], shape: Shape = "delegate") -> T:
    async def run() -> T:
        client = client_of(script)
        try:
            return await work(Calendars(client, shape))
        finally:
            await client.close()

    return asyncio.run(run())


def sent(script: Script, place: int = -1) -> tuple[str, str]:
    request = script.requests[place]
    return request.method, request.url.raw_path.decode().partition("?")[0].removeprefix("/v1.0")


def test_a_window() -> None:
    script = Script(ok({"value": [event(), event(id="b")]}))
    read = ask(script, lambda calendars: calendars.view(ROOM, START, END, zone=ZONE))
    assert sent(script) == ("GET", "/users/sal-1@contoso.example/calendarView")
    assert dict(script.requests[0].url.params) == {
        "startDateTime": "2026-11-23T07:00:00.000000Z",
        "endDateTime": "2026-11-23T19:00:00.000000Z",
        "$select": SELECT,
        "$orderby": "start/dateTime",
        "$top": "100",
    }
    assert [found.id for found in read.events] == ["AAMk/1+=", "b"]
    assert (read.start, read.end, read.read_at_s) == (START, END, 1000.0)


@pytest.mark.parametrize(
    ("shape", "owner"),
    [("room-account", "/me"), ("delegate", f"/users/{ROOM}"), ("app-only", f"/users/{ROOM}")],
)
def test_whose_calendar(shape: Shape, owner: str) -> None:
    script = Script(ok({"value": []}), ok(event(), 201), empty(204))

    async def work(calendars: Calendars) -> None:
        await calendars.view(ROOM, START, END, zone=ZONE)
        await calendars.create(ROOM, BOOKING, zone=ZONE)
        await calendars.delete(ROOM, EVENT)

    ask(script, work, shape)
    assert [sent(script, place) for place in range(3)] == [
        ("GET", f"{owner}/calendarView"),
        ("POST", f"{owner}/events"),
        ("DELETE", f"{owner}/events/AAMk%2F1%2B%3D"),
    ]


@pytest.mark.parametrize("room", ["a/../b@x.y", "a?b@x.y", "a#b@x.y", "o'brien@x.y", "sål@x.y"])
def test_addresses_stay_one_piece_of_the_path(room: str) -> None:
    script = Script(ok({"value": []}))
    ask(script, lambda calendars: calendars.view(room, START, END, zone=ZONE))
    assert len(sent(script)[1].split("/")) == 4
    assert script.requests[0].url.params["$top"] == "100"


def test_all_pages_or_nothing_and_each_event_once() -> None:
    link = f"{GRAPH}/p2"
    script = Script(
        ok({"value": [event(), event(id="b")], "@odata.nextLink": link}),
        ok({"value": [event(id="b", subject="moved")]}),
    )
    read = ask(script, lambda calendars: calendars.view(ROOM, START, END, zone=ZONE))
    assert [(found.id, found.subject) for found in read.events] == [("AAMk/1+=", "Budget"), ("b", "moved")]


@pytest.mark.parametrize("broken", [without("start"), event(showAs=3), None, "x", event(isAllDay="no")])
def test_one_malformed_event_spoils_the_whole_read(broken: Any) -> None:
    script = Script(ok({"value": [event(), broken]}))
    with pytest.raises(errors.BadAnswer):
        ask(script, lambda calendars: calendars.view(ROOM, START, END, zone=ZONE))


@pytest.mark.parametrize("data", [None, [], {}, {"value": None}, {"value": {}}, {"error": {"code": "x"}}, 7, "x"])
def test_a_wrong_shape_is_not_an_empty_calendar(data: Any) -> None:
    with pytest.raises(errors.BadAnswer):
        ask(Script(ok(data)), lambda calendars: calendars.view(ROOM, START, END, zone=ZONE))


def test_one_event_is_read_whole_for_its_age() -> None:
    script = Script(ok(event(createdDateTime="2026-11-23T06:59:59.5Z")))
    found = ask(script, lambda calendars: calendars.event(ROOM, "AAMk/1+=", zone=ZONE))
    assert found.created is not None
    assert sent(script)[1].endswith("/events/AAMk%2F1%2B%3D")
    assert "$select" not in script.requests[0].url.params


def test_booking_is_repeated_with_the_same_id() -> None:
    script = Script(httpx.RemoteProtocolError("cut"), ok(event(), 201))
    ask(script, lambda calendars: calendars.create(ROOM, BOOKING, zone=ZONE))
    assert [script.json(place)["transactionId"] for place in (0, 1)] == ["t-1", "t-1"]


def test_booking_that_got_no_answer_is_not_known() -> None:
    script = Script(httpx.ReadTimeout(""))
    with pytest.raises(errors.TimedOut):
        ask(script, lambda calendars: calendars.create(ROOM, BOOKING, zone=ZONE))
    assert len(script.requests) == 1


@pytest.mark.parametrize("status", [400, 409])
def test_a_duplicate_is_a_success_by_the_id_graph_names(status: int) -> None:
    body = {"error": {**DUPLICATE["error"], "@event.existingEventId": "AAMk1"}}
    script = Script(ok(body, status), ok(event(id="AAMk1")))
    made = ask(script, lambda calendars: calendars.create(ROOM, BOOKING, zone=ZONE))
    assert (made.id, sent(script)) == ("AAMk1", ("GET", f"/users/{ROOM}/events/AAMk1"))


@pytest.mark.parametrize("status", [400, 409])
@pytest.mark.parametrize(
    "mine",
    [
        event(id="mine", transactionId="t-1"),
        event(id="mine", **TIMES, isOrganizer=True, subject="Reserved"),
    ],
)
def test_a_duplicate_is_found_again_without_an_id(status: int, mine: dict[str, Any]) -> None:
    others = [event(id="x", transactionId="t-2", **TIMES), event(id="y", **TIMES), event(id="z", isOrganizer=True)]
    script = Script(ok(DUPLICATE, status), ok({"value": [*others, mine]}))
    assert ask(script, lambda calendars: calendars.create(ROOM, BOOKING, zone=ZONE)).id == "mine"


def test_a_duplicate_that_was_deleted_since_is_gone() -> None:
    script = Script(ok(DUPLICATE, 409), ok({"value": [event(id="x", transactionId="t-2")]}))
    with pytest.raises(errors.NotFound) as caught:
        ask(script, lambda calendars: calendars.create(ROOM, BOOKING, zone=ZONE))
    assert caught.value.what == "event"


def test_the_end_moves_only_if_nothing_else_did() -> None:
    script = Script(ok(event()))
    end = END + timedelta(minutes=15)
    ask(script, lambda calendars: calendars.set_end(ROOM, EVENT, end, zone=ZONE))
    assert script.requests[0].method == "PATCH"
    assert script.requests[0].headers["if-match"] == 'W/"v1"'
    assert script.json() == {"end": {"dateTime": "2026-11-23T19:15:00.000000", "timeZone": "UTC"}}

    stale = Script(refusal(412, "ErrorIrresolvableConflict"))
    with pytest.raises(errors.Conflict):
        ask(stale, lambda calendars: calendars.set_end(ROOM, EVENT, end, zone=ZONE))
    assert len(stale.requests) == 1


def test_declining_tells_the_organizer() -> None:
    script = Script(empty(202))
    ask(script, lambda calendars: calendars.decline(ROOM, EVENT, "Nobody came."))
    assert sent(script) == ("POST", f"/users/{ROOM}/events/AAMk%2F1%2B%3D/decline")
    assert script.json() == {"sendResponse": True, "comment": "Nobody came."}


def test_what_is_gone_is_deleted_and_a_missing_mailbox_is_an_error() -> None:
    ask(Script(refusal(404, "ErrorItemNotFound")), lambda calendars: calendars.delete(ROOM, EVENT))
    with pytest.raises(errors.NotFound):
        ask(Script(refusal(404, "ErrorInvalidUser")), lambda calendars: calendars.delete(ROOM, EVENT))


def test_check_in_with_places() -> None:
    script = Script(ok({}, 201), ok({"checkInMethod": "manual"}), refusal(404, "itemNotFound"), ok({}, 201))

    async def work(calendars: Calendars) -> tuple[bool, bool]:
        await calendars.check_in("place-1", "0400-1")
        found = await calendars.checked_in("place-1", "0400-1"), await calendars.checked_in("place-1", "0400-2")
        await calendars.check_in("place-1", "0400-2", method="inferred")
        return found

    assert ask(script, work) == (True, False)
    assert sent(script, 0) == ("POST", "/places/place-1/checkIns")
    assert script.json(0) == {"calendarEventId": "0400-1", "checkInMethod": "manual"}
    assert script.json(3) == {"calendarEventId": "0400-2", "checkInMethod": "inferred"}
