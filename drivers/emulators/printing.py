"""What all emulated printers have: a receive buffer, faults, and the labels that came out."""

from __future__ import annotations

import random
import re
from collections import deque
from collections.abc import Callable

from drivers.emulators.emulator import Fault
from drivers.emulators.label_picture import Label

__all__ = ["NeedMore", "PrinterEmulator"]

BUFFER_BYTES = 4096
"""A full buffer holds the host back."""

KEPT = 100


class NeedMore(Exception):  # noqa: N818 - no error: the rest of a command is still on its way
    """Raised when the buffer ends inside a command."""


class PrinterEmulator:
    """`labels` holds the last 100 printed, `refusals` what a real printer would not have obeyed.

    Subclasses say what is a real-time command, how long the first command of the buffer is, and what it does.
    """

    FAULTS: frozenset[Fault] = frozenset()
    REAL_TIME: re.Pattern[bytes] = re.compile(rb"(?!)")
    """obeyed at once, whatever waits before it"""
    REAL_TIME_BEGINS: tuple[bytes, ...] = ()
    """what may be the beginning of one at the end of what was received"""

    def __init__(self, on_label: Callable[[Label], None] = lambda _: None) -> None:
        self.faults: set[Fault] = set()
        self.labels: deque[Label] = deque(maxlen=KEPT)
        self.refusals: deque[str] = deque(maxlen=KEPT)
        self.printed = 0
        """labels since it was made"""
        self._on_label = on_label
        self._buffer = bytearray()
        self._tail = b""
        self._out = bytearray()
        self._random = random.Random(1)  # noqa: S311 - repeatable noise

    def receive(self, data: bytes, now_s: float) -> bytes:
        if Fault.SILENCE in self.faults:
            return b""
        self._buffer += self._without_real_time(self._tail + data)
        self._work()
        return self._sent()

    def due(self, now_s: float) -> bytes:
        if Fault.SILENCE in self.faults:
            return b""
        self._tick()
        self._work()
        return self._sent()

    def takes(self) -> bool:
        if Fault.STALL in self.faults:
            return not self._buffer
        # A command may be longer than the buffer: a real printer draws a picture while it comes in.
        return len(self._buffer) < BUFFER_BYTES or not self._holds()

    def _without_real_time(self, data: bytes) -> bytes:
        self._tail = next((begin for begin in self.REAL_TIME_BEGINS if data.endswith(begin)), b"")
        if self._tail:
            data = data[: -len(self._tail)]
        kept, at = bytearray(), 0
        for found in self.REAL_TIME.finditer(data):
            kept += data[at : found.start()]
            at = found.end()
            # What came before it is in the buffer already when it is obeyed.
            self._buffer += kept
            kept.clear()
            self._real_time(found[0])
        return bytes(kept + data[at:])

    def _work(self) -> None:
        while self._buffer:
            try:
                used = self._command()
            except NeedMore:
                return
            if not used:
                return
            del self._buffer[:used]

    def _sent(self) -> bytes:
        if self._out and Fault.NOISE in self.faults:
            self._out[:0] = self._random.randbytes(self._random.randrange(1, 8))
            self._out += self._random.randbytes(self._random.randrange(1, 8))
        sent = bytes(self._out)
        self._out.clear()
        return sent

    def _print(self, label: Label) -> None:
        self.labels.append(label)
        self.printed += 1
        self._on_label(label)

    def _refuse(self, what: str) -> None:
        self.refusals.append(what)

    def _bytes(self, at: int, count: int) -> bytes:
        """`count` bytes of the buffer from `at`. Raises NeedMore."""
        if len(self._buffer) < at + count:
            raise NeedMore
        return bytes(self._buffer[at : at + count])

    def _holds(self) -> bool:
        """Whether nothing can be printed now."""
        return bool(self.faults & {Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.STALL})

    def _command(self) -> int:
        """Obey the first command of the buffer; its length, 0 to wait. Raises NeedMore."""
        raise NotImplementedError

    def _real_time(self, command: bytes) -> None:
        """Obey a real-time command."""

    def _tick(self) -> None:
        """Say what has changed."""
