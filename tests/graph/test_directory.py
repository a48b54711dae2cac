"""Places, people, presence, mail."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest

from graph import errors
from graph.client import GraphClient
from graph.mail import Mail
from graph.model import Availability, Person, Place
from graph.people import People
from graph.places import Places
from graph.presence import PresenceReader
from tests.graph.wire_doubles import GRAPH, ROOM, Script, client_of, empty, ok, refusal

T = TypeVar("T")


def ask(script: Script, work: Callable[[GraphClient], Awaitable[T]]) -> T:
    async def run() -> T:
        client = client_of(script)
        try:
            return await work(client)
        finally:
            await client.close()

    return asyncio.run(run())


def room(**changes: Any) -> dict[str, Any]:
    plain = {
        "@odata.type": "#microsoft.graph.room",
        "id": "place-1",
        "emailAddress": ROOM,
        "displayName": "Sal 1",
        "building": "B2",
        "floorNumber": 1,
        "floorLabel": "1st",
        "capacity": 8,
        "videoDeviceName": "Teams",
        "audioDeviceName": None,
        "isWheelChairAccessible": True,
        "tags": ["whiteboard", 7],
    }
    return {**plain, **changes}


SAL = Place(
    address=ROOM,
    name="Sal 1",
    building="B2",
    floor_number=1,
    floor_label="1st",
    capacity=8,
    video_device="Teams",
    wheelchair_accessible=True,
    tags=("whiteboard",),
    id="place-1",
)


def test_rooms_of_all_pages_that_have_an_address() -> None:
    script = Script(
        ok({"value": [room(), room(emailAddress=None)], "@odata.nextLink": f"{GRAPH}/p2"}), ok({"value": [room()]})
    )
    assert ask(script, lambda client: Places(client).rooms()) == (SAL, SAL)
    assert script.requests[0].url.path == "/v1.0/places/microsoft.graph.room"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (ok(room()), SAL),
        (refusal(404, "ResourceNotFound"), None),
        (ok(room(**{"@odata.type": "#microsoft.graph.roomList"})), None),
        (ok({"emailAddress": ROOM}), Place(ROOM, "")),
    ],
)
def test_one_room(answer: httpx.Response, expected: Place | None) -> None:
    assert ask(Script(answer), lambda client: Places(client).room(ROOM)) == expected


@pytest.mark.parametrize("broken", [None, {"emailAddress": 7}, {}, room(capacity="8"), room(capacity=True)])
def test_a_room_of_the_wrong_shape(broken: Any) -> None:
    with pytest.raises(errors.BadAnswer):
        ask(Script(ok(broken)), lambda client: Places(client).room(ROOM))


ANNA = {"id": "u1", "displayName": "Anna Berg", "mail": "anna@contoso.example", "department": None}


def test_people() -> None:
    script = Script(ok({"value": [ANNA, {"id": "u2", "displayName": "Anna B", "userPrincipalName": "ab@x.y"}]}))
    found = ask(script, lambda client: People(client).search("anna  be", limit=3, user=True))
    assert found == (Person("u1", "Anna Berg", "anna@contoso.example"), Person("u2", "Anna B", "ab@x.y"))
    request = script.requests[0]
    assert request.url.path == "/v1.0/users"
    assert request.url.params["$search"] == '"displayName:anna" AND "displayName:be"'
    assert request.url.params["$top"] == "3"
    assert request.headers["consistencylevel"] == "eventual"


def test_people_of_one_group() -> None:
    script = Script(ok({"value": [ANNA]}))
    ask(script, lambda client: People(client).search("an", group="g/1"))
    assert script.requests[0].url.raw_path.startswith(b"/v1.0/groups/g%2F1/members/microsoft.graph.user?")


@pytest.mark.parametrize(
    ("words", "search"),
    [
        ('an" OR "mail:x', '"displayName:an" AND "displayName:OR" AND "displayName:mail:x"'),
        ("back\\slash", '"displayName:back" AND "displayName:slash"'),
        ("x" * 500, f'"displayName:{"x" * 64}"'),
        ("a b c d e f g", " AND ".join(f'"displayName:{letter}"' for letter in "abcde")),
        ("Åse Ñandú", '"displayName:Åse" AND "displayName:Ñandú"'),
    ],
)
def test_words_cannot_leave_their_quotes(words: str, search: str) -> None:
    script = Script(ok({"value": []}))
    ask(script, lambda client: People(client).search(words))
    assert script.requests[0].url.params["$search"] == search


@pytest.mark.parametrize("words", ["", "   ", '"', "\\"])
def test_no_words_nobody_asked(words: str) -> None:
    script = Script(ok({"value": []}))
    assert ask(script, lambda client: People(client).search(words)) == ()
    assert script.requests == []


@pytest.mark.parametrize("data", [None, {}, {"value": None}, {"value": [None]}, {"value": [{"id": None}]}])
def test_people_and_presence_of_the_wrong_shape(data: Any) -> None:
    with pytest.raises(errors.BadAnswer):
        ask(Script(ok(data)), lambda client: People(client).search("anna"))
    with pytest.raises(errors.BadAnswer):
        ask(Script(ok(data)), lambda client: PresenceReader(client).of(["u1"]))


def test_presence_is_folded_and_asked_in_groups() -> None:
    ids = [f"u{number}" for number in range(700)]
    words = ["Available", "BusyIdle", "DoNotDisturb", "Offline", "BeRightBack", "PresenceUnknown", "newWord", None]
    first = ok({"value": [{"id": ids[n], "availability": word} for n, word in enumerate(words)] + [{"id": "stranger"}]})
    script = Script(first, ok({"value": []}))
    found = ask(script, lambda client: PresenceReader(client).of(ids))
    assert list(found) == ids
    assert [found[user_id].value for user_id in ids[:8]] == [
        "available", "busy", "busy", "away", "away", "unknown", "unknown", "unknown",
    ]  # fmt: skip
    assert set(list(found.values())[8:]) == {Availability.UNKNOWN}
    assert [len(script.json(place)["ids"]) for place in (0, 1)] == [650, 50]


def test_mail_is_not_kept_and_not_repeated() -> None:
    script = Script(empty(202))
    ask(script, lambda client: Mail(client, "delegate", "").send("anna@x.y", "Guest", "Your guest is here."))
    assert script.requests[0].url.path == "/v1.0/me/sendMail"
    assert script.json() == {
        "message": {
            "subject": "Guest",
            "body": {"contentType": "Text", "content": "Your guest is here."},
            "toRecipients": [{"emailAddress": {"address": "anna@x.y"}}],
        },
        "saveToSentItems": False,
    }
    script = Script(httpx.RemoteProtocolError("cut"))
    with pytest.raises(errors.NetworkDown):
        ask(script, lambda client: Mail(client, "delegate", "").send("anna@x.y", "Guest", "x"))
    assert len(script.requests) == 1


def test_app_only_mail_needs_a_sender() -> None:
    script = Script(empty(202))
    ask(script, lambda client: Mail(client, "app-only", "lobby@x.y").send("anna@x.y", "Guest", "x"))
    assert script.requests[0].url.path == "/v1.0/users/lobby@x.y/sendMail"
    with pytest.raises(errors.BadRequest, match="sender"):
        ask(script, lambda client: Mail(client, "app-only", "").send("anna@x.y", "Guest", "x"))
