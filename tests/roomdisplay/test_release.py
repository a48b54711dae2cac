"""When a no-show gives its room back, to the second, and each reason why it does not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from roomdisplay.check_in import CheckIns, made_late
from roomdisplay.presence_settings import ReleaseSection
from roomdisplay.release import ACTED_KEPT, NO_TURN, Keep, Released, Step, Verdict, Watch, judge, turn
from roomdisplay.schedule import Schedule
from roomdisplay.settings import CheckInSection
from tests.roomdisplay.calendar_kit import JESPER, LONG_AGO, NO_CHECK_INS, at, day_of, event, meeting_of, own

MEETING = event("10:00-11:00", id="m", ical_uid="uid-m", organizer_address=JESPER)
SCHEDULE = day_of(MEETING)
HEALTHY = Watch(booted_at=LONG_AGO, online_since=LONG_AGO, sensed_since=LONG_AGO, occupied_last=None, has_sensors=True)
CHECK_IN = CheckInSection(enabled=True)
RELEASE = ReleaseSection(enabled=True, exchange_auto_release="off")


@dataclass(frozen=True)
class Case:
    """A no-show that nothing speaks for keeping; tests change one thing."""

    schedule: Schedule = SCHEDULE
    check_ins: CheckIns = NO_CHECK_INS
    watch: Watch = HEALTHY
    check_in: CheckInSection = CHECK_IN
    release: ReleaseSection = RELEASE
    shared: bool = False
    memory: Released | None = None
    turn: timedelta = NO_TURN

    def at(self, now: str | datetime) -> Verdict:
        return judge(
            self.schedule,
            self.check_ins,
            self.watch,
            self.check_in,
            self.release,
            shared_check_ins=self.shared,
            now=at(now) if isinstance(now, str) else now,
            memory=self.memory,
            turn=self.turn,
        )


def release(**changes: Any) -> ReleaseSection:
    return ReleaseSection(**{"enabled": True, "exchange_auto_release": "off", **changes})


def check_in(**changes: Any) -> CheckInSection:
    return CheckInSection(**{"enabled": True, **changes})


def watched(**changes: Any) -> Watch:
    return replace(HEALTHY, **changes)


STEPS = [
    ("09:59:59", Step.NOTHING, None),
    ("10:00", Step.NOTHING, "10:10"),
    ("10:07:59", Step.NOTHING, "10:10"),
    ("10:08", Step.WARN, "10:10"),
    ("10:09:59", Step.WARN, "10:10"),
    ("10:10", Step.RELEASE, "10:10"),
    ("10:12", Step.RELEASE, "10:10"),
    ("10:12:01", Step.NOTHING, None),
    ("10:59:59", Step.NOTHING, None),
    ("11:00", Step.NOTHING, None),
]


@pytest.mark.parametrize(("now", "step", "given_back"), STEPS)
def test_the_steps_to_the_second(now: str, step: Step, given_back: str | None) -> None:
    verdict = Case().at(now)
    assert (verdict.step, verdict.at) == (step, at(given_back) if given_back else None)
    assert (verdict.meeting is not None) == (at("10:00") <= at(now) < at("11:00"))
    assert verdict.keep is (Keep.MISSED if at("10:12") < at(now) < at("11:00") else Keep.NONE)


@pytest.mark.parametrize(("grace", "warn", "first", "acts"), [(5, 5, "10:00", "10:05"), (15, 1, "10:14", "10:15")])
def test_the_steps_follow_the_settings(grace: int, warn: int, first: str, acts: str) -> None:
    case = Case(check_in=check_in(closes_after_min=grace), release=release(warn_before_min=warn))
    assert case.at(at(first) - timedelta(seconds=1)).step is Step.NOTHING
    assert case.at(first).step is Step.WARN
    assert case.at(at(acts) - timedelta(seconds=1)).step is Step.WARN
    assert case.at(acts).step is Step.RELEASE


def opened(by_s: int) -> datetime:
    """Seconds after the window opens, at 09:55."""
    return at("09:55") + timedelta(seconds=by_s)


TWICE = day_of(event("09:30-10:30", id="other"), MEETING)
KEPT: list[tuple[str, dict[str, Any], Keep]] = [
    ("release off", {"release": release(enabled=False)}, Keep.OFF),
    ("check-in off", {"check_in": CheckInSection()}, Keep.OFF),
    ("Exchange unknown", {"release": release(exchange_auto_release="unknown")}, Keep.EXCHANGE),
    ("Exchange on", {"release": release(exchange_auto_release="on")}, Keep.EXCHANGE),
    ("second panel", {"release": release(panels=2)}, Keep.SECOND_PANEL),
    ("second panel that shares", {"release": release(panels=2), "shared": True}, Keep.NONE),
    ("long", {"check_in": check_in(exempt_from_min=60)}, Keep.EXEMPT),
    ("nearly long", {"check_in": check_in(exempt_from_min=61)}, Keep.NONE),
    ("whole day", {"schedule": day_of(event("00:00-24:00", all_day=True))}, Keep.EXEMPT),
    (
        "several days",
        {"schedule": day_of(event("10:00-+1 12:00")), "check_in": check_in(exempt_from_min=1440)},
        Keep.EXEMPT,
    ),
    ("organizer", {"release": release(exempt_organizers=("x@y.example", f" {JESPER.upper()} "))}, Keep.EXEMPT),
    ("another organizer", {"release": release(exempt_organizers=("", "x@y.example"))}, Keep.NONE),
    (
        "nobody's meeting, with an empty exemption",
        {"schedule": day_of(event("10:00-11:00")), "release": release(exempt_organizers=("",))},
        Keep.NONE,
    ),
    ("last minutes", {"schedule": day_of(event("10:00-10:15"))}, Keep.EXEMPT),
    ("before the last minutes", {"schedule": day_of(event("10:00-10:15:01"))}, Keep.NONE),
    (
        "shorter than the grace",
        {"schedule": day_of(event("10:00-10:10:30")), "release": release(exempt_last_min=0)},
        Keep.NONE,
    ),
    (
        "as long as the grace",
        {"schedule": day_of(event("10:00-10:10:01")), "release": release(exempt_last_min=1)},
        Keep.EXEMPT,
    ),
    ("two at once", {"schedule": TWICE}, Keep.OVERLAP),
    ("checked in", {"check_ins": NO_CHECK_INS.add(meeting_of(MEETING), at("09:58"))}, Keep.CHECKED_IN),
    ("made late", {"schedule": day_of(replace(MEETING, created=at("09:50:01")))}, Keep.CHECKED_IN),
    ("made in time", {"schedule": day_of(replace(MEETING, created=at("09:50")))}, Keep.NONE),
    ("acted", {"memory": Released(acted=("old", meeting_of(MEETING).key))}, Keep.ACTED),
    ("booted after the opening", {"watch": watched(booted_at=opened(1))}, Keep.BOOTED),
    ("booted at the opening", {"watch": watched(booted_at=opened(0))}, Keep.NONE),
    ("booted after the start", {"watch": watched(booted_at=at("10:03"))}, Keep.BOOTED),
    ("offline after the opening", {"watch": watched(online_since=opened(1))}, Keep.OFFLINE),
    ("online since the opening", {"watch": watched(online_since=opened(0))}, Keep.NONE),
    ("offline now", {"watch": watched(online_since=None)}, Keep.OFFLINE),
    ("blind after the opening", {"watch": watched(sensed_since=opened(1))}, Keep.BLIND),
    ("seeing since the opening", {"watch": watched(sensed_since=opened(0))}, Keep.NONE),
    ("blind now", {"watch": watched(sensed_since=None)}, Keep.BLIND),
    (
        "blind, though it may do without sensors",
        {"watch": watched(sensed_since=None), "release": release(without_sensors=True)},
        Keep.BLIND,
    ),
    ("no sensor", {"watch": watched(sensed_since=None, has_sensors=False)}, Keep.BLIND),
    (
        "no sensor, and it may do without",
        {"watch": watched(sensed_since=None, has_sensors=False), "release": release(without_sensors=True)},
        Keep.NONE,
    ),
    ("somebody in the window", {"watch": watched(occupied_last=opened(0))}, Keep.PRESENT),
    ("somebody now", {"watch": watched(occupied_last=at("10:10"))}, Keep.PRESENT),
    ("somebody before", {"watch": watched(occupied_last=opened(-1))}, Keep.NONE),
]


@pytest.mark.parametrize(("changes", "keep"), [case[1:] for case in KEPT], ids=[case[0] for case in KEPT])
def test_why_a_meeting_is_kept(changes: dict[str, Any], keep: Keep) -> None:
    verdict = Case(**changes).at("10:10")
    assert verdict.keep is keep
    assert (verdict.step is Step.RELEASE) == (keep is Keep.NONE)
    assert (verdict.at is None) == (keep is not Keep.NONE)
    assert verdict.meeting


def test_every_reason_has_a_case() -> None:
    elsewhere = {Keep.MISSED, Keep.LATE}
    assert {keep for _, _, keep in KEPT} | elsewhere == set(Keep)


def test_the_first_reason_is_named() -> None:
    """Mended one by one, they come in the order of the enumeration."""
    problems: list[tuple[dict[str, Any], Keep]] = [
        ({"release": release(panels=2, exempt_organizers=(JESPER,), enabled=False)}, Keep.OFF),
        (
            {"release": release(panels=2, exempt_organizers=(JESPER,), exchange_auto_release="unknown")},
            Keep.EXCHANGE,
        ),
        ({"release": release(panels=2, exempt_organizers=(JESPER,))}, Keep.SECOND_PANEL),
        ({"release": release(exempt_organizers=(JESPER,))}, Keep.EXEMPT),
        ({"release": RELEASE}, Keep.OVERLAP),
        ({"schedule": SCHEDULE}, Keep.CHECKED_IN),
        ({"check_ins": NO_CHECK_INS}, Keep.ACTED),
        ({"memory": None}, Keep.BOOTED),
        ({"watch": Watch(LONG_AGO, None, None, at("10:01"), has_sensors=True)}, Keep.OFFLINE),
        ({"watch": Watch(LONG_AGO, LONG_AGO, None, at("10:01"), has_sensors=True)}, Keep.BLIND),
        ({"watch": watched(occupied_last=at("10:01"))}, Keep.PRESENT),
        ({"watch": HEALTHY}, Keep.MISSED),
    ]
    case = Case(
        schedule=TWICE,
        check_ins=NO_CHECK_INS.add(meeting_of(MEETING), at("09:58")),
        watch=Watch(at("10:01"), None, None, at("10:01"), has_sensors=True),
        memory=Released(acted=(meeting_of(MEETING).key,)),
    )
    named = []
    for mend, _ in problems:
        case = replace(case, **mend)
        named.append(case.at("10:12:01").keep)
    assert named == [keep for _, keep in problems]
    order = list(Keep)
    assert sorted(named, key=order.index) == named


# --- who must not lose a room ---


def test_whoever_books_at_the_panel_has_come() -> None:
    """A booking made while somebody stands there counts as checked in; made for later, it is judged like any other."""
    here = own("10:00-11:00", id="here")
    late = made_late(day_of(), day_of(here), at("10:00:20"), CHECK_IN)
    noted = NO_CHECK_INS.add(late[0], at("10:00:20"))
    assert Case(schedule=day_of(here), check_ins=noted).at("10:10").keep is Keep.CHECKED_IN
    assert made_late(day_of(), day_of(here), at("08:00"), CHECK_IN) == ()
    assert Case(schedule=day_of(here)).at("10:10").step is Step.RELEASE


def test_a_check_in_carried_over_keeps_the_next_meeting_too() -> None:
    before = event("09:00-10:00", id="b", organizer_address=JESPER)
    schedule = day_of(before, MEETING)
    noted = NO_CHECK_INS.add(meeting_of(before), at("09:00"))
    assert Case(schedule=schedule, check_ins=noted).at("10:10").keep is Keep.CHECKED_IN
    assert Case(schedule=schedule).at("10:10").step is Step.RELEASE


def test_what_the_screen_does_not_ask_to_check_in_is_kept() -> None:
    """The meeting before began before the panel did, so neither it nor this one is asked."""
    before = event("09:00-10:00", id="b", organizer_address=JESPER)
    case = Case(schedule=day_of(before, MEETING), watch=watched(booted_at=at("09:10")))
    assert case.at("10:10").keep is Keep.BOOTED
    assert replace(case, watch=watched(booted_at=at("08:59"))).at("10:10").step is Step.RELEASE


def test_people_who_linger_keep_the_next_meeting() -> None:
    """Presence in the window counts, whoever's it was: the panel cannot tell."""
    before = event("09:00-10:00", id="b", organizer_address="louise@nordhavn.example")
    case = Case(schedule=day_of(before, MEETING), watch=watched(occupied_last=at("09:57")))
    assert case.at("10:10").keep is Keep.PRESENT


