"""The glass: the admin's ceiling, the light of the corridor, a backlight that may fail."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from common.clock import ManualClock
from drivers.auto_dim import LIGHT_LIFE_S, AutoDimConfig
from drivers.brightness import Brightness
from drivers.errors import DeviceError, DriverError
from drivers.newest import MAX_SOURCES, Newest
from drivers.readings import Light

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


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


class Told:
    """Who hears of the backlight; what is the same as before counts once."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def backlight_failed(self, error: DriverError) -> None:
        self._hear(str(error))

    def backlight_works(self) -> None:
        self._hear("works")

    def _hear(self, word: str) -> None:
        if self.heard[-1:] != [word]:
            self.heard.append(word)


class Glass:
    """A brightness with everything around it."""

    def __init__(self, settings: AutoDimConfig, lamp: Lamp | None = None) -> None:
        self.clock, self.told = ManualClock(NOON), Told()
        self.lights = Newest[Light](life_s=LIGHT_LIFE_S)
        self.brightness = Brightness(
            settings, lambda source: self.lights.value(self.clock.monotonic_s(), source), lamp, self.told, self.clock
        )

    def light(self, lux: float, seconds: int = 60, source: str = "hall") -> None:
        for _ in range(seconds):
            self.clock.step(1)
            self.lights.take(source, self.clock.monotonic_s(), Light(lux=lux))
            self.brightness.follow(asleep=False)


def test_without_auto_dim_the_admin_alone_decides() -> None:
    glass = Glass(AutoDimConfig())
    glass.light(0.0)
    assert glass.brightness.by_software == 1.0
    glass.brightness.ceiling_percent = 40
    assert glass.brightness.by_software == 0.4


def test_darkness_dims_to_the_floor_and_the_ceiling_holds_in_the_light() -> None:
    glass = Glass(AutoDimConfig(enabled=True, floor_percent=30))
    glass.light(1.0)
    assert glass.brightness.percent == 30
    glass.brightness.ceiling_percent = 20
    assert glass.brightness.percent == 20
    glass.brightness.ceiling_percent = 80
    glass.light(500.0)
    assert glass.brightness.percent == 80


def test_only_the_chosen_eye_counts() -> None:
    glass = Glass(AutoDimConfig(enabled=True, source="hall"))
    glass.light(1.0, source="cellar")
    assert glass.brightness.percent == 100


def test_a_sensor_that_is_gone_leaves_the_glass_bright() -> None:
    glass = Glass(AutoDimConfig(enabled=True))
    glass.light(1.0)
    for _ in range(120):
        glass.clock.step(1)
        glass.brightness.follow(asleep=False)
    assert glass.brightness.percent == 100


@pytest.mark.parametrize(("asleep", "shown"), [(False, 100), (True, 0)])
def test_a_backlight_does_it_instead_of_the_picture(asleep: bool, shown: int) -> None:
    lamp = Lamp()
    glass = Glass(AutoDimConfig(), lamp)
    glass.brightness.follow(asleep=asleep)
    assert lamp.percent == shown
    assert glass.brightness.by_software == 1.0


def test_a_backlight_that_fails_is_told_once_and_the_picture_takes_over() -> None:
    lamp = Lamp()
    glass = Glass(AutoDimConfig(), lamp)
    glass.brightness.ceiling_percent = 50
    lamp.broken = True
    for _ in range(5):
        glass.brightness.follow(asleep=False)
    assert glass.brightness.by_software == 0.5
    assert glass.told.heard == ["gone"]
    lamp.broken = False
    glass.clock.step(7)
    glass.brightness.follow(asleep=False)
    assert glass.brightness.by_software == 1.0
    assert glass.told.heard == ["gone", "works"]


def test_sensors_beyond_the_bound_are_not_kept() -> None:
    found = Newest[int](life_s=60.0)
    for number in range(MAX_SOURCES + 5):
        found.take(f"s{number}", 0.0, number)
    assert found.value(1.0) == 0
    assert found.value(1.0, f"s{MAX_SOURCES - 1}") == MAX_SOURCES - 1
    assert found.value(1.0, f"s{MAX_SOURCES}") is None
    found.take("s0", 50.0, 7)
    assert (found.value(70.0), found.value(111.0)) == (7, None)
