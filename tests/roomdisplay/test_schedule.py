"""From events to meetings, and what a schedule answers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from graph.model import Event, Response, ShowAs
from roomdisplay.schedule import FOLLOW_ON_MARK, Gap, Policy, Title, blocks
from tests.roomdisplay.calendar_kit import COPENHAGEN, JESPER, POLICY, at, day_of, event, meeting_of, own

LENIENT = Policy(tentative_blocks=False)


def _ids(*events: Event, policy: Policy = POLICY, follow_ons: tuple[str, ...] = ()) -> list[str]:
    schedule = day_of(*events, policy=policy, follow_ons=follow_ons)
    return ["+".join(part.id for part in meeting.parts) for meeting in schedule.meetings]


KEPT = [
    ("busy", {}, True),
    ("oof", {"show_as": ShowAs.OOF}, True),
    ("unknown", {"show_as": ShowAs.UNKNOWN}, True),
    ("tentative", {"show_as": ShowAs.TENTATIVE}, True),
    ("free", {"show_as": ShowAs.FREE}, False),
    ("working elsewhere", {"show_as": ShowAs.WORKING_ELSEWHERE}, False),
    ("declined", {"response": Response.DECLINED}, False),
    ("no response at all", {"response": Response.NONE}, True),
    ("cancelled", {"cancelled": True}, False),
]


@pytest.mark.parametrize(("fields", "kept"), [case[1:] for case in KEPT], ids=[case[0] for case in KEPT])
def test_what_blocks(fields: dict[str, object], kept: bool) -> None:
    value = event("09:00-10:00", **fields)
    assert (blocks(value), bool(day_of(value).meetings)) == (kept, kept)


def test_tentative_may_be_let_through_but_is_never_booked_over() -> None:
    schedule = day_of(event("09:00-10:00", id="t", show_as=ShowAs.TENTATIVE), policy=LENIENT)
    assert schedule.meetings == ()
    assert [meeting.key.partition("@")[0] for meeting in schedule.conflicts(at("09:30"), at("11:00"))] == ["t"]
    assert schedule.gaps(at("08:00"), at("11:00"), timedelta()) == (
        Gap(at("08:00"), at("09:00")),
        Gap(at("10:00"), at("11:00")),
    )
    found = schedule.event("t")
    assert found is not None
    assert schedule.events_between(at("09:59"), at("12:00")) == (found,)
    assert schedule.event("x") is None


def test_all_day_events_that_do_not_block_are_notes() -> None:
    banner = event("00:00-24:00", id="n", all_day=True, show_as=ShowAs.FREE, subject="Jul")
    schedule = day_of(banner, event("09:00-10:00", show_as=ShowAs.FREE))
    assert [(note.subject, note.all_day) for note in schedule.notes] == [("Jul", True)]
    assert schedule.meetings == ()


def test_an_all_day_event_is_whole_days_and_never_cut() -> None:
    shifted = event("01:00-+1 01:00", all_day=True)
    assert [(meeting.start, meeting.end) for meeting in day_of(shifted).meetings] == [(at("00:00"), at("48:00"))]
    exact = event("00:00-24:00", all_day=True)
    assert [(meeting.start, meeting.end) for meeting in day_of(exact).meetings] == [(at("00:00"), at("24:00"))]


PENDING = [
    ("accepted", event("09:00-10:00"), False),
    ("tentative", event("09:00-10:00", show_as=ShowAs.TENTATIVE), True),
    ("unanswered", event("09:00-10:00", response=Response.NOT_RESPONDED), True),
    ("tentatively accepted", event("09:00-10:00", response=Response.TENTATIVELY_ACCEPTED), True),
    ("our own", own("09:00-10:00", response=Response.NOT_RESPONDED), False),
]


@pytest.mark.parametrize(("value", "pending"), [case[1:] for case in PENDING], ids=[case[0] for case in PENDING])
def test_pending(value: Event, pending: bool) -> None:
    assert meeting_of(value).pending is pending


A = event("09:00-10:00", id="a", subject="Budget", organizer_name="Jesper Friis", organizer_address=JESPER)
MERGING = [
    ("by id", [A, own("10:00-10:30", id="x")], ("x",), ["a+x"]),
    ("by mark", [A, own("10:00-10:30", id="x", subject=f"Extended{FOLLOW_ON_MARK}")], (), ["a+x"]),
    ("twice", [A, own("10:00-10:30", id="x"), own("10:30-11:00", id="y")], ("x", "y"), ["a+x+y"]),
    ("no sign of a follow-on", [A, own("10:00-10:30", id="x", subject="Extended")], (), ["a", "x"]),
    ("a gap", [A, own("10:01-10:30", id="x")], ("x",), ["a", "x"]),
    ("an overlap", [A, own("09:59-10:30", id="x")], ("x",), ["a", "x"]),
    ("somebody else's, marked", [A, event("10:00-10:30", id="x", subject=f"Extended{FOLLOW_ON_MARK}")], (), ["a", "x"]),
    ("nothing before it", [own("10:00-10:30", id="x")], ("x",), ["x"]),
    (
        "an all-day event before it",
        [event("00:00-24:00", id="d", all_day=True), own("24:00-+1 00:30", id="x")],
        ("x",),
        ["d", "x"],
    ),
    ("itself all day", [A, own("00:00-24:00", id="x", all_day=True)], ("x",), ["x", "a"]),
    (
        "two end there: the later start",
        [event("08:00-10:00", id="b"), A, own("10:00-10:30", id="x")],
        ("x",),
        ["b", "a+x"],
    ),
]


@pytest.mark.parametrize(
    ("events", "follow_ons", "wanted"), [case[1:] for case in MERGING], ids=[case[0] for case in MERGING]
)
def test_follow_ons(events: list[Event], follow_ons: tuple[str, ...], wanted: list[str]) -> None:
    assert _ids(*events, follow_ons=follow_ons) == wanted
    assert _ids(*reversed(events), follow_ons=follow_ons) == wanted


def test_a_merged_meeting_keeps_the_name_of_the_first_and_the_end_of_the_last() -> None:
    meeting = day_of(A, own("10:00-10:30", id="x"), follow_ons=("x",)).meetings[0]
    assert (meeting.start, meeting.end) == (at("09:00"), at("10:30"))
    assert (meeting.title, meeting.subject, meeting.organizer) == (Title.SUBJECT, "Budget", "Jesper Friis")
    assert meeting.own
    assert meeting.key == f"a@{at('09:00').isoformat()}"


def test_questions_about_now() -> None:
    schedule = day_of(event("09:00-10:00", id="a"), event("10:00-11:00", id="b"), event("13:00-14:00", id="c"))
    rows = []
    for now in ("08:59", "09:00", "09:59:59", "10:00", "11:00", "13:30", "14:00"):
        current, following = schedule.current(at(now)), schedule.next(at(now))
        rows.append(
            (
                now,
                current.parts[0].id if current else "",
                following.parts[0].id if following else "",
                schedule.busy_until(at(now)),
                schedule.free_until(at(now)),
            )
        )
    assert rows == [
        ("08:59", "", "a", None, at("09:00")),
        ("09:00", "a", "b", at("11:00"), at("09:00")),
        ("09:59:59", "a", "b", at("11:00"), at("09:59:59")),
        ("10:00", "b", "c", at("11:00"), at("10:00")),
        ("11:00", "", "c", None, at("13:00")),
        ("13:30", "c", "", at("14:00"), at("13:30")),
        ("14:00", "", "", None, None),
    ]


def test_the_buffer_counts_against_free_until_and_gaps_but_not_against_conflicts() -> None:
    schedule = day_of(event("10:00-11:00"), policy=Policy(buffer_min=15))
    assert schedule.free_until(at("09:00")) == at("09:45")
    assert schedule.free_until(at("09:50")) == at("09:50")
    assert schedule.gaps(at("09:00"), at("12:00"), timedelta()) == (
        Gap(at("09:00"), at("09:45")),
        Gap(at("11:00"), at("12:00")),
    )
    assert schedule.conflicts(at("09:00"), at("10:00")) == ()


GAPS = [
    ("all of it", [], 0, [("08:00", "12:00")]),
    ("around", ["09:00-10:00"], 0, [("08:00", "09:00"), ("10:00", "12:00")]),
    ("too short", ["08:10-11:55"], 15, []),
    ("just long enough", ["08:15-11:45"], 15, [("08:00", "08:15"), ("11:45", "12:00")]),
    ("covered", ["07:00-13:00"], 0, []),
    ("one within another", ["08:00-11:00", "09:00-10:00"], 0, [("11:00", "12:00")]),
    ("over the edges", ["07:00-08:30", "11:30-13:00"], 0, [("08:30", "11:30")]),
    ("elsewhere", ["06:00-07:00", "13:00-14:00"], 0, [("08:00", "12:00")]),
]


@pytest.mark.parametrize(("spans", "least_min", "wanted"), [case[1:] for case in GAPS], ids=[case[0] for case in GAPS])
def test_gaps(spans: list[str], least_min: int, wanted: list[tuple[str, str]]) -> None:
    found = day_of(*map(event, spans)).gaps(at("08:00"), at("12:00"), timedelta(minutes=least_min))
    assert [(gap.start, gap.end) for gap in found] == [(at(start), at(end)) for start, end in wanted]


def test_gaps_end_with_what_is_known() -> None:
    schedule = day_of(start="08:00", end="12:00")
    assert schedule.gaps(at("06:00"), at("20:00"), timedelta()) == (Gap(at("08:00"), at("12:00")),)
    assert schedule.covers(at("08:00"))
    assert not schedule.covers(at("12:00"))


def test_a_day_is_the_room_s_day() -> None:
    schedule = day_of(event("-1 23:30-00:00", id="a"), event("-1 23:45-00:15", id="b"), event("23:30-+1 00:30", id="c"))
    days = {
        day: [meeting.parts[0].id for meeting in schedule.day(day, COPENHAGEN)]
        for day in (date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24))
    }
    assert days == {date(2026, 11, 22): ["a", "b"], date(2026, 11, 23): ["b", "c"], date(2026, 11, 24): ["c"]}