def test_a_missed_time_stays_missed_in_the_last_minutes() -> None:
    for now in ("10:12:01", "10:54:59", "10:55", "10:59"):
        assert Case().at(now).keep is Keep.MISSED


# --- at most once, and never without its warning ---


@dataclass
class Life:
    """A panel that judges each second and remembers."""

    case: Case = field(default_factory=Case)
    memory: Released = field(default_factory=Released)
    seen: dict[Step, list[datetime]] = field(default_factory=dict)

    def run(self, start: str, end: str) -> Life:
        now = at(start)
        while now <= at(end):
            verdict = replace(self.case, memory=self.memory).at(now)
            self.seen.setdefault(verdict.step, []).append(now)
            self.memory = self.memory.after(verdict, now)
            now += timedelta(seconds=1)
        return self

    def times(self, step: Step) -> list[datetime]:
        return self.seen.get(step, [])


def test_a_life_acts_once_and_warns_before() -> None:
    life = Life().run("09:50", "11:05")
    assert life.times(Step.RELEASE) == [at("10:10")]
    assert (life.times(Step.WARN)[0], life.times(Step.WARN)[-1]) == (at("10:08"), at("10:09:59"))
    assert life.memory.acted == (meeting_of(MEETING).key,)


def test_a_warning_that_came_late_runs_its_whole_time() -> None:
    life = Life(replace(Case(), release=release(panels=2))).run("09:50", "10:09")
    assert not life.times(Step.WARN)
    life.case = replace(life.case, shared=True)
    life.run("10:09:30", "10:20")
    assert life.times(Step.RELEASE) == [at("10:11:30")]


