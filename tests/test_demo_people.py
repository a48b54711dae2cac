"""The people of the demo, as the room's own fusion sees them."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from common.clock import ManualClock
from drivers.readings import Reading
from drivers.sensors import SensorConfig, Sensors
from roomdisplay.inputs import inputs
from roomdisplay.occupancy import Presence
from roomdisplay.presence_settings import OccupancySection
from roomdisplay.senses import Senses
from scripts.demo_people import PIR, RADAR, SENSORS, SimulatedRoom, move

CONFIGS = msgspec.convert(SENSORS, list[SensorConfig])
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Site:
    """The simulated room before the senses of a panel, on one clock."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.senses = Senses(inputs(CONFIGS), OccupancySection(), self.clock)
        self.readings: list[Reading] = []
        self.room = SimulatedRoom(self._publish, self.clock.monotonic_s)

    def _publish(self, reading: Reading) -> None:
        self.readings.append(reading)
        self.senses.take(reading)

    def live(self, seconds: float) -> Presence:
        for _ in range(round(seconds / 5)):
            self.clock.step(5)
            self.room.tell()
            self.senses.look()
        return self.senses.presence


def test_nobody_is_known_to_be_there_after_a_minute() -> None:
    site = Site()
    assert site.live(30) is Presence.UNKNOWN
    assert site.live(60) is Presence.VACANT


def test_people_come_sit_for_an_hour_and_leave() -> None:
    site = Site()
    site.live(120)
    site.room.come()
    assert site.live(5) is Presence.OCCUPIED
    for _ in range(60):
        assert site.live(60) is Presence.OCCUPIED
    site.room.leave()
    assert site.live(60) is Presence.OCCUPIED
    assert site.live(120) is Presence.VACANT


def test_what_is_left_out_is_not_told_afterwards() -> None:
    site = Site()
    site.live(10)
    told = len(site.readings)
    site.clock.step(3600)
    site.room.skip()
    site.room.tell()
    assert len(site.readings) == told
    site.senses.look()
    site.clock.step(5)
    site.senses.look()
    assert site.senses.presence is Presence.UNKNOWN
    assert site.live(90) is Presence.VACANT


def test_a_radar_speaks_ten_times_a_second_and_a_pir_once() -> None:
    site = Site()
    site.live(60)
    assert len([one for one in site.readings if one.source == RADAR]) == pytest.approx(600, abs=1)
    assert len([one for one in site.readings if one.source == PIR]) == pytest.approx(60, abs=1)


def test_whoever_sits_before_the_window_moves_the_people() -> None:
    sensors = Sensors(CONFIGS, lambda reading: None)
    line = sensors.emulator(PIR)
    try:
        line.open()
        seen = []
        for word in ("in", "sit", "out"):
            assert move(sensors, word)
            seen.append(line.active())
        assert seen == [True, False, False]
        assert not move(sensors, "banana")
    finally:
        sensors.close()
