"""Who is asked to check in, and what a check-in leaves behind."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from graph.model import Event
from roomdisplay.check_in import MAX_MARKS, CheckIns, asked, made_late, needed, window
from roomdisplay.schedule import Schedule
from roomdisplay.settings import CheckInSection
from tests.roomdisplay.calendar_kit import JESPER, KEY, at, day_of, event, meeting_of, own

ON = CheckInSection(enabled=True)
LONG_AGO = at("-7 08:00")
NONE = CheckIns.empty(KEY)


def _asked(
    schedule: Schedule,
    now: str,
    index: int = 0,
    check_ins: CheckIns = NONE,
    settings: CheckInSection = ON,
    booted_at: datetime = LONG_AGO,
) -> bool:
    meeting = schedule.meetings[index]
    return asked(meeting, schedule, check_ins, settings, booted_at=booted_at, now=at(now)) is not None


@pytest.mark.parametrize(
    ("now", "wanted"), [("09:54:59", False), ("09:55", True), ("10:09:59", True), ("10:10", False)]
)
def test_the_window(now: str, wanted: bool) -> None:
    assert _asked(day_of(event("10:00-11:00")), now) is wanted


def test_the_window_of_a_short_meeting_ends_with_it() -> None:
    asked_for = window(meeting_of(event("10:00-10:05")), ON)
    assert (asked_for.opens, asked_for.closes) == (at("09:55"), at("10:05"))


NEEDED: list[tuple[Event, dict[str, Any], bool]] = [
    (event("10:00-11:00"), {}, True),
    (event("10:00-11:00"), {"enabled": False}, False),
    (event("00:00-24:00", all_day=True), {}, False),
    (event("08:00-15:59"), {}, True),
    (event("08:00-16:00"), {}, False),
    (event("10:00-11:00"), {"exempt_from_min": 60}, False),
]


@pytest.mark.parametrize(("value", "settings", "wanted"), NEEDED)
def test_needed(value: Event, settings: dict[str, Any], wanted: bool) -> None:
    assert needed(meeting_of(value), CheckInSection(**{"enabled": True, **settings})) is wanted


def test_checked_in_once_is_enough_and_moved_is_asked_again() -> None:
    value = event("10:00-11:00", id="a", ical_uid="uid")
    check_ins = NONE.add(meeting_of(value), at("09:58"))
    assert not _asked(day_of(value), "10:00", check_ins=check_ins)
    assert not _asked(day_of(replace(value, id="another id")), "10:00", check_ins=check_ins)
    assert not _asked(day_of(replace(value, end=at("12:00"))), "10:00", check_ins=check_ins)
    moved = replace(value, start=at("10:02"))
    assert _asked(day_of(moved), "10:03", check_ins=check_ins)
    assert _asked(day_of(event("10:00-11:00", ical_uid="other")), "10:00", check_ins=check_ins)


def test_without_an_ical_uid_the_id_counts() -> None:
    value = event("10:00-11:00", id="a")
    check_ins = NONE.add(meeting_of(value), at("09:58"))
    assert check_ins.has(meeting_of(value))
    assert not check_ins.has(meeting_of(replace(value, id="b")))


FIRST = event("09:00-10:00", id="a", organizer_address=JESPER)
CARRIED = [
    ("the same person", event("10:00-11:00", organizer_address=JESPER.upper()), False),
    ("another person", event("10:00-11:00", organizer_address="louise@nordhavn.example"), True),
    ("a break between", event("10:01-11:00", organizer_address=JESPER), True),
    ("nobody named", event("10:00-11:00"), True),
    ("booked at the door", own("10:00-11:00"), True),
]


@pytest.mark.parametrize(("value", "wanted"), [case[1:] for case in CARRIED], ids=[case[0] for case in CARRIED])
def test_back_to_back_carries_on(value: Event, wanted: bool) -> None:
    check_ins = NONE.add(meeting_of(FIRST), at("09:00"))
    schedule = day_of(FIRST, value)
    assert _asked(schedule, "10:03", 1, check_ins) is wanted
    assert _asked(schedule, "10:03", 1), "nothing to carry: the first was not checked in to"


def test_carried_over_two() -> None:
    second, third = (
        replace(FIRST, id=name, start=at(s), end=at(e))
        for name, s, e in (("b", "10:00", "11:00"), ("c", "11:00", "12:00"))
    )
    check_ins = NONE.add(meeting_of(FIRST), at("09:00"))
    assert not _asked(day_of(FIRST, second, third), "11:01", 2, check_ins)


def test_two_bookings_at_the_door_do_not_carry() -> None:
    first, second = own("09:00-10:00"), own("10:00-11:00")
    check_ins = NONE.add(meeting_of(first), at("09:00"))
    assert _asked(day_of(first, second), "10:01", 1, check_ins)


def test_begun_before_the_panel() -> None:
    schedule = day_of(event("10:00-11:00"))
    assert not _asked(schedule, "10:05", booted_at=at("10:00"))
    assert _asked(schedule, "10:05", booted_at=at("09:59:59"))


@pytest.mark.parametrize(("created", "wanted"), [("09:50", True), ("09:50:01", False), ("10:02", False)])
def test_made_just_now(created: str, wanted: bool) -> None:
    assert _asked(day_of(event("10:00-11:00", created=at(created))), "10:03") is wanted


LATE = [
    ("new and running", event("10:00-11:00", id="n"), "10:01", True),
    ("new and due within the grace", event("10:10:59-11:00", id="n"), "10:01", True),
    ("new, but later", event("10:11-11:00", id="n"), "10:01", False),
    ("new, but over", event("09:00-10:00", id="n"), "10:01", False),
    ("moved", event("10:00-11:00", id="old"), "10:01", False),
]


@pytest.mark.parametrize(("value", "now", "wanted"), [case[1:] for case in LATE], ids=[case[0] for case in LATE])
def test_what_came_into_the_calendar_just_now(value: Event, now: str, wanted: bool) -> None:
    before = day_of(event("13:00-14:00", id="old"))
    assert bool(made_late(before, day_of(value), at(now), ON)) is wanted
    assert made_late(None, day_of(value), at(now), ON) == ()


# --- what is kept ---


def test_a_round_trip_through_json() -> None:
    check_ins = NONE.add(meeting_of(FIRST), at("09:00"))
    again = CheckIns.parse(json.loads(json.dumps(check_ins.serialise())), KEY)
    assert again == check_ins
    assert again.has(meeting_of(FIRST))
    assert not CheckIns.parse(check_ins.serialise(), b"x" * 32).has(meeting_of(FIRST)), "another key, another hash"


def test_the_file_tells_nothing_of_the_meeting() -> None:
    value = event("09:00-10:00", id="event-id", ical_uid="uid", subject="Secret", organizer_address=JESPER)
    text = json.dumps(NONE.add(meeting_of(value), at("09:00")).serialise())
    assert not any(word in text for word in ("event-id", "uid", "Secret", "jesper", "09:00", "08:00", "T"))
    assert KEY.decode() not in repr(NONE)


def test_marks_are_forgotten() -> None:
    check_ins = NONE.add(meeting_of(FIRST), at("09:00"))
    assert set(check_ins.marks.values()) == {date(2026, 11, 25)}
    later = check_ins.add(meeting_of(event("+2 10:00-+2 11:00")), at("+2 10:00"))
    assert len(later.marks) == 2
    later = check_ins.add(meeting_of(event("+3 10:00-+3 11:00")), at("+3 10:00"))
    assert len(later.marks) == 1


def test_marks_are_bounded_and_the_newest_stay() -> None:
    marks = {
        f"{number:064x}": (date(2026, 1, 1) + timedelta(days=number)).isoformat() for number in range(MAX_MARKS + 7)
    }
    check_ins = CheckIns.parse({"version": 1, "marks": marks}, KEY)
    assert len(check_ins.marks) == MAX_MARKS
    assert min(check_ins.marks.values()) == date(2026, 1, 8)


def test_a_new_key_makes_new_marks() -> None:
    check_ins = NONE.add(meeting_of(FIRST), at("09:00"), b"n" * 32)
    assert check_ins.key == b"n" * 32
    assert check_ins.has(meeting_of(FIRST))


DAMAGED: list[object] = [
    None,
    [],
    {},
    {"version": 2, "marks": {}},
    {"version": 1, "marks": []},
    {"version": 1, "marks": {"short": "2026-11-25"}},
    {"version": 1, "marks": {"G" * 64: "2026-11-25"}},
    {"version": 1, "marks": {7: "2026-11-25"}},
    {"version": 1, "marks": {"0" * 64: "some day"}},
    {"version": 1, "marks": {"0" * 64: None}},
]


@pytest.mark.parametrize("value", DAMAGED)
def test_what_is_not_a_file_of_ours_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r"check-in|isoformat"):
        CheckIns.parse(value, KEY)
