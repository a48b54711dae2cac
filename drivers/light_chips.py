"""BH1750 and VEML7700: what is said to them, and what their counts mean in lux. No clock; the bus comes in.

| | BH1750FVI (Rohm, rev. D) | VEML7700 (Vishay 84286) |
|---|---|---|
| address | 0x23, with ADDR high 0x5C | 0x10 |
| asked | one measurement each time, so that a chip that lost power measures on | runs on; its set-up is compared |
| range | 0 to 54 612 lx in steps of 0.83 lx | 0 to 120 000 lx in steps of 0.54 lx |
"""

from __future__ import annotations

from typing import Protocol

from drivers.errors import DeviceProtocolError
from drivers.readings import Light

COUNT_MOST = 0xFFFF

BH1750_POWER_ON = 0x01
BH1750_ONCE_HIGH = 0x20
"""One measurement in H-resolution mode (1 lx); the chip powers down after it."""
BH1750_COUNTS_PER_LUX = 1.2

VEML7700_CONFIG, VEML7700_POWER_SAVING, VEML7700_LIGHT = 0x00, 0x03, 0x04
VEML7700_SET_UP = 0x1000
"""ALS_CONF_0: gain 1/8 (bits 12:11 = 10), 100 ms (bits 9:6 = 0000), no interrupt, running (bit 0 = 0)."""
VEML7700_LUX_PER_COUNT = 0.5376
"""At gain 1/8 and 100 ms: 0.0042 lx at gain 2 and 800 ms, times 16, times 8."""
VEML7700_LINEAR_TO_LUX = 1000.0
VEML7700_MOST_LUX = 120_000.0
"""To here the correction holds; beyond it, it grows without sense."""


class Bus(Protocol):
    """What drivers.i2c.I2cDevice does."""

    def write(self, data: bytes) -> None: ...

    def read(self, size: int) -> bytes: ...

    def exchange(self, data: bytes, size: int) -> bytes: ...

    def close(self) -> None: ...


class Chip(Protocol):
    """One chip; `prepare`, wait for `wait_s`, then `light`. Each raises DeviceError, DeviceSilent first of all."""

    wait_s: float

    def prepare(self, bus: Bus) -> None:
        """Have a measurement made.

        Raises:
            DeviceProtocolError: this is another chip.
        """
        ...

    def light(self, bus: Bus) -> Light | None:
        """Return what was measured; None when the chip was not ready."""
        ...


def bh1750_lux(count: int) -> float:
    """Return lux of a count in H-resolution mode with the measurement time of the factory (datasheet, page 7)."""
    return count / BH1750_COUNTS_PER_LUX


def veml7700_lux(count: int) -> float:
    """Return lux of a count at gain 1/8 and 100 ms.

    Above 1000 lx with the polynomial of Vishay's application note 84323, which takes back the chip's curve.
    """
    lux = count * VEML7700_LUX_PER_COUNT
    if lux <= VEML7700_LINEAR_TO_LUX:
        return lux
    corrected = 6.0135e-13 * lux**4 - 9.3924e-9 * lux**3 + 8.1488e-5 * lux**2 + 1.0023 * lux
    return min(corrected, VEML7700_MOST_LUX)


class Bh1750:
    """BH1750: a command is one byte, a count two, the high one first."""

    wait_s = 0.18
    """at most, at 5 to 180 % of the typical 120 ms"""

    def prepare(self, bus: Bus) -> None:
        bus.write(bytes([BH1750_POWER_ON]))
        bus.write(bytes([BH1750_ONCE_HIGH]))

    def light(self, bus: Bus) -> Light | None:
        return Light(lux=round(bh1750_lux(int.from_bytes(bus.read(2), "big")), 2))


class Veml7700:
    """VEML7700: registers of two bytes, the low one first, read with a repeated start."""

    wait_s = 0.11
    """2.5 ms to wake up, and one integration"""

    def prepare(self, bus: Bus) -> None:
        if _register(bus, VEML7700_CONFIG) == VEML7700_SET_UP:
            return
        _set_register(bus, VEML7700_POWER_SAVING, 0)
        _set_register(bus, VEML7700_CONFIG, VEML7700_SET_UP)
        if (kept := _register(bus, VEML7700_CONFIG)) != VEML7700_SET_UP:
            hint = "Is it a VEML7700 (or VEML6030), and is i2c_address right?"
            raise DeviceProtocolError(f"the chip answers 0x{kept:04x} to its set-up: not a VEML7700.", hint=hint)

    def light(self, bus: Bus) -> Light | None:
        count = _register(bus, VEML7700_LIGHT)
        if _register(bus, VEML7700_CONFIG) != VEML7700_SET_UP:
            return None  # it lost power meanwhile: its count says 0, which is not darkness
        return Light(lux=round(veml7700_lux(count), 2))


def _register(bus: Bus, number: int) -> int:
    return int.from_bytes(bus.exchange(bytes([number]), 2), "little")


def _set_register(bus: Bus, number: int, value: int) -> None:
    bus.write(bytes([number]) + value.to_bytes(2, "little"))
