"""What is common to all lamps: how they are configured, opened, closed."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import pytest

from common.config import ConfigError, parse
from drivers import errors
from drivers.emulators.lamp import HISTORY, EmulatedLamp, Shown
from drivers.errors import DriverError, UsageError
from drivers.gpio.lamp import GpioLamp
from drivers.lamp import LampColour, LampConfig, NoLamp, open_lamp

KINDS = [("none", NoLamp), ("emulated", EmulatedLamp), ("gpiozero", GpioLamp)]


@pytest.mark.parametrize(("driver", "kind"), KINDS)
def test_the_configuration_chooses_the_driver(pins: Any, driver: Any, kind: type) -> None:
    lamp = open_lamp(LampConfig(driver=driver))
    assert isinstance(lamp, kind)
    lamp.close()


@pytest.mark.parametrize("driver", [driver for driver, _ in KINDS])
def test_every_lamp_keeps_to_the_contract(pins: Any, driver: Any) -> None:
    lamp = open_lamp(LampConfig(driver=driver))
    assert lamp.shown is LampColour.OFF
    for colour in (*LampColour, LampColour.FREE, LampColour.FREE):
        lamp.show(colour)
        assert lamp.shown is colour
        lamp.show(colour, pulse=True)
        assert lamp.shown is colour
    lamp.close()
    lamp.close()
    assert lamp.shown is LampColour.OFF
    with pytest.raises(UsageError, match="the lamp is closed"):
        lamp.show(LampColour.FREE)


def test_the_default_is_no_lamp() -> None:
    assert LampConfig().driver == "none"


WRONG = [
    ("red_pin = 28", "red_pin", "whole number, 0 to 27"),
    ("blue_pin = -1", "blue_pin", "whole number, 0 to 27"),
    ("driver = 'neopixel'", "driver", '"emulated", "gpiozero", "none" or "sysfs-pwm"'),
    ("green_pin = 17", "green_pin", "is the same pin as red_pin (17)"),
    ("blue_pin = 27", "blue_pin", "is the same pin as red_pin or green_pin (27)"),
    ("pin = 3", "pin", "did you mean"),
    ("pwm_channels = [0]", "pwm_channels", "2"),
    ("driver = 'sysfs-pwm'\npwm_channels = [1, 1]", "pwm_channels", "must be different channels"),
    ("driver = 'sysfs-pwm'\nactive_high = false", "active_high", "a common anode would light up"),
]


@pytest.mark.parametrize(("text", "key", "words"), WRONG)
def test_a_wrong_section_is_told(text: str, key: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, LampConfig)
    (problem,) = caught.value.problems
    assert problem.key == key
    assert words in str(problem)


def test_the_emulator_remembers_every_change_and_when() -> None:
    times = iter(range(100))
    lamp = EmulatedLamp(monotonic_s=lambda: next(times))
    lamp.show(LampColour.FREE)
    lamp.show(LampColour.FREE)
    lamp.show(LampColour.BUSY)
    lamp.show(LampColour.BUSY, pulse=True)
    lamp.close()
    assert list(lamp.history) == [
        Shown(0, LampColour.FREE),
        Shown(1, LampColour.BUSY),
        Shown(2, LampColour.BUSY, pulse=True),
        Shown(3, LampColour.OFF),
    ]


def test_the_memory_of_the_emulator_is_bounded() -> None:
    lamp = EmulatedLamp()
    for _ in range(HISTORY):
        lamp.show(LampColour.FREE)
        lamp.show(LampColour.BUSY)
    assert len(lamp.history) == HISTORY


def test_many_threads_may_use_one_emulated_lamp() -> None:
    lamp = EmulatedLamp()

    def flip() -> None:
        for _ in range(200):
            lamp.show(LampColour.FREE)
            lamp.show(LampColour.BUSY)

    threads = [threading.Thread(target=flip) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    changes = [shown.colour for shown in lamp.history]
    assert all(one is not other for one, other in itertools.pairwise(changes))


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = {line.split()[0] for line in (errors.__doc__ or "").splitlines()[2:] if line.strip()}
    found = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, DriverError)}
    assert drawn == found
