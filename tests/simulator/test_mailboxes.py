"""Meetings across mailboxes: who sees what, whose change reaches whom, what the booking attendant does."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.server import ControlRefused
from tests.simulator.conftest import ROOM, Lab, body

LOUISE = "louise.holm@nordhavn.example"
JESPER = "jesper.friis@nordhavn.example"
PLAIN = "skagerrak@nordhavn.example"
REMOVING = "oeresund@nordhavn.example"


def invite(lab: Lab, start: str = "12:00", end: str = "12:30", **more: Any) -> dict[str, Any]:
    """Louise invites a room in Outlook."""
    meeting = {"subject": "Status", "rooms": [ROOM], "start": start, "end": end} | more
    return lab.sim.control("POST", f"/_sim/people/{LOUISE}/meetings", meeting)


def step(lab: Lab, seconds: float = 5) -> None:
    lab.sim.control("POST", "/_sim/clock", {"step_s": seconds})


def in_room(lab: Lab, uid: str, room: str = ROOM) -> dict[str, Any] | None:
    """The room's copy, as it really is."""
    events = lab.sim.control("GET", f"/_sim/rooms/{room}/truth")["events"]
    return next((event for event in events if event["uid"] == uid), None)


def kept(lab: Lab, uid: str, room: str = ROOM) -> dict[str, Any]:
    """The same, of an event that must be there."""
    found = in_room(lab, uid, room)
    assert found is not None
    return found


def test_invitation_is_tentative_until_the_attendant_accepts(lab: Lab) -> None:
    uid = invite(lab)["uid"]
    waiting = kept(lab, uid)
    assert (waiting["response"], waiting["show_as"]) == ("notResponded", "tentative")
    step(lab, 4.9)
    assert kept(lab, uid)["response"] == "notResponded"
    step(lab, 0.1)
    accepted = kept(lab, uid)
    assert (accepted["response"], accepted["show_as"], accepted["subject"]) == ("accepted", "busy", "Status")


def test_conflicting_invitation_is_declined_and_a_direct_booking_is_not(lab: Lab) -> None:
    uid = invite(lab, "13:30", "14:00")["uid"]
    step(lab)
    assert in_room(lab, uid) is None
    own = lab.sim.control("GET", f"/_sim/people/{LOUISE}/calendar")["events"]
    assert next(event for event in own if event["uid"] == uid)["attendees"][ROOM] == "declined"
    lab.sim.control("POST", f"/_sim/rooms/{ROOM}/bookings", {"start": "13:30", "end": "14:00", "subject": "Over it"})
    truth = lab.sim.control("GET", f"/_sim/rooms/{ROOM}/truth?at=13:45")
    assert [event["subject"] for event in truth["blocking"]] == ["Projektmøde Nordhavn", "Over it"]


def test_of_two_invitations_the_first_answered_wins(lab: Lab) -> None:
    first, second = (invite(lab, subject=name)["uid"] for name in ("A", "B"))
    step(lab)
    assert in_room(lab, first) is not None
    assert in_room(lab, second) is None


def test_back_to_back_is_no_conflict(lab: Lab) -> None:
    uid = invite(lab, "14:30", "15:00")["uid"]
    step(lab)
    assert kept(lab, uid)["response"] == "accepted"


def test_room_that_replaces_titles_and_strips_private(lab: Lab) -> None:
    uid = invite(lab, rooms=[PLAIN], subject="Fyring", sensitivity="private")["uid"]
    step(lab)
    copy = kept(lab, uid, PLAIN)
    assert (copy["subject"], copy["sensitivity"]) == ("Louise Holm", "normal")


def test_attendees_change_stays_and_the_organizers_overwrites_it(lab: Lab) -> None:
    uid = invite(lab)["uid"]
    step(lab)
    copy = kept(lab, uid)
    sooner = {"end": body("11:00", "11:10")["end"]}
    path = f"/users/{ROOM}/events/{copy['id']}"
    assert lab.graph("PATCH", path, json=sooner).status_code == 200
    own = lab.sim.control("GET", f"/_sim/people/{LOUISE}/calendar")["events"]
    assert next(event for event in own if event["uid"] == uid)["end"] == "2026-11-23T11:30:00Z"
    assert kept(lab, uid)["end"] == "2026-11-23T11:10:00Z"
    freed = invite(lab, "12:10", "12:30", subject="Freed")["uid"]
    step(lab)
    assert kept(lab, freed)["response"] == "accepted"
    lab.sim.control("DELETE", f"/_sim/meetings/{freed}")
    lab.sim.control("PATCH", f"/_sim/meetings/{uid}", {"subject": "Status II"})
    step(lab)
    after = kept(lab, uid)
    assert (after["subject"], after["end"]) == ("Status II", "2026-11-23T11:30:00Z")


def test_moving_into_a_conflict_loses_the_room(lab: Lab) -> None:
    uid = invite(lab)["uid"]
    step(lab)
    lab.sim.control("PATCH", f"/_sim/meetings/{uid}", {"start": "13:00", "end": "13:30"})
    step(lab)
    assert in_room(lab, uid) is None


