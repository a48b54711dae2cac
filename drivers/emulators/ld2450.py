"""An emulated LD2450: up to three people, held for long after they left, as the real one does.

radar = Ld2450Emulator()
radar.person(200)                      # walks 2 m before it
radar.person(300, x_cm=50)             # a second one
radar.leave()                          # told for another 36 s (120 s when it follows one target)
"""

from __future__ import annotations

import struct
from typing import ClassVar

from drivers.emulators.hilink import HilinkEmulator
from drivers.errors import UsageError
from drivers.hilink.framing import Envelope, wrap
from drivers.hilink.protocol import Command, ZoneMode
from drivers.readings import Target

HOLD_MULTI_S, HOLD_SINGLE_S = 36.0, 120.0
RESOLUTION_MM = 360
NEARING_CM_S = -32
NO_ZONES = bytes(26)


class Ld2450Emulator(HilinkEmulator):
    """Zones and tracking mode are stored and take effect at once."""

    FIRMWARE: ClassVar[bytes] = bytes.fromhex("0000 02 02 17060923")

    def __init__(self, baud: int = 256000) -> None:
        super().__init__(baud)
        self.multi = True
        self.zones = NO_ZONES
        """as in C1 and C2: mode, then three times two corners"""
        self._people: tuple[Target, ...] = ()
        self._held: tuple[Target, ...] = ()
        self._held_s: float | None = None
        self._commands |= {
            Command.TRACK_SINGLE: lambda _value: self._set_tracking(False),
            Command.TRACK_MULTI: lambda _value: self._set_tracking(True),
            Command.TRACKING: lambda _value: (1 + self.multi).to_bytes(2, "little"),
            Command.ZONES: lambda _value: self.zones,
            Command.ZONES_SET: self._set_zones,
        }

    def person(self, distance_cm: int, moving: bool = True, *, x_cm: int = 0) -> None:
        """One more person; a fourth cannot be tracked (UsageError)."""
        if len(self._people) == 3:
            raise UsageError("an LD2450 tracks three people: call leave() first")
        self._people = (*self._people, Target(10 * x_cm, 10 * distance_cm, NEARING_CM_S if moving else 0))

    def leave(self) -> None:
        """All are gone."""
        self._people = ()

    def _report(self, at_s: float) -> bytes:
        seen = tuple(person for person in self._people if self._counts(person))[: 3 if self.multi else 1]
        if seen:
            self._held, self._held_s = seen, at_s
        elif self._held_s is None or at_s - self._held_s >= (HOLD_MULTI_S if self.multi else HOLD_SINGLE_S):
            self._held = ()
        return wrap(Envelope.TRACK, b"".join(map(_slot, self._held)).ljust(24, b"\0"))

    def _counts(self, person: Target) -> bool:
        mode, *corners = struct.unpack("<H12h", self.zones)
        inside = any(_inside(person, corners[at : at + 4]) for at in (0, 4, 8))
        return mode == 0 or inside == (tuple(ZoneMode)[mode] is ZoneMode.ONLY)

    def _set_tracking(self, multi: bool) -> bytes:
        self.multi = multi
        return b""

    def _set_zones(self, value: bytes) -> bytes | None:
        if len(value) != len(NO_ZONES) or value[0] >= len(ZoneMode) or value[1]:
            return None
        self.zones = value
        return b""

    def _factory_reset(self, value: bytes) -> bytes:
        self.multi, self.zones = True, NO_ZONES
        return super()._factory_reset(value)


def _inside(person: Target, corners: list[int]) -> bool:
    x1, y1, x2, y2 = corners
    return any(corners) and min(x1, x2) <= person.x_mm <= max(x1, x2) and min(y1, y2) <= person.y_mm <= max(y1, y2)


def _slot(target: Target) -> bytes:
    signed = (target.x_mm, target.y_mm, target.speed_cm_s)
    return struct.pack("<4H", *(n | 0x8000 if n >= 0 else -n for n in signed), RESOLUTION_MM)
