"""An MH-Z19 that answers as the real one, in an office with 612 ppm."""

from __future__ import annotations

from drivers.emulators.answering import ANSWER_FAULTS, Requests, Wire
from drivers.emulators.emulator import Fault
from drivers.mhz19 import ABC, FRAME_BYTES, RANGE, READ, ZERO, checksum

_WARMING_PPM, _BOOTING_U = 1215, 15000
"""as published logs show them"""


class Mhz19Emulator:
    """`co2_ppm` and `temperature_c` may be changed while it runs; `abc` and `range_ppm` show what a host set."""

    FAULTS = ANSWER_FAULTS | {Fault.WARMING_UP, Fault.STUCK}

    def __init__(self) -> None:
        self.faults: set[Fault] = set()
        self.co2_ppm = 612
        self.temperature_c = 26
        self.abc = True
        self.range_ppm = 5000
        self._wire = Wire()
        self._requests = Requests(FRAME_BYTES, lambda byte: byte == 0xFF, lambda frame: checksum(frame) == frame[8])
        self._said = b""

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Answer requests."""
        return b"".join(self._wire.carry(self._answer(request), self.faults) for request in self._requests.take(data))

    def due(self, now_s: float) -> bytes:
        """It sends nothing by itself."""
        return b""

    def takes(self) -> bool:
        """It has no flow control."""
        return True

    def _answer(self, request: bytes) -> bytes:
        command = request[2]
        if command == READ:
            return self._measurement()
        if command == ABC:
            self.abc = request[3] == 0xA0
        elif command == RANGE:
            self.range_ppm = int.from_bytes(request[6:8], "big")
        elif command == ZERO:
            self.co2_ppm = 400
        else:
            return b""
        return _framed(command, 1)

    def _measurement(self) -> bytes:
        if Fault.STUCK in self.faults and self._said:
            return self._said
        warming = Fault.WARMING_UP in self.faults
        co2_ppm = _WARMING_PPM if warming else min(self.co2_ppm, self.range_ppm)
        high_low_u = (_BOOTING_U if warming else 0).to_bytes(2, "big")
        self._said = _framed(READ, *co2_ppm.to_bytes(2, "big"), self.temperature_c + 40, 0, *high_low_u)
        return self._said


def _framed(command: int, *values: int) -> bytes:
    body = bytes((0xFF, command, *values)).ljust(8, b"\0")
    return body + bytes((checksum(body),))
