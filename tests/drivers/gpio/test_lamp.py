"""The lamp on real gpiozero devices over gpiozero's mock pins."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable

import pytest
from gpiozero import LED, Device
from gpiozero.exc import BadPinFactory, PinInvalidState, PinUnknownPi
from gpiozero.pins.mock import MockFactory, MockPin, MockPWMPin
from pytest_mock import MockerFixture

from drivers.errors import DeviceError, DriverError, NoPinFactory, PinBusy, UsageError
from drivers.gpio.lamp import GpioLamp
from drivers.lamp import LampColour, LampConfig

CONFIG = LampConfig(driver="gpiozero")
PWM = LampConfig(driver="gpiozero", pwm=True)
RED_GREEN_BLUE = (17, 27, 22)


def levels(pins: MockFactory) -> tuple[float, ...]:
    return tuple(round(float(pins.pin(number).state), 2) for number in RED_GREEN_BLUE)


DIGITAL = [
    (LampColour.OFF, (0, 0, 0)),
    (LampColour.FREE, (0, 1, 0)),
    (LampColour.BUSY, (1, 0, 0)),
    (LampColour.ATTENTION, (1, 1, 0)),
    (LampColour.NEUTRAL, (0, 0, 1)),
]
MIXED = [
    (LampColour.OFF, (0, 0, 0)),
    (LampColour.FREE, (0, 1, 0)),
    (LampColour.BUSY, (1, 0, 0)),
    (LampColour.ATTENTION, (1, 0.4, 0)),
    (LampColour.NEUTRAL, (0.1, 0.1, 0.16)),
]


@pytest.mark.parametrize(("colour", "expected"), DIGITAL)
def test_digital_colours(pins: MockFactory, colour: LampColour, expected: tuple[float, ...]) -> None:
    lamp = GpioLamp(CONFIG)
    lamp.show(LampColour.NEUTRAL)
    lamp.show(colour)
    assert levels(pins) == expected
    lamp.close()


@pytest.mark.parametrize(("colour", "expected"), MIXED)
def test_mixed_colours(pins: MockFactory, colour: LampColour, expected: tuple[float, ...]) -> None:
    lamp = GpioLamp(PWM)
    lamp.show(colour)
    assert levels(pins) == expected
    lamp.close()


def test_a_common_anode_is_driven_the_other_way_round(pins: MockFactory) -> None:
    lamp = GpioLamp(LampConfig(active_high=False))
    lamp.show(LampColour.BUSY)
    assert levels(pins) == (0, 1, 1)
    lamp.close()


def test_it_is_dark_at_first_and_its_pins_are_inputs_after_closing(pins: MockFactory) -> None:
    lamp = GpioLamp(CONFIG)
    assert levels(pins) == (0, 0, 0)
    lamp.show(LampColour.FREE)
    assert [pins.pin(number).function for number in RED_GREEN_BLUE] == ["output"] * 3
    lamp.close()
    assert [pins.pin(number).function for number in RED_GREEN_BLUE] == ["input"] * 3


def test_from_red_to_green_no_other_colour_is_shown(pins: MockFactory) -> None:
    """Yellow in between would be seen as a flash by a camera, and green before red is off as free."""
    lamp = GpioLamp(CONFIG)
    lamp.show(LampColour.BUSY)
    for number in RED_GREEN_BLUE:
        pins.pin(number).clear_states()
    lamp.show(LampColour.FREE)
    went_off = pins.pin(17).states[-1]
    came_on = pins.pin(27).states[-1]
    assert (went_off.state, came_on.state) == (False, True)
    lamp.close()


def waits_for(condition: Callable[[], bool]) -> None:
    done = threading.Event()

    def watch() -> None:
        while not condition() and not done.wait(0.001):
            pass

    thread = threading.Thread(target=watch)
    thread.start()
    thread.join(5)
    done.set()
    assert condition()


@pytest.mark.parametrize("config", [CONFIG, PWM], ids=["digital", "pwm"])
def test_a_pulse_goes_on_until_the_next_colour(pins: MockFactory, config: LampConfig) -> None:
    lamp = GpioLamp(config)
    lamp.show(LampColour.BUSY, pulse=True)
    waits_for(lambda: float(pins.pin(17).state) > 0)
    lamp.show(LampColour.FREE)
    assert levels(pins) == (0, 1, 0)
    assert threading.active_count() == 1
    lamp.close()


def test_closing_ends_a_pulse(pins: MockFactory) -> None:
    lamp = GpioLamp(CONFIG)
    lamp.show(LampColour.BUSY, pulse=True)
    lamp.close()
    assert threading.active_count() == 1


def test_the_same_again_does_not_start_the_pulse_anew(pins: MockFactory, mocker: MockerFixture) -> None:
    lamp = GpioLamp(CONFIG)
    lamp.show(LampColour.BUSY, pulse=True)
    blink = mocker.spy(lamp._led, "blink")
    lamp.show(LampColour.BUSY, pulse=True)
    assert blink.call_count == 0
    lamp.close()


def test_a_second_owner_is_refused_with_the_lines_to_change(pins: MockFactory) -> None:
    first = GpioLamp(CONFIG)
    with pytest.raises(PinBusy) as caught:
        GpioLamp(CONFIG)
    assert "GPIO17" in caught.value.message
    assert "red_pin = 17, green_pin = 27, blue_pin = 22" in caught.value.hint
    first.show(LampColour.FREE)
    assert levels(pins) == (0, 1, 0)
    first.close()
    GpioLamp(CONFIG).close()


def test_a_refused_lamp_gives_back_what_it_had_got(pins: MockFactory) -> None:
    other = LED(22)
    with pytest.raises(PinBusy, match="GPIO22"):
        GpioLamp(CONFIG)
    other.close()
    GpioLamp(CONFIG).close()


def in_threads(count: int, work: Callable[[], None]) -> None:
    start = threading.Barrier(count)

    def run() -> None:
        start.wait(5)
        work()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)


def test_of_many_threads_that_open_the_lamp_one_gets_it(pins: MockFactory) -> None:
    opened: list[GpioLamp] = []
    refused: list[DriverError] = []

    def attempt() -> None:
        try:
            opened.append(GpioLamp(CONFIG))
        except PinBusy as error:
            refused.append(error)

    in_threads(8, attempt)
    assert (len(opened), len(refused)) == (1, 7)
    opened[0].close()


def test_many_threads_may_show_while_it_blinks(pins: MockFactory) -> None:
    """RGBLED alone raises "cannot join thread before it is started" here (reference/drivers.md 3)."""
    lamp = GpioLamp(CONFIG)
    failures: list[BaseException] = []

    def flip() -> None:
        try:
            for turn in range(60):
                lamp.show((LampColour.BUSY, LampColour.ATTENTION, LampColour.FREE)[turn % 3], pulse=turn % 2 == 0)
        except BaseException as error:
            failures.append(error)
            raise

    in_threads(4, flip)
    assert failures == []
    lamp.show(LampColour.NEUTRAL)
    assert levels(pins) == (0, 0, 1)
    lamp.close()


def test_a_factory_is_made_once_however_many_ask(no_pins: None, mocker: MockerFixture) -> None:
    factory = MockFactory(pin_class=MockPWMPin)
    make = mocker.patch.object(Device, "_default_pin_factory", side_effect=lambda: factory)
    lamps: list[GpioLamp] = []

    def open_one() -> None:
        with contextlib.suppress(PinBusy):
            lamps.append(GpioLamp(CONFIG))

    in_threads(8, open_one)
    assert make.call_count == 1
    lamps[0].close()
    factory.reset()


FACTORY_FAILURES = [
    (BadPinFactory("Unable to load any default pin factory!"), NoPinFactory, "python3-lgpio"),
    (ImportError("No module named 'lgpio'"), NoPinFactory, 'driver = "emulated"'),
    (PinUnknownPi("unable to locate Pi revision"), NoPinFactory, "On a Raspberry Pi"),
    (PermissionError(13, "Permission denied"), DeviceError, "group gpio"),
]


@pytest.mark.parametrize(
    ("raised", "kind", "hint"), FACTORY_FAILURES, ids=[repr(row[0])[:12] for row in FACTORY_FAILURES]
)
def test_no_gpio_is_one_clear_error(
    no_pins: None, mocker: MockerFixture, raised: Exception, kind: type[DriverError], hint: str
) -> None:
    mocker.patch.object(Device, "_default_pin_factory", side_effect=raised)
    with pytest.raises(kind) as caught:
        GpioLamp(CONFIG)
    assert hint in caught.value.hint
    assert str(raised).strip("'") in caught.value.message


def test_a_working_directory_that_lgpio_cannot_write(no_pins: None, mocker: MockerFixture) -> None:
    """It makes a pipe there as soon as it is loaded; where it may not, Python only says that a file is missing."""
    missing = FileNotFoundError(2, "No such file or directory", ".lgd-nfy-3")
    mocker.patch.object(Device, "_default_pin_factory", side_effect=missing)
    with pytest.raises(NoPinFactory, match="the working directory may not be written") as caught:
        GpioLamp(CONFIG)
    assert "WorkingDirectory=" in caught.value.hint


def test_a_factory_nobody_knows(no_pins: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "abacus")
    with pytest.raises(NoPinFactory, match="Unable to find pin factory 'abacus'"):
        GpioLamp(CONFIG)


def test_lgpio_is_asked_for_by_default(no_pins: None, mocker: MockerFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name gpiozero would silently fall back to a library that cannot drive a Pi 5."""
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "x")
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY")
    asked: list[str | None] = []

    def factory() -> None:
        asked.append(os.environ.get("GPIOZERO_PIN_FACTORY"))
        raise BadPinFactory("enough")

    mocker.patch.object(Device, "_default_pin_factory", side_effect=factory)
    with pytest.raises(NoPinFactory):
        GpioLamp(CONFIG)
    assert asked == ["lgpio"]


