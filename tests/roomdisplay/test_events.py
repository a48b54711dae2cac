"""What the panel tells of itself: once when it begins, once when it ends, and never what a meeting is about."""

from __future__ import annotations

import logging
from typing import Any, cast, get_args

import pytest

from common.clock import ManualClock
from common.tasks import TaskEvent
from drivers.device import Condition, Health
from drivers.errors import DriverError
from roomdisplay.events import Reporter
from roomdisplay.freshness import Trouble as Cause
from roomdisplay.occupancy import Evidence, Occupancy, Presence
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.release import Keep, Step, Verdict
from roomdisplay.state import RoomState
from telemetry.outbox import EventSink
from telemetry.payloads import (
    ActionEnded,
    CheckedIn,
    CheckInBy,
    Event,
    FaultReported,
    NoShow,
    PresenceChanged,
    Recovered,
    RoomChanged,
    SensorChanged,
    Started,
    StrikeCounted,
    TaskDied,
    Trouble,
)
from tests.roomdisplay.calendar_kit import at, event, meeting_of
from tests.roomdisplay.scene_kit import scene

SECRET = event("13:00-14:00", subject="Salary", organizer_name="Henrik Dam")


class Sink:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def put(self, event: Event) -> None:
        self.events.append(event)

    def close(self, timeout_s: float = 5.0) -> None:
        """Nothing to write."""

    def taken(self) -> list[Event]:
        events, self.events = self.events, []
        return events


def state(now: str = "11:42", **how: Any) -> RoomState:
    return scene(SECRET, now=now, **how).state


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(at("11:42"))


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def reporter(sink: Sink, clock: ManualClock) -> Reporter:
    return Reporter(cast("EventSink", sink), clock)


FREE, BUSY, STALE, RECHECKING = state(), state("13:20"), state(age_s=600.0), state(age_s=70.0, recheck=True)
SIGNED_OUT, NO_CLOCK = state(trouble=Cause.SIGN_IN), state(clock_synchronised=False)


