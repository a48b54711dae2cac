"""Graph's event resource, in the forms it really comes in, and in those it must not be believed in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from graph.errors import BadAnswer
from graph.events import SELECT, body_of, event_of, slot_of
from graph.model import Event, NewBooking, Response, Sensitivity, ShowAs
from tests.graph.wire_doubles import ZONE, event, without


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def when(text: str, zone: str = "UTC") -> dict[str, str]:
    return {"dateTime": text, "timeZone": zone}


def test_a_plain_event_keeps_everything() -> None:
    created = event_of(event(createdDateTime="2026-11-01T08:00:00.1234567Z"), ZONE)
    assert created == Event(
        id="AAMk/1+=",
        start=at("2026-11-23T08:00"),
        end=at("2026-11-23T09:00"),
        subject="Budget",
        organizer_name="Anna Berg",
        organizer_address="anna@contoso.example",
        ical_uid="0400-1",
        etag='W/"v1"',
        created=at("2026-11-01T08:00:00.123456"),
    )


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (when("2026-11-23T08:00:00.0000000"), "2026-11-23T08:00"),
        (when("2026-11-23T08:00:00"), "2026-11-23T08:00"),
        (when("2026-11-23T08:00:00.0000000", "Etc/UTC"), "2026-11-23T08:00"),
        (when("2026-11-23T08:00:00.0000000", "tzone://Microsoft/Utc"), "2026-11-23T08:00"),
        (when("2026-11-23T09:00:00.0000000", "Romance Standard Time"), "2026-11-23T08:00"),
        (when("2026-07-01T09:00:00.0000000", "W. Europe Standard Time"), "2026-07-01T07:00"),
        (when("2026-11-23T09:00:00.0000000", "romance standard time"), "2026-11-23T08:00"),
        (when("2026-11-23T09:00:00.0000000", "Europe/Copenhagen"), "2026-11-23T08:00"),
        (when("2026-11-23T08:00:00.5000000Z", "Romance Standard Time"), "2026-11-23T08:00:00.5"),
        (when("2026-11-23T09:00:00+01:00"), "2026-11-23T08:00"),
    ],
)
def test_starts(start: dict[str, str], expected: str) -> None:
    assert event_of(event(start=start), ZONE).start == at(expected)


@pytest.mark.parametrize(
    ("zone", "stated", "start", "end"),
    [
        ("Europe/Copenhagen", "UTC", "2026-11-22T23:00", "2026-11-23T23:00"),
        ("Europe/Copenhagen", "Tokyo Standard Time", "2026-11-22T23:00", "2026-11-23T23:00"),
        ("America/New_York", "UTC", "2026-11-23T05:00", "2026-11-24T05:00"),
        ("Asia/Tokyo", "UTC", "2026-11-22T15:00", "2026-11-23T15:00"),
    ],
)
def test_all_day_is_the_rooms_own_day(zone: str, stated: str, start: str, end: str) -> None:
    day = event_of(
        event(
            isAllDay=True,
            start=when("2026-11-23T00:00:00.0000000", stated),
            end=when("2026-11-24T00:00:00.0000000", stated),
        ),
        ZoneInfo(zone),
    )
    assert (day.start, day.end, day.all_day) == (at(start), at(end), True)


def test_all_day_over_the_end_of_summer_time_has_25_hours() -> None:
    day = event_of(event(isAllDay=True, start=when("2026-10-25T00:00:00"), end=when("2026-10-26T00:00:00")), ZONE)
    assert (day.end - day.start).total_seconds() == 25 * 3600


def test_all_day_that_somebodys_zone_moved_is_an_instant() -> None:
    day = event_of(event(isAllDay=True, start=when("2026-11-22T23:00:00"), end=when("2026-11-23T23:00:00")), ZONE)
    assert (day.start, day.end) == (at("2026-11-22T23:00"), at("2026-11-23T23:00"))


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"showAs": "Busy"}, "show_as", ShowAs.BUSY),
        ({"showAs": "WORKINGELSEWHERE"}, "show_as", ShowAs.WORKING_ELSEWHERE),
        ({"showAs": "free"}, "show_as", ShowAs.FREE),
        ({"showAs": "unknownFutureValue"}, "show_as", ShowAs.UNKNOWN),
        ({"showAs": None}, "show_as", ShowAs.UNKNOWN),
        ({"sensitivity": "Private"}, "sensitivity", Sensitivity.PRIVATE),
        ({"sensitivity": "secretNewWord"}, "sensitivity", Sensitivity.PRIVATE),
        ({"sensitivity": None}, "sensitivity", Sensitivity.NORMAL),
        ({"responseStatus": {"response": "Declined"}}, "response", Response.DECLINED),
        ({"responseStatus": {"response": "unheardOf"}}, "response", Response.NONE),
        ({"responseStatus": None}, "response", Response.NONE),
        ({"isCancelled": None}, "cancelled", False),
        ({"isCancelled": True}, "cancelled", True),
        ({"isOrganizer": None}, "is_organizer", False),
        ({"isOrganizer": True}, "is_organizer", True),
        ({"subject": None}, "subject", ""),
        ({"subject": "x" * 5000}, "subject", "x" * 1024),
        ({"organizer": None}, "organizer_name", ""),
        ({"organizer": {"emailAddress": None}}, "organizer_name", ""),
        ({"seriesMasterId": "m"}, "series_id", "m"),
        ({"end": when("2026-11-23T08:00:00")}, "end", at("2026-11-23T08:00")),
        ({"end": when("2026-11-23T07:00:00")}, "end", at("2026-11-23T07:00")),
    ],
)
def test_the_safe_reading(changes: dict[str, Any], field: str, expected: object) -> None:
    assert getattr(event_of(event(**changes), ZONE), field) == expected


@pytest.mark.parametrize("name", ["id", "start", "end", "isAllDay", "isCancelled", "showAs", "sensitivity"])
def test_a_missing_field_is_a_bad_answer(name: str) -> None:
    with pytest.raises(BadAnswer, match=name):
        event_of(without(name), ZONE)


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        "event",
        event(id=""),
        event(id=7),
        event(start=None),
        event(start="2026-11-23T08:00:00"),
        event(start=when("2026-11-23")),
        event(start=when("20261123T080000")),
        event(start=when("2026-13-23T08:00:00")),
        event(start=when("2026-11-23T24:30:00")),
        event(start=when("2026-11-23T08:00:00", "Middle Earth Standard Time")),
        event(start=when("2026-11-23T08:00:00", "../../etc/passwd")),
        event(start=when("2026-11-23T08:00:00", "Europe")),
        event(start={"dateTime": "2026-11-23T08:00:00"}),
        event(start=when("0001-01-01T00:00:00", "Tokyo Standard Time")),
        event(end=when("9999-12-31T23:59:59", "Hawaiian Standard Time")),
        event(isAllDay=None),
        event(isAllDay="false"),
        event(isCancelled="no"),
        event(showAs=1),
        event(subject={"a": 1}),
        event(organizer="Anna"),
        event(responseStatus="accepted"),
        event(createdDateTime="yesterday"),
        event(createdDateTime="2026-11-23T08:00:00"),
    ],
)
def test_a_malformed_event_is_a_bad_answer_that_quotes_nothing(broken: object) -> None:
    with pytest.raises(BadAnswer) as caught:
        event_of(broken, ZONE)
    assert "Anna" not in str(caught.value)
    assert "Budget" not in str(caught.value)


def test_nothing_a_display_has_no_business_with_is_asked_for() -> None:
    asked = set(SELECT.split(","))
    assert not asked & {"body", "bodyPreview", "attendees", "onlineMeeting", "location"}
    assert not asked & {"createdDateTime", "lastModifiedDateTime"}, "they break $select on calendarView"


def test_a_booking_goes_out_in_utc_with_its_id() -> None:
    start = datetime(2026, 11, 23, 9, tzinfo=ZONE)
    body = body_of(NewBooking(start, start.replace(hour=10), "Reserved", "t-1", "anna@contoso.example"))
    assert body["start"] == {"dateTime": "2026-11-23T08:00:00.000000", "timeZone": "UTC"}
    assert body["transactionId"] == "t-1"
    assert body["attendees"] == [
        {"type": "required", "emailAddress": {"address": "anna@contoso.example", "name": "anna@contoso.example"}}
    ]
    assert "attendees" not in body_of(NewBooking(start, start, "Reserved", "t-1"))


def test_a_schedule_item_of_a_new_kind_counts() -> None:
    slot = slot_of({"start": when("2026-11-23T08:00:00"), "end": when("2026-11-23T09:00:00"), "status": "focusing"})
    assert (slot.start, slot.show_as) == (at("2026-11-23T08:00"), ShowAs.UNKNOWN)
