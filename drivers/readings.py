"""What sensors tell, as values: a Reading says which input, when on the monotonic clock, and one of the kinds below.

A reading is a fact about one instant. What it means for the room is decided elsewhere (roomdisplay.occupancy).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Climate", "Level", "Light", "Radar", "Reading", "Scan", "Target", "Targets", "Value"]


class Radar(StrEnum):
    """What a presence radar states of the space before it."""

    NONE = "none"
    MOVING = "moving"
    STILL = "still"
    BOTH = "both"
    NO_STATEMENT = "no-statement"
    """A valid frame that says nothing about presence, such as one of a calibration."""


@dataclass(frozen=True, slots=True)
class Target:
    """One tracked person: millimetres before the sensor (x to its right), speed negative when coming nearer."""

    x_mm: int
    y_mm: int
    speed_cm_s: int


@dataclass(frozen=True, slots=True)
class Targets:
    """What a tracking radar sees: up to three targets; empty means nobody, in this one frame."""

    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """A PIR, a door contact (active = open) or a button (active = pressed); `edge` is False for a re-read level."""

    active: bool
    edge: bool = True


@dataclass(frozen=True, slots=True)
class Climate:
    """The air of the room; what a sensor does not measure is None."""

    co2_ppm: int | None = None
    temperature_c: float | None = None
    humidity_percent: float | None = None


@dataclass(frozen=True, slots=True)
class Light:
    """Brightness: lux, or the radar's own uncalibrated 0 to 255."""

    lux: float | None = None
    raw: int | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """A code that was read; `text` holds no control characters and at most 4096 characters. Personal: never logged."""

    text: str


Value = Radar | Targets | Level | Climate | Light | Scan


@dataclass(frozen=True, slots=True)
class Reading:
    """`value` of the input `source` (its name in the configuration) at `monotonic_s`."""

    source: str
    monotonic_s: float
    value: Value
