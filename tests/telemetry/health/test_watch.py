"""The whole of it: what is published and kept from look to look, and that no watcher takes the others with it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from common.clock import Clock, ManualClock, SystemClock
from common.control import ControlError
from common.tasks import Supervisor, TaskEvent
from telemetry.bus import Heard
from telemetry.health import watchers
from telemetry.health.readings import Readings
from telemetry.health.watch import REPEAT_EVERY_S, SAMPLE_EVERY_S, Health
from telemetry.messages import Alarm, decode
from telemetry.outbox import Outbox, OutboxState
from telemetry.outbox_reader import OutboxReader
from telemetry.payloads import AlarmChanged, Event, HealthSample
from telemetry.settings import AgentConfig, AgentUnit, HealthSection, HubSection, OutboxSection, StateSection
from telemetry.topics import parse
from tests.telemetry.health.fake_root import PI, card_below, put

GROUPS = [*Readings.__dataclass_fields__]


@dataclass
class BusRecord:
    """A Bus that keeps what is published."""

    connected: bool = True
    sent: list[tuple[str, bytes, bool, int]] = field(default_factory=list)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> None:
        address = parse(topic)
        assert address is not None
        assert address.unit == "room-ada"
        self.sent.append((address.relative, payload, retain, qos))

    def hear(self, filter_: str, heard: Heard) -> None:
        raise AssertionError("health listens to nobody")

    def at_connect(self, connected: Callable[[], None]) -> None:
        raise AssertionError("retained topics are the link's")

    def taken(self, kind: str) -> dict[str, bytes]:
        """What was published of `kind` since the last call: the last level of the topic -> payload."""
        found = {topic.split("/")[1]: payload for topic, payload, _, _ in self.sent if topic.startswith(f"{kind}/")}
        self.sent = [one for one in self.sent if not one[0].startswith(f"{kind}/")]
        return found


@dataclass
class SinkRecord:
    """An EventSink that keeps the events."""

    events: list[Event] = field(default_factory=list)
    state: OutboxState = OutboxState(0, 0, 0)

    def put(self, event: Event) -> None:
        self.events.append(event)

    def close(self, timeout_s: float = 5.0) -> None:
        pass

    def alarms(self) -> list[tuple[str, str]]:
        return [(one.alarm, one.step) for one in self.events if isinstance(one, AlarmChanged)]


@dataclass
class Unit:
    """A Pi in a folder, on a clock that is moved by hand."""

    root: Path
    clock: ManualClock
    bus: BusRecord
    sink: SinkRecord
    health: Health
    answer: dict[str, Any] | None

    async def look(self, minutes: int = 1) -> Readings:
        for _ in range(minutes):
            found = await self.health.look()
            self.clock.step(60)
        return found

    def write(self, name: str, text: str) -> None:
        put(self.root, {name: text})


WELL: dict[str, Any] = {"state": "free", "frame_age_s": 2.0, "calendar_age_s": 20.0, "signed_in": True, "sensors": []}


def config(folder: Path) -> AgentConfig:
    return AgentConfig(
        unit=AgentUnit(id="room-ada", role="room"),
        hub=HubSection(host="hub.nordhavn.example"),
        outbox=OutboxSection(path=str(folder / "outbox.db")),
        health=HealthSection(data_folder=str(folder), tenant_host=""),
        state=StateSection(folder=str(folder)),
    )


def at_unit(folder: Path, story: Callable[[Unit], Awaitable[None]]) -> None:
    async def run() -> None:
        root = card_below(put(folder / "pi", PI), folder, {"type": "SD\n"})
        put(root, {"sys/devices/platform/soc/soc:firmware/get_throttled": "0\n"})
        clock, bus, sink = ManualClock(datetime(2026, 11, 23, 8, 0, tzinfo=UTC)), BusRecord(), SinkRecord()

        async def status() -> Mapping[str, Any]:
            if unit.answer is None:
                raise ControlError("nothing is running.")
            return unit.answer

        health = Health(config(folder), bus, sink, clock, status, version="1.4.0", root=root)
        unit = Unit(root, clock, bus, sink, health, dict(WELL))
        try:
            await story(unit)
        finally:
            health.close()

    asyncio.run(run())


def test_the_first_look_tells_everything(tmp_path: Path) -> None:
    async def story(unit: Unit) -> None:
        found = await unit.look()
        assert found.watchers is not None
        assert found.watchers.failing == ()
        assert {(retain, qos) for topic, _, retain, qos in unit.bus.sent if topic.startswith("now/")} == {(True, 0)}
        assert {(retain, qos) for topic, _, retain, qos in unit.bus.sent if topic[:2] in ("a/", "tw")} == {(True, 1)}
        now = {group: json.loads(payload) for group, payload in unit.bus.taken("now").items()}
        assert list(now) == GROUPS
        assert now["temperature"] == {"ts": 1_795_420_800_000, "cpu_c": 52.6}
        assert now["storage"]["status"] == "ok"
        assert now["app"]["frame_age_s"] == 2.0
        twin = unit.bus.taken("twin")
        assert set(twin) == {"hw", "os", "release", "net", "display", "storage", "power"}
        assert json.loads(twin["release"])["version"] == "1.4.0"
        assert [type(event) for event in unit.sink.events] == [HealthSample]
        assert unit.health.alarms == {}

    at_unit(tmp_path, story)


def test_what_is_the_same_is_told_again_only_now_and_then(tmp_path: Path) -> None:
    async def story(unit: Unit) -> None:
        await unit.look()
        unit.bus.taken("now")
        await unit.look()
        assert not {"temperature", "storage", "time", "app"} & set(unit.bus.taken("now"))
        unit.write("sys/class/thermal/thermal_zone0/temp", "60000\n")
        await unit.look()
        assert "temperature" in unit.bus.taken("now")
        unit.clock.step(REPEAT_EVERY_S)
        await unit.look()
        assert set(unit.bus.taken("now")) == set(GROUPS)

    at_unit(tmp_path, story)


def test_facts_are_told_on_change_and_samples_every_five_minutes(tmp_path: Path) -> None:
    async def story(unit: Unit) -> None:
        await unit.look(minutes=30)
        samples = [event for event in unit.sink.events if isinstance(event, HealthSample)]
        assert len(samples) == 30 * 60 / SAMPLE_EVERY_S
        assert (samples[0].cpu_c, samples[0].storage, samples[0].wifi_dbm) == (52.6, "ok", -56.0)
        topics = [topic for topic, _, _, _ in unit.bus.sent if topic.startswith("twin/")]
        assert len(topics) == len(set(topics))
        unit.bus.taken("twin")
        unit.write("sys/class/drm/card1-HDMI-A-2/status", "connected\n")
        await unit.look(minutes=11)
        assert set(unit.bus.taken("twin")) == {"display"}

    at_unit(tmp_path, story)


def test_an_alarm_from_heat_to_cool(tmp_path: Path) -> None:
    async def story(unit: Unit) -> None:
        await unit.look()
        assert unit.bus.taken("a")["cpu-hot"] == b""  # one of before the agent's start, if there was any
        unit.write("sys/class/thermal/thermal_zone0/temp", "84000\n")
        await unit.look()
        assert unit.bus.taken("a") == {}
        await unit.look()
        raised = decode(unit.bus.taken("a")["cpu-hot"], Alarm)
        assert (raised.severity, raised.value, raised.since) == ("warning", 84.0, 1_795_420_920_000)
        assert raised.text
        assert raised.do
        assert list(unit.health.alarms) == ["cpu-hot"]
        await unit.look(minutes=10)
        assert unit.bus.taken("a") == {}
        unit.write("sys/class/thermal/thermal_zone0/temp", "50000\n")
        await unit.look(minutes=3)
        assert unit.bus.taken("a") == {"cpu-hot": b""}
        assert unit.sink.alarms() == [("cpu-hot", "raised"), ("cpu-hot", "cleared")]

    at_unit(tmp_path, story)


def test_an_alarm_of_before_the_start_stays_until_it_is_known_to_be_over(tmp_path: Path) -> None:
    async def story(unit: Unit) -> None:
        unit.write("sys/class/thermal/thermal_zone0/temp", "78000\n")  # neither hot nor cool
        (unit.root / "sys/class/net/wlan0/carrier").unlink()
        unit.write("sys/class/net/wlan0/operstate", "dormant\n")  # unknown
        await unit.look(minutes=3)
        found = unit.bus.taken("a")
        assert "network-down" not in found
        unit.write("sys/class/net/wlan0/carrier", "1\n")
        await unit.look()
        assert unit.bus.taken("a") == {"network-down": b""}

    at_unit(tmp_path, story)


def test_an_alarm_of_before_the_start_that_goes_on_is_not_cleared_in_between(tmp_path: Path) -> None:
    async def story(unit: Unit) -> None:
        unit.write("sys/class/thermal/thermal_zone0/temp", "84000\n")
        await unit.look()
        assert "cpu-hot" not in unit.bus.taken("a")  # not for long enough yet, but not over either
        await unit.look()
        assert decode(unit.bus.taken("a")["cpu-hot"], Alarm).value == 84.0

    at_unit(tmp_path, story)


def test_an_app_that_dies_and_comes_back(tmp_path: Path) -> None:
    async def story(unit: Unit) -> None:
        await unit.look()
        unit.answer = None
        await unit.look(minutes=3)
        assert "app-silent" in unit.health.alarms
        assert "screen-frozen" not in unit.health.alarms  # of a dead app nothing is known
        unit.answer = WELL | {"frame_age_s": 400.0}
        await unit.look(minutes=5)
        assert list(unit.health.alarms) == ["screen-frozen"]
        unit.answer = WELL
        await unit.look(minutes=5)
        assert unit.health.alarms == {}

    at_unit(tmp_path, story)


def test_a_watcher_that_fails_is_told_and_the_others_go_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(unit: Unit) -> None:
        (tmp_path / "outbox.db").unlink(missing_ok=True)
        (tmp_path / "outbox.db").write_bytes(b"this is no database" * 500)
        unit.answer = {"sensors": [], "state": "free"}
        found = await unit.look(minutes=5)
        assert found.outbox is None
        assert found.watchers is not None
        assert found.watchers.failing == ("outbox",)
        assert list(unit.health.alarms) == ["watcher-failing"]
        now = unit.bus.taken("now")
        assert json.loads(now["outbox"])["unknown"] is True
        assert json.loads(now["watchers"])["failing"] == ["outbox"]
        assert "temperature" in now
        assert [one.getMessage() for one in caplog.records] == ["health: outbox cannot be told: StoreError"]
        (tmp_path / "outbox.db").unlink()
        found = await unit.look(minutes=7)
        assert found.outbox is not None
        assert unit.health.alarms == {}

    with caplog.at_level(logging.WARNING, "telemetry.health"):
        at_unit(tmp_path, story)
    assert caplog.records[-1].getMessage() == "health: outbox can be told again"


def test_a_watcher_that_hangs_is_told_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers, "READ_TIMEOUT_S", 0.1)
    free = threading.Event()
    monkeypatch.setattr("telemetry.health.disk.os.statvfs", lambda folder: free.wait(20))

    async def story(unit: Unit) -> None:
        began_s = time.monotonic()
        found = await unit.look(minutes=6)
        assert time.monotonic() - began_s < 5
        assert found.watchers is not None
        assert found.watchers.failing == ("disk",)
        assert found.memory is not None
        assert found.storage is not None
        assert found.temperature is not None
        assert list(unit.health.alarms) == ["watcher-failing"]

    try:
        at_unit(tmp_path, story)
    finally:
        free.set()


def test_an_app_that_never_answers_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers, "LOOK_TIMEOUT_S", 0.2)

    async def never() -> Mapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def story() -> None:
        health = Health(config(tmp_path), BusRecord(), SinkRecord(), SystemClock(), never)
        found = await health.look()
        health.close()
        assert found.watchers is not None
        assert found.watchers.failing == ("app",)

    asyncio.run(story())


def test_it_runs_under_the_supervisor_until_it_is_stopped(tmp_path: Path) -> None:
    async def status() -> Mapping[str, Any]:
        return WELL

    async def story() -> None:
        bus, clock = BusRecord(), SystemClock()
        sink = Outbox(tmp_path / "outbox.db", clock)
        deaths: list[TaskEvent] = []
        health = Health(config(tmp_path), bus, sink, clock, status)
        async with Supervisor(deaths.append) as supervisor:
            supervisor.start("health", health.run)
            async with asyncio.timeout(10):
                while health.readings.memory is None:
                    await asyncio.sleep(0.01)
        sink.close()
        assert deaths == []
        assert bus.taken("now")
        reader = OutboxReader(tmp_path / "outbox.db")
        assert "m/health" in [one.topic for one in reader.read(0, 10).rows]
        reader.close()

    asyncio.run(story())


class HurriedClock(SystemClock):
    """The machine's clock with minutes put in between."""

    minutes = 0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + 60 * self.minutes


def cpu_s() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def test_an_hour_costs_less_than_a_second_of_processor_time(tmp_path: Path) -> None:
    """60 looks at this machine, with the 4 probes, 12 processes of systemctl, 12 samples and 6 looks at facts."""
    clock: Clock = (hurried := HurriedClock())

    async def status() -> Mapping[str, Any]:
        return WELL

    async def story() -> float:
        health = Health(config(tmp_path), BusRecord(), SinkRecord(), clock, status)
        await health.look()  # what is loaded once is not of the hour
        began_s = cpu_s()
        for _ in range(60):
            hurried.minutes += 1
            await health.look()
        health.close()
        return cpu_s() - began_s

    took_s = asyncio.run(story())
    print(f"health: {took_s:.2f} s of processor time an hour on {os.uname().machine}")  # noqa: T201
    assert took_s < 1.0
