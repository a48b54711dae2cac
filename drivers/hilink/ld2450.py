"""HLK-LD2450 (and RD-03D, which speaks the same): up to three tracked people, ten times a second.

Wiring as the LD2410. 256000 8N1 as delivered. Needs firmware V2.02.23090617 or later.

    device = Ld2450Device()
    for value in device.feed(link.read_available(), now_s):      # Targets((Target(x_mm=-782, y_mm=1713, ...),))
        ...

Frame (manual 2.3): AA FF 03 00 | 3 x (x, y, speed, resolution; each u16 LE) | 55 CC. x and y in mm, speed in cm/s:
bit 15 set = positive, clear = negative (not two's complement). A slot of zeros holds no target.

The module itself holds a target for 36 s (tracking one: 120 s) after it was seen, and loses a seated person for up to
8 s: an empty frame alone says nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.device import Traits
from drivers.hilink.codec import HilinkCodec
from drivers.hilink.device import HilinkDevice
from drivers.hilink.framing import TRACK_BODY, Envelope, Frame, FrameError
from drivers.hilink.models import UnsupportedModel, model_of, model_of_report
from drivers.hilink.protocol import Firmware
from drivers.hilink.steady import Presence, Report
from drivers.readings import Target, Targets, Value

OLDEST_FIRMWARE = Firmware(major=2, minor=0x02, build=0x23090617)
FARTHEST_MM = 10_000
"""it sees six metres; echoes beyond are told now and then"""
FASTEST_CM_S = 2_000
COARSEST_MM = 2_000


@dataclass(frozen=True, slots=True)
class TrackedTarget:
    """One target: millimetres before the sensor, speed negative when coming nearer, and the depth of its gate."""

    x_mm: int
    y_mm: int
    speed_cm_s: int
    resolution_mm: int


@dataclass(frozen=True, slots=True)
class TrackReport(Report):
    """The targets of one frame; empty slots are left out."""

    targets: tuple[TrackedTarget, ...]

    @property
    def claim(self) -> Presence:
        """Somebody where a target is."""
        return Presence.SOMEBODY if self.targets else Presence.NOBODY


def decode_track(body: bytes) -> TrackReport:
    """Read the three slots.

    A target has a place and a resolution: so no single torn bit makes one of an empty slot, or an empty slot of one.

    Raises:
        FrameError: a slot is neither empty nor a plausible target.
    """
    slots = (body[at : at + 8] for at in range(0, TRACK_BODY, 8))
    return TrackReport(tuple(_target(slot) for slot in slots if any(slot)))


def _target(slot: bytes) -> TrackedTarget:
    *signed, resolution_mm = struct.unpack("<4H", slot)
    x_mm, y_mm, speed_cm_s = (raw & 0x7FFF if raw & 0x8000 else -raw for raw in signed)
    placed = (x_mm or y_mm) and max(abs(x_mm), abs(y_mm)) <= FARTHEST_MM
    if not placed or abs(speed_cm_s) > FASTEST_CM_S or not 0 < resolution_mm <= COARSEST_MM:
        raise FrameError("a slot holds no plausible target")
    return TrackedTarget(x_mm, y_mm, speed_cm_s, resolution_mm)


class Ld2450Codec(HilinkCodec[TrackReport]):
    """Bytes to TrackReport, Ack and UnsupportedModel."""

    def _report(self, frame: Frame) -> TrackReport | UnsupportedModel:
        if frame.envelope is not Envelope.TRACK:
            return UnsupportedModel(model_of_report(frame.body) or model_of(frame))
        return decode_track(frame.body)


class Ld2450Device(HilinkDevice[TrackReport]):
    """Targets readings. Modes and zones are stored in the module (drivers.hilink.commands): nothing is set up here."""

    def __init__(self) -> None:
        traits = Traits("ld2450", baud_rates=(256000, 115200), confirm_frames=3, stale_s=10.0)
        super().__init__(traits, Ld2450Codec())

    def _readings(self, report: TrackReport, now_s: float) -> Sequence[Value]:
        if not report.confirmed:
            return ()
        return (Targets(tuple(Target(t.x_mm, t.y_mm, t.speed_cm_s) for t in report.targets)),)