def test_a_change_is_told_without_a_word_of_the_meeting(
    reporter: Reporter, sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        reporter.state_changed(FREE, BUSY)
    assert sink.taken() == [RoomChanged("busy", "busy", stale=False, evidence_age_s=10)]
    assert "free -> busy" in caplog.text
    assert not any(word in caplog.text for word in ("Salary", "Henrik"))


def test_a_read_that_a_touch_asked_for_is_no_change(reporter: Reporter, sink: Sink) -> None:
    reporter.state_changed(BUSY, FREE)
    sink.taken()
    reporter.state_changed(FREE, RECHECKING)
    reporter.state_changed(RECHECKING, FREE)
    assert sink.taken() == []
    reporter.state_changed(FREE, RECHECKING)
    reporter.state_changed(RECHECKING, BUSY)
    assert [type(told) for told in sink.taken()] == [RoomChanged]


def test_trouble_is_told_once_and_recovery_with_its_length(reporter: Reporter, sink: Sink, clock: ManualClock) -> None:
    reporter.state_changed(FREE, STALE)
    reporter.state_changed(STALE, STALE)
    assert sink.taken() == [
        Trouble("calendar", "stale"),
        RoomChanged("offline", "neutral", stale=True, evidence_age_s=600),
    ]
    clock.step(90)
    reporter.state_changed(STALE, FREE)
    assert sink.taken()[0] == Recovered("calendar", 90)


def test_one_trouble_gives_way_to_another(reporter: Reporter, sink: Sink, clock: ManualClock) -> None:
    reporter.state_changed(FREE, NO_CLOCK)
    clock.step(5)
    reporter.state_changed(NO_CLOCK, SIGNED_OUT)
    assert sink.taken() == [
        Trouble("clock", "clock"),
        RoomChanged("offline", "neutral", stale=True, evidence_age_s=10),
        Recovered("clock", 5),
        Trouble("sign-in", "sign-in"),
        RoomChanged("needs-sign-in", "neutral", stale=True, evidence_age_s=10),
    ]


def test_before_the_first_read_there_is_no_age(reporter: Reporter, sink: Sink) -> None:
    reporter.state_changed(FREE, state(read=False))
    assert RoomChanged("starting", "neutral", stale=True, evidence_age_s=None) in sink.taken()


@pytest.mark.parametrize("deed", Deed)
@pytest.mark.parametrize("ending", Ending)
def test_every_outcome_has_its_word(reporter: Reporter, sink: Sink, deed: Deed, ending: Ending) -> None:
    reporter.outcome(Outcome(deed, ending, code="ErrorX", request_id="r"))
    (told,) = sink.taken()
    assert isinstance(told, ActionEnded)
    assert (told.action, told.code) == (deed, ending)
    assert (told.outcome == "done") is (ending in (Ending.DONE, Ending.UNDONE))
    assert (told.outcome == "unknown") is (ending in (Ending.UNCERTAIN, Ending.TAKEN_NOT_REMOVED))


def test_a_lamp_is_told_when_it_fails_and_when_it_works_again(
    reporter: Reporter, sink: Sink, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    reporter.lamp_works()
    assert sink.taken() == []
    for _ in range(3):
        reporter.lamp_failed(DriverError("GPIO 17 is in use."))
    assert sink.taken() == [Trouble("lamp", "DriverError")]
    assert caplog.text.count("GPIO 17") == 1
    clock.step(7)
    reporter.lamp_works()
    assert sink.taken() == [Recovered("lamp", 7)]


def test_the_rest(reporter: Reporter, sink: Sink) -> None:
    reporter.started("1.2.3")
    reporter.fault("sound", "No sound")
    reporter.task_died(TaskEvent("calendar", "ValueError", 2, 1.5, storm=True))
    reporter.wrong_pin()
    reporter.search_budget()
    assert sink.taken() == [
        Started("mydesk-room", "1.2.3"),
        FaultReported("sound"),
        TaskDied("calendar", "ValueError", 2, storm=True),
        ActionEnded("pin", "refused", "wrong-pin"),
        ActionEnded("search", "refused", "budget"),
    ]


def occupancy(presence: Presence, *what: str) -> Occupancy:
    return Occupancy(presence, 0.0, tuple(Evidence(f"input-{number}", one, 1.0) for number, one in enumerate(what)))


def test_presence_is_told_when_it_changes_with_kinds_and_no_places(reporter: Reporter, sink: Sink) -> None:
    reporter.presence(occupancy(Presence.UNKNOWN))
    assert sink.taken() == [], "a panel without sensors says nothing"
    for _ in range(3):
        reporter.presence(occupancy(Presence.OCCUPIED, "moving", "motion", "moving"))
    assert sink.taken() == [PresenceChanged("occupied", "moving.motion")]
    reporter.presence(occupancy(Presence.UNKNOWN))
    assert sink.taken() == [PresenceChanged("unknown")]


def test_a_sensor_is_told_when_it_changes(reporter: Reporter, sink: Sink, caplog: pytest.LogCaptureFixture) -> None:
    conditions = (Condition.STARTING, Condition.HEALTHY, Condition.HEALTHY, Condition.STALE, Condition.HEALTHY)
    for condition in conditions:
        reporter.sensors([Health("ceiling", "ld2410", condition, problem="Pull the plug.")])
    assert [cast("SensorChanged", told).condition for told in sink.taken()] == ["healthy", "stale", "healthy"]
    assert "sensor ceiling: stale Pull the plug." in caplog.text


def test_a_refusal_is_said_once_with_what_to_set(
    reporter: Reporter, sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    for keep in (Keep.OFF, Keep.EXCHANGE, Keep.EXCHANGE, Keep.NONE, Keep.NONE, Keep.SECOND_PANEL):
        reporter.release_refused(keep)
    assert sink.taken() == [NoShow("kept", "exchange"), NoShow("kept", "second-panel")]
    assert caplog.text.count('exchange_auto_release = "off"') == 1


def test_a_no_show_is_told_when_it_is_warned_and_when_it_is_kept(reporter: Reporter, sink: Sink) -> None:
    meeting = meeting_of(SECRET)
    waits, warned = Verdict(Step.NOTHING, meeting, at("13:10")), Verdict(Step.WARN, meeting, at("13:10"))
    kept = Verdict(Step.NOTHING, meeting, keep=Keep.PRESENT)
    for verdict in (Verdict(Step.NOTHING), waits, waits, warned, warned, kept, kept, Verdict(Step.NOTHING)):
        reporter.no_show(verdict)
    assert sink.taken() == [NoShow("warned"), NoShow("kept", "present")]


@pytest.mark.parametrize(
    ("ending", "strikes", "wanted"),
    [
        (Ending.DONE, 2, [NoShow("released", "done", 50), StrikeCounted(2)]),
        (Ending.DONE, 0, [NoShow("released", "done", 50)]),
        (Ending.OFFLINE, 0, [NoShow("failed", "offline")]),
        (Ending.CHANGED, 0, []),
    ],
)
def test_how_a_release_ended(
    reporter: Reporter, sink: Sink, ending: Ending, strikes: int, wanted: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        reporter.no_show_ended(Outcome(Deed.RELEASE, ending), 50, strikes, again=ending is Ending.OFFLINE)
    assert sink.taken() == wanted
    assert ("once more" in caplog.text) is (ending is Ending.OFFLINE)


@pytest.mark.parametrize("by", get_args(CheckInBy))
def test_a_check_in_is_told_with_what_it_was(reporter: Reporter, sink: Sink, by: CheckInBy) -> None:
    reporter.checked_in(by)
    assert sink.taken() == [CheckedIn(by)]
