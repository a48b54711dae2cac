"""Faults of devices that only answer: the answer passes through here on its way to the wire."""

from __future__ import annotations

import random
from collections.abc import Callable, Set

from drivers.emulators.emulator import Fault

ANSWER_FAULTS = frozenset((Fault.SILENCE, Fault.NOISE, Fault.TRUNCATED, Fault.WRONG_CHECKSUM))
"""what `Wire` does; the emulator adds its own"""


class Wire:
    """Spoils answers as the faults say, the same way each time."""

    def __init__(self) -> None:
        self._random = random.Random(1)  # noqa: S311 - repeatable noise
        self._answers = 0

    def carry(self, answer: bytes, faults: Set[Fault]) -> bytes:
        """What of `answer`, a whole frame, comes out."""
        if not answer or Fault.SILENCE in faults:
            return b""
        self._answers += 1
        if Fault.WRONG_CHECKSUM in faults:
            answer = answer[:-1] + bytes((answer[-1] ^ 0x5A,))
        if Fault.TRUNCATED in faults and self._answers % 3 == 0:
            answer = answer[: len(answer) // 2]
        return self._noise() + answer + self._noise() if Fault.NOISE in faults else answer

    def _noise(self) -> bytes:
        return self._random.randbytes(self._random.randrange(1, 13))


class Requests:
    """Cuts what a host writes into requests of one length, from the first byte on that `begins` one."""

    def __init__(self, length: int, begins: Callable[[int], bool], valid: Callable[[bytes], bool]) -> None:
        self._length, self._begins, self._valid = length, begins, valid
        self._buffer = bytearray()

    def take(self, data: bytes) -> list[bytes]:
        """Whole requests; anything else is skipped."""
        self._buffer += data
        requests: list[bytes] = []
        while self._buffer:
            if not self._begins(self._buffer[0]):
                del self._buffer[0]
                continue
            if len(self._buffer) < self._length:
                break
            request = bytes(self._buffer[: self._length])
            if self._valid(request):
                requests.append(request)
                del self._buffer[: self._length]
            else:
                del self._buffer[0]
        return requests
