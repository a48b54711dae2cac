"""PIR, door contact and button on gpiozero devices over its mock pins, turn by turn."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.exc import BadPinFactory
from gpiozero.pins.mock import MockFactory, MockPWMPin
from pytest_mock import MockerFixture

from drivers.device import Condition
from drivers.emulators.emulator import Fault
from drivers.emulators.gpio import EmulatedInput
from drivers.errors import PinBusy, UsageError
from drivers.gpio.edges import STORM_EDGES
from drivers.gpio.inputs import CALM_S, STALE_S
from drivers.gpio.wire import GpioWire
from drivers.readings import Level, Reading
from drivers.sensor_config import SensorConfig
from tests.drivers.gpio.input_kit import OFF, ON, SEEN_OFF, SEEN_ON, Config, Site

WIRING = [
    ("pir", "down", True, False, True),
    ("pir", "up", True, False, True),
    ("pir", "none", True, False, True),
    ("pir", "none", False, True, False),
    ("door", "up", True, False, True),
    ("button", "up", False, True, False),
    ("button", "down", True, False, True),
    ("button", "down", False, True, False),
]


@pytest.mark.parametrize(("kind", "pull", "active_high", "idle", "active"), WIRING)
def test_which_level_is_active(
    pins: MockFactory, kind: str, pull: str, active_high: bool, idle: bool, active: bool
) -> None:
    pin = pins.pin(4)
    site = Site(Config(kind=kind, pull=pull, active_high=active_high))
    site.after(0)
    drive(pin, idle)
    site.after(0.1)
    assert not site.input.wire.active()
    drive(pin, active)
    told = site.after(0.1)
    assert told[-1].active
    assert told[-1].edge
    assert pin.pull == {"none": "floating"}.get(pull, pull)
    site.input.close()


def drive(pin: Any, high: bool) -> None:
    (pin.drive_high if high else pin.drive_low)()


def test_edges_and_the_level_each_second(pins: MockFactory) -> None:
    site = Site(Config())
    assert site.after(0) == [SEEN_OFF]
    pins.pin(4).drive_high()
    assert site.after(0.3) == [ON]
    assert site.after(0.3) == []
    pins.pin(4).drive_low()
    assert site.after(0.5) == [OFF, SEEN_OFF]
    assert site.readings[0] == Reading("pir-door", 100.0, SEEN_OFF)
    site.input.close()


def test_a_pulse_between_two_turns_is_two_edges(pins: MockFactory) -> None:
    site = Site(Config())
    site.after(0)
    pins.pin(4).drive_high()
    pins.pin(4).drive_low()
    assert site.after(0.1) == [ON, OFF]
    site.input.close()


def test_a_lost_edge_is_mended_by_the_level(pins: MockFactory) -> None:
    site = Site(Config())
    site.after(0)
    pins.pin(4)._change_state(True)  # the pin is high, and nobody was called
    assert site.after(0.9) == []
    assert site.after(0.1) == [SEEN_ON]
    site.input.close()


def test_a_bouncing_button_is_pressed_once(pins: MockFactory) -> None:
    site = Site(Config(kind="button", pull="up", active_high=False))
    site.after(0)
    pin = pins.pin(4)
    for _ in range(4):
        pin.drive_low()
        pin.drive_high()
    pin.drive_low()
    assert site.after(0.01) == []
    assert site.after(0.01) == [ON]
    site.input.close()


def test_a_storm_makes_the_input_unknown_until_it_is_calm(pins: MockFactory) -> None:
    site = Site(Config())
    site.after(0)
    pin = pins.pin(4)
    for turn in range(STORM_EDGES):
        drive(pin, turn % 2 == 0)
    assert len(site.after(0.5)) == STORM_EDGES - 1
    health = site.input.health()
    assert health.condition is Condition.STALE
    assert "50 edges within 5 s" in health.problem
    assert "wire" in health.problem
    pin.drive_high()
    assert pin._when_changed is None, "edges cost nothing any more"
    for _ in range(int(CALM_S) - 1):
        assert site.after(1.0) == [], "what hums says neither somebody nor nobody"
        assert site.input.health().frame_age_s == 0.0, "but the level is read on"
    assert site.input.health().condition is Condition.STALE
    assert site.after(1.0) == [Level(active=False, edge=False)]
    assert site.input.health().condition is Condition.HEALTHY
    assert site.input.health().problem == ""
    pin.drive_high()
    assert site.after(0.1) == [ON]
    site.input.close()


def test_a_door_that_slams_often_is_no_storm(pins: MockFactory) -> None:
    site = Site(Config(kind="door"))
    site.after(0)
    for turn in range(200):
        drive(pins.pin(4), turn % 2 == 0)
        site.after(0.2)
    assert site.input.health().condition is Condition.HEALTHY
    site.input.close()


def test_health_from_start_to_end(pins: MockFactory) -> None:
    site = Site(Config())
    assert site.input.health().condition is Condition.STARTING
    assert site.input.health().frame_age_s is None
    site.after(0)
    assert site.input.health().condition is Condition.HEALTHY
    site.now_s += STALE_S + 0.1
    health = site.input.health()
    assert health.condition is Condition.STALE
    assert health.frame_age_s == pytest.approx(STALE_S + 0.1)
    assert (health.name, health.kind) == ("pir-door", "pir")
    site.input.close()


def test_a_busy_pin_is_told_with_the_line_to_change_and_tried_again(pins: MockFactory) -> None:
    first, second = Site(Config()), Site(Config(name="pir-window"))
    first.after(0)
    assert second.after(0) == []
    health = second.input.health()
    assert health.condition is Condition.ABSENT
    assert "GPIO4" in health.problem
    assert "pir-window" in health.problem
    assert "pin = 4" in health.problem
    first.input.close()
    assert second.after(0.5) == [], "not before a second"
    assert second.after(0.5) == [SEEN_OFF]
    assert second.input.health().condition is Condition.HEALTHY
    second.input.close()


def test_it_is_tried_again_ever_later(no_pins: None, mocker: MockerFixture) -> None:
    make = mocker.patch.object(Device, "_default_pin_factory", side_effect=BadPinFactory("none"))
    site = Site(Config())
    for _ in range(300):
        site.after(1.0)
    assert 10 <= make.call_count <= 14, "1, 2, 4, 8, 16, 30, 30 ... s"
    problem = site.input.health().problem
    assert "python3-lgpio" in problem
    assert "give 'pir-door' driver = \"emulated\" in [[sensors]]" in problem


@pytest.mark.parametrize("pull", ["down", "none"])
def test_a_pull_that_the_board_forbids(pins: MockFactory, pull: str) -> None:
    site = Site(Config(pin=2, pull=pull))
    site.after(0)
    assert 'set pull = "up"' in site.input.health().problem
    site.input.close()
    fine = Site(Config(pin=2, pull="up"))
    assert fine.after(0) == [SEEN_ON]
    fine.input.close()


def test_a_pin_that_fails_while_in_use_comes_back(pins: MockFactory, mocker: MockerFixture) -> None:
    site = Site(Config())
    site.after(0)
    broken = mocker.patch.object(type(pins.pin(4)), "_get_state", side_effect=OSError(5, "Input/output error"))
    assert site.after(1) == []
    assert "Input/output error" in site.input.health().problem
    assert site.input.health().condition is Condition.ABSENT
    mocker.stop(broken)
    assert site.after(1) == [SEEN_OFF]
    assert site.input.health().reopened == 1
    site.input.close()


def test_edges_that_came_before_a_failure_are_still_told(pins: MockFactory, mocker: MockerFixture) -> None:
    site = Site(Config())
    site.after(0)
    pins.pin(4).drive_high()
    mocker.patch.object(type(pins.pin(4)), "_get_state", side_effect=OSError(5, "Input/output error"))
    assert site.after(1) == [ON]
    site.input.close()


def test_a_half_made_device_frees_its_pin(pins: MockFactory, mocker: MockerFixture) -> None:
    wire = GpioWire(Config(), lambda active: None)
    broken = mocker.patch.object(type(pins.pin(4)), "_set_edges", side_effect=OSError(5, "Input/output error"))
    with pytest.raises(Exception, match="Input/output error"):
        wire.open()
    mocker.stop(broken)
    other = GpioWire(Config(name="other"), lambda active: None)
    other.open()
    other.close()


def test_a_pin_that_lgpio_finds_busy(pins: MockFactory, mocker: MockerFixture, lgpio: type[Exception]) -> None:
    mocker.patch.object(pins, "pin", side_effect=lgpio("'GPIO busy'"))
    with pytest.raises(PinBusy, match="another program or an overlay holds") as caught:
        GpioWire(Config(), lambda active: None).open()
    assert "gpioinfo names their users" in caught.value.hint


class PinOfLgpio(MockPWMPin):  # type: ignore[misc] # gpiozero has no types
    """Where gpiozero's LGPIOPin differs: it keeps its handler when it is closed, and to drop it may fail."""

    def close(self) -> None:
        self.function = "input"

    def _disable_event_detect(self) -> None:
        raise RuntimeError("'GPIO not allocated'")


