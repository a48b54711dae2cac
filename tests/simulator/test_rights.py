"""Folder rights, scopes and policies: each lack has a code of its own, and private things stay private."""

from __future__ import annotations

import pytest

from tests.simulator.conftest import KIOSK_APP, ROOM, Lab, body

WITHOUT_PRIVATE = "limfjorden@nordhavn.example"
READ_ONLY = "femern.baelt@nordhavn.example"
NO_RIGHT = "smaalandsfarvandet@nordhavn.example"


@pytest.mark.parametrize(
    ("room", "method", "status", "code"),
    [
        (NO_RIGHT, "GET", 403, "DelegatedCalendarAccessDenied"),
        (READ_ONLY, "GET", 200, ""),
        (READ_ONLY, "POST", 403, "ErrorAccessDenied"),
        (ROOM, "POST", 201, ""),
        ("anne.jensen@nordhavn.example", "GET", 403, "ErrorAccessDenied"),
        ("nobody@nordhavn.example", "GET", 404, "ErrorInvalidUser"),
    ],
)
def test_folder_rights(lab: Lab, room: str, method: str, status: int, code: str) -> None:
    if method == "GET":
        answer = lab.view(room)
    else:
        answer = lab.graph("POST", f"/users/{room}/events", json=body("10:45", "11:00"))
    assert (answer.status_code, answer.json().get("error", {}).get("code", "")) == (status, code)


def test_private_is_masked_without_the_right(lab: Lab) -> None:
    events = lab.view(WITHOUT_PRIVATE).json()["value"]
    hidden = next(event for event in events if event["sensitivity"] == "private")
    assert hidden["subject"] == "Private Appointment"
    assert (hidden["organizer"], hidden["attendees"], hidden["body"]["content"]) == (None, [], "")
    assert "Lønforhandling" not in lab.view(WITHOUT_PRIVATE).text
    refused = lab.graph("POST", f"/users/{WITHOUT_PRIVATE}/events/{hidden['id']}/decline", json={})
    assert refused.status_code == 202
    shown = next(event for event in lab.view().json()["value"] if event["sensitivity"] == "private")
    assert (shown["subject"], shown["organizer"]["emailAddress"]["name"]) == ("MUS-samtale", "Henrik Dam")


def test_limited_read_shows_title_and_place_only(lab: Lab) -> None:
    lab.sim.control("POST", f"/_sim/rooms/{ROOM}/rights", {"who": "mydesk", "role": "limitedRead"})
    first, private = lab.view().json()["value"][:2]
    assert (first["subject"], first["organizer"], first["body"]["content"]) == ("Budgetopfølgning", None, "")
    assert private["subject"] == "Private Appointment"


@pytest.mark.parametrize("role", ["none", "freeBusyRead"])
def test_no_reading_with(lab: Lab, role: str) -> None:
    lab.sim.control("POST", f"/_sim/rooms/{ROOM}/rights", {"who": "mydesk", "role": role})
    assert lab.view().json()["error"]["code"] == "ErrorAccessDenied"


def test_room_account_is_at_home(lab: Lab) -> None:
    token = lab.token(ROOM)
    params = {"startDateTime": "2026-11-22T23:00:00Z", "endDateTime": "2026-11-23T23:00:00Z"}
    for path in ("/me/calendarView", "/me/calendar/calendarView", f"/users/{ROOM}/calendarView"):
        assert len(lab.graph("GET", path, params=params, token=token).json()["value"]) == 5


def test_ids_belong_to_one_mailbox(lab: Lab) -> None:
    event = lab.view().json()["value"][0]
    elsewhere = lab.graph("GET", f"/users/{READ_ONLY}/events/{event['id']}")
    assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (404, "ErrorItemNotFound")
    for wrong in ("AAMk", event["id"][:-4], "..", event["id"].swapcase()):
        answer = lab.graph("GET", f"/users/{ROOM}/events/{wrong}" if wrong != ".." else f"/users/{ROOM}/events/x.y")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "ErrorInvalidIdMalformed")


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/communications/presences/louise.holm@nordhavn.example", "Forbidden"),
        ("POST", "/me/sendMail", "ErrorAccessDenied"),
        ("POST", "/chats", "Forbidden"),
        ("GET", "/groups", "Authorization_RequestDenied"),
    ],
)
def test_scopes_of_a_door_panel_do_not_reach(lab: Lab, method: str, path: str, code: str) -> None:
    answer = lab.graph(method, path, json={} if method == "POST" else None)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, code)


def test_writing_needs_the_shared_write_scope(lab: Lab) -> None:
    lab.sim.control("POST", f"/_sim/rooms/{ROOM}/rights", {"who": "mydesk", "role": "write"})
    kiosk = lab.token(app=KIOSK_APP)
    assert lab.view(token=kiosk).status_code == 200
    assert lab.graph("POST", f"/users/{ROOM}/events", json=body("10:45", "11:00"), token=kiosk).status_code == 403


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}])
def test_no_token_no_answer(lab: Lab, header: dict[str, str]) -> None:
    answer = lab.http.get("/v1.0/me", headers=header)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