@pytest.mark.parametrize(("turn_s", "acts"), [(0, "10:10"), (1, "10:10:01"), (59.999, "10:11")])
def test_of_several_panels_each_acts_at_its_turn_and_warns_until_then(turn_s: float, acts: str) -> None:
    life = Life(replace(Case(), turn=timedelta(seconds=turn_s))).run("09:50", "11:05")
    assert life.times(Step.RELEASE) == [at(acts)]
    assert (life.times(Step.WARN)[0], life.times(Step.WARN)[-1]) == (at("10:08"), at(acts) - timedelta(seconds=1))


def test_a_turn_after_a_late_warning_ends_before_the_time_to_act_does() -> None:
    late = replace(Case(), release=release(panels=2), turn=timedelta(seconds=50))
    life = Life(late).run("09:50", "10:09")
    life.case = replace(late, shared=True)
    life.run("10:09:30", "10:20")
    assert life.times(Step.RELEASE) == [at("10:11:45")]


def test_a_turn_is_of_the_unit_and_always_the_same() -> None:
    turns = [turn(f"cph-2-storebaelt-{door}") for door in range(200)]
    assert turns == [turn(f"cph-2-storebaelt-{door}") for door in range(200)]
    assert all(timedelta(0) <= one < timedelta(minutes=1) for one in turns)
    assert len({one // timedelta(seconds=10) for one in turns}) == 6
    assert turn("cph-2-storebaelt") == timedelta(milliseconds=31_523), "a new release must not move it"


def test_a_warning_that_was_broken_off_begins_again() -> None:
    life = Life().run("09:50", "10:09")
    life.case = replace(life.case, release=release(panels=2))
    life.run("10:09:01", "10:09:10")
    life.case = Case()
    life.run("10:09:11", "10:20")
    assert life.times(Step.RELEASE) == [at("10:11:11")]


def test_a_warning_that_would_end_too_late_is_not_given() -> None:
    life = Life(replace(Case(), release=release(panels=2))).run("09:50", "10:10:00")
    life.case = replace(life.case, shared=True)
    life.run("10:10:01", "10:20")
    assert not life.times(Step.WARN) + life.times(Step.RELEASE)


def test_a_panel_that_hung_over_the_time_to_act_does_nothing_without_its_warning() -> None:
    life = Life().run("09:50", "10:07")
    life.run("10:10:30", "10:20")
    assert not life.times(Step.RELEASE)


def test_a_meeting_moved_to_now_is_kept() -> None:
    moved = day_of(event("13:00-14:00", id="m", ical_uid="uid-m"))
    life = Life(Case(schedule=moved)).run("09:50", "10:02:00")
    life.case = Case()
    life.run("10:02:01", "10:08")
    assert replace(Case(), memory=life.memory).at("10:08").keep is Keep.LATE
    life.run("10:08", "10:20")
    assert not life.times(Step.RELEASE)


def test_a_meeting_moved_just_before_it_begins_is_judged() -> None:
    life = Life(Case(schedule=day_of())).run("09:50", "10:01:59")
    life.case = Case()
    assert life.run("10:02", "10:20").times(Step.RELEASE) == [at("10:10")]


def test_the_last_minutes_begin_while_it_may_still_act() -> None:
    case = Case(schedule=day_of(event("10:00-10:16")))
    assert case.at("10:10:59").step is Step.RELEASE
    assert case.at("10:11").keep is Keep.EXEMPT


def test_a_warning_is_for_one_meeting() -> None:
    memory = Released()
    for second, name in enumerate("ab"):
        verdict = Verdict(Step.WARN, meeting_of(event("10:00-11:00", id=name)), at("10:10"))
        memory = memory.after(verdict, at(f"10:08:0{second}"))
    assert memory.warned_since == at("10:08:01")


def test_the_memory_is_bounded() -> None:
    memory = Released()
    for number in range(ACTED_KEPT + 5):
        meeting = meeting_of(event("10:00-11:00", id=f"e{number}"))
        memory = memory.after(Verdict(Step.RELEASE, meeting, at("10:10")), at("10:10"))
    assert len(memory.acted) == ACTED_KEPT
    assert memory.acted[-1].startswith(f"e{ACTED_KEPT + 4}@")
    assert memory.after(Verdict(Step.NOTHING), at("12:00")) == Released(memory.acted)
