from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from graph import errors
from graph.calendars import Calendars
from graph.config import Shape
from graph.free_busy import Answer, answers_of, groups
from graph.model import BusySlot, ShowAs
from tests.graph.wire_doubles import END, START, Script, client_of, ok, refusal

A, B = "a@contoso.example", "b@contoso.example"


def item(start: str, end: str, status: str = "busy") -> dict[str, Any]:
    return {
        "start": {"dateTime": f"2026-11-23T{start}:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": f"2026-11-23T{end}:00.0000000", "timeZone": "UTC"},
        "status": status,
    }


def schedule(room: str, items: Any = None, view: Any = "0000", **more: Any) -> dict[str, Any]:
    return {"scheduleId": room, "availabilityView": view, "scheduleItems": items, **more}


def slot(start: str, end: str, show_as: ShowAs = ShowAs.BUSY) -> BusySlot:
    first, last = (datetime.fromisoformat(f"2026-11-23T{text}").replace(tzinfo=UTC) for text in (start, end))
    return BusySlot(first, last, show_as)


def answer(given: dict[str, Any]) -> Answer:
    return answers_of({"value": [given]}, [A], START)[A]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (schedule(A, []), ()),
        (schedule(A, [item("08:00", "09:00")], "0000220000"), (slot("08:00", "09:00"),)),
        (schedule(A, [item("08:00", "09:00", "Tentative")]), (slot("08:00", "09:00", ShowAs.TENTATIVE),)),
        (schedule(A, [item("08:00", "09:00", "free")]), (slot("08:00", "09:00", ShowAs.FREE),)),
        (schedule(A.upper(), []), ()),
        (schedule(A, None, "02"), (slot("07:15", "07:30"),)),
        (schedule(A, [], "3?"), (slot("07:00", "07:15", ShowAs.OOF), slot("07:15", "07:30", ShowAs.UNKNOWN))),
    ],
)
def test_answers(given: dict[str, Any], expected: tuple[BusySlot, ...]) -> None:
    assert answer(given) == expected


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (schedule(B, []), errors.BadAnswer),
        (schedule(A, "x"), errors.BadAnswer),
        (schedule(A, [], None), errors.BadAnswer),
        (schedule(A, [{"status": "busy"}]), errors.BadAnswer),
        (schedule(A, error={"responseCode": "ErrorAccessDenied"}), errors.AccessDenied),
        (schedule(A, error={"responseCode": "ErrorNoFreeBusyAccess"}), errors.AccessDenied),
        (schedule(A, error={"responseCode": "ErrorMailRecipientNotFound"}), errors.NotFound),
        (schedule(A, error={"responseCode": "5009"}), errors.ServiceFault),
        (schedule(A, error="odd"), errors.ServiceFault),
    ],
)
def test_a_room_without_an_answer_is_not_free(given: dict[str, Any], kind: type[errors.GraphError]) -> None:
    assert type(answer(given)) is kind


@pytest.mark.parametrize("data", [None, {}, {"value": None}, {"value": [None]}, {"value": [{}]}])
def test_no_answer_at_all(data: Any) -> None:
    with pytest.raises(errors.BadAnswer):
        answers_of(data, [A], START)


def test_groups_of_twenty_each_once() -> None:
    rooms = [f"r{number}@x.y" for number in range(45)]
    assert [len(group) for group in groups([*rooms, *rooms])] == [20, 20, 5]


@pytest.mark.parametrize(("shape", "path"), [("delegate", "/v1.0/me"), ("app-only", "/v1.0/users/r0@x.y")])
def test_a_call_per_group_and_an_error_for_each_room_of_a_refused_one(shape: Shape, path: str) -> None:
    rooms = [f"r{number}@x.y" for number in range(21)]

    def answer_all(request: httpx.Request) -> httpx.Response:
        return ok({"value": [schedule(room, []) for room in json.loads(request.content)["schedules"]]})

    async def run() -> dict[str, Answer]:
        client = client_of(script)
        try:
            return await Calendars(client, shape).busy(rooms, START, END)
        finally:
            await client.close()

    script = Script(answer_all, refusal(403, "ErrorAccessDenied"))
    found = asyncio.run(run())
    assert [found[room] for room in rooms[:20]] == [()] * 20
    assert isinstance(found[rooms[20]], errors.AccessDenied)
    assert script.requests[0].url.path == f"{path}/calendar/getSchedule"
    assert script.json(0)["startTime"] == {"dateTime": "2026-11-23T07:00:00.000000", "timeZone": "UTC"}

    script = Script(answer_all, httpx.ReadTimeout(""))
    with pytest.raises(errors.TimedOut):
        asyncio.run(run())
