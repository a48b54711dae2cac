"""Laws of giving rooms back, over random calendars, outages and people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import Event
from roomdisplay.check_in import CheckIns
from roomdisplay.presence_settings import ReleaseSection
from roomdisplay.release import ACT_WITHIN, Keep, Released, Step, Verdict, Watch, judge
from roomdisplay.schedule import Meeting, Schedule
from roomdisplay.settings import CheckInSection
from tests.property.strategies import calendars, schedule_of, steady
from tests.roomdisplay.calendar_kit import KEY

Span = tuple[datetime, datetime]
WEEK = timedelta(weeks=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
EMPTY = CheckIns.empty(KEY)

many = settings(steady, max_examples=250)
check_in_settings = st.builds(
    CheckInSection,
    enabled=st.just(True),
    opens_before_min=st.sampled_from((0, 5, 20)),
    closes_after_min=st.sampled_from((5, 10, 30)),
    exempt_from_min=st.sampled_from((480, 480, 60, 1440)),
)
release_settings = st.builds(
    ReleaseSection,
    enabled=st.sampled_from((True,) * 19 + (False,)),
    exchange_auto_release=st.sampled_from(("off",) * 18 + ("on", "unknown")),
    without_sensors=st.booleans(),
    warn_before_min=st.integers(1, 5),
    exempt_last_min=st.sampled_from((0, 0, 5, 30)),
    exempt_organizers=st.sampled_from(((), ("jesper@nordhavn.example",))),
    panels=st.sampled_from((1, 1, 1, 2)),
)


# --- a life of a panel, and what it could vouch for --------------------------------------------------------------


@dataclass(frozen=True)
class Past:
    """What really happened: when it booted, and the spans [start, end) of each trouble and of people."""

    booted_at: datetime
    offline: tuple[Span, ...]
    blind: tuple[Span, ...]
    people: tuple[Span, ...]
    has_sensors: bool

    def watch(self, now: datetime) -> Watch:
        """What the panel says about it: since when each has been well without a gap."""
        occupied = [min(end, now) for start, end in self.people if self.booted_at <= start <= now]
        return Watch(
            booted_at=self.booted_at,
            online_since=self._well_since(self.offline, now),
            sensed_since=self._well_since(self.blind, now) if self.has_sensors else None,
            occupied_last=max(occupied, default=None) if self.has_sensors else None,
            has_sensors=self.has_sensors,
        )

    def _well_since(self, troubles: tuple[Span, ...], now: datetime) -> datetime | None:
        if any(start <= now < end for start, end in troubles):
            return None
        return max([self.booted_at, *(end for _, end in troubles if end <= now)])

    def watched(self, start: datetime, end: datetime) -> bool:
        """It ran, was online and saw at every moment of [start, end]."""
        troubles = self.offline + (self.blind if self.has_sensors else ())
        return self.booted_at <= start and not any(one[0] <= end and start < one[1] for one in troubles)

    def anybody(self, start: datetime, end: datetime) -> bool:
        """Somebody was in the room at a moment of [start, end]."""
        return any(one[0] <= end and start <= one[1] for one in self.people)


@st.composite
def spans(draw: st.DrawFn, around: datetime) -> tuple[Span, ...]:
    """A few short spans near `around`, often none."""
    found = []
    for _ in range(draw(st.sampled_from((0, 0, 0, 0, 0, 1, 2)))):
        start = around + timedelta(seconds=30 * draw(st.integers(-80, 60)))
        found.append((start, start + timedelta(seconds=draw(st.sampled_from((1, 29, 30, 60, 600))))))
    return tuple(found)


@st.composite
def pasts(draw: st.DrawFn, around: datetime) -> Past:
    """What happened to a panel around a meeting."""
    return Past(
        booted_at=around - draw(st.sampled_from((DAY, DAY, DAY, 21 * MINUTE, 5 * MINUTE, 0 * MINUTE, -MINUTE))),
        offline=draw(spans(around)),
        blind=draw(spans(around)),
        people=draw(spans(around)),
        has_sensors=draw(st.sampled_from((True, True, True, False))),
    )


@dataclass(frozen=True)
class Noshow:
    """One judgement: the meeting, and all that it depends on."""

    schedule: Schedule
    meeting: Meeting
    past: Past
    check_in: CheckInSection
    release: ReleaseSection
    check_ins: CheckIns
    shared: bool

    def at(self, now: datetime, memory: Released | None = None) -> Verdict:
        return judge(
            self.schedule,
            self.check_ins,
            self.past.watch(now),
            self.check_in,
            self.release,
            shared_check_ins=self.shared,
            now=now,
            memory=memory,
        )

    @property
    def opens(self) -> datetime:
        return self.meeting.start - self.check_in.opens_before_min * MINUTE

    @property
    def due(self) -> datetime:
        return self.meeting.start + self.check_in.closes_after_min * MINUTE


@st.composite
def noshows(draw: st.DrawFn) -> Noshow:
    """A meeting of a random calendar to which, often, nobody came."""
    origin, found = draw(
        calendars(plain=draw(st.sampled_from((True, True, False))), most=3).filter(lambda calendar: bool(calendar[1]))
    )
    schedule = schedule_of(origin, found)
    meeting = draw(st.sampled_from(schedule.meetings)) if schedule.meetings else None
    if meeting is None:
        only = Event(id="only", start=origin, end=origin + timedelta(hours=1))
        schedule = schedule_of(origin, [only])
        meeting = schedule.meetings[0]
    checked_in = draw(st.sampled_from((False,) * 7 + (True,)))
    return Noshow(
        schedule,
        meeting,
        draw(pasts(meeting.start)),
        draw(check_in_settings),
        draw(release_settings),
        EMPTY.add(meeting, meeting.start) if checked_in else EMPTY,
        draw(st.booleans()),
    )


moments = st.integers(-200, 200) | st.sampled_from((-1, 0, 1, 119, 120, 121)) | st.integers(0, 120)
"""Seconds from the end of the grace."""


@given(noshows(), moments)
@many
def test_a_room_is_given_back_only_where_everything_was_watched(case: Noshow, by_s: int) -> None:
    now = case.due + timedelta(seconds=by_s)
    verdict = case.at(now)
    if verdict.step is not Step.RELEASE:
        return
    assert verdict.meeting
    case = replace(case, meeting=verdict.meeting)
    assert case.due <= now <= case.due + ACT_WITHIN
    assert case.past.watched(case.opens, now)
    assert case.past.has_sensors or case.release.without_sensors
    assert not (case.past.has_sensors and case.past.anybody(case.opens, now))
    assert case.schedule.overlapping(now) == (case.meeting,)
    assert not case.check_ins.has(case.meeting)
    assert not case.meeting.all_day
    assert case.meeting.end - case.meeting.start < case.check_in.exempt_from_min * MINUTE
    assert now < case.meeting.end - case.release.exempt_last_min * MINUTE
    assert case.release.enabled
    assert case.release.exchange_auto_release == "off"
    assert case.release.panels == 1 or case.shared


@given(noshows(), moments)
@many
def test_a_verdict_says_one_thing(case: Noshow, by_s: int) -> None:
    now = case.due + timedelta(seconds=by_s)
    verdict = case.at(now)
    assert verdict == case.at(now)
    assert (verdict.meeting is None) == (case.schedule.current(now) is None)
    if verdict.meeting is None:
        assert verdict == Verdict(Step.NOTHING)
    else:
        assert (verdict.at is None) == (verdict.keep is not Keep.NONE)
    assert verdict.step is Step.NOTHING or verdict.keep is Keep.NONE


@given(noshows())
@steady
def test_where_all_is_well_nothing_is_missed(case: Noshow) -> None:
    """A panel that saw the whole window, of a room with no other meeting and no exemption, gives it back."""
    alone = Event(id="a", start=case.meeting.start, end=case.meeting.start + 50 * MINUTE)
    schedule = schedule_of(case.schedule.start, [alone])
    past = Past(alone.start - timedelta(days=1), (), (), (), has_sensors=True)
    release = ReleaseSection(enabled=True, exchange_auto_release="off", warn_before_min=case.release.warn_before_min)
    check_in = CheckInSection(
        enabled=True, closes_after_min=case.check_in.closes_after_min, opens_before_min=case.check_in.opens_before_min
    )
    case = Noshow(schedule, schedule.meetings[0], past, check_in, release, EMPTY, shared=False)
    for second in (0, 1, 60, 119, 120):
        assert case.at(case.due + timedelta(seconds=second)).step is Step.RELEASE
    assert case.at(case.due - timedelta(seconds=1)).step is Step.WARN


@given(noshows(), moments, st.sampled_from(("offline", "blind", "people", "booted_at")), st.integers(0, 600))
@many
def test_one_more_trouble_in_the_window_always_keeps(case: Noshow, by_s: int, what: str, ago_s: int) -> None:
    now = case.due + timedelta(seconds=by_s)
    at = max(case.opens + timedelta(seconds=1), now - timedelta(seconds=ago_s))
    span = ((at - timedelta(seconds=1), at),)
    past = replace(case.past, has_sensors=True)
    more = {"booted_at": at} if what == "booted_at" else {what: getattr(past, what) + span}
    past = replace(past, **more)
    if at <= now and case.schedule.overlapping(now) == (case.meeting,):
        assert replace(case, past=past).at(now).step is Step.NOTHING


@given(noshows(), moments)
@many
def test_unknown_presence_never_gives_a_room_back(case: Noshow, by_s: int) -> None:
    now = case.due + timedelta(seconds=by_s)
    past = replace(case.past, has_sensors=True, blind=(*case.past.blind, (now - MINUTE, now + MINUTE)))
    assert replace(case, past=past).at(now).step is Step.NOTHING


@given(noshows(), moments, st.integers(-4, 4))
@many
def test_a_shift_of_time_shifts_the_verdict(case: Noshow, by_s: int, weeks: int) -> None:
    now, by = case.due + timedelta(seconds=by_s), weeks * WEEK
    here, there = case.at(now), _shifted(case, by).at(now + by)
    assert (here.step, here.keep) == (there.step, there.keep)
    assert (here.at + by if here.at else None) == there.at


def _shifted(case: Noshow, by: timedelta) -> Noshow:
    def event(value: Event) -> Event:
        created = value.created + by if value.created else None
        return replace(value, start=value.start + by, end=value.end + by, created=created)

    def meeting(value: Meeting) -> Meeting:
        return replace(
            value, start=value.start + by, end=value.end + by, parts=tuple(event(part) for part in value.parts)
        )

    def moved(found: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple((start + by, end + by) for start, end in found)

    past = case.past
    schedule = Schedule(
        tuple(meeting(value) for value in case.schedule.meetings), case.schedule.start + by, case.schedule.end + by
    )
    check_ins = EMPTY
    for value in case.schedule.meetings:
        if case.check_ins.has(value):
            check_ins = check_ins.add(meeting(value), value.start + by)
    return replace(
        case,
        schedule=schedule,
        meeting=meeting(case.meeting),
        past=Past(past.booted_at + by, moved(past.offline), moved(past.blind), moved(past.people), past.has_sensors),
        check_ins=check_ins,
    )


@given(noshows(), st.integers(0, 400), st.lists(st.integers(1, 45), min_size=20, max_size=60))
@steady
def test_a_life_acts_at_most_once_and_only_after_its_warning(case: Noshow, early_s: int, steps_s: list[int]) -> None:
    """The panel looks when it can: each second or now and then."""
    memory, now = Released(), case.due - timedelta(seconds=early_s)
    memory = replace(memory, running=case.meeting.key, running_since=case.meeting.start)
    warned: dict[str, datetime] = {}
    acted: list[str] = []
    for step_s in steps_s:
        now += timedelta(seconds=step_s)
        verdict = case.at(now, memory)
        memory = memory.after(verdict, now)
        if verdict.meeting and verdict.step is Step.WARN:
            warned.setdefault(verdict.meeting.key, now)
        if verdict.meeting and verdict.step is Step.RELEASE:
            acted.append(verdict.meeting.key)
            assert now - warned[verdict.meeting.key] >= case.release.warn_before_min * MINUTE
    assert len(acted) == len(set(acted))
