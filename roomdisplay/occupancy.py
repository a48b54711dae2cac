"""Whether somebody is in the room, as far as its sensors can tell: a pure fusion of any number of inputs.

    fusion = Fusion.start(inputs, settings, now_s)
    fusion = fusion.step(reading)          # each reading, in the order of time
    fusion = fusion.advance(now_s)         # time alone; how often it is called changes nothing
    fusion.occupancy                       # at the instant it was last stepped or advanced to

All times are monotonic seconds. Defaults and reasons: reference/drivers.md 5, repeated in docs/drivers.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Presence(StrEnum):
    """What the sensors say together; without sensors it is unknown."""

    OCCUPIED = "occupied"
    VACANT = "vacant"
    UNKNOWN = "unknown"


class InputKind(StrEnum):
    """What an input can tell."""

    PIR = "pir"
    RADAR = "radar"
    """LD2410: moving starts, still sustains"""
    TRACKER = "tracker"
    """LD2450: a target is a moving person"""
    DOOR = "door"
    """active = open; alone it proves neither presence nor absence"""
    BUTTON = "button"
    """a press is a person"""


@dataclass(frozen=True, slots=True)
class Input:
    """One configured sensor that takes part."""

    name: str
    kind: InputKind


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why the room is taken for occupied: which input said what, when last."""

    input: str
    what: str
    """a token: motion, moving, still, target, pressed, door-closed"""
    at_s: float


@dataclass(frozen=True, slots=True)
class Occupancy:
    """What is known of the room at one instant."""

    presence: Presence
    since_s: float
    """when `presence` took this value"""
    evidence: tuple[Evidence, ...] = ()
    """newest first, one per input"""
    known_since_s: float | None = None
    """since when, without a gap, `presence` was not UNKNOWN; None while it is"""
    occupied_last_s: float | None = None
    """the last instant at which it was OCCUPIED, now if it is; None: never since the start"""
    sensed_from_s: float | None = None
    """first and last positive evidence of the present spell of OCCUPIED, the time to exit not included"""
    sensed_to_s: float | None = None
    unknown_inputs: tuple[str, ...] = ()
    """inputs that are silent, stuck or make no statement"""
