"""What may be booked, extended, ended and released at the door."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from graph.model import Event, ShowAs
from roomdisplay.booking import (
    Offer,
    OfferLabel,
    extensions,
    later_slots,
    may_cancel,
    may_end,
    may_release,
    offers,
    slot_offers,
    still_valid,
)
from roomdisplay.schedule import Gap, Policy, Schedule
from roomdisplay.settings import BookingSection, HoursSection, MeetingSection
from tests.roomdisplay.calendar_kit import COPENHAGEN, KATHMANDU, MONDAY, at, day_of, event, meeting_of, own

HOURS = HoursSection()
INSIDE = {"outside_hours": False}


def _told(found: tuple[Offer, ...]) -> str:
    """ "15 30 *40": minutes, a star for 'until the next'."""
    return " ".join(f"{'*' if offer.label is OfferLabel.UNTIL_NEXT else ''}{offer.minutes}" for offer in found)


def _offers(schedule: Schedule, now: str, **settings: Any) -> tuple[Offer, ...]:
    return offers(schedule, at(now), BookingSection(**settings), HOURS, COPENHAGEN)


OFFERS = [
    ("an empty day", [], "10:00", {}, "15 30 45 60"),
    ("the mock-up: 78 minutes", ["13:00-14:30"], "11:42", {}, "15 30 45 60 *78"),
    ("as long as a length", ["10:30-11:00"], "10:00", {}, "15 30"),
    ("between two lengths", ["10:40-11:00"], "10:00", {}, "15 30 *40"),
    ("too long for 'all of it'", ["12:11-13:00"], "10:00", {}, "15 30 45 60"),
    ("just right for 'all of it'", ["12:10-13:00"], "10:00", {}, "15 30 45 60 *130"),
    ("'all of it' switched off", ["10:40-11:00"], "10:00", {"until_next": False}, "15 30"),
    ("less than the shortest", ["10:07-11:00"], "10:00", {}, "*7"),
    ("less than the minimum", ["10:04-11:00"], "10:00", {}, ""),
    ("exactly the minimum", ["10:05-11:00"], "10:00", {}, "*5"),
    ("the minimum runs out under the finger", ["10:05-11:00"], "10:00:01", {}, ""),
    ("no minimum, but never under a minute", ["10:00-11:00"], "09:59:30", {"minimum_gap_min": 0}, ""),
    ("no minimum", ["10:00-11:00"], "09:58", {"minimum_gap_min": 0}, "*2"),
    ("busy", ["09:30-10:30"], "10:00", {}, ""),
    ("from the second it is over", ["09:30-10:00"], "10:00", {}, "15 30 45 60"),
    ("inside a minute", ["11:00-12:00"], "10:00:40", {}, "15 30 45 60"),
    ("after an end inside the minute", ["09:00-10:00:20"], "10:00:40", {}, "15 30 45 60"),
    ("snapped up to the quarter", [], "10:02", {"snap_min": 15}, "28 43 58 73"),
    ("snapped on the quarter", [], "10:00", {"snap_min": 15}, "15 30 45 60"),
    ("snapping makes two the same", [], "10:02", {"snap_min": 30}, "28 58 88"),
    ("snapped beyond the next meeting", ["10:20-11:00"], "10:02", {"snap_min": 15}, "*18"),
    ("longest", [], "10:00", {"maximum_min": 30}, "15 30"),
    ("longest does not make an 'all of it'", ["10:40-11:00"], "10:00", {"maximum_min": 30}, "15 30"),
    ("buffer", ["11:00-12:00"], "10:00", {"buffer_min": 20}, "15 30 *40"),
    ("within the buffer", ["11:00-12:00"], "10:45", {"buffer_min": 20}, ""),
    ("not across midnight", [], "23:20", {}, "15 30 *40"),
    ("outside hours", [], "18:00", {}, "15 30 45 60"),
    ("not outside hours", [], "18:00", INSIDE, ""),
    ("not before opening", [], "07:59", INSIDE, ""),
    ("until closing", [], "16:20", INSIDE, "15 30 *40"),
    ("not at closing", [], "17:00", INSIDE, ""),
    ("switched off", [], "10:00", {"enabled": False}, ""),
]


@pytest.mark.parametrize(
    ("spans", "now", "settings", "wanted"), [case[1:] for case in OFFERS], ids=[case[0] for case in OFFERS]
)
def test_offers(spans: list[str], now: str, settings: dict[str, Any], wanted: str) -> None:
    policy = Policy(buffer_min=settings.get("buffer_min", 0))
    found = _offers(day_of(*map(event, spans), policy=policy), now, **settings)
    assert _told(found) == wanted
    assert all(offer.end > at(now) for offer in found)


def test_an_offer_begins_with_the_minute_but_not_inside_what_was_before() -> None:
    assert _offers(day_of(), "10:00:40")[0] == Offer(at("10:00"), at("10:15"), OfferLabel.DURATION, 15)
    after = _offers(day_of(event("09:00-10:00:20")), "10:00:40")[0]
    assert (after.start, after.end, after.minutes) == (at("10:00:20"), at("10:15"), 15)


def test_nothing_outside_what_was_read_or_over_a_tentative_meeting() -> None:
    assert _offers(day_of(end="10:00"), "10:00") == ()
    lenient = Policy(tentative_blocks=False)
    tentative = day_of(event("10:00-11:00", show_as=ShowAs.TENTATIVE), policy=lenient)
    assert _told(_offers(tentative, "09:50")) == "*10"
    assert _offers(tentative, "10:10") == ()


def test_the_grid_is_that_of_the_wall() -> None:
    now = at("2026-11-23T04:17:00+00:00")  # 10:02 in Kathmandu, UTC+5:45
    found = offers(day_of(), now, BookingSection(snap_min=30), HOURS, KATHMANDU)
    assert _told(found) == "28 58 88"
    assert (
        _told(slot_offers(Gap(now, now + timedelta(hours=3)), now, BookingSection(snap_min=30), KATHMANDU))
        == "28 58 88"
    )


LATER = [
    ("around a meeting", ["09:00-10:00"], "08:30", {}, ["08:30-09:00", "10:00-17:00", "+1 08:00-+1 17:00"]),
    ("while a meeting runs", ["09:00-10:00"], "09:30", {}, ["10:00-17:00", "+1 08:00-+1 17:00"]),
    ("short gaps are left out", ["09:00-10:00", "10:04-11:00"], "09:30", {}, ["11:00-17:00", "+1 08:00-+1 17:00"]),
    ("late in the day an evening is left", [], "16:00", {}, ["16:00-20:00", "+1 08:00-+1 17:00"]),
    ("but not tomorrow's night", [], "22:30", {}, ["22:30-24:00", "+1 08:00-+1 17:00"]),
    ("before opening", [], "06:00", {}, ["06:00-17:00", "+1 08:00-+1 17:00"]),
    ("inside hours only", [], "06:00", INSIDE, ["08:00-17:00", "+1 08:00-+1 17:00"]),
    ("inside hours, after closing", [], "18:00", INSIDE, ["+1 08:00-+1 17:00"]),
    ("inside hours, the last minutes", [], "16:57", INSIDE, ["+1 08:00-+1 17:00"]),
    ("switched off", [], "10:00", {"later": False}, []),
    ("booking switched off", [], "10:00", {"enabled": False}, []),
]


@pytest.mark.parametrize(
    ("spans", "now", "settings", "wanted"), [case[1:] for case in LATER], ids=[case[0] for case in LATER]
)
def test_later_slots(spans: list[str], now: str, settings: dict[str, Any], wanted: list[str]) -> None:
    found = later_slots(day_of(*map(event, spans)), at(now), BookingSection(**settings), HOURS, COPENHAGEN)
    assert [(gap.start, gap.end) for gap in found] == [tuple(map(at, span.split("-"))) for span in wanted]
    assert all(slot_offers(gap, gap.start, BookingSection(**settings)) for gap in found)


def test_later_slots_know_the_weekend() -> None:
    friday = at("+4 10:00")
    schedule = day_of(end="+6 01:00")
    outside = later_slots(schedule, friday, BookingSection(), HOURS, COPENHAGEN)
    inside = later_slots(schedule, friday, BookingSection(outside_hours=False), HOURS, COPENHAGEN)
    assert [gap.start for gap in outside] == [friday, at("+5 08:00")]
    assert [gap.start for gap in inside] == [friday]


SLOT = Gap(at("14:30"), at("15:00"))
SLOTS = [
    ("from its start", "14:30", {}, "15 30"),
    ("from its middle", "14:40", {}, "15 *20"),
    ("before it", "14:29", {}, ""),
    ("after it", "15:00", {}, ""),
    ("the rest is too short", "14:56", {}, ""),
    ("switched off", "14:30", {"enabled": False}, ""),
]


@pytest.mark.parametrize(("start", "settings", "wanted"), [case[1:] for case in SLOTS], ids=[case[0] for case in SLOTS])
def test_slot_offers(start: str, settings: dict[str, Any], wanted: str) -> None:
    assert _told(slot_offers(SLOT, at(start), BookingSection(**settings))) == wanted


VALID = [
    ("nothing changed", [], "10:00", {}, True),
    ("a while later", [], "10:28", {}, True),
    ("too late", [], "10:29:30", {}, False),
    ("somebody was faster", ["10:20-11:00"], "10:00", {}, False),
    ("somebody comes right after", ["10:30-11:00"], "10:00", {}, True),
    ("somebody comes within the buffer", ["10:35-11:00"], "10:00", {"buffer_min": 10}, False),
    ("booking was switched off", [], "10:00", {"enabled": False}, False),
    ("the longest was cut", [], "10:00", {"maximum_min": 20}, False),
    ("booked over its start, but that is past", ["10:00-10:05"], "10:10", {}, True),
]


@pytest.mark.parametrize(
    ("spans", "now", "settings", "wanted"), [case[1:] for case in VALID], ids=[case[0] for case in VALID]
)
def test_still_valid(spans: list[str], now: str, settings: dict[str, Any], wanted: bool) -> None:
    offer = Offer(at("10:00"), at("10:30"), OfferLabel.DURATION, 30)
    schedule = day_of(*map(event, spans), policy=Policy(buffer_min=settings.get("buffer_min", 0)))
    assert still_valid(offer, schedule, at(now), BookingSection(**settings), HOURS, COPENHAGEN) is wanted


def test_an_offer_outside_hours_or_knowledge_is_not_valid() -> None:
    offer = Offer(at("18:00"), at("18:30"), OfferLabel.DURATION, 30)
    inside = BookingSection(outside_hours=False)
    assert not still_valid(offer, day_of(), at("18:00"), inside, HOURS, COPENHAGEN)
    assert not still_valid(offer, day_of(end="18:15"), at("18:00"), BookingSection(), HOURS, COPENHAGEN)


EXTENDED = [
    ("free after it", own("09:00-10:00"), [], {}, {}, "15 30 60"),
    ("somebody else's", event("09:00-10:00"), [], {}, {}, "15 30 60"),
    ("the mock-up: half an hour is left", event("09:00-10:00"), ["10:30-11:00"], {}, {}, "15 30"),
    ("between two steps", event("09:00-10:00"), ["10:40-11:00"], {}, {}, "15 30 *40"),
    ("less than the shortest step", event("09:00-10:00"), ["10:10-11:00"], {}, {}, "*10"),
    ("less than the minimum", event("09:00-10:00"), ["10:04-11:00"], {}, {}, ""),
    ("somebody follows", event("09:00-10:00"), ["10:00-11:00"], {}, {}, ""),
    ("somebody overlaps its end", event("09:00-10:00"), ["09:55-10:05"], {}, {}, ""),
    ("buffer", event("09:00-10:00"), ["11:00-12:00"], {"buffer_min": 20}, {}, "15 30 *40"),
    ("snapped", event("09:00-10:02"), [], {"snap_min": 15}, {}, "28 43 73"),
    ("ours grows to the longest", own("09:00-10:00"), [], {"maximum_min": 90}, {}, "15 30"),
    ("ours has reached it", own("08:30-10:00"), [], {"maximum_min": 90}, {}, ""),
    ("a follow-on of the longest", event("05:00-10:00"), [], {"maximum_min": 30}, {}, "15 30"),
    ("switched off", own("09:00-10:00"), [], {}, {"extend": False}, ""),
    ("all day", event("00:00-24:00", all_day=True), [], {}, {}, ""),
    ("not begun", own("09:45-10:00"), [], {}, {}, ""),
    ("over", own("09:00-09:30"), [], {}, {}, ""),
    ("to midnight", own("09:00-23:50"), [], {"maximum_min": 1440}, {}, "*10"),
    ("at midnight", own("09:00-24:00"), [], {"maximum_min": 1440}, {}, ""),
    ("outside hours", own("09:00-17:00"), [], {"maximum_min": 1440, **INSIDE}, {}, ""),
    ("to closing", own("09:00-16:40"), [], {"maximum_min": 1440, **INSIDE}, {}, "15 *20"),
    ("own steps", own("09:00-10:00"), [], {}, {"extend_steps_min": (5, 90)}, "5 90"),
]


@pytest.mark.parametrize(
    ("value", "others", "booking", "settings", "wanted"),
    [case[1:] for case in EXTENDED],
    ids=[case[0] for case in EXTENDED],
)
def test_extensions(
    value: Event, others: list[str], booking: dict[str, Any], settings: dict[str, Any], wanted: str
) -> None:
    policy = Policy(buffer_min=booking.get("buffer_min", 0))
    schedule = day_of(value, *map(event, others), policy=policy)
    meeting = next(one for one in schedule.meetings if one.parts[0].id == value.id)
    found = extensions(
        schedule, meeting, at("09:40"), MeetingSection(**settings), BookingSection(**booking), HOURS, COPENHAGEN
    )
    assert _told(found) == wanted
    assert all(offer.start == meeting.end for offer in found)


def test_a_follow_on_is_extended_like_our_own() -> None:
    schedule = day_of(event("07:00-09:00", id="a"), own("09:00-10:00", id="x"), follow_ons=("x",))
    found = extensions(
        schedule, schedule.meetings[0], at("09:40"), MeetingSection(), BookingSection(maximum_min=75), HOURS, COPENHAGEN
    )
    assert _told(found) == "15"


def test_nothing_is_extended_into_what_was_not_read() -> None:
    schedule = day_of(own("09:00-10:00"), end="10:00")
    settings = (MeetingSection(), BookingSection(), HOURS, COPENHAGEN)
    assert extensions(schedule, schedule.meetings[0], at("09:40"), *settings) == ()


OURS, THEIRS, DAY = own("09:00-10:00"), event("09:00-10:00"), own("00:00-24:00", all_day=True)
MAY = [
    ("ours", OURS, {}, (True, True, True)),
    ("ours, switched off", OURS, {"end_own": False}, (False, False, False)),
    ("theirs", THEIRS, {}, (False, False, False)),
    ("theirs, ending allowed", THEIRS, {"end_others": True}, (True, False, False)),
    ("theirs, releasing allowed", THEIRS, {"release": True}, (False, True, False)),
    ("all day", DAY, {"end_others": True, "release": True}, (False, False, False)),
]


@pytest.mark.parametrize(("value", "settings", "wanted"), [case[1:] for case in MAY], ids=[case[0] for case in MAY])
def test_what_may_be_done(value: Event, settings: dict[str, Any], wanted: tuple[bool, bool, bool]) -> None:
    meeting, rules = meeting_of(value), MeetingSection(**settings)
    assert (may_end(meeting, rules), may_release(meeting, rules), may_cancel(meeting, at("-1 12:00"), rules)) == wanted


def test_a_booking_may_be_cancelled_until_it_begins() -> None:
    meeting = meeting_of(OURS)
    assert may_cancel(meeting, at("08:59:59"), MeetingSection())
    assert not may_cancel(meeting, at("09:00"), MeetingSection())


def test_an_extended_meeting_of_somebody_else_may_be_ended_when_only_our_part_is_left() -> None:
    meeting = day_of(event("09:00-10:00"), own("10:00-10:30", id="x"), follow_ons=("x",)).meetings[0]
    assert not may_end(meeting, MeetingSection())
    assert not may_end(meeting, MeetingSection(), at("09:59"))
    assert may_end(meeting, MeetingSection(), at("10:00"))
    assert not may_release(meeting, MeetingSection())


DST = [
    # Sunday 29 March 2026: 02:00 becomes 03:00. Sunday 25 October 2026: 03:00 becomes 02:00.
    (date(2026, 3, 29), "2026-03-29T00:50:00+00:00", "2026-03-29T01:05:00+00:00"),
    (date(2026, 10, 25), "2026-10-25T00:50:00+00:00", "2026-10-25T01:05:00+00:00"),
]


@pytest.mark.parametrize(("day", "now", "end"), DST)
def test_a_quarter_is_fifteen_minutes_when_the_clocks_change(day: date, now: str, end: str) -> None:
    schedule = Schedule((), at("00:00", day), at("48:00", day))
    found = offers(schedule, at(now), BookingSection(durations_min=(15,)), HOURS, COPENHAGEN)
    assert [(offer.end, offer.minutes) for offer in found] == [(at(end), 15)]


def test_monday_is_a_monday() -> None:
    assert MONDAY.weekday() == 0
