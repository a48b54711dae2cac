"""A GM65 scanner: reads what `scan` holds before it, and answers settings."""

from __future__ import annotations

import random
from collections import deque

from drivers.emulators.answering import Wire
from drivers.emulators.emulator import Fault
from drivers.errors import UsageError
from drivers.gm65 import crc_xmodem

FLOOD_BYTES = 1_000_000
_BYTES_PER_S = 1_000_000
"""what a scanner on full-speed USB can send"""
_WAITING_BYTES = 64 * 1024
_HEAD = b"\x7e\x00"
_FRAME = 8
"""bytes of a request besides its data"""
_READ, _WRITE, _KEEP, _HEARTBEAT = 0x07, 0x08, 0x09, 0x0A


class ScannerEmulator:
    """`scan(text)` sends a code with `suffix`; `zones` shows the settings a host wrote.

    Faults: SILENCE; NOISE before each code; TRUNCATED; FLOOD, 1 MB without an end in 1 s.
    """

    FAULTS = frozenset((Fault.SILENCE, Fault.NOISE, Fault.TRUNCATED, Fault.FLOOD))

    def __init__(self) -> None:
        self.faults: set[Fault] = set()
        self.suffix = b"\r\n"
        self.zones: dict[int, int] = {}
        self._wire = Wire()
        self._random = random.Random(1)  # noqa: S311 - repeatable
        self._requests = bytearray()
        self._waiting: deque[bytes] = deque()
        self._flooded = 0
        self._at_s: float | None = None

    def scan(self, text: str | bytes) -> None:
        """Hold a code before the scanner; bytes are sent as they are. May be called from any thread.

        Raises:
            UsageError: more than 64 KiB wait to be sent.
        """
        code = (text.encode() if isinstance(text, str) else text) + self.suffix
        if sum(map(len, self._waiting)) + len(code) > _WAITING_BYTES:
            raise UsageError("The emulated scanner has 64 KiB to send already.", hint="Let it send them first.")
        self._waiting.append(code)

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Answer settings."""
        if Fault.SILENCE in self.faults:
            return b""
        self._requests += data
        answers = b""
        while (at := self._requests.find(_HEAD)) >= 0:
            del self._requests[:at]
            if len(self._requests) < 4 or len(self._requests) < _FRAME + self._requests[3]:
                return answers
            frame = bytes(self._requests[: _FRAME + self._requests[3]])
            del self._requests[: len(frame)]
            answers += self._answer(frame)
        del self._requests[:-1]
        return answers

    def due(self, now_s: float) -> bytes:
        """The codes that were scanned, or its part of the flood."""
        late_s = 0.0 if self._at_s is None else min(max(now_s - self._at_s, 0.0), 1.0)
        self._at_s = now_s
        if Fault.FLOOD in self.faults:
            return self._flood(round(late_s * _BYTES_PER_S))
        self._flooded = 0
        sent = b""
        while self._waiting:
            sent += self._wire.carry(self._waiting.popleft(), self.faults)
        return sent

    def takes(self) -> bool:
        """It has no flow control."""
        return True

    def _flood(self, size: int) -> bytes:
        size = min(size, FLOOD_BYTES - self._flooded)
        self._flooded += size
        return bytes(self._random.choices(range(0x20, 0x7F), k=size))

    def _answer(self, frame: bytes) -> bytes:
        kind, address, data = frame[2], int.from_bytes(frame[4:6], "big"), frame[6:-2]
        if frame[-2:] not in (crc_xmodem(frame[2:-2]), b"\xab\xcd"):  # AB CD: the host counts none
            return b""
        if kind == _READ:
            return _reply(bytes(self.zones.get(address + index, 0) for index in range(data[0])))
        if kind == _WRITE:
            self.zones.update(enumerate(data, start=address))
        return {_WRITE: _reply(b"\0"), _KEEP: _reply(b"\0"), _HEARTBEAT: _reply(b"\0", head=3)}.get(kind, b"")


def _reply(data: bytes, *, head: int = 2) -> bytes:
    body = bytes((0, len(data))) + data
    return bytes((head, 0)) + body + crc_xmodem(body)
