"""Chats: what is asked of Graph, what is made of its answers, and a whole conversation in a simulated tenant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph import client, errors, people
from graph.chats import ChatMessage, Chats
from graph.features import Feature
from graph.people import People
from graph.session import Session
from tests.graph.tenant import Tenant, served
from tests.graph.test_directory import ask
from tests.graph.wire_doubles import GRAPH, Script, ok, refusal

KIOSK_APP = "11111111-aaaa-4bbb-8ccc-000000000002"
DEVICE = "mydesk@contoso.example"
LOUISE = "louise.holm@nordhavn.example"
KIOSK = frozenset({Feature.PEOPLE, Feature.GROUPS, Feature.PROFILES, Feature.CHAT, Feature.CHAT_ANSWERS, Feature.MAIL})
AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def message(text: str = "kommer", kind: str = "text", at: str = "08:01:00", **more: Any) -> Any:
    return {
        "id": f"m-{at}",
        "messageType": "message",
        "createdDateTime": f"2026-11-23T{at}.123Z",
        "deletedDateTime": None,
        "from": {"user": {"id": "u1", "displayName": "Anna"}, "application": None},
        "body": {"contentType": kind, "content": text},
        **more,
    }


def chats(script: Script, work: Any) -> Any:
    return ask(script, lambda http: work(Chats(http, GRAPH, DEVICE)))


def test_a_chat_is_opened_with_the_account_and_the_person() -> None:
    script = Script(ok({"id": "19:x@unq.gbl.spaces"}, 201))
    assert chats(script, lambda one: one.open("o'neill@contoso.example")) == "19:x@unq.gbl.spaces"
    sent = script.json()
    assert sent["chatType"] == "oneOnOne"
    assert [member["user@odata.bind"] for member in sent["members"]] == [
        f"{GRAPH}/users('{DEVICE}')", f"{GRAPH}/users('o''neill@contoso.example')",
    ]  # fmt: skip


def test_without_an_account_it_is_said_which_key_is_missing() -> None:
    with pytest.raises(errors.BadRequest, match="account"):
        ask(Script(ok({})), lambda http: Chats(http, GRAPH, "").open("u1"))


def test_a_post_is_never_repeated_by_itself() -> None:
    script = Script(httpx.RemoteProtocolError("cut"))
    with pytest.raises(errors.NetworkDown):
        chats(script, lambda one: one.post("19:x@unq", "Din gæst er her"))
    assert len(script.requests) == 1
    script = Script(ok(message("Din gæst er her"), 201))
    chats(script, lambda one: one.post("19:x/y@unq", "Din gæst er her"))
    assert script.requests[0].url.raw_path == b"/v1.0/chats/19:x%2Fy@unq/messages"
    assert script.json() == {"body": {"contentType": "text", "content": "Din gæst er her"}}


def test_answers_are_the_new_messages_of_people_oldest_first() -> None:
    answers = [
        message("<p>om&nbsp;5 <b>min</b></p>", kind="html", at="08:03:00"),
        message("x", messageType="unknownFutureValue") | {"from": None},
        message("x") | {"from": {"user": None, "application": {"id": "a"}}},
        message("x", deletedDateTime="2026-11-23T08:02:00Z"),
        message('<attachment id="1"></attachment><div>kommer</div>', kind="html", at="08:02:00"),
        message("old, but somebody liked it", at="07:59:00"),
    ]
    script = Script(ok({"value": answers}))
    found = chats(script, lambda one: one.since("19:x", AT))
    assert [(one.text, one.at.minute) for one in found] == [("kommer", 2), ("om 5 min", 3)]
    query = dict(script.requests[0].url.params)
    assert query == {
        "$top": "50",
        "$orderby": "lastModifiedDateTime desc",
        "$filter": "lastModifiedDateTime gt 2026-11-23T08:00:00.000000Z",
    }
    assert "kommer" not in repr(found)


@pytest.mark.parametrize(
    "broken",
    [
        None, {}, {"value": None}, {"value": [None]}, {"value": [message(createdDateTime="08:00")]},
        {"value": [message(createdDateTime="2026-11-23T08:00:00")]}, {"value": [message(body=None)]},
        {"value": [message() | {"from": {"user": {"id": None}}}]},
    ],
)  # fmt: skip
def test_answers_of_the_wrong_shape(broken: Any) -> None:
    with pytest.raises(errors.BadAnswer):
        chats(Script(ok(broken)), lambda one: one.since("19:x", AT))


def test_an_endless_answer_is_cut() -> None:
    found = chats(Script(ok({"value": [message("<p>" + "x" * 200_000, kind="html")]})), lambda one: one.since("c", AT))
    assert len(found[0].text) == 500


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(403, "Forbidden"), errors.AccessDenied),
        (refusal(404, "NotFound"), errors.NotFound),
        (refusal(429, "TooManyRequests", retry_after="60"), errors.Throttled),
        (ok({"id": ""}), errors.BadAnswer),
    ],
)
def test_refusals(answer: httpx.Response, error: type[errors.GraphError]) -> None:
    with pytest.raises(error) as caught:
        chats(Script(answer), lambda one: one.open("anna@contoso.example"))
    assert "anna" not in f"{caught.value} {caught.value.hint}".casefold()


@pytest.mark.parametrize(
    ("answer", "may"),
    [
        (httpx.ConnectError("refused"), False),
        (httpx.ConnectTimeout("slow"), False),
        (httpx.ProxyError("407"), False),
        (httpx.ReadError("cut"), True),
        (httpx.ReadTimeout("slow"), True),
        (httpx.RemoteProtocolError("cut"), True),
        (refusal(403, "Forbidden"), False),
        (refusal(429, "TooManyRequests", retry_after="60"), False),
        (refusal(503, "ServiceUnavailable"), False),
        (refusal(504, "GatewayTimeout"), True),
        (httpx.Response(201, text="{", headers={"content-type": "application/json"}), True),
        (httpx.Response(200, text="<html>", headers={"content-type": "text/html"}), False),
    ],
)
def test_an_error_says_whether_the_message_may_stand_there(answer: Any, may: bool) -> None:
    with pytest.raises(errors.GraphError) as caught:
        chats(Script(answer), lambda one: one.post("19:x", "Din gæst er her"))
    assert caught.value.may_have_arrived is may


def test_members_of_a_group_are_read_to_the_last_page() -> None:
    anna = {"id": "u1", "displayName": "Anna", "mail": "a@x.y", "department": "Salg", "preferredLanguage": "es-ES"}
    gone = {"id": "u2", "displayName": "Bo", "mail": "b@x.y", "accountEnabled": False}
    nameless = {"id": "u3", "displayName": "No address"}
    first = ok({"value": [anna, gone], "@odata.nextLink": f"{GRAPH}/groups/g/transitiveMembers?$skiptoken=2"})
    script = Script(first, ok({"value": [nameless, anna | {"id": "u4"}]}))
    found = ask(script, lambda http: People(http).members("g/1"))
    assert [(one.id, one.language) for one in found] == [("u1", "es-ES"), ("u4", "es-ES")]
    assert script.requests[0].url.raw_path.startswith(b"/v1.0/groups/g%2F1/transitiveMembers/microsoft.graph.user?")
    assert script.requests[0].headers["consistencylevel"] == "eventual"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with served(tmp_path_factory.mktemp("office")) as tenant:
        yield tenant


@pytest.fixture
def kiosk(office: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """The office as it opens, and the kiosk signed in."""
    monkeypatch.setattr(client, "_FIRST_PAUSE_S", 0.0)
    office.reopen()
    tenant = Tenant(office.simulator, tmp_path)
    assert tenant.sign_in(client_id=KIOSK_APP, features=KIOSK).key == "signed-in"
    return tenant


def run(tenant: Tenant, work: Any) -> Any:
    return tenant.run(work, features=KIOSK, client_id=KIOSK_APP)


def test_a_conversation(kiosk: Tenant) -> None:
    async def work(session: Session) -> tuple[ChatMessage, ...]:
        chat = await session.chats.open(LOUISE)
        assert await session.chats.open(LOUISE) == chat
        began = datetime.now(UTC) - timedelta(minutes=1)
        await session.chats.post(chat, "Din gæst er i lobbyen.")
        kiosk.control("POST", f"people/{LOUISE}/chat", text="Jeg kommer om 5 min")
        return await session.chats.since(chat, began)

    told, answer = run(kiosk, work)
    assert told.text == "Din gæst er i lobbyen."
    louise = next(person.id for person in kiosk.simulator.tenant.office.people if person.address == LOUISE)
    assert (answer.sender_id, answer.text) == (louise, "Jeg kommer om 5 min")


def test_a_host_without_teams_is_refused_and_one_whose_answer_is_lost_is_not_told_twice(kiosk: Tenant) -> None:
    async def work(session: Session) -> None:
        chat = await session.chats.open(LOUISE)
        kiosk.fault("drop", "messages", after=True, count=1)
        with pytest.raises(errors.NetworkDown):
            await session.chats.post(chat, "Din gæst er i lobbyen.")
        kiosk.control("POST", f"people/{LOUISE}/licences", teams=False)
        with pytest.raises(errors.Refused):
            await session.chats.open(LOUISE)

    run(kiosk, work)
    assert len(kiosk.control("GET", f"people/{LOUISE}/chat")["messages"]) == 1


def test_hosts_of_a_group_page_by_page(kiosk: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "PAGE", 5)
    group = next(one for one in kiosk.simulator.tenant.office.groups if one.name == "Hosts")
    found = run(kiosk, lambda session: session.people.members(group.id))
    assert {one.address for one in found} == set(group.members) - {"ole.bo@nordhavn.example"}
    assert len(kiosk.requests("/groups/")) == 3
    assert {one.department for one in found if one.name == "Bente Jensen"} == {"Reception"}


@pytest.mark.parametrize("kind", ["html", "truncate", "drop", "hang"])
def test_half_a_group_is_no_group(kiosk: Tenant, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(people, "PAGE", 5)
    group = next(one for one in kiosk.simulator.tenant.office.groups if one.name == "Hosts")
    kiosk.fault(kind, "transitiveMembers", skip=1)
    network = kiosk.network(read_timeout_s=1.0, total_timeout_s=2)

    async def work(session: Session) -> None:
        await session.people.members(group.id)

    with pytest.raises(errors.GraphError):
        kiosk.run(work, features=KIOSK, client_id=KIOSK_APP, network=network)
