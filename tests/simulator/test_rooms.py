"""The thin line: a room's day read, booked, extended, ended and released over TLS."""

from __future__ import annotations

import pytest

from tests.simulator.conftest import ROOM, Lab, body

DAY = ["Budgetopfølgning", "MUS-samtale", "Canceled: Afdelingsfrokost", "Projektmøde Nordhavn", "Interview"]


def test_day_is_that_of_the_mock_up(lab: Lab) -> None:
    assert lab.subjects() == DAY
    truth = lab.sim.control("GET", f"/_sim/rooms/{ROOM}/truth")
    assert (truth["busy"], truth["next"][0]["subject"]) == (False, "Projektmøde Nordhavn")


def test_book_extend_and_end(lab: Lab) -> None:
    made = lab.graph("POST", f"/users/{ROOM}/events", json=body("10:45", "11:15", transactionId="t-1"))
    assert made.status_code == 201
    event = made.json()
    assert (event["isOrganizer"], event["responseStatus"]["response"]) == (True, "organizer")
    path = f"/users/{ROOM}/events/{event['id']}"
    longer = {"end": body("10:45", "11:45")["end"]}
    changed = lab.graph("PATCH", path, json=longer, headers={"If-Match": event["@odata.etag"]})
    assert (changed.status_code, changed.json()["end"]["dateTime"]) == (200, "2026-11-23T11:45:00.0000000")
    stale = lab.graph("PATCH", path, json=longer, headers={"If-Match": event["@odata.etag"]})
    assert (stale.status_code, stale.json()["error"]["code"]) == (412, "ErrorIrresolvableConflict")
    assert lab.graph("DELETE", path).status_code == 204
    assert lab.graph("GET", path).json()["error"]["code"] == "ErrorItemNotFound"
    assert lab.subjects() == DAY


@pytest.mark.parametrize("status", [409, 400])
def test_transaction_id_makes_one_event(lab: Lab, status: int) -> None:
    lab.sim.control("POST", "/_sim/limits", {"duplicate_status": status})
    first = lab.graph("POST", f"/users/{ROOM}/events", json=body("10:45", "11:15", transactionId="t-1"))
    again = lab.graph("POST", f"/users/{ROOM}/events", json=body("10:45", "11:15", transactionId="t-1"))
    error = again.json()["error"]
    assert (again.status_code, error["code"]) == (status, "ErrorDuplicateTransactionId")
    assert error["@event.existingEventId"] == first.json()["id"]
    assert lab.subjects().count("Reserved") == 1


def test_decline_frees_the_room_and_tells_the_organizer(lab: Lab) -> None:
    event = lab.view().json()["value"][3]
    refused = lab.graph("POST", f"/users/{ROOM}/events/{event['id']}/cancel", json={})
    assert refused.status_code == 400
    done = lab.graph(
        "POST", f"/users/{ROOM}/events/{event['id']}/decline", json={"sendResponse": True, "comment": "no-show"}
    )
    assert done.status_code == 202
    assert "Projektmøde Nordhavn" not in lab.subjects()
    events = lab.sim.control("GET", "/_sim/people/jesper.friis/calendar")["events"]
    own = next(event for event in events if event["subject"] == "Projektmøde Nordhavn")
    assert own["attendees"][ROOM] == "declined"
    told = lab.sim.control("GET", "/_sim/mail")["meeting_messages"][-1]
    assert (told["to"], told["comment"]) == ("jesper.friis@nordhavn.example", "no-show")


def test_faults_strike_as_often_as_told(lab: Lab) -> None:
    lab.sim.control("POST", "/_sim/faults", {"path": "calendarView", "status": 503, "retry_after_s": 7, "count": 2})
    answers = [lab.view() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert answers[0].json()["error"]["code"] == "ErrorServerBusy"
