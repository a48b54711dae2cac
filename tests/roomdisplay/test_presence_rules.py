"""What presence may do by itself: to the second, and everything that stops it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from graph.model import ShowAs
from roomdisplay.check_in import Asked, window
from roomdisplay.freshness import Trouble
from roomdisplay.occupancy import Occupancy, Presence
from roomdisplay.presence_rules import (
    COOL_DOWN_S,
    FRESH_S,
    RETRY_S,
    History,
    Proposal,
    Rule,
    may_check_in_by_presence,
    own_window,
    proposal,
)
from roomdisplay.presence_settings import PresenceSection
from roomdisplay.schedule import Schedule
from roomdisplay.settings import BookingSection, CheckInSection, HoursSection, MeetingSection
from tests.roomdisplay.calendar_kit import COPENHAGEN, Panel, at, day_of, event, meeting_of, own, view_of

ON = PresenceSection(auto_book=True, auto_extend=True, end_when_empty=True)
ZERO = at("08:00")
"""Where the monotonic clock of these tests has its nought."""


def s(when: str | datetime) -> float:
    """Monotonic seconds of a time on the wall."""
    return ((at(when) if isinstance(when, str) else when) - ZERO).total_seconds()


def seen(first: str, last: str, now: str | None = None) -> Occupancy:
    """Somebody was sensed from `first` to `last`, and is held to be there."""
    return Occupancy(Presence.OCCUPIED, s(first), (), s(first), s(now or last), s(first), s(last))


def empty(since: str, known: str = "08:30") -> Occupancy:
    return Occupancy(Presence.VACANT, s(since), (), s(known), s(since))


UNKNOWN = Occupancy(Presence.UNKNOWN, s("08:00"))


@dataclass(frozen=True)
class Case:
    """A panel with all rules on; tests change one thing."""

    schedule: Schedule
    occupancy: Occupancy
    presence: PresenceSection = ON
    booking: BookingSection = BookingSection()
    meeting: MeetingSection = MeetingSection()
    panel: Panel = Panel()
    view: tuple[tuple[str, Any], ...] = ()
    history: History = History()

    def at(self, now: str | datetime) -> Proposal:
        instant = at(now) if isinstance(now, str) else now
        panel = replace(self.panel, presence=self.occupancy.presence, booking=self.booking)
        return proposal(
            panel.state(view_of(self.schedule, instant, **dict(self.view)), instant),
            self.occupancy,
            self.schedule,
            self.presence,
            self.booking,
            self.meeting,
            panel.hours,
            COPENHAGEN,
            now=instant,
            now_s=s(instant),
            history=self.history,
        )


NOTHING = Proposal()

# --- checking in ---

MEETING = event("10:00-11:00", id="m")
ASKED = window(meeting_of(MEETING), CheckInSection(enabled=True))

CHECK_INS = [
    ("thirty seconds", seen("10:01", "10:01:30"), "10:01:30", True),
    ("a second less", seen("10:01", "10:01:29"), "10:01:29", False),
    ("held, but not sensed", seen("10:01", "10:01:10", now="10:05"), "10:05", False),
    ("before the window", seen("09:50", "09:55:29"), "09:55:29", False),
    ("into the window", seen("09:50", "09:55:30"), "09:55:30", True),
    ("the window is not open", seen("09:50", "09:54:59"), "09:54:59", False),
    ("the window is just open", seen("09:50", "09:55"), "09:55", False),
    ("in its last second", seen("10:09:29", "10:09:59"), "10:09:59", True),
    ("the window is closed", seen("10:01", "10:10"), "10:10", False),
    ("nobody", empty("09:00"), "10:05", False),
    ("unknown", UNKNOWN, "10:05", False),
    ("unknown, with an old spell", replace(seen("10:01", "10:03"), presence=Presence.UNKNOWN), "10:05", False),
    ("occupied without evidence", Occupancy(Presence.OCCUPIED, s("10:01")), "10:05", False),
]


@pytest.mark.parametrize(("occupancy", "now", "wanted"), [c[1:] for c in CHECK_INS], ids=[c[0] for c in CHECK_INS])
def test_checking_in_by_presence(occupancy: Occupancy, now: str, wanted: bool) -> None:
    assert may_check_in_by_presence(ASKED, occupancy, at(now), s(now), PresenceSection()) is wanted


def test_checking_in_by_presence_follows_the_settings() -> None:
    occupancy, now = seen("10:01", "10:03"), at("10:03")
    for settings, wanted in ((PresenceSection(check_in=False), False), (PresenceSection(check_in_after_s=120), True)):
        assert may_check_in_by_presence(ASKED, occupancy, now, s(now), settings) is wanted
    assert not may_check_in_by_presence(ASKED, occupancy, now, s(now), PresenceSection(check_in_after_s=121))


WINDOWS = [
    ("alone", (), "09:55"),
    ("back to back", (event("09:00-10:00"),), "10:00"),
    ("ends in the window", (event("09:00-09:57"),), "09:57"),
    ("ended before", (event("09:00-09:55"),), "09:55"),
    ("over-runs into it", (event("09:00-10:30"),), "10:00"),
    ("begins with it", (event("10:00-10:30"),), "09:55"),
]


@pytest.mark.parametrize(("others", "opens"), [case[1:] for case in WINDOWS], ids=[case[0] for case in WINDOWS])
def test_whoever_is_there_in_another_meeting_came_for_that_one(others: tuple[Any, ...], opens: str) -> None:
    schedule = day_of(MEETING, *others)
    meeting = next(found for found in schedule.meetings if found.parts[0].id == "m")
    due = own_window(window(meeting, CheckInSection(enabled=True)), schedule)
    assert due == Asked(meeting, at(opens), at("10:10"))


# --- booking for a walk-in ---

FREE = day_of(event("14:00-15:00"))
WALKED_IN = seen("10:00", "10:02")


def booked(start: str, end: str, now: str) -> Proposal:
    return Proposal(Rule.BOOK, None, at(end), at(now), start=at(start))


def test_a_walk_in_is_booked_after_two_minutes() -> None:
    assert Case(FREE, WALKED_IN).at("10:02") == booked("10:02", "10:17", "10:02")
    assert Case(FREE, seen("10:00", "10:01:59")).at("10:01:59") == NOTHING


BOOKS: list[tuple[str, str, dict[str, Any], tuple[str, str] | None]] = [
    ("clipped to the next", "10:02", {"schedule": day_of(event("10:12-11:00"))}, ("10:02", "10:12")),
    ("the gap is just long enough", "10:02", {"schedule": day_of(event("10:07-11:00"))}, ("10:02", "10:07")),
    ("the gap is too short", "10:02", {"schedule": day_of(event("10:06:59-11:00"))}, None),
    (
        "the gap is too short by setting",
        "10:02",
        {"schedule": day_of(event("10:12-11:00")), "booking": BookingSection(minimum_gap_min=11)},
        None,
    ),
    ("inside the maximum", "10:02", {"booking": BookingSection(maximum_min=10)}, ("10:02", "10:12")),
    ("to the minute whatever the grid", "10:02", {"booking": BookingSection(snap_min=30)}, ("10:02", "10:17")),
    (
        "its own length",
        "10:02",
        {"presence": PresenceSection(auto_book=True, auto_book_min=45)},
        ("10:02", "10:47"),
    ),
    ("rule off", "10:02", {"presence": PresenceSection()}, None),
    ("booking off", "10:02", {"booking": BookingSection(enabled=False)}, None),
    (
        "outside hours, not allowed",
        "10:02",
        {"booking": BookingSection(outside_hours=False), "panel": Panel(hours=HoursSection(opens="11:00"))},
        None,
    ),
    ("tentative", "10:02", {"schedule": day_of(event("10:00-11:00", show_as=ShowAs.TENTATIVE))}, None),
    ("busy", "10:02", {"schedule": day_of(event("10:00-11:00"))}, None),
    ("stale", "10:02", {"view": (("age_s", 200.0),)}, None),
    ("in trouble", "10:02", {"view": (("trouble", Trouble.SIGN_IN),)}, None),
    ("clock not believed", "10:02", {"view": (("clock_synchronised", False),)}, None),
    ("unknown", "10:02", {"occupancy": UNKNOWN}, None),
    ("nobody", "10:02", {"occupancy": empty("09:00")}, None),
    ("held, but gone for a minute", "10:03:00.5", {}, None),
    ("given back just now", "10:02", {"history": History(given_back_s=s("09:59"))}, None),
    (
        "given back, and still there",
        "10:02",
        {"history": History(given_back_s=s("09:50")), "occupancy": seen("09:49", "10:02")},
        None,
    ),
    (
        "given back, and come again after the cool-down",
        "10:02",
        {"history": History(given_back_s=s("10:02") - COOL_DOWN_S)},
        ("10:02", "10:17"),
    ),
    (
        "given back, a second before the cool-down",
        "10:02",
        {"history": History(given_back_s=s("10:02") - COOL_DOWN_S + 1)},
        None,
    ),
    ("tried just now", "10:02", {"history": History(tried_s=s("10:02") - RETRY_S + 1)}, None),
    ("tried a minute ago", "10:02", {"history": History(tried_s=s("10:02") - RETRY_S)}, ("10:02", "10:17")),
    (
        "people of the meeting before",
        "10:02",
        {"schedule": day_of(event("09:00-10:01")), "occupancy": seen("09:30", "10:02")},
        None,
    ),
    (
        "who stayed for two minutes",
        "10:03",
        {"schedule": day_of(event("09:00-10:01")), "occupancy": seen("09:30", "10:03")},
        ("10:03", "10:18"),
    ),
    (
        "early for the next meeting",
        "10:02",
        {
            "schedule": day_of(event("10:12-11:00")),
            "panel": Panel(check_in=CheckInSection(enabled=True, opens_before_min=15)),
        },
        None,
    ),
]


@pytest.mark.parametrize(("now", "changes", "span"), [c[1:] for c in BOOKS], ids=[c[0] for c in BOOKS])
def test_what_is_booked(now: str, changes: dict[str, Any], span: tuple[str, str] | None) -> None:
    instant = at("10:03") + timedelta(milliseconds=500) if now.endswith(".5") else at(now)
    found = replace(Case(FREE, WALKED_IN), **changes).at(instant)
    assert found == (booked(*span, now) if span else NOTHING)


# --- extending ---

MINE = own("10:00-11:00", id="own")
THEIRS = event("10:00-11:00", id="theirs", organizer_address="louise@nordhavn.example")
STAYING = seen("10:10", "10:54")

EXTENDS: list[tuple[str, str, dict[str, Any], str | None]] = [
    ("seven minutes before", "10:53", {}, "11:15"),
    ("a second earlier", "10:52:59", {}, None),
    ("in the last second", "10:59:59", {"occupancy": seen("10:10", "10:59:59")}, "11:15"),
    ("clipped to the next", "10:54", {"schedule": day_of(MINE, event("11:10-12:00"))}, "11:10"),
    (
        "clipped whatever is offered by touch",
        "10:54",
        {"schedule": day_of(MINE, event("11:10-12:00")), "booking": BookingSection(until_next=False)},
        "11:10",
    ),
    ("to the minute whatever the grid", "10:54", {"booking": BookingSection(snap_min=30)}, "11:15"),
    ("too little to gain", "10:54", {"schedule": day_of(MINE, event("11:04-12:00"))}, None),
    ("the next follows", "10:54", {"schedule": day_of(MINE, event("11:00-12:00"))}, None),
    ("beyond the maximum", "10:54", {"booking": BookingSection(maximum_min=74)}, None),
    ("up to the maximum", "10:54", {"booking": BookingSection(maximum_min=75)}, "11:15"),
    ("by its own step", "10:54", {"presence": PresenceSection(auto_extend=True, auto_extend_min=30)}, "11:30"),
    ("rule off", "10:54", {"presence": PresenceSection()}, None),
    ("extending off", "10:54", {"meeting": MeetingSection(extend=False)}, None),
    ("somebody else's", "10:54", {"schedule": day_of(THEIRS)}, None),
    (
        "somebody else's with our follow-on",
        "11:10",
        {
            "schedule": day_of(THEIRS, own("11:00-11:15", id="f"), follow_ons=("f",)),
            "occupancy": seen("10:10", "11:10"),
        },
        None,
    ),
    ("two at once", "10:54", {"schedule": day_of(MINE, event("10:30-11:30"))}, None),
    ("unknown", "10:54", {"occupancy": UNKNOWN}, None),
    ("nobody", "10:54", {"occupancy": empty("10:50")}, None),
    ("held, but gone", "10:55:01", {}, None),
    ("stale", "10:54", {"view": (("age_s", 200.0),)}, None),
    ("tried just now", "10:54", {"history": History(tried_s=s("10:54") - 1)}, None),
]


@pytest.mark.parametrize(("now", "changes", "end"), [c[1:] for c in EXTENDS], ids=[c[0] for c in EXTENDS])
def test_what_is_extended(now: str, changes: dict[str, Any], end: str | None) -> None:
    case = replace(Case(day_of(MINE), STAYING), **changes)
    found = case.at(now)
    if end is None:
        assert found == NOTHING
    else:
        assert found == Proposal(Rule.EXTEND, case.schedule.meetings[0], at(end), at(now))
        assert found.due


# --- ending what stands empty ---

LEFT = empty("10:20")
ENDS: list[tuple[str, str, dict[str, Any], str | None]] = [
    ("a second before the warning", "10:32:59", {}, None),
    ("the warning", "10:33", {}, "10:35"),
    ("empty since before its start", "10:13", {"occupancy": empty("09:00")}, "10:15"),
    ("empty since before its start, not yet", "10:12:59", {"occupancy": empty("09:00")}, None),
    ("known only since", "10:43", {"occupancy": empty("10:30", known="10:30")}, "10:45"),
    ("touched meanwhile", "10:34", {"history": History(touched_s=s("10:21:30"))}, None),
    ("touched long ago", "10:33", {"history": History(touched_s=s("10:10"))}, "10:35"),
    ("too late to be worth it", "10:53:01", {"occupancy": empty("10:40:01")}, None),
    ("just worth it", "10:53", {"occupancy": empty("10:40")}, "10:55"),
    ("by its own time", "10:28",
     {"presence": PresenceSection(end_when_empty=True, end_empty_after_min=10)}, "10:30"),
    ("rule off", "10:33", {"presence": PresenceSection()}, None),
    ("ending off", "10:33", {"meeting": MeetingSection(end_own=False)}, None),
    ("somebody else's", "10:33", {"schedule": day_of(THEIRS), "meeting": MeetingSection(end_others=True)}, None),
    ("somebody else's with our follow-on", "10:33",
     {"schedule": day_of(event("09:00-10:00"), own("10:00-11:00", id="f"), follow_ons=("f",))}, None),
    ("whole day", "10:33", {"schedule": day_of(own("00:00-24:00", all_day=True))}, None),
    ("two at once", "10:33", {"schedule": day_of(MINE, event("10:30-11:30"))}, None),
    ("waits for its check-in", "10:08",
     {"panel": Panel(check_in=CheckInSection(enabled=True, closes_after_min=60)), "occupancy": empty("09:00"),
      "presence": PresenceSection(end_when_empty=True, end_empty_after_min=10)}, None),
    ("unknown", "10:33", {"occupancy": UNKNOWN}, None),
    ("somebody there", "10:33", {"occupancy": seen("10:20", "10:33")}, None),
    ("empty, but not known to be", "10:33", {"occupancy": replace(LEFT, known_since_s=None)}, None),
    ("stale", "10:33", {"view": (("age_s", 200.0),)}, None),
    ("tried just now", "10:33", {"history": History(tried_s=s("10:33") - 1)}, None),
]  # fmt: skip


@pytest.mark.parametrize(("now", "changes", "ends"), [c[1:] for c in ENDS], ids=[c[0] for c in ENDS])
def test_what_is_announced_to_end(now: str, changes: dict[str, Any], ends: str | None) -> None:
    case = replace(Case(day_of(MINE), LEFT), **changes)
    found = case.at(now)
    if ends is None:
        assert found == NOTHING
    else:
        assert found == Proposal(Rule.END, case.schedule.meetings[0], at=at(ends), warn=True)
        assert not found.due


def life(case: Case, start: str, end: str) -> list[tuple[datetime, Proposal]]:
    """Each second from `start` to `end`, remembered as a panel does; a due proposal is taken as carried out."""
    found, now = [], at(start)
    while now <= at(end):
        proposed = case.at(now)
        found.append((now, proposed))
        case = replace(case, history=case.history.after(proposed, s(now)))
        now += timedelta(seconds=1)
    return found


def due(found: list[tuple[datetime, Proposal]]) -> list[datetime]:
    return [now for now, proposed in found if proposed.due]


def test_an_empty_booking_is_announced_for_two_minutes_and_ended_once() -> None:
    found = life(Case(day_of(MINE), LEFT), "10:30", "10:35:30")
    assert due(found) == [at("10:35")]
    assert [now for now, proposed in found if proposed.warn] == [at("10:33") + timedelta(seconds=n) for n in range(120)]
    assert {proposed.at for _, proposed in found if proposed.kind} == {at("10:35")}


def test_an_end_that_failed_is_announced_again_before_the_next_try() -> None:
    """A minute of silence, then a whole warning."""
    assert due(life(Case(day_of(MINE), LEFT), "10:30", "10:40")) == [at("10:35"), at("10:38")]


def test_an_end_never_comes_without_its_warning() -> None:
    """The calendar could not be believed while the warning was due."""
    stale = Case(day_of(MINE), LEFT, view=(("age_s", 200.0),))
    assert due(life(stale, "10:30", "10:40")) == []
    assert due(life(replace(stale, view=()), "10:40:01", "10:43")) == [at("10:42:01")]


def test_a_touch_puts_the_end_off_by_the_whole_time() -> None:
    history = History().touched(s("10:34"))
    assert due(life(Case(day_of(MINE), LEFT, history=history), "10:34", "10:49:30")) == [at("10:49")]


def test_whoever_comes_back_ends_the_announcement() -> None:
    case = Case(day_of(MINE), LEFT)
    announced = case.at("10:34")
    history = History().after(announced, s("10:34"))
    back = replace(case, occupancy=seen("10:34:30", "10:34:30"), history=history)
    assert back.at("10:34:30") == NOTHING
    assert history.after(NOTHING, s("10:34:30")).warned == ""


def test_a_walk_in_is_booked_once() -> None:
    """Until the calendar shows it, and for a minute at least."""
    assert due(life(Case(FREE, WALKED_IN), "10:02", "10:02:59")) == [at("10:02")]


def test_what_history_keeps() -> None:
    history = History().touched(1.0).given_back(2.0)
    assert (history.touched_s, history.given_back_s) == (1.0, 2.0)
    warned = Proposal(Rule.END, meeting_of(MINE), at=at("10:35"), warn=True)
    once = history.after(warned, 3.0)
    assert (once.warned, once.warned_since_s) == (meeting_of(MINE).key, 3.0)
    assert once.after(warned, 4.0) == once
    done = once.after(replace(warned, warn=False), 5.0)
    assert (done.tried_s, done.warned) == (5.0, "")
    assert (done.touched_s, done.given_back_s) == (1.0, 2.0)


def test_without_a_calendar_nothing_is_proposed() -> None:
    state = Panel().state(view_of(None, at("10:02")), at("10:02"))
    args = (ON, BookingSection(), MeetingSection(), Panel().hours, COPENHAGEN)
    found = proposal(state, WALKED_IN, None, *args, now=at("10:02"), now_s=s("10:02"), history=History())
    assert found == NOTHING


def test_fresh_is_a_minute() -> None:
    assert Case(FREE, WALKED_IN).at(at("10:02") + timedelta(seconds=FRESH_S)).kind is Rule.BOOK
