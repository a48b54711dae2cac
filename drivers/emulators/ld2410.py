"""An emulated LD2410C: one person at a distance, moving or still, seen through the module's own sensitivities.

radar = Ld2410Emulator()
radar.person(150)                    # walks at 1.5 m
radar.person(150, moving=False)      # sits
radar.leave()                        # still told for the module's own timeout_s, 5 s as delivered
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import ClassVar

from drivers.emulators.emulator import Fault
from drivers.emulators.hilink import HilinkEmulator
from drivers.hilink.framing import Envelope, wrap
from drivers.hilink.ld2410 import TargetState
from drivers.hilink.protocol import FACTORY, GATES, RESOLUTIONS_CM, Command, Parameters

STRONG, WEAK = 90, 8
"""energies at the person's gate, and elsewhere"""
BOTH_LIMIT = STRONG // 2


class Ld2410Emulator(HilinkEmulator):
    """Without Bluetooth itself; settings survive a restart, engineering mode does not."""

    FAULTS: ClassVar[frozenset[Fault]] = HilinkEmulator.FAULTS | {Fault.CALIBRATING}
    FIRMWARE: ClassVar[bytes] = bytes.fromhex("0001 04 02 11250223")

    def __init__(self, baud: int = 256000) -> None:
        super().__init__(baud)
        self.parameters: Parameters = FACTORY
        self.engineering = False
        self.gate_cm = self._stored_gate_cm = 75
        self.light = 96
        self._light_function = bytes((0, 128, 0, 0))
        self._person: tuple[int, bool] | None = None
        self._seen: tuple[TargetState, int] = (TargetState.NONE, 0)
        self._seen_s: float | None = None
        self._commands |= {
            Command.RANGE_SET: self._set_range,
            Command.PARAMETERS: self._read_parameters,
            Command.ENGINEERING_ON: lambda _value: self._set_engineering(True),
            Command.ENGINEERING_OFF: lambda _value: self._set_engineering(False),
            Command.SENSITIVITY_SET: self._set_sensitivity,
            Command.BLUETOOTH_PASSWORD: lambda value: b"" if len(value) == 6 else None,
            Command.RESOLUTION_SET: self._set_resolution,
            Command.RESOLUTION: lambda _value: RESOLUTIONS_CM.index(self._stored_gate_cm).to_bytes(2, "little"),
            Command.LIGHT_SET: self._set_light_function,
            Command.LIGHT: lambda _value: self._light_function,
        }

    def person(self, distance_cm: int, moving: bool = True) -> None:
        """Somebody is there from now on."""
        self._person = (distance_cm, moving)

    def leave(self) -> None:
        """Nobody is there from now on."""
        self._person = None

    def _report(self, at_s: float) -> bytes:
        moving, still = self._energies()
        state, distance_cm = self._state(moving, still, at_s)
        if Fault.CALIBRATING in self.faults:
            state = TargetState.CALIBRATING
        here = max(moving), max(still)
        body = struct.pack("<BHBHBH", state, distance_cm, here[0], distance_cm, here[1], distance_cm)
        if not self.engineering:
            return wrap(Envelope.REPORT, b"\x02\xaa" + body + b"\x55\x00")
        p = self.parameters
        gates = bytes((p.max_moving_gate, p.max_still_gate, *moving, *still, self.light))
        occupied = state in (TargetState.MOVING, TargetState.STILL, TargetState.BOTH)
        return wrap(Envelope.REPORT, b"\x01\xaa" + body + gates + bytes((occupied,)) + b"\x55\x00")

    def _energies(self) -> tuple[list[int], list[int]]:
        moving, still = [WEAK] * GATES, [WEAK] * GATES
        still[0] = still[1] = 0
        if self._person and self._person[0] // self.gate_cm < GATES:
            gate = self._person[0] // self.gate_cm
            moving[gate] = STRONG if self._person[1] else WEAK
            still[gate] = BOTH_LIMIT if self._person[1] else STRONG
        return moving, still

    def _state(self, moving: list[int], still: list[int], at_s: float) -> tuple[TargetState, int]:
        """The module's statement; distances stay as they were when nobody is there."""
        p = self.parameters
        moves = _beyond(moving, p.moving_sensitivity, p.max_moving_gate)
        rests = _beyond(still, p.still_sensitivity, p.max_still_gate)
        distance_cm = self._seen[1]
        if self._person and (moves or rests):
            self._seen, self._seen_s = (TargetState(moves + 2 * rests), self._person[0]), at_s
        elif self._seen_s is None or at_s - self._seen_s >= p.timeout_s:
            self._seen = (TargetState.NONE, distance_cm)
        return self._seen

    def _set_range(self, value: bytes) -> bytes | None:
        numbers = _numbers(value)
        if numbers is None or not all(2 <= gate < GATES for gate in numbers[:2]):
            return None
        moving, still, timeout_s = numbers
        self.parameters = replace(
            self.parameters, max_moving_gate=moving, max_still_gate=still, timeout_s=timeout_s & 0xFFFF
        )
        return b""

    def _read_parameters(self, value: bytes) -> bytes:
        p = self.parameters
        head = bytes((0xAA, p.last_gate, p.max_moving_gate, p.max_still_gate))
        return head + bytes(p.moving_sensitivity + p.still_sensitivity) + p.timeout_s.to_bytes(2, "little")

    def _set_sensitivity(self, value: bytes) -> bytes | None:
        numbers = _numbers(value)
        if numbers is None or max(numbers[1:]) > 100 or not (numbers[0] < GATES or numbers[0] == 0xFFFF):
            return None
        gate, moving, still = numbers
        gates = range(GATES) if gate == 0xFFFF else (gate,)
        p = self.parameters
        self.parameters = replace(
            p,
            moving_sensitivity=tuple(moving if g in gates else old for g, old in enumerate(p.moving_sensitivity)),
            still_sensitivity=tuple(
                still if g in gates and g > 1 else old for g, old in enumerate(p.still_sensitivity)
            ),
        )
        return b""

    def _set_engineering(self, on: bool) -> bytes:
        self.engineering = on
        return b""

    def _set_resolution(self, value: bytes) -> bytes | None:
        index = int.from_bytes(value, "little")
        if len(value) != 2 or index >= len(RESOLUTIONS_CM):
            return None
        self._stored_gate_cm = RESOLUTIONS_CM[index]
        return b""

    def _set_light_function(self, value: bytes) -> bytes | None:
        if len(value) != 4 or value[0] > 2:
            return None
        self._light_function = value
        return b""

    def _restart(self) -> None:
        super()._restart()
        self.engineering = False
        self.gate_cm = self._stored_gate_cm

    def _factory_reset(self, value: bytes) -> bytes:
        self.parameters, self._stored_gate_cm = FACTORY, 75
        self._light_function = bytes((0, 128, 0, 0))
        return super()._factory_reset(value)


def _beyond(energies: list[int], sensitivity: tuple[int, ...], max_gate: int) -> bool:
    """Whether a gate that counts has more energy than it needs; 100 switches a gate off."""
    gates = range(min(max_gate + 1, GATES))
    return any(energies[gate] >= STRONG // 2 and sensitivity[gate] < energies[gate] for gate in gates)


def _numbers(value: bytes) -> tuple[int, int, int] | None:
    """Three numbered parameters: words 0, 1, 2 with a u32 each."""
    if len(value) != 18:
        return None
    words = struct.unpack("<HIHIHI", value)
    return (words[1], words[3], words[5]) if words[::2] == (0, 1, 2) else None