@pytest.mark.parametrize(("room", "left"), [(ROOM, True), (REMOVING, False)])
def test_cancelled_meeting_stays_or_goes(lab: Lab, room: str, left: bool) -> None:
    day = 3 if room == REMOVING else 0
    uid = invite(lab, rooms=[room], day=day)["uid"]
    step(lab)
    lab.sim.control("DELETE", f"/_sim/meetings/{uid}")
    step(lab)
    events = lab.sim.control("GET", f"/_sim/rooms/{room}/truth?to=now%2B100h")["events"]
    copy = next((event for event in events if event["uid"] == uid), None)
    assert (copy is not None) == left
    if copy is not None:
        assert (copy["cancelled"], copy["blocking"], copy["subject"]) == (True, False, "Canceled: Status")
    with pytest.raises(ControlRefused, match="any more" if left else "no meeting with that uid"):
        lab.sim.control("DELETE", f"/_sim/meetings/{uid}")


def test_series_and_one_occurrence(lab: Lab) -> None:
    uid = invite(lab, "12:00", "12:30", repeat="day", count=3)["uid"]
    step(lab)
    lab.sim.control(
        "PATCH", f"/_sim/meetings/{uid}", {"occurrence": "2026-11-24", "start": "15:00", "end": "16:00", "day": 1}
    )
    lab.sim.control("DELETE", f"/_sim/meetings/{uid}?occurrence=2026-11-25")
    step(lab)
    events = lab.sim.control("GET", f"/_sim/rooms/{ROOM}/truth?to=now%2B200h")["events"]
    found = [(event["start"], event["type"], event["cancelled"]) for event in events if event["uid"] == uid]
    assert found == [
        ("2026-11-23T11:00:00Z", "occurrence", False),
        ("2026-11-24T14:00:00Z", "exception", False),
        ("2026-11-25T11:00:00Z", "exception", True),
    ]


def test_changing_a_series_shows_on_its_occurrences(lab: Lab) -> None:
    uid = invite(lab, "12:00", "12:30", repeat="day", count=3)["uid"]
    step(lab)
    before = in_room(lab, uid)
    lab.sim.control("PATCH", f"/_sim/meetings/{uid}", {"subject": "Standup", "start": "12:15"})
    step(lab)
    after = in_room(lab, uid)
    assert before is not None
    assert after is not None
    assert (after["subject"], after["start"], after["end"]) == (
        "Standup",
        "2026-11-23T11:15:00Z",
        "2026-11-23T11:30:00Z",
    )
    assert after["id"] == before["id"]
    assert after["etag"] != before["etag"]


def test_declining_one_occurrence_leaves_the_others(lab: Lab) -> None:
    room = "lillebaelt@nordhavn.example"
    params = {"startDateTime": "2026-11-23T00:00:00Z", "endDateTime": "2026-11-25T00:00:00Z", "$top": "50"}
    before = lab.view(room, params=params).json()["value"]
    series = [event for event in before if event["subject"] == "Morgenmøde"]
    assert [event["type"] for event in series] == ["occurrence", "occurrence"]
    assert len({event["id"] for event in series} | {series[0]["seriesMasterId"]}) == 3
    assert lab.graph("POST", f"/users/{room}/events/{series[0]['id']}/decline", json={}).status_code == 202
    left = [event["id"] for event in lab.view(room, params=params).json()["value"] if event["subject"] == "Morgenmøde"]
    assert left == [series[1]["id"]]


def test_series_in_conflict_is_declined(lab: Lab) -> None:
    uid = invite(lab, "13:00", "13:30", repeat="day", day=-1, count=5)["uid"]
    step(lab)
    assert in_room(lab, uid) is None


def test_person_hears_of_a_booking_in_their_name(lab: Lab) -> None:
    guest = {"type": "required", "emailAddress": {"address": JESPER.upper(), "name": "J"}}
    made = lab.graph("POST", f"/users/{ROOM}/events", json=body("10:45", "11:15", "Ad hoc", attendees=[guest])).json()
    own = lab.sim.control("GET", f"/_sim/people/{JESPER}/calendar")["events"]
    copy = next(event for event in own if event["subject"] == "Ad hoc")
    assert (copy["organizer"], copy["response"]) == (ROOM, "notResponded")
    answer = {"as": JESPER, "response": "accepted"}
    lab.sim.control("POST", f"/_sim/meetings/{copy['uid']}/responses", answer)
    again = lab.graph("GET", f"/users/{ROOM}/events/{made['id']}").json()
    assert again["attendees"][0]["status"]["response"] == "accepted"
    assert again["@odata.etag"] != made["@odata.etag"]


def test_outsiders_are_ignored_unless_the_room_wants_them(lab: Lab) -> None:
    meeting = {"subject": "Salg", "rooms": [ROOM], "start": "12:00", "end": "12:30"}
    made = lab.sim.control("POST", "/_sim/people/kunde@example.com/meetings", meeting)
    step(lab)
    assert in_room(lab, made["uid"]) is None
