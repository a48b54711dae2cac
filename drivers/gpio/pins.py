"""Which keys of the configuration claim which pin, and where two claim the same. Pure; needs no GPIO library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from drivers.lamp import LampConfig
from drivers.relay import RelayConfig
from drivers.sensor_config import GPIO_KINDS, I2C_KINDS, NO_PIN, SERIAL_KINDS, SensorConfig

I2C_PINS = {1: (2, 3)}
"""bus -> SDA, SCL; other buses are made by overlays, on pins that only these know"""
UART_PINS = {"/dev/ttyAMA0": (14, 15), "/dev/serial0": (14, 15), "/dev/ttyS0": (14, 15)}
FREE_FIRST = (5, 6, 16, 20, 21, 23, 24, 25, 26, 4, 17, 22, 27, 12, 13, 18, 19)
"""Pins to propose: first those without a second function that the panel may want."""


@dataclass(frozen=True, slots=True)
class PinUse:
    """`key` of the configuration claims `pin` (BCM number); `shared` by all devices of one bus."""

    pin: int
    key: str
    what: str
    shared: str = ""


def check_pins(
    lamp: LampConfig, sensors: Sequence[SensorConfig] = (), relay: RelayConfig | None = None
) -> Iterator[tuple[str, str]]:
    """Problems for common.config, as (key, message): each names both keys and a pin that is free.

    The PWM channels of a sysfs-pwm lamp are not checked: their pins are known to the overlay alone.
    """
    uses = [*_of_lamp(lamp), *_of_relay(relay), *_of_sensors(sensors)]
    free = next((pin for pin in FREE_FIRST if pin not in {use.pin for use in uses}), None)
    advice = "choose another" if free is None else f"GPIO{free} is free"
    owners: dict[int, PinUse] = {}
    told: set[tuple[str, str]] = set()
    for use in uses:
        owner = owners.setdefault(use.pin, use)
        pair = (use.key, owner.key)
        if owner is not use and not (use.shared and use.shared == owner.shared) and pair not in told:
            told.add(pair)
            yield (
                use.key,
                f"{use.what} needs GPIO{use.pin}, which {owner.what} has by {owner.key}; change one of them: {advice}",
            )


def _of_lamp(lamp: LampConfig) -> Iterator[PinUse]:
    for key, pin in lamp.pins.items():
        yield PinUse(pin, f"lamp.{key}", f"{key.removesuffix('_pin')} of the lamp")


def _of_relay(relay: RelayConfig | None) -> Iterator[PinUse]:
    if relay is not None and relay.driver == "gpiozero":
        yield PinUse(relay.pin, "relay.pin", "the relay")


def _of_sensors(sensors: Sequence[SensorConfig]) -> Iterator[PinUse]:
    for index, sensor in enumerate(sensors):
        if sensor.driver == "device":
            yield from _of_sensor(f"sensors[{index}]", sensor)


def _of_sensor(table: str, sensor: SensorConfig) -> Iterator[PinUse]:
    what = f"the {sensor.kind} {sensor.name!r}"
    if sensor.kind in GPIO_KINDS and sensor.pin != NO_PIN:
        yield PinUse(sensor.pin, f"{table}.pin", what)
    if sensor.kind in I2C_KINDS:
        for pin in I2C_PINS.get(sensor.i2c_bus, ()):
            yield PinUse(pin, f"{table}.i2c_bus", what, shared=f"I2C bus {sensor.i2c_bus}")
    if sensor.kind in SERIAL_KINDS:
        for pin in UART_PINS.get(sensor.port, ()):
            yield PinUse(pin, f"{table}.port", what, shared=sensor.port)
