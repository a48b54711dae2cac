"""Laws of what presence does by itself, over random calendars, sensors and pasts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import Event
from roomdisplay.check_in import window
from roomdisplay.occupancy import Occupancy, Presence
from roomdisplay.presence_rules import History, Proposal, Rule, may_check_in_by_presence, proposal
from roomdisplay.presence_settings import PresenceSection
from roomdisplay.schedule import Schedule
from roomdisplay.settings import BookingSection, CheckInSection, MeetingSection
from tests.property.strategies import calendars, instants, panels, schedule_of, steady
from tests.roomdisplay.calendar_kit import Panel, view_of

Calendar = tuple[datetime, list[Event]]
WEEK = timedelta(weeks=1)
MINUTE = timedelta(minutes=1)
many = settings(steady, max_examples=250)
ON = PresenceSection(auto_book=True, auto_extend=True, end_when_empty=True)


@dataclass(frozen=True)
class Scene:
    """One question to the rules."""

    panel: Panel
    found: list[Event]
    origin: datetime
    now: datetime
    occupancy: Occupancy
    booking: BookingSection
    history: History
    zero: datetime
    sound: bool

    def ask(self, **changes: object) -> Proposal:
        scene = replace(self, **changes)  # type: ignore[arg-type]
        schedule = scene.schedule
        view = view_of(schedule, scene.now, 10.0 if scene.sound else 500.0)
        panel = replace(scene.panel, presence=scene.occupancy.presence, booking=scene.booking)
        return proposal(
            panel.state(view, scene.now),
            scene.occupancy,
            schedule,
            ON,
            scene.booking,
            MeetingSection(),
            panel.hours,
            panel.zone,
            now=scene.now,
            now_s=scene.now_s,
            history=scene.history,
        )

    @property
    def schedule(self) -> Schedule:
        return schedule_of(self.origin, self.found, self.panel.zone)

    @property
    def now_s(self) -> float:
        return (self.now - self.zero).total_seconds()


OCCUPIED = (Presence.OCCUPIED,) * 5
VACANT = (Presence.VACANT,) * 5
ages_s = st.sampled_from((0.0, 119.0, 120.0, 121.0, 300.0, 780.0, 781.0, 900.0, 1200.0, 7200.0))


@st.composite
def occupancies(draw: st.DrawFn, now_s: float, presences: tuple[Presence, ...] = OCCUPIED + VACANT) -> Occupancy:
    """What the sensors may say at `now_s`, consistent in itself."""
    presence = draw(st.sampled_from((*presences, *Presence)))
    since_s = now_s - draw(ages_s)
    if presence is Presence.UNKNOWN:
        return Occupancy(presence, since_s)
    known_s = since_s - draw(st.sampled_from((0.0, 60.0, 86_400.0)))
    if presence is Presence.VACANT:
        return Occupancy(presence, since_s, known_since_s=known_s, occupied_last_s=since_s)
    last_s = max(since_s, now_s - draw(st.sampled_from((0.0, 0.0, 0.0, 30.0, 60.0, 61.0))))
    return Occupancy(
        presence, since_s, known_since_s=known_s, occupied_last_s=now_s, sensed_from_s=since_s, sensed_to_s=last_s
    )


@st.composite
def pasts(draw: st.DrawFn, now_s: float, running: str) -> History:
    """What happened lately, often nothing."""
    long_ago = st.none() | st.just(0.0)
    some_s = long_ago | long_ago | st.sampled_from((59.0, 60.0, 599.0, 600.0, 5000.0)).map(lambda ago_s: now_s - ago_s)
    return History(
        touched_s=draw(some_s),
        given_back_s=draw(some_s),
        tried_s=draw(some_s),
        warned=running if draw(st.booleans()) else "",
        warned_since_s=now_s - draw(st.sampled_from((0.0, 119.0, 120.0, 400.0))),
    )


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """A room with its calendar, its people and its past; often where one of the rules has something to say."""
    aim = draw(st.sampled_from(("walk-in", "stay", "left", "anything")))
    origin, found = draw(calendars(plain=aim != "anything", most=2))
    now = draw(instants(origin, found))
    if aim == "walk-in":
        now = draw(st.sampled_from([origin, *(event.end for event in found)])) + draw(st.integers(0, 40)) * 3 * MINUTE
    if aim in ("stay", "left"):
        start = origin + draw(st.integers(0, 80)) * 15 * MINUTE
        ours = Event(id="ours", start=start, end=start + draw(st.integers(6, 36)) * 5 * MINUTE, is_organizer=True)
        found = [ours, *(event for event in found if event.start >= ours.end or event.end <= ours.start)]
        before_end = draw(st.sampled_from((1, 3, 6, 7, 8))) * MINUTE
        now = ours.end - before_end if aim == "stay" else ours.start + draw(st.integers(10, 60)) * MINUTE
    zero = now - timedelta(days=draw(st.integers(1, 30)))
    now_s = (now - zero).total_seconds()
    current = schedule_of(origin, found).current(now)
    presences = {"walk-in": OCCUPIED, "stay": OCCUPIED, "left": VACANT}.get(aim, OCCUPIED + VACANT)
    return Scene(
        panel=replace(draw(panels(origin)), check_in=CheckInSection(enabled=draw(st.booleans())), sleep=Panel().sleep),
        found=found,
        origin=origin,
        now=now,
        occupancy=draw(occupancies(now_s, presences)),
        booking=BookingSection(
            maximum_min=draw(st.sampled_from((240, 240, 10, 50))),
            minimum_gap_min=draw(st.integers(0, 20)),
            outside_hours=draw(st.sampled_from((True, True, True, False))),
        ),
        history=draw(pasts(now_s, current.key if current else "")),
        zero=zero,
        sound=draw(st.sampled_from((True,) * 9 + (False,))),
    )


@given(scenes())
@many
def test_unknown_presence_proposes_nothing(scene: Scene) -> None:
    unknown = replace(scene.occupancy, presence=Presence.UNKNOWN, known_since_s=None)
    assert scene.ask(occupancy=unknown) == Proposal()


@given(scenes())
@many
def test_a_calendar_that_is_not_believed_proposes_nothing(scene: Scene) -> None:
    assert scene.ask(sound=False) == Proposal()


@given(scenes())
@many
def test_never_a_proposal_on_somebody_elses_meeting(scene: Scene) -> None:
    found = scene.ask()
    if found.meeting:
        assert all(part.is_organizer for part in found.meeting.parts)
        assert scene.schedule.overlapping(scene.now) == (found.meeting,)
    theirs = [replace(event, is_organizer=False) for event in scene.found]
    assert scene.ask(found=theirs).kind in (Rule.NONE, Rule.BOOK)


@given(scenes())
@many
def test_what_is_proposed_may_be_done(scene: Scene) -> None:
    found, schedule = scene.ask(), scene.schedule
    match found.kind:
        case Rule.BOOK:
            assert found.start
            assert found.end
            assert scene.occupancy.presence is Presence.OCCUPIED
            assert found.start <= scene.now < found.end
            assert found.end - found.start <= min(scene.booking.maximum_min, ON.auto_book_min) * MINUTE
            assert not schedule.conflicts(scene.now, found.end)
        case Rule.EXTEND:
            assert found.meeting
            assert found.end
            assert scene.occupancy.presence is Presence.OCCUPIED
            assert found.meeting.end < found.end <= found.meeting.end + ON.auto_extend_min * MINUTE
            assert not schedule.conflicts(found.meeting.end, found.end)
        case Rule.END:
            assert found.at
            assert scene.occupancy.presence is Presence.VACANT
            empty_s = scene.now_s - scene.occupancy.since_s + (found.at - scene.now).total_seconds()
            assert empty_s >= ON.end_empty_after_min * 60
    assert found.warn <= (found.kind is Rule.END)


@given(scenes())
@many
def test_asking_again_changes_nothing_and_doing_it_ends_it(scene: Scene) -> None:
    found = scene.ask()
    assert scene.ask() == found
    after = scene.history.after(found, scene.now_s)
    again = scene.ask(history=after)
    assert again == (Proposal() if found.due else found)
    assert after.after(again, scene.now_s) == after or found.due


@given(scenes(), st.integers(-4, 4), st.integers(0, 10**6))
@many
def test_a_shift_of_time_shifts_the_proposal(scene: Scene, weeks: int, later_s: int) -> None:
    """The wall by whole weeks, the monotonic clock by anything."""
    by, on = weeks * WEEK, float(later_s)
    summer = (scene.origin, scene.origin + by)
    zone = scene.panel.zone
    if (
        len(
            {
                moment.astimezone(zone).utcoffset()
                for day in (0, 1, 2)
                for moment in (start + timedelta(days=day) for start in summer)
            }
        )
        > 1
    ):
        return  # opening hours and midnights are times on the wall, which do not shift over a change of clocks
    moved = [
        replace(event, start=event.start + by, end=event.end + by, created=event.created and event.created + by)
        for event in scene.found
    ]
    here = scene.ask()
    there = scene.ask(
        found=moved,
        origin=scene.origin + by,
        now=scene.now + by,
        zero=scene.zero + by - timedelta(seconds=on),
        panel=replace(scene.panel, booted_at=scene.panel.booted_at + by),
        occupancy=_later_occupancy(scene.occupancy, on),
        history=_later_history(scene, by, on),
    )
    assert (here.kind, here.warn) == (there.kind, there.warn)
    for one, other in ((here.start, there.start), (here.end, there.end), (here.at, there.at)):
        assert (one + by if one else None) == other


def _later(value_s: float | None, by_s: float) -> float | None:
    return None if value_s is None else value_s + by_s


def _later_occupancy(value: Occupancy, by_s: float) -> Occupancy:
    return Occupancy(
        value.presence,
        value.since_s + by_s,
        known_since_s=_later(value.known_since_s, by_s),
        occupied_last_s=_later(value.occupied_last_s, by_s),
        sensed_from_s=_later(value.sensed_from_s, by_s),
        sensed_to_s=_later(value.sensed_to_s, by_s),
    )


def _later_history(scene: Scene, by: timedelta, by_s: float) -> History:
    value, current = scene.history, scene.schedule.current(scene.now)
    first = current.parts[0] if current and value.warned else None
    return History(
        touched_s=_later(value.touched_s, by_s),
        given_back_s=_later(value.given_back_s, by_s),
        tried_s=_later(value.tried_s, by_s),
        warned=f"{first.id}@{(first.start + by).isoformat()}" if first else "",
        warned_since_s=value.warned_since_s + by_s,
    )


@given(calendars(plain=True), st.data())
@many
def test_checking_in_by_presence_needs_its_evidence_in_the_window(calendar: Calendar, data: st.DataObject) -> None:
    origin, found = calendar
    now = data.draw(instants(origin, found))
    occupancy = data.draw(occupancies(1e6))
    for meeting in schedule_of(origin, found).meetings:
        asked = window(meeting, CheckInSection(enabled=True))
        if may_check_in_by_presence(asked, occupancy, now, 1e6, ON):
            assert asked.opens <= now < asked.closes
            assert occupancy.presence is Presence.OCCUPIED
            assert occupancy.sensed_from_s is not None
            assert occupancy.sensed_to_s is not None
            sensed_from = now - timedelta(seconds=1e6 - occupancy.sensed_from_s)
            sensed_to = now - timedelta(seconds=1e6 - occupancy.sensed_to_s)
            assert sensed_to - max(sensed_from, asked.opens) >= timedelta(seconds=ON.check_in_after_s)
