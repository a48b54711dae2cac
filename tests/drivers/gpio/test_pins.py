"""Pins that two keys claim: before anything is opened, by name."""

from __future__ import annotations

import pytest

from drivers.gpio.pins import FREE_FIRST, check_pins
from drivers.lamp import LampConfig
from drivers.relay import RelayConfig
from drivers.sensor_config import SensorConfig

LAMP = LampConfig(driver="gpiozero")
PWM_LAMP = LampConfig(driver="sysfs-pwm")
RELAY = RelayConfig(driver="gpiozero")
UART = "/dev/ttyAMA0"


def pir(pin: int, *, name: str = "pir-door", driver: str = "device") -> SensorConfig:
    return SensorConfig(name=name, kind="pir", pin=pin, driver=driver)  # type: ignore[arg-type]


def light(bus: int = 1) -> SensorConfig:
    return SensorConfig(name="corridor", kind="bh1750", i2c_bus=bus)


def radar(port: str = UART) -> SensorConfig:
    return SensorConfig(name="radar", kind="ld2410", port=port)


FINE: dict[str, tuple[LampConfig, list[SensorConfig], RelayConfig | None]] = {
    "the defaults": (LAMP, [], RELAY),
    "nothing": (LampConfig(), [], None),
    "a lamp that has no pins": (LampConfig(driver="emulated"), [pir(17)], RELAY),
    "a relay that has none": (LAMP, [pir(23)], RelayConfig()),
    "hardware PWM needs blue alone": (PWM_LAMP, [pir(17), pir(27, name="b")], RELAY),
    "an emulated sensor": (LAMP, [pir(17, driver="emulated")], RELAY),
    "a sensor without a pin": (LAMP, [pir(-1), pir(-1, name="b")], RELAY),
    "two sensors on one I2C bus": (LAMP, [light(), light()], RELAY),
    "a bus of an overlay": (LAMP, [light(3), pir(2)], RELAY),
    "a radar on USB": (LAMP, [radar("/dev/serial/by-path/usb-1"), pir(14)], RELAY),
}


@pytest.mark.parametrize("name", FINE)
def test_fine(name: str) -> None:
    lamp, sensors, relay = FINE[name]
    assert list(check_pins(lamp, sensors, relay)) == []


CONFLICTS: dict[str, tuple[LampConfig, list[SensorConfig], RelayConfig | None, str, str, int]] = {
    "sensor and lamp": (
        LAMP,
        [pir(4), pir(17, name="pir-window")],
        None,
        "sensors[1].pin",
        "the pir 'pir-window' needs GPIO17, which red of the lamp has by lamp.red_pin",
        5,
    ),
    "two sensors": (
        LAMP,
        [pir(5), pir(5, name="pir-window")],
        None,
        "sensors[1].pin",
        "the pir 'pir-window' needs GPIO5, which the pir 'pir-door' has by sensors[0].pin",
        6,
    ),
    "relay and lamp": (
        LAMP,
        [],
        RelayConfig(driver="gpiozero", pin=22),
        "relay.pin",
        "the relay needs GPIO22, which blue of the lamp has by lamp.blue_pin",
        5,
    ),
    "sensor and relay": (
        PWM_LAMP,
        [pir(23)],
        RELAY,
        "sensors[0].pin",
        "the pir 'pir-door' needs GPIO23, which the relay has by relay.pin",
        5,
    ),
    "blue of a PWM lamp": (
        PWM_LAMP,
        [pir(22)],
        None,
        "sensors[0].pin",
        "the pir 'pir-door' needs GPIO22, which blue of the lamp has by lamp.blue_pin",
        5,
    ),
    "a pin of the I2C bus": (
        LAMP,
        [light(), pir(3)],
        None,
        "sensors[1].pin",
        "the pir 'pir-door' needs GPIO3, which the bh1750 'corridor' has by sensors[0].i2c_bus",
        5,
    ),
    "a pin of the serial port": (
        LAMP,
        [pir(15), radar()],
        None,
        "sensors[1].port",
        "the ld2410 'radar' needs GPIO15, which the pir 'pir-door' has by sensors[0].pin",
        5,
    ),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_a_conflict_names_both_keys_and_a_free_pin(name: str) -> None:
    lamp, sensors, relay, key, message, free = CONFLICTS[name]
    expected = f"{message}; change one of them: GPIO{free} is free"
    assert list(check_pins(lamp, sensors, relay)) == [(key, expected)]


def test_every_conflict_is_told() -> None:
    lamp = LampConfig(driver="gpiozero", red_pin=5, green_pin=5)
    keys = [key for key, _ in check_pins(lamp, [pir(5), pir(5, name="b")], RelayConfig(driver="gpiozero", pin=5))]
    assert keys == ["lamp.green_pin", "relay.pin", "sensors[0].pin", "sensors[1].pin"]


def test_where_all_are_taken() -> None:
    sensors = [pir(pin, name=f"pir-{pin}") for pin in (*FREE_FIRST, 5)]
    ((_, message),) = check_pins(LampConfig(), sensors)
    assert message.endswith("change one of them: choose another")
