"""Readings in, presence, watch, light and air out; between them only the clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common.clock import ManualClock
from drivers.newest import MAX_SOURCES
from drivers.readings import Climate, Level, Light, Radar, Reading, Value
from roomdisplay.occupancy import Input, InputKind, Presence
from roomdisplay.presence_settings import OccupancySection
from roomdisplay.senses import Senses
from telemetry.payloads import RoomSample
from tests.roomdisplay.calendar_kit import at

CEILING = Input("ceiling", InputKind.RADAR)
NOON = at("12:00")


class Room:
    """Senses, and their clock."""

    def __init__(self, *inputs: Input) -> None:
        self.clock = ManualClock(NOON)
        self.senses = Senses(inputs, OccupancySection(), self.clock)

    def presence(self) -> Presence:
        return self.senses.presence

    def silent(self) -> bool:
        return self.senses.silent

    def say(self, value: Value, *, source: str = "ceiling", late_s: float = 0.0, times: int = 1) -> list[bool]:
        return [
            self.senses.take(Reading(source, self.clock.monotonic_s() - late_s + 0.1 * number, value))
            for number in range(times)
        ]

    def live(self, seconds: float, value: Value | None = None) -> None:
        for _ in range(round(seconds)):
            self.clock.step(1)
            if value is not None:
                self.say(value, late_s=0.5, times=5)
            self.senses.look()


def test_a_room_without_sensors_is_unknown_and_vouches_for_nothing() -> None:
    room = Room()
    room.live(60)
    assert room.presence() is Presence.UNKNOWN
    assert not room.senses.has_sensors
    assert not room.silent()
    watch = room.senses.watch(NOON, None)
    assert (watch.online_since, watch.sensed_since, watch.occupied_last, watch.has_sensors) == (None, None, None, False)


def test_a_door_alone_is_no_sensor_of_people() -> None:
    assert not Room(Input("door", InputKind.DOOR)).senses.has_sensors
    assert Room(Input("door", InputKind.DOOR), CEILING).senses.has_sensors


def test_monotonic_instants_become_wall_time() -> None:
    room = Room(CEILING)
    room.live(70, Radar.NONE)
    assert room.presence() is Presence.VACANT
    room.live(30, Radar.MOVING)
    assert room.presence() is Presence.OCCUPIED
    now = room.clock.now()
    watch = room.senses.watch(NOON, room.clock.monotonic_s() - 95)
    assert watch.online_since == now - timedelta(seconds=95)
    assert watch.occupied_last == now
    assert watch.sensed_since is not None
    assert NOON < watch.sensed_since < now - timedelta(seconds=30)
    assert now - timedelta(seconds=31) < room.senses.since < now - timedelta(seconds=28)


def test_who_did_not_look_did_not_watch() -> None:
    room = Room(CEILING)
    room.live(70, Radar.NONE)
    began_s = room.clock.monotonic_s() - 60
    room.clock.step(31)
    room.senses.look()
    watch = room.senses.watch(NOON, began_s)
    assert watch.online_since == room.clock.now()


def test_what_is_shown_stays_for_two_seconds() -> None:
    room = Room(CEILING)
    room.live(3)
    room.clock.step(0.5)
    assert any(room.say(Radar.MOVING, late_s=0.5, times=5))
    assert room.presence() is Presence.OCCUPIED
    room.say(Radar.NO_STATEMENT)
    assert room.presence() is Presence.OCCUPIED
    shown = []
    for _ in range(30):
        room.clock.step(0.5)
        room.senses.look()
        shown.append(room.presence())
    assert shown[-1] is Presence.UNKNOWN
    assert shown[:3] == [Presence.OCCUPIED] * 3


def test_a_sensor_that_falls_silent_is_said_one_that_starts_is_not_heard_yet() -> None:
    room = Room(CEILING)
    room.live(70, Radar.NONE)
    assert not room.silent()
    room.live(11)
    assert room.presence() is Presence.UNKNOWN
    assert room.silent()
    room.live(2, Radar.STILL)
    assert not room.silent()


def test_a_reading_from_the_future_or_of_a_stranger_is_none() -> None:
    room = Room(CEILING)
    room.live(3)
    room.say(Radar.MOVING, late_s=-1000, times=5)
    now = room.clock.now()
    seen = room.senses.watch(NOON, None).occupied_last
    assert seen is None or seen <= now
    before = room.senses.occupancy
    assert room.say(Radar.MOVING, source="stranger", times=5) == [False] * 5
    assert room.say(Level(active=True), source="ceiling") == [False]
    assert room.senses.occupancy == before


@pytest.mark.parametrize("source", ["", "hall"])
def test_light_is_the_newest_of_the_last_minute(source: str) -> None:
    room = Room(CEILING)
    assert room.senses.light(source) is None
    room.say(Light(lux=10.0), source="hall")
    room.clock.step(1)
    room.say(Light(raw=200), source="ceiling")
    assert room.senses.light(source) == (Light(raw=200) if source == "" else Light(lux=10.0))
    room.clock.step(61)
    assert room.senses.light(source) is None


def test_air_is_kept_and_decides_nothing() -> None:
    room = Room(CEILING)
    before = room.presence()
    room.say(Climate(co2_ppm=1800), source="air")
    assert room.senses.climate() == Climate(co2_ppm=1800)
    assert room.presence() is before
    assert room.senses.sample() == RoomSample(occupied=None, co2_ppm=1800)
    room.live(70, Radar.NONE)
    room.say(Light(lux=12.6), source="hall")
    assert room.senses.sample() == RoomSample(occupied=False, light=13)


def test_sources_are_bounded() -> None:
    room = Room()
    for number in range(MAX_SOURCES * 2):
        room.say(Light(lux=1.0), source=f"source-{number}")
    assert len(room.senses._light._found) == MAX_SOURCES
