"""What an admin may set for the sensors of a panel: one `[[sensors]]` table each, and what must hold between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

SerialSensorKind = Literal["ld2410", "ld2450", "mhz19", "senseair-s8", "scd30"]
GpioSensorKind = Literal["pir", "door", "button"]
I2cSensorKind = Literal["bh1750", "veml7700"]

SERIAL_KINDS: tuple[str, ...] = get_args(SerialSensorKind)
GPIO_KINDS: tuple[str, ...] = get_args(GpioSensorKind)
I2C_KINDS: tuple[str, ...] = get_args(I2cSensorKind)

NO_PIN = -1

_EXAMPLE_PORT = "/dev/serial/by-path/platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.1:1.0-port0"


class SensorConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[[sensors]]: a sensor wired to this panel. Which keys count depends on `kind`.

    Serial kinds (radars, CO2) use port and baud; GPIO kinds use pin, active_high and pull; light sensors use i2c_bus
    and i2c_address.
    """

    name: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9-]{1,32}$", description="Name of this sensor, once per panel.", examples=["radar-ceiling"]
        ),
    ]
    kind: Annotated[
        Literal[SerialSensorKind, GpioSensorKind, I2cSensorKind], Meta(description="What it is.", examples=["ld2410"])
    ]
    driver: Annotated[
        Literal["device", "emulated"],
        Meta(description="The real device, or an emulated one for trying out.", examples=["device"]),
    ] = "device"
    port: Annotated[
        str,
        Meta(
            max_length=255,
            description="Serial port: a name in /dev/serial/by-path or by-id, or /dev/ttyAMA0 for the pins 8 and 10.",
            examples=[_EXAMPLE_PORT],
        ),
    ] = ""
    baud: Annotated[
        int, Meta(ge=0, le=4_000_000, description="Speed of the port; 0 tries those of the device.", examples=[115200])
    ] = 0
    pin: Annotated[int, Meta(ge=NO_PIN, le=27, description="GPIO (BCM number); -1 for none.", examples=[4])] = NO_PIN
    active_high: Annotated[
        bool,
        Meta(
            description="True: a high level means motion, open or pressed; a button to ground: false.", examples=[True]
        ),
    ] = True
    pull: Annotated[
        Literal["up", "down", "none"],
        Meta(
            description="Resistor of the pin. With up, a torn wire of a PIR is noticed instead of reading as nobody.",
            examples=["up"],
        ),
    ] = "up"
    i2c_bus: Annotated[int, Meta(ge=0, le=255, description="Number N of /dev/i2c-N.", examples=[1])] = 1
    i2c_address: Annotated[
        int, Meta(ge=0, le=0x77, description="Address on the bus; 0 takes the usual one of the kind.", examples=[0x23])
    ] = 0

    def problems(self) -> Iterable[tuple[str, str]]:
        """Cross-field problems for common.config."""
        yield from self._missing()
        yield from self._unused()
        if self.kind == "button" and self.active_high == (self.pull == "up") and self.pull != "none":
            word = "false" if self.active_high else "true"
            yield "active_high", f'must be {word} for a button with pull = "{self.pull}", else it is always pressed'

    def _missing(self) -> Iterator[tuple[str, str]]:
        if self.driver != "device":
            return
        if self.kind in SERIAL_KINDS and not self.port.startswith("/"):
            yield "port", f"must name the serial port of the {self.kind}; `mydesk-drivers list` shows what is there"
        if self.kind in GPIO_KINDS and self.pin == NO_PIN:
            yield "pin", f"must be the GPIO (BCM number) that the {self.kind} is wired to, 0 to 27"

    def _unused(self) -> Iterator[tuple[str, str]]:
        used = _USED[self.kind]
        for key, default in _DEFAULTS.items():
            if key not in used and getattr(self, key) != default:
                yield key, f"has no meaning for kind = {self.kind!r}; remove it"


_USED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(SERIAL_KINDS, ("port", "baud")),
    **dict.fromkeys(GPIO_KINDS, ("pin", "active_high", "pull")),
    **dict.fromkeys(I2C_KINDS, ("i2c_bus", "i2c_address")),
}
_DEFAULTS = {
    field.name: field.default
    for field in msgspec.structs.fields(SensorConfig)
    if field.name not in ("name", "kind", "driver")
}


def list_problems(sensors: Sequence[SensorConfig]) -> Iterator[tuple[str, str]]:
    """Problems between the tables of one list, as (key below the list, message): `("[2].pin", "...")`.

    Names must differ, and real devices share no port and no I2C address. Pins: `drivers.gpio.pins.check_pins`.
    """
    names: set[str] = set()
    wires: dict[str, str] = {}
    for index, sensor in enumerate(sensors):
        if sensor.name in names:
            yield f"[{index}].name", f"{sensor.name!r} is the name of another sensor already"
        names.add(sensor.name)
        key, wire = _wire(sensor)
        if wire in wires:
            yield f"[{index}].{key}", f"{wire} is used by {wires[wire]} already"
        elif wire:
            wires[wire] = f"the sensor {sensor.name!r}"


def _wire(sensor: SensorConfig) -> tuple[str, str]:
    """The key that says what port or address a real sensor has, and that; emulated ones and plain pins have none."""
    if sensor.driver == "emulated" or sensor.kind in GPIO_KINDS:
        return "", ""
    if sensor.kind in SERIAL_KINDS:
        return "port", sensor.port
    address = sensor.i2c_address or USUAL_ADDRESS[sensor.kind]
    return "i2c_address", f"address 0x{address:02x} of I2C bus {sensor.i2c_bus}"


USUAL_ADDRESS: dict[str, int] = {"bh1750": 0x23, "veml7700": 0x10}
"""I2C addresses as the boards come."""