def test_edges_that_lgpio_still_has_after_close_do_not_end_its_thread(pins: MockFactory) -> None:
    pins.pin_class = PinOfLgpio
    edges: list[bool] = []
    wire = GpioWire(Config(pin=6), edges.append)
    wire.open()
    wire.close()
    gc.collect()
    pins.pin(6).drive_high()
    assert edges == [True], "harmless: what comes before the next opening is thrown away there"


def test_the_pin_is_given_back_after_close(pins: MockFactory) -> None:
    for _ in range(3):
        site = Site(Config())
        assert site.after(0) == [SEEN_OFF]
        site.input.close()
        site.input.close()
    with pytest.raises(UsageError, match="closed"):
        site.input.wire.active()


def test_the_sensors_of_the_configuration_fit(pins: MockFactory) -> None:
    config = SensorConfig(name="knob", kind="button", pin=5, active_high=False)
    site = Site(config)  # type: ignore[arg-type] # any object with these fields
    assert site.after(0) == [SEEN_OFF]
    site.input.close()


def emulated() -> tuple[Site, EmulatedInput]:
    site = Site(Config(driver="emulated"))
    line = site.input.emulator
    assert isinstance(line, EmulatedInput)
    site.after(0)
    return site, line


def test_an_emulated_input() -> None:
    site, line = emulated()
    line.set(True)
    line.set(True)
    assert site.after(0.1) == [ON]
    line.set(False)
    assert site.after(0.1) == [OFF]
    site.input.close()
    with pytest.raises(UsageError, match="closed"):
        line.active()


def test_an_emulated_input_that_is_stuck() -> None:
    site, line = emulated()
    line.set(True)
    line.faults.add(Fault.STUCK)
    line.set(False)
    assert site.after(1) == [ON, SEEN_ON]
    line.faults.clear()
    line.set(False)
    assert site.after(0.1) == [OFF]


def test_an_emulated_input_that_flaps() -> None:
    site, line = emulated()
    line.faults.add(Fault.NOISE)
    site.after(1)
    site.after(0.1)
    assert "edges within" in site.input.health().problem
    line.faults.clear()
    for _ in range(int(CALM_S) + 2):
        site.after(1)
    assert site.input.health().condition is Condition.HEALTHY


def test_an_emulated_input_that_is_silent() -> None:
    site, line = emulated()
    line.faults.add(Fault.SILENCE)
    line.set(True)
    assert site.after(1) == []
    assert site.input.health().condition is Condition.STALE
    assert "silent" in site.input.health().problem
    line.faults.clear()
    assert site.after(1) == [SEEN_ON]
    assert sorted(EmulatedInput.FAULTS) == [Fault.NOISE, Fault.SILENCE, Fault.STUCK]
