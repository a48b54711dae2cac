"""The glass: the admin's ceiling, the light of the corridor, a backlight that may fail."""

from __future__ import annotations

from typing import cast

import pytest

from common.clock import ManualClock
from drivers.errors import DeviceError
from drivers.readings import Light, Reading
from roomdisplay.brightness import Brightness
from roomdisplay.events import Reporter
from roomdisplay.presence_settings import AutoDimSection, OccupancySection
from roomdisplay.senses import Senses
from telemetry.outbox import EventSink
from telemetry.payloads import Recovered, Trouble
from tests.roomdisplay.calendar_kit import at
from tests.roomdisplay.test_events import Sink


class Lamp:
    """A backlight that remembers, and fails when told to."""

    def __init__(self) -> None:
        self.shown: list[int] = []
        self.broken = False

    @property
    def percent(self) -> int | None:
        return self.shown[-1] if self.shown else None

    def show(self, percent: int) -> None:
        if self.broken:
            raise DeviceError("gone")
        self.shown.append(percent)

    def close(self) -> None:
        """Nothing to give back."""


class Glass:
    """A brightness with everything around it."""

    def __init__(self, settings: AutoDimSection, lamp: Lamp | None = None) -> None:
        self.clock, self.sink = ManualClock(at("12:00")), Sink()
        reporter = Reporter(cast("EventSink", self.sink), self.clock)
        self.senses = Senses((), OccupancySection(), self.clock)
        self.brightness = Brightness(settings, self.senses, lamp, reporter, self.clock)

    def light(self, lux: float, seconds: int = 60, source: str = "hall") -> None:
        for _ in range(seconds):
            self.clock.step(1)
            self.senses.take(Reading(source, self.clock.monotonic_s(), Light(lux=lux)))
            self.brightness.follow(asleep=False)


def test_without_auto_dim_the_admin_alone_decides() -> None:
    glass = Glass(AutoDimSection())
    glass.light(0.0)
    assert glass.brightness.by_software == 1.0
    glass.brightness.ceiling_percent = 40
    assert glass.brightness.by_software == 0.4


def test_darkness_dims_to_the_floor_and_the_ceiling_holds_in_the_light() -> None:
    glass = Glass(AutoDimSection(enabled=True, floor_percent=30))
    glass.light(1.0)
    assert glass.brightness.percent == 30
    glass.brightness.ceiling_percent = 20
    assert glass.brightness.percent == 20
    glass.brightness.ceiling_percent = 80
    glass.light(500.0)
    assert glass.brightness.percent == 80


def test_only_the_chosen_eye_counts() -> None:
    glass = Glass(AutoDimSection(enabled=True, source="hall"))
    glass.light(1.0, source="cellar")
    assert glass.brightness.percent == 100


def test_a_sensor_that_is_gone_leaves_the_glass_bright() -> None:
    glass = Glass(AutoDimSection(enabled=True))
    glass.light(1.0)
    for _ in range(120):
        glass.clock.step(1)
        glass.brightness.follow(asleep=False)
    assert glass.brightness.percent == 100


@pytest.mark.parametrize(("asleep", "shown"), [(False, 100), (True, 0)])
def test_a_backlight_does_it_instead_of_the_picture(asleep: bool, shown: int) -> None:
    lamp = Lamp()
    glass = Glass(AutoDimSection(), lamp)
    glass.brightness.follow(asleep=asleep)
    assert lamp.percent == shown
    assert glass.brightness.by_software == 1.0


def test_a_backlight_that_fails_is_told_once_and_the_picture_takes_over() -> None:
    lamp = Lamp()
    glass = Glass(AutoDimSection(), lamp)
    glass.brightness.ceiling_percent = 50
    lamp.broken = True
    for _ in range(5):
        glass.brightness.follow(asleep=False)
    assert glass.brightness.by_software == 0.5
    assert glass.sink.taken() == [Trouble("backlight", "DeviceError")]
    lamp.broken = False
    glass.clock.step(7)
    glass.brightness.follow(asleep=False)
    assert glass.brightness.by_software == 1.0
    assert glass.sink.taken() == [Recovered("backlight", 7)]
