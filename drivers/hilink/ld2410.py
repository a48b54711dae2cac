"""HLK-LD2410, LD2410B, LD2410C: presence, distance and energies, ten times a second.

Wiring: VCC 5 V, GND, module TX -> our RX, module RX -> our TX (3.3 V levels). 256000 8N1 as delivered; provisioning
stores 115200, which every UART can do.

    device = Ld2410Device()
    for value in device.feed(link.read_available(), now_s):      # Radar.MOVING, Light(raw=96) ...
        ...
    link.write(device.due(now_s))

Report body (manual V1.00, 5.2; energies 0-100):

    type 01 or 02 | AA | state | moving cm u16 | energy | still cm u16 | energy | detection cm u16 |
    [01 only: last moving gate | last still gate | 9 moving energies | 9 still energies | light | OUT] | 55 | 00

Distances stay as they were while nobody is there: only the state counts. "Still" seldom starts by itself.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from drivers.device import Traits
from drivers.hilink.codec import HilinkCodec
from drivers.hilink.commands import engineering
from drivers.hilink.device import HilinkDevice
from drivers.hilink.framing import Envelope, Frame, FrameError
from drivers.hilink.models import UnsupportedModel, model_of, model_of_report
from drivers.hilink.protocol import GATES
from drivers.hilink.steady import Presence, Report
from drivers.readings import Light, Radar, Value

FARTHEST_CM = 900
_BASIC, _ENGINEERING = 13, 35
_TYPE_OF_LENGTH = {_BASIC: 0x02, _ENGINEERING: 0x01}

LIGHT_EVERY_S = 1.0
ENGINEERING_TRIES = 3
ENGINEERING_AGAIN_S = 30.0


class TargetState(IntEnum):
    """The state byte; 4 to 6 come from firmware with automatic calibration."""

    NONE = 0
    MOVING = 1
    STILL = 2
    BOTH = 3
    CALIBRATING = 4
    CALIBRATED = 5
    CALIBRATION_FAILED = 6


_RADAR = {
    TargetState.NONE: Radar.NONE,
    TargetState.MOVING: Radar.MOVING,
    TargetState.STILL: Radar.STILL,
    TargetState.BOTH: Radar.BOTH,
}


@dataclass(frozen=True, slots=True)
class BasicReport(Report):
    """One report; distances in cm, possibly stale, energies 0-100."""

    state: TargetState
    moving_cm: int
    moving_energy: int
    still_cm: int
    still_energy: int
    detection_cm: int

    @property
    def radar(self) -> Radar:
        """What it states; a calibration makes no statement."""
        return _RADAR.get(self.state, Radar.NO_STATEMENT)

    @property
    def claim(self) -> Presence:
        """Moving, still and both take turns while somebody is there: as presence they are one."""
        if self.state > TargetState.BOTH:
            return Presence.UNKNOWN
        return Presence.SOMEBODY if self.state else Presence.NOBODY


@dataclass(frozen=True, slots=True)
class EngineeringReport(BasicReport):
    """With the energies of gates 0 to 8, the light 0-255 (uncalibrated) and the level of the OUT pin.

    Older firmware has two reserved bytes where light and OUT stand: both are None where the second cannot be a level.
    """

    max_moving_gate: int
    max_still_gate: int
    moving_energies: tuple[int, ...]
    still_energies: tuple[int, ...]
    light: int | None
    out: bool | None


def decode_report(body: bytes) -> BasicReport:
    """Read a report's body.

    Raises:
        FrameError: length and type do not belong together, a marker is missing, or a value is out of its limits.
    """
    if not body or _TYPE_OF_LENGTH.get(len(body)) != body[0]:
        raise FrameError("no such type of report in this length")
    if body[1] != 0xAA or body[-2:] != b"\x55\x00":
        raise FrameError("a marker of the report is missing")
    state, moving_cm, moving, still_cm, still, detection_cm = struct.unpack_from("<BHBHBH", body, 2)
    if state > max(TargetState) or max(moving, still) > 100 or max(moving_cm, still_cm, detection_cm) > FARTHEST_CM:
        raise FrameError("a value of the report is out of its limits")
    if len(body) == _BASIC:
        return BasicReport(TargetState(state), moving_cm, moving, still_cm, still, detection_cm)
    gates = _gates(body[11:-2])
    return EngineeringReport(TargetState(state), moving_cm, moving, still_cm, still, detection_cm, *gates)


def _gates(part: bytes) -> tuple[int, int, tuple[int, ...], tuple[int, ...], int | None, bool | None]:
    moving, still = part[2 : 2 + GATES], part[2 + GATES : 2 + 2 * GATES]
    light, out = part[-2:]
    if max(part[0], part[1]) >= GATES or max(moving + still) > 100:
        raise FrameError("a gate's value is out of its limits")
    measured = (light, bool(out)) if out <= 1 else (None, None)
    return part[0], part[1], tuple(moving), tuple(still), *measured


class Ld2410Codec(HilinkCodec[BasicReport]):
    """Bytes to BasicReport, EngineeringReport, Ack and UnsupportedModel."""

    def _report(self, frame: Frame) -> BasicReport | UnsupportedModel:
        if frame.envelope is not Envelope.REPORT:
            return UnsupportedModel(model_of(frame))
        name = model_of_report(frame.body)
        return UnsupportedModel(name) if name else decode_report(frame.body)


class Ld2410Device(HilinkDevice[BasicReport]):
    """Radar readings, and Light once a second: for that it switches engineering mode on, which a restart forgets."""

    def __init__(self, *, light: bool = True) -> None:
        traits = Traits("ld2410", baud_rates=(115200, 256000), confirm_frames=3, stale_s=10.0)
        super().__init__(traits, Ld2410Codec())
        self._light = light
        self._light_s = float("-inf")
        self._tries = 0
        self._basic = False
        self._try_s = 0.0

    def _readings(self, report: BasicReport, now_s: float) -> Sequence[Value]:
        self._basic = not isinstance(report, EngineeringReport)
        values: list[Value] = []
        if report.confirmed:
            values.append(report.radar)
        if isinstance(report, EngineeringReport):
            self._tries = 0
            if report.light is not None and now_s >= self._light_s + LIGHT_EVERY_S:
                self._light_s = now_s
                values.append(Light(raw=report.light))
        return values

    def _wanted_s(self) -> float | None:
        wants = self._light and self._basic and self._tries < ENGINEERING_TRIES
        return self._try_s if wants and self.counters.frames >= self.traits.confirm_frames else None

    def _wanted(self, now_s: float) -> Sequence[bytes]:
        wanted_s = self._wanted_s()
        if wanted_s is None or now_s < wanted_s:
            return ()
        self._tries, self._try_s = self._tries + 1, now_s + ENGINEERING_AGAIN_S
        return (engineering(on=True),)
