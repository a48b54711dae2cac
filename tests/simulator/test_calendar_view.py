"""calendarView to the letter: paging, $select, Prefer, zones, all-day, DST, window edges."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.simulator.conftest import ROOM, Lab, body

ALL_DAY = "oeresund@nordhavn.example"


def book(lab: Lab, start: str, end: str, **more: Any) -> dict[str, Any]:
    return lab.sim.control("POST", f"/_sim/rooms/{ROOM}/bookings", {"start": start, "end": end} | more)


def window(start: str, end: str) -> dict[str, str]:
    return {"startDateTime": start, "endDateTime": end}


def test_pages_of_ten(lab: Lab) -> None:
    for minute in range(10, 40):
        book(lab, f"17:{minute}", f"17:{minute + 1}", subject=f"n{minute}")
    first = lab.view().json()
    assert len(first["value"]) == 10
    seen, page = [event["id"] for event in first["value"]], first
    while "@odata.nextLink" in page:
        page = lab.http.get(page["@odata.nextLink"], headers={"Authorization": f"Bearer {lab.token()}"}).json()
        seen += [event["id"] for event in page["value"]]
    assert (len(seen), len(set(seen))) == (35, 35)
    assert len(lab.view(headers={"Prefer": "odata.maxpagesize=40"}).json()["value"]) == 35


def test_select_keeps_etag_and_id(lab: Lab) -> None:
    event = lab.view(params={"$select": "subject,Start"}).json()["value"][0]
    assert event.keys() == {"@odata.etag", "id", "subject", "start"}
    assert re.fullmatch(r'W/"[A-Za-z0-9+/=]+"', event["@odata.etag"])


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"$select": "subject,createdDateTime"}, "ErrorInvalidProperty"),
        ({"$select": "lastModifiedDateTime"}, "ErrorInvalidProperty"),
        ({"$select": "titel"}, "RequestBroker--ParseUri"),
        ({"$top": "0"}, "ErrorInvalidUrlQuery"),
        ({"$top": "x"}, "ErrorInvalidUrlQuery"),
        ({"$orderby": "organizer"}, "ErrorInvalidUrlQuery"),
        ({"$filter": "subject eq 'x'"}, "ErrorInvalidUrlQuery"),
        ({"startDateTime": ""}, "ErrorInvalidParameter"),
        ({"startDateTime": "yesterday"}, "ErrorInvalidParameter"),
        ({"endDateTime": "2026-11-01T00:00:00Z"}, "ErrorInvalidParameter"),
        ({"endDateTime": "2036-11-01T00:00:00Z"}, "ErrorInvalidParameter"),
    ],
)
def test_what_graph_refuses(lab: Lab, params: dict[str, str], code: str) -> None:
    answer = lab.view(params=params)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    inner = answer.json()["error"]["innerError"]
    assert inner["request-id"] == answer.headers["request-id"]


def test_query_names_in_any_case_and_offsets(lab: Lab) -> None:
    names = {"STARTDATETIME": "2026-11-23T08:00:00+01:00", "enddatetime": "2026-11-23T10:30:00"}
    events = lab.graph("GET", f"/users/{ROOM}/CalendarView", params=names).json()["value"]
    assert [event["subject"] for event in events] == ["Budgetopfølgning", "MUS-samtale"]


def test_ids_come_in_two_forms_and_both_work(lab: Lab) -> None:
    plain = lab.view().json()["value"][0]["id"]
    answer = lab.view(headers={"Prefer": 'IdType="ImmutableId", outlook.timezone="Europe/Copenhagen"'})
    event = answer.json()["value"][0]
    assert event["id"] != plain
    assert event["start"] == {"dateTime": "2026-11-23T09:00:00.0000000", "timeZone": "Europe/Copenhagen"}
    assert answer.headers["Preference-Applied"] == 'IdType="ImmutableId", outlook.timezone="Europe/Copenhagen"'
    for key in (plain, event["id"]):
        assert lab.graph("GET", f"/users/{ROOM}/events/{key}").json()["subject"] == "Budgetopfølgning"


def test_times_have_seven_digits_and_no_z(lab: Lab) -> None:
    start = lab.view().json()["value"][0]["start"]
    assert start == {"dateTime": "2026-11-23T08:00:00.0000000", "timeZone": "UTC"}
    single = lab.graph("GET", f"/users/{ROOM}/events/{lab.view().json()['value'][0]['id']}").json()
    assert single["createdDateTime"].endswith("Z")
    assert single["originalStartTimeZone"] == "Romance Standard Time"
    assert lab.view(headers={"Prefer": 'outlook.timezone="Atlantis"'}).status_code == 400


@pytest.mark.parametrize("zone", ["UTC", "Romance Standard Time", "Pacific Standard Time"])
def test_all_day_floats_whatever_zone_is_asked(lab: Lab, zone: str) -> None:
    event = lab.view(ALL_DAY, headers={"Prefer": f'outlook.timezone="{zone}"'}).json()["value"][0]
    assert event["isAllDay"]
    assert event["start"] == {"dateTime": "2026-11-23T00:00:00.0000000", "timeZone": "UTC"}
    assert event["end"] == {"dateTime": "2026-11-25T00:00:00.0000000", "timeZone": "UTC"}


def test_all_day_begins_at_local_midnight(lab: Lab) -> None:
    late = lab.view(ALL_DAY, params=window("2026-11-22T22:00:00Z", "2026-11-22T22:59:00Z")).json()["value"]
    begun = lab.view(ALL_DAY, params=window("2026-11-22T22:00:00Z", "2026-11-22T23:01:00Z")).json()["value"]
    assert (late, len(begun)) == ([], 1)


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("10:30:00", "12:00:00", []),
        ("13:30:00", "14:00:00", []),
        ("13:29:59", "14:00:00", ["Projektmøde Nordhavn"]),
        ("11:00:00", "12:00:01", ["Projektmøde Nordhavn"]),
        ("12:30:00", "12:30:00", ["Projektmøde Nordhavn"]),
    ],
)
def test_window_edges(lab: Lab, start: str, end: str, found: list[str]) -> None:
    view = lab.view(params=window(f"2026-11-23T{start}Z", f"2026-11-23T{end}Z")).json()["value"]
    assert [event["subject"] for event in view if not event["isCancelled"]] == found


def test_series_keeps_its_local_time_over_dst(lab: Lab) -> None:
    room = "lillebaelt@nordhavn.example"
    view = lab.view(room, params=window("2027-03-26T00:00:00Z", "2027-03-30T00:00:00Z")).json()["value"]
    starts = [event["start"]["dateTime"][:16] for event in view if event["subject"] == "Morgenmøde"]
    assert starts == ["2027-03-26T07:45", "2027-03-29T06:45"]


def test_meeting_over_midnight_is_in_both_days(lab: Lab) -> None:
    room = "limfjorden@nordhavn.example"
    for day in (
        window("2026-11-23T22:00:00Z", "2026-11-23T23:00:00Z"),
        window("2026-11-23T23:00:00Z", "2026-11-24T00:00:00Z"),
    ):
        assert [event["subject"] for event in lab.view(room, params=day).json()["value"]] == ["Releasearbejde"]


def test_order(lab: Lab) -> None:
    view = lab.view(params={"$orderby": "start/dateTime desc", "$count": "true"}).json()
    assert (view["value"][0]["subject"], view["@odata.count"]) == ("Interview", 5)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"start": {"dateTime": "2026-11-23T12:00:00", "timeZone": "Mars"}}, "ErrorInvalidRequest"),
        ({"start": "now"}, "RequestBodyRead"),
        ({"end": {"dateTime": "2026-11-23T09:00:00", "timeZone": "UTC"}}, "ErrorCalendarEndDateIsEarlierThanStartDate"),
        ({"showAs": "away"}, "RequestBodyRead"),
        ({"subject": 7}, "RequestBodyRead"),
        ({"isAllDay": True}, "ErrorInvalidRequest"),
        ({"attendees": [{"emailAddress": {}}]}, "ErrorInvalidRecipients"),
        ({"recurrence": {"pattern": {"type": "sometimes"}}}, "ErrorInvalidRecurrencePattern"),
    ],
)
def test_bodies_that_are_refused(lab: Lab, change: dict[str, Any], code: str) -> None:
    answer = lab.graph("POST", f"/users/{ROOM}/events", json=body("10:45", "11:15") | change)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert "Reserved" not in lab.subjects()


def test_series_by_graph(lab: Lab) -> None:
    recurrence = {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday", "tuesday"]},
        "range": {"type": "numbered", "startDate": "2026-11-23", "numberOfOccurrences": 3},
    }
    made = lab.graph(
        "POST", f"/users/{ROOM}/events", json=body("16:00", "16:30", "Series", recurrence=recurrence)
    ).json()
    assert (made["type"], made["recurrence"]["range"]["endDate"]) == ("seriesMaster", "2026-11-30")
    path = f"/users/{ROOM}/events/{made['id']}/instances"
    params = window("2026-11-23T00:00:00Z", "2026-12-31T00:00:00Z")
    instances = lab.graph("GET", path, params=params).json()["value"]
    assert [event["start"]["dateTime"][:10] for event in instances] == ["2026-11-23", "2026-11-24", "2026-11-30"]
    crossing = {"start": body("16:00", "16:30")["start"], "end": body("16:00", "16:30")["end"]}
    answer = lab.graph("PATCH", f"/users/{ROOM}/events/{instances[1]['id']}", json=crossing)
    assert answer.json()["error"]["code"] == "ErrorOccurrenceCrossingBoundary"
    assert lab.graph("DELETE", f"/users/{ROOM}/events/{made['id']}").status_code == 204
    assert "Series" not in lab.subjects()


def test_malformed_json(lab: Lab) -> None:
    answer = lab.graph("POST", f"/users/{ROOM}/events", content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
