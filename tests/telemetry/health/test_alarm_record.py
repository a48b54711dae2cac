"""Alarms over a restart of the agent: told again, never raised anew, and ended when they are over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from common.clock import ManualClock
from telemetry.health.alarm_record import AlarmFile, record_of, states_of
from telemetry.health.alarms import UNKNOWN_ENDS_S, Change, Moment, Rule, State, step
from telemetry.health.watch import Health
from telemetry.messages import Alarm, decode
from telemetry.payloads import AlarmChanged
from tests.telemetry.health.fake_root import PI, card_below, put
from tests.telemetry.health.test_watch import WELL, BusRecord, SinkRecord, config

HEAT = "sys/class/thermal/thermal_zone0/temp"


@dataclass
class Pi:
    """A unit whose agent is started again and again; `answer` is the app's."""

    folder: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(datetime(2026, 11, 23, 8, 0, tzinfo=UTC)))
    answer: dict[str, Any] = field(default_factory=lambda: dict(WELL))
    root: Path = field(init=False)

    def __post_init__(self) -> None:
        self.root = card_below(put(self.folder / "pi", PI), self.folder, {"type": "SD\n"})
        put(self.root, {"sys/devices/platform/soc/soc:firmware/get_throttled": "0\n"})

    def heat(self, degrees: int) -> None:
        put(self.root, {HEAT: f"{degrees * 1000}\n"})

    def agent(self, minutes: int, boot: str = "b1") -> Told:
        """One life of the agent: what it told."""
        return asyncio.run(self._live(minutes, boot))

    async def _live(self, minutes: int, boot: str) -> Told:
        async def status() -> Mapping[str, Any]:
            return self.answer

        bus, sink = BusRecord(), SinkRecord()
        health = Health(config(self.folder), bus, sink, self.clock, status, root=self.root, boot=boot)
        try:
            await health.recover()
            standing = sorted(health.alarms)
            for _ in range(minutes):
                await health.look()
                self.clock.step(60)
        finally:
            health.close()
        return Told(standing, [(topic[2:], payload) for topic, payload, _, _ in bus.sent if topic[:2] == "a/"], sink)


@dataclass
class Told:
    """What one agent knew at its start, and what it said of alarms until its end."""

    standing: list[str]
    alarms: list[tuple[str, bytes]]
    sink: SinkRecord

    def of(self, kind: str) -> list[bytes]:
        return [payload for told, payload in self.alarms if told == kind]


@pytest.fixture
def pi(tmp_path: Path) -> Pi:
    return Pi(tmp_path)


def test_an_alarm_that_stands_is_told_again_as_it_was(pi: Pi) -> None:
    pi.heat(84)
    (raised,) = pi.agent(3).of("cpu-hot")
    pi.clock.step(600)
    pi.heat(78)  # neither hot nor cool
    again = pi.agent(5)
    assert again.standing == ["cpu-hot"]
    assert again.of("cpu-hot") == [raised]
    assert again.sink.alarms() == []


@pytest.mark.parametrize("boot", ["b1", "b2"])
def test_what_ended_meanwhile_is_ended_once_that_was_seen(pi: Pi, boot: str) -> None:
    pi.heat(84)
    first = pi.agent(3)
    pi.heat(50)
    pi.clock.step(600)
    second = pi.agent(4, boot)
    assert second.of("cpu-hot") == [*first.of("cpu-hot"), b""]
    assert second.sink.alarms() == [("cpu-hot", "cleared")]
    (ended,) = (event for event in second.sink.events if isinstance(event, AlarmChanged))
    assert ended.lasted_s == 2 * 60 + 600 + 2 * 60
    third = pi.agent(4, boot)
    assert third.standing == []
    assert third.sink.alarms() == []


def test_an_end_that_nobody_heard_is_told_again_even_if_nothing_is_known_by_then(pi: Pi) -> None:
    pi.answer = WELL | {"frame_age_s": 400.0}
    pi.agent(2)
    pi.answer = dict(WELL)
    assert pi.agent(3).sink.alarms() == [("screen-frozen", "cleared")]
    pi.answer = {"state": "free"}
    assert pi.agent(1).of("screen-frozen") == [b""]


def test_flapping_is_remembered_in_the_same_boot_only(pi: Pi) -> None:
    pi.heat(84)
    pi.agent(2)
    pi.heat(50)
    pi.agent(3)
    pi.heat(84)
    assert pi.agent(2).sink.alarms() == [("cpu-hot", "raised")]
    pi.heat(50)
    assert pi.agent(4).sink.alarms() == [], "the second time it needs four minutes"
    assert pi.agent(6).sink.alarms() == [("cpu-hot", "cleared")]


def test_an_alarm_that_a_newer_release_does_not_have_is_ended(pi: Pi) -> None:
    states = {"too-loud": State(True, 1, 1.0), "cpu-hot": State(True, 2, 2.0, value=84.0)}
    AlarmFile(pi.folder / "alarms.json").save(record_of(states, "b1"))
    told = pi.agent(1)
    assert told.standing == ["cpu-hot"]
    assert told.of("too-loud") == [b""]
    assert decode(told.of("cpu-hot")[0], Alarm).since == 2


def test_a_record_that_is_damaged_is_none(pi: Pi, caplog: pytest.LogCaptureFixture) -> None:
    pi.heat(84)
    pi.agent(2)
    (pi.folder / "alarms.json").write_bytes(b"{")
    told = pi.agent(2)
    assert told.standing == []
    assert told.sink.alarms() == [("cpu-hot", "raised")]
    assert len([one for one in caplog.messages if "record of alarms" in one]) == 1


def test_a_disk_that_refuses_is_told_once_and_stops_nothing(pi: Pi, caplog: pytest.LogCaptureFixture) -> None:
    (pi.folder / "alarms.json.new").mkdir()  # root may write anywhere: a folder in the way is what stops it too
    pi.heat(84)
    with caplog.at_level(logging.ERROR, "telemetry.health.watch"):
        told = pi.agent(10)
    assert decode(told.of("cpu-hot")[-1], Alarm).value == 84.0
    assert len([one for one in caplog.messages if "cannot be kept" in one]) == 1
    (pi.folder / "alarms.json.new").rmdir()
    pi.agent(2)
    assert pi.agent(1).standing == ["cpu-hot"]


def test_a_clock_that_was_set_back_makes_no_negative_age() -> None:
    record = record_of({"cpu-hot": State(True, 9_000_000, 500.0)}, "b1")
    assert states_of(record, "b2", Moment(3.0, 1_000))["cpu-hot"].since_s == 3.0
    assert states_of(record, "b1", Moment(3.0, 1_000))["cpu-hot"].since_s == 3.0


def test_what_was_unknown_for_a_day_has_ended() -> None:
    weak = Rule("wifi-weak", lambda found: found.network.wifi_dbm if found.network else None, -75, -70, 300, 300)
    state, changes = State(True, 1_000, 0.0), list[Change]()
    for at_s in (60.0, UNKNOWN_ENDS_S, UNKNOWN_ENDS_S + 60, UNKNOWN_ENDS_S + 120):
        state, change = step(weak, state, None, Moment(at_s, round(at_s * 1000)))
        changes += [change] if change else []
    assert changes == [Change("wifi-weak", False, 1_000, None, round(UNKNOWN_ENDS_S) + 60)]
    assert not state.raised
    seen, _ = step(weak, State(True, unknown_s=0.0), -80, Moment(UNKNOWN_ENDS_S, 0))
    assert seen.unknown_s is None
