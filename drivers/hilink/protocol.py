"""Command words and the values that travel in both directions (HLK-LD2410C manual V1.00, HLK-LD2450 manual V1.03).

All numbers are little-endian; an answer carries its command's word with 0x0100 set.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

GATES = 9
"""of an LD2410: 0 to 8"""
BAUD_INDEX = {9600: 1, 19200: 2, 38400: 3, 57600: 4, 115200: 5, 230400: 6, 256000: 7, 460800: 8}
NO_MAC = bytes((8, 5, 4, 3, 2, 1))
"""what a module with Bluetooth off answers instead of its address"""
RESOLUTIONS_CM = (75, 20)
"""by index"""


class Command(IntEnum):
    """Command words."""

    RANGE_SET = 0x60
    PARAMETERS = 0x61
    ENGINEERING_ON = 0x62
    ENGINEERING_OFF = 0x63
    SENSITIVITY_SET = 0x64
    TRACK_SINGLE = 0x80
    TRACK_MULTI = 0x90
    TRACKING = 0x91
    FIRMWARE = 0xA0
    BAUD_SET = 0xA1
    FACTORY_RESET = 0xA2
    RESTART = 0xA3
    BLUETOOTH_SET = 0xA4
    MAC = 0xA5
    BLUETOOTH_LOGIN = 0xA8
    BLUETOOTH_PASSWORD = 0xA9
    RESOLUTION_SET = 0xAA
    RESOLUTION = 0xAB
    LIGHT_SET = 0xAD
    LIGHT = 0xAE
    ZONES = 0xC1
    ZONES_SET = 0xC2
    CONFIG_CLOSE = 0xFE
    CONFIG_OPEN = 0xFF


class LightMode(StrEnum):
    """When the light takes part in the LD2410's OUT pin; the order is that of the wire."""

    OFF = "off"
    BELOW = "below"
    ABOVE = "above"


class ZoneMode(StrEnum):
    """What an LD2450 does with its three zones; the order is that of the wire."""

    OFF = "off"
    ONLY = "only"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class ConfigOpened:
    """Answer to FF; protocol 1 with buffer 64 is an LD2410 or LD2450."""

    protocol_version: int
    buffer_size: int


@dataclass(frozen=True, slots=True)
class Parameters:
    """What an LD2410 is tuned to; sensitivities of gates 0 to 8, 0-100, 100 = the gate is off."""

    last_gate: int
    """8: the hardware's last one"""
    max_moving_gate: int
    max_still_gate: int
    moving_sensitivity: tuple[int, ...]
    still_sensitivity: tuple[int, ...]
    timeout_s: int
    """so long it says "somebody" after the last target"""


FACTORY = Parameters(
    last_gate=8,
    max_moving_gate=8,
    max_still_gate=8,
    moving_sensitivity=(50, 50, 40, 30, 20, 15, 15, 15, 15),
    still_sensitivity=(0, 0, 40, 40, 30, 30, 20, 20, 20),
    timeout_s=5,
)


@dataclass(frozen=True, slots=True, order=True)
class Firmware:
    """Version as the vendor writes it, V2.04.23022511: the digits are hexadecimal. Ordered by age."""

    major: int
    minor: int
    build: int
    kind: int = 0

    @property
    def version(self) -> str:
        """ "V2.04.23022511"."""
        return f"V{self.major:X}.{self.minor:02X}.{self.build:08X}"


@dataclass(frozen=True, slots=True)
class Mac:
    """Bluetooth address "8f:27:2e:b8:0f:65"; None while Bluetooth is off."""

    address: str | None


@dataclass(frozen=True, slots=True)
class Resolution:
    """Depth of one gate: 75 or 20 cm."""

    gate_cm: int


@dataclass(frozen=True, slots=True)
class LightFunction:
    """The OUT pin's use of the light, its threshold 0-255, and the pin's level with nobody there."""

    mode: LightMode
    threshold: int
    out_idle_high: bool


@dataclass(frozen=True, slots=True)
class Tracking:
    """Whether an LD2450 follows one target or up to three."""

    multi: bool


@dataclass(frozen=True, slots=True)
class Zone:
    """A rectangle by two opposite corners, in millimetres before the sensor; all zero = not used."""

    x1_mm: int = 0
    y1_mm: int = 0
    x2_mm: int = 0
    y2_mm: int = 0


@dataclass(frozen=True, slots=True)
class Zones:
    """The LD2450's three zones."""

    mode: ZoneMode
    zones: tuple[Zone, Zone, Zone] = (Zone(), Zone(), Zone())


AckValue = ConfigOpened | Parameters | Firmware | Mac | Resolution | LightFunction | Tracking | Zones
