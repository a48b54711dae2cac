"""The other resources: schedules, places, people, groups, presence, mail, chats, batches, delta."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import KIOSK_APP, ROOM, Lab, body

LOUISE = "louise.holm@nordhavn.example"
BENTE = "bente.jensen@nordhavn.example"
NO_RIGHT = "smaalandsfarvandet@nordhavn.example"


def kiosk(lab: Lab, method: str, path: str, **options: Any) -> Any:
    """A request of the lobby kiosk."""
    return lab.graph(method, path, token=lab.token(app=KIOSK_APP), **options)


def schedule(lab: Lab, addresses: list[str], **more: Any) -> Any:
    times = body("08:00", "16:00")
    asked = {"schedules": addresses, "startTime": times["start"], "endTime": times["end"]} | more
    return lab.graph("POST", "/me/calendar/getSchedule", json=asked)


def test_schedule(lab: Lab) -> None:
    answer = schedule(lab, [ROOM, NO_RIGHT, "x@y.example"], availabilityViewInterval=60).json()["value"]
    assert answer[0]["availabilityView"] == "22202220"
    assert answer[0]["scheduleItems"][0]["subject"] == "Budgetopfølgning"
    assert (answer[1]["availabilityView"], answer[1]["scheduleItems"]) == ("00000000", [])
    assert answer[2]["error"]["responseCode"] == "ErrorMailRecipientNotFound"


@pytest.mark.parametrize(
    "change", [{"schedules": []}, {"schedules": ["a@b.example"] * 21}, {"availabilityViewInterval": 4}]
)
def test_schedule_limits(lab: Lab, change: dict[str, Any]) -> None:
    assert schedule(lab, **({"addresses": change.pop("schedules", [ROOM])} | change)).status_code == 400


@pytest.mark.parametrize("spelling", ["microsoft.graph.room", "graph.room"])
def test_rooms(lab: Lab, spelling: str) -> None:
    page = lab.graph("GET", f"/places/{spelling}", params={"$top": "5"}).json()
    rest = lab.http.get(page["@odata.nextLink"], headers={"Authorization": f"Bearer {lab.token()}"}).json()
    rooms = page["value"] + rest["value"]
    assert len({room["id"] for room in rooms}) == 8
    one = lab.graph("GET", f"/places/{ROOM}").json()
    assert (one["displayName"], one["floorNumber"], one["capacity"], one["tags"]) == (
        "Storebælt",
        2,
        8,
        ["Skærm", "Teams"],
    )


def test_room_lists(lab: Lab) -> None:
    found = lab.graph("GET", "/places/microsoft.graph.roomlist").json()["value"][0]
    rooms = lab.graph("GET", f"/places/{found['emailAddress']}/microsoft.graph.roomlist/rooms").json()["value"]
    assert (found["displayName"], len(rooms)) == ("Nordhavn lokaler", 8)
    assert lab.graph("GET", "/places/nowhere").status_code == 404


def test_check_in(lab: Lab) -> None:
    event = lab.view().json()["value"][3]
    sent = {"calendarEventId": event["iCalUId"], "checkInMethod": "manual"}
    assert lab.graph("POST", f"/places/{ROOM}/checkIns", json=sent).status_code == 201
    assert lab.graph("GET", f"/places/{ROOM}/checkIns/{event['iCalUId']}").json()["checkInMethod"] == "manual"
    assert lab.sim.control("GET", "/_sim/check-ins")["check_ins"][0]["room"] == ROOM
    wrong = lab.graph("POST", f"/places/{ROOM}/checkIns", json=sent | {"calendarEventId": "x"})
    assert wrong.status_code == 404


@pytest.mark.parametrize(("how", "status"), [("denied", 403), ("absent", 404)])
def test_a_tenant_without_check_ins(lab: Lab, how: str, status: int) -> None:
    uid = lab.view().json()["value"][3]["iCalUId"]
    sent = {"calendarEventId": uid, "checkInMethod": "manual"}
    assert lab.sim.control("POST", "/_sim/limits", {"check_ins": how})["check_ins"] == how
    assert lab.graph("POST", f"/places/{ROOM}/checkIns", json=sent).status_code == status
    assert lab.graph("GET", f"/places/{ROOM}/checkIns/{uid}").status_code == status
    assert lab.sim.control("GET", "/_sim/check-ins")["check_ins"] == []
    lab.sim.control("POST", "/_sim/limits", {"check_ins": "on"})
    assert lab.graph("POST", f"/places/{ROOM}/checkIns", json=sent).status_code == 201


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ('"displayName:jensen mø"', ["Gitte Jensen-Møller"]),
        ('"displayName:ær"', ["Søren Ærø"]),
        ('"displayName:anne jen"', ["Anne Jensen", "Anne Jensen"]),
        ('"mail:louise" OR "displayName:åse"', ["Louise Holm", "Åse Mørk"]),
        ('"displayName:jensen" AND "department:reception"', ["Bente Jensen"]),
        ('"displayName:田中"', ["田中 美咲"]),
    ],
)
def test_search(lab: Lab, search: str, names: list[str]) -> None:
    params = {"$search": search, "$top": "10", "$select": "displayName,department", "$count": "true"}
    answer = kiosk(lab, "GET", "/users", params=params, headers={"ConsistencyLevel": "eventual"}).json()
    assert [user["displayName"] for user in answer["value"]] == names
    assert answer["@odata.count"] == len(names)
    assert answer["value"][0].keys() == {"displayName", "department"}


def test_search_needs_its_header(lab: Lab) -> None:
    answer = kiosk(lab, "GET", "/users", params={"$search": '"displayName:a"'})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "Request_UnsupportedQuery")


@pytest.mark.parametrize(
    ("clause", "count"),
    [
        ("startswith(displayName,'Louise')", 1),
        ("startswith(displayName,'Zoë O''C')", 1),
        ("startswith(givenName,'anne') or startswith(surname,'holm')", 3),
        ("mail eq 'louise.holm@nordhavn.example'", 1),
        ("department eq 'Reception' and accountEnabled eq true", 2),
        ("accountEnabled eq false", 1),
    ],
)
def test_filter(lab: Lab, clause: str, count: int) -> None:
    answer = kiosk(lab, "GET", "/users", params={"$filter": clause})
    assert len(answer.json()["value"]) == count, answer.text


def test_me_user_and_photo(lab: Lab) -> None:
    assert kiosk(lab, "GET", "/me").json()["mail"] == "mydesk@nordhavn.example"
    louise = kiosk(lab, "GET", f"/users/{LOUISE}").json()
    assert louise["jobTitle"] == "Økonomichef"
    assert kiosk(lab, "GET", f"/users/{BENTE}/photo/$value").json()["error"]["code"] == "ImageNotFound"
    assert kiosk(lab, "GET", "/users/nobody").json()["error"]["code"] == "Request_ResourceNotFound"


@pytest.mark.parametrize("kind", ["members", "transitiveMembers/microsoft.graph.user"])
def test_group_members(lab: Lab, kind: str) -> None:
    group = kiosk(lab, "GET", "/groups", params={"$filter": "displayName eq 'Reception'"}).json()["value"][0]
    members = kiosk(lab, "GET", f"/groups/{group['id']}/{kind}").json()["value"]
    assert [member["displayName"] for member in members] == ["Bente Jensen", "Maria Pedersen"]


def test_presence(lab: Lab) -> None:
    lab.sim.control("POST", f"/_sim/people/{LOUISE}/presence", {"availability": "Busy"})
    one = kiosk(lab, "GET", f"/users/{LOUISE}/presence").json()
    assert (one["availability"], one["activity"]) == ("Busy", "InAMeeting")
    sent = {"ids": [one["id"], "00000000-0000-0000-0000-000000000000"]}
    many = kiosk(lab, "POST", "/communications/getPresencesByUserId", json=sent).json()["value"]
    assert [entry["availability"] for entry in many] == ["Busy", "PresenceUnknown"]
    assert kiosk(lab, "POST", "/communications/getPresencesByUserId", json={"ids": ["x"] * 651}).status_code == 400


def test_mail(lab: Lab) -> None:
    message = {"subject": "Gæst", "body": {"contentType": "Text", "content": "Ole er her"}}
    to = {"toRecipients": [{"emailAddress": {"address": LOUISE}}]}
    sent = {"message": message | to, "saveToSentItems": False}
    assert kiosk(lab, "POST", "/me/sendMail", json=sent).status_code == 202
    mail = lab.sim.control("GET", "/_sim/mail")["sent"]
    assert [(one["to"], one["subject"], one["saved"]) for one in mail] == [([LOUISE], "Gæst", False)]
    assert (
        kiosk(lab, "POST", "/me/sendMail", json={"message": message}).json()["error"]["code"]
        == "ErrorInvalidRecipients"
    )


def test_chat(lab: Lab) -> None:
    def member(address: str) -> dict[str, Any]:
        kind = "#microsoft.graph.aadUserConversationMember"
        bound = f"https://graph.microsoft.com/v1.0/users('{address}')"
        return {"@odata.type": kind, "roles": ["owner"], "user@odata.bind": bound}

    asked = {"chatType": "oneOnOne", "members": [member("mydesk@nordhavn.example"), member(LOUISE)]}
    chat, again = (kiosk(lab, "POST", "/chats", json=asked).json() for _ in range(2))
    assert chat["id"] == again["id"]
    path = f"/chats/{chat['id']}/messages"
    assert kiosk(lab, "POST", path, json={"body": {"content": "Din gæst er her"}}).status_code == 201
    assert kiosk(lab, "GET", path).json()["value"][0]["body"]["content"] == "Din gæst er her"
    lab.sim.control("POST", "/_sim/clock", {"step_s": 5})
    assert lab.sim.control("POST", "/_sim/people/louise.holm/chat", {"text": "kommer"})["from"]["user"]["id"]
    params = {"$orderby": "lastModifiedDateTime desc", "$filter": f"lastModifiedDateTime gt {chat['createdDateTime']}"}
    answered = kiosk(lab, "GET", path, params=params).json()["value"]
    assert [message["body"]["content"] for message in answered] == ["<p>kommer</p>"]
    told = lab.sim.control("GET", "/_sim/people/louise.holm/chat")["messages"]
    assert [(one["from"], one["text"]) for one in told] == [
        ("mydesk@nordhavn.example", "Din gæst er her"), (LOUISE, "<p>kommer</p>"),
    ]  # fmt: skip
    assert LOUISE in lab.sim.control("GET", "/_sim/chat")["messages"][0]["members"]
    strangers = asked | {"members": [member(BENTE), member(LOUISE)]}
    assert kiosk(lab, "POST", "/chats", json=strangers).status_code == 403


def chat_with_louise(lab: Lab) -> str:
    people = ("mydesk@nordhavn.example", LOUISE)
    members = [{"user@odata.bind": f"https://graph.microsoft.com/v1.0/users('{one}')"} for one in people]
    chat: str = kiosk(lab, "POST", "/chats", json={"chatType": "oneOnOne", "members": members}).json()["id"]
    return chat


def test_pages_of_a_chat(lab: Lab) -> None:
    path = f"/chats/{chat_with_louise(lab)}/messages"
    for number in range(5):
        kiosk(lab, "POST", path, json={"body": {"content": str(number)}})
    page = kiosk(lab, "GET", path, params={"$top": "3"}).json()
    rest = kiosk(lab, "GET", page["@odata.nextLink"].partition("/v1.0")[2]).json()
    assert [one["body"]["content"] for one in page["value"] + rest["value"]] == ["4", "3", "2", "1", "0"]
    assert "@odata.nextLink" not in rest


@pytest.mark.parametrize(
    "params",
    [
        {"$top": "51"},
        {"$orderby": "lastModifiedDateTime asc"},
        {"$orderby": "createdDateTime desc", "$filter": "createdDateTime gt 2026-11-23T10:00:00Z"},
        {"$orderby": "lastModifiedDateTime desc", "$filter": "lastModifiedDateTime gt yesterday"},
        {"$orderby": "lastModifiedDateTime desc", "$filter": "from eq 'x'"},
    ],
)
def test_a_chat_refuses_what_it_does_not_know(lab: Lab, params: dict[str, str]) -> None:
    assert kiosk(lab, "GET", f"/chats/{chat_with_louise(lab)}/messages", params=params).status_code == 400


def test_reading_a_chat_needs_a_scope_of_its_own(lab: Lab) -> None:
    path = f"/chats/{chat_with_louise(lab)}/messages"
    lab.sim.control("POST", f"/_sim/apps/{KIOSK_APP}/consent", {"remove": ["Chat.Read"]})
    assert kiosk(lab, "GET", path).status_code == 403
    assert kiosk(lab, "POST", path, json={"body": {"content": "x"}}).status_code == 201
    lab.sim.control("POST", f"/_sim/apps/{KIOSK_APP}/consent", {"add": ["Chat.Read"]})


def test_who_has_no_teams_licence(lab: Lab) -> None:
    path = f"/chats/{chat_with_louise(lab)}/messages"
    lab.sim.control("POST", f"/_sim/people/{LOUISE}/licences", {"teams": False})
    people = ("mydesk@nordhavn.example", LOUISE)
    members = [{"user@odata.bind": f"https://graph.microsoft.com/v1.0/users('{one}')"} for one in people]
    refused = kiosk(lab, "POST", "/chats", json={"chatType": "oneOnOne", "members": members})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "Forbidden")
    assert kiosk(lab, "GET", f"/communications/presences/{LOUISE}").json()["availability"] == "PresenceUnknown"
    lab.sim.control("POST", "/_sim/people/mydesk/licences", {"teams": False})
    assert kiosk(lab, "POST", path, json={"body": {"content": "x"}}).status_code == 403


def test_who_has_no_mailbox(lab: Lab) -> None:
    message = {"subject": "Gæst", "toRecipients": [{"emailAddress": {"address": LOUISE}}]}
    lab.sim.control("POST", f"/_sim/people/{LOUISE}/licences", {"mailbox": False})
    assert kiosk(lab, "POST", "/me/sendMail", json={"message": message}).status_code == 202
    assert lab.sim.control("GET", "/_sim/mail")["sent"][-1]["undelivered"] == [LOUISE]
    lab.sim.control("POST", "/_sim/people/mydesk/licences", {"mailbox": False})
    refused = kiosk(lab, "POST", "/me/sendMail", json={"message": message})
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "MailboxNotEnabledForRESTAPI")


def test_chats_are_throttled_like_mailboxes(lab: Lab) -> None:
    path = f"/chats/{chat_with_louise(lab)}/messages"
    lab.sim.control("POST", "/_sim/limits", {"window_limit": 1})
    refused = kiosk(lab, "GET", path)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0


def test_basic_profiles_have_names_only(lab: Lab) -> None:
    wanted = {"$select": "displayName,department,jobTitle,preferredLanguage"}
    basic = lab.graph("GET", f"/users/{LOUISE}", params=wanted).json()
    whole = kiosk(lab, "GET", f"/users/{LOUISE}", params=wanted).json()
    assert (basic["displayName"], basic["department"], basic["jobTitle"]) == ("Louise Holm", None, None)
    assert whole["department"]


def test_batch(lab: Lab) -> None:
    view = "/calendarView?startDateTime=2026-11-23T00:00:00Z&endDateTime=2026-11-24T00:00:00Z&$select=subject"
    parts: list[dict[str, Any]] = [
        {"id": "1", "method": "GET", "url": f"/users/{ROOM}{view}"},
        {"id": "2", "method": "GET", "url": f"/users/{NO_RIGHT}{view}"},
        {"id": "3", "method": "GET", "url": "/me", "dependsOn": ["2"]},
        {
            "id": "4",
            "method": "POST",
            "url": f"/users/{ROOM}/events",
            "headers": {"Content-Type": "application/json"},
            "body": body("10:45", "11:00"),
            "dependsOn": ["1"],
        },
    ]
    answer = lab.graph("POST", "/$batch", json={"requests": parts})
    assert answer.status_code == 200
    responses = {part["id"]: part for part in answer.json()["responses"]}
    assert {key: part["status"] for key, part in responses.items()} == {"1": 200, "2": 403, "3": 424, "4": 201}
    assert len(responses["1"]["body"]["value"]) == 5
    many = [{"id": str(number), "method": "GET", "url": "/me"} for number in range(21)]
    assert lab.graph("POST", "/$batch", json={"requests": many}).status_code == 400
    nested = [{"id": "1", "method": "POST", "url": "/$batch"}]
    assert lab.graph("POST", "/$batch", json={"requests": nested}).status_code == 400


def test_delta_rounds(lab: Lab) -> None:
    token = lab.token(ROOM)
    params = {"startDateTime": "2026-11-22T23:00:00Z", "endDateTime": "2026-11-23T23:00:00Z"}
    first = lab.graph("GET", "/me/calendarView/delta", params=params, token=token).json()
    assert len(first["value"]) == 5
    gone = first["value"][3]["id"]
    lab.graph("POST", f"/me/events/{gone}/decline", token=token, json={})
    lab.graph("POST", "/me/events", token=token, json=body("10:45", "11:00"))
    bearer = {"Authorization": f"Bearer {token}"}
    second = lab.http.get(first["@odata.deltaLink"], headers=bearer).json()
    assert [entry.get("subject", entry.get("@removed")) for entry in second["value"]] == [
        "Reserved",
        {"reason": "deleted"},
    ]
    assert second["value"][1]["id"] == gone
    lab.sim.control("POST", "/_sim/delta/expire", {})
    expired = lab.http.get(second["@odata.deltaLink"], headers=bearer)
    assert (expired.status_code, expired.json()["error"]["code"]) == (410, "SyncStateNotFound")


def test_delta_for_a_delegate_breaks_on_page_two(lab: Lab) -> None:
    for minute in range(10, 30):
        lab.sim.control("POST", f"/_sim/rooms/{ROOM}/bookings", {"start": f"17:{minute}", "end": f"17:{minute + 1}"})
    params = {"startDateTime": "2026-11-22T23:00:00Z", "endDateTime": "2026-11-23T23:00:00Z"}
    first = lab.graph("GET", f"/users/{ROOM}/calendarView/microsoft.graph.delta()", params=params)
    assert first.headers["preference-applied"] == "odata.track-changes"
    second = lab.http.get(first.json()["@odata.nextLink"], headers={"Authorization": f"Bearer {lab.token()}"})
    assert second.status_code == 403


def test_unknown_path(lab: Lab) -> None:
    assert lab.graph("GET", "/drives/1").json()["error"]["code"] == "BadRequest"
    assert lab.http.get("/beta/me").status_code == 404
