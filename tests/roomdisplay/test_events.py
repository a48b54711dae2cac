"""What the panel tells of itself: once when it begins, once when it ends, and never what a meeting is about."""

from __future__ import annotations

import logging
from typing import Any, cast

import pytest

from common.clock import ManualClock
from common.tasks import TaskEvent
from drivers.errors import DriverError
from roomdisplay.events import Reporter
from roomdisplay.freshness import Trouble as Cause
from roomdisplay.outcome import Deed, Ending, Outcome
from roomdisplay.state import RoomState
from telemetry.outbox import EventSink
from telemetry.payloads import ActionEnded, Event, FaultReported, Recovered, RoomChanged, Started, TaskDied, Trouble
from tests.roomdisplay.calendar_kit import at, event
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