def test_pins_without_pwm(pins: MockFactory) -> None:
    pins.pin_class = MockPin
    with pytest.raises(UsageError) as caught:
        GpioLamp(PWM)
    assert caught.value.hint == "Set [lamp] pwm = false."


LGPIO = [("'GPIO busy'", PinBusy, "gpioinfo"), ("'can not open gpiochip'", DeviceError, "group gpio")]


@pytest.mark.parametrize(("text", "kind", "hint"), LGPIO)
def test_what_lgpio_says(
    pins: MockFactory,
    mocker: MockerFixture,
    lgpio: type[Exception],
    text: str,
    kind: type[DriverError],
    hint: str,
) -> None:
    mocker.patch.object(pins, "pin", side_effect=lgpio(text))
    with pytest.raises(kind) as caught:
        GpioLamp(CONFIG)
    assert hint in caught.value.hint


@pytest.mark.parametrize("failure", [OSError(5, "Input/output error"), PinInvalidState("invalid state")])
def test_a_lamp_that_fails_goes_dark_and_recovers(pins: MockFactory, mocker: MockerFixture, failure: Exception) -> None:
    lamp = GpioLamp(CONFIG)
    lamp.show(LampColour.FREE)
    broken = mocker.patch.object(MockPWMPin, "_set_state", side_effect=failure)
    for _ in range(2):
        with pytest.raises(DeviceError, match="the lamp failed"):
            lamp.show(LampColour.BUSY)
        assert lamp.shown is LampColour.OFF
    assert pins.pin(27).function == "input"
    mocker.stop(broken)
    lamp.show(LampColour.BUSY)
    assert levels(pins) == (1, 0, 0)
    lamp.close()


def test_a_lamp_that_is_gone_can_still_be_closed(pins: MockFactory, mocker: MockerFixture) -> None:
    lamp = GpioLamp(CONFIG)
    broken = mocker.patch.object(MockPWMPin, "close", side_effect=OSError(19, "No such device"))
    lamp.close()
    assert lamp.shown is LampColour.OFF
    mocker.stop(broken)
