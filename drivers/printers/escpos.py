"""What an ESC/POS printer says: answers to DLE EOT, automatic status (ASB), flow control. Sans-IO.

Each byte tells by fixed bits what it belongs to, so the kinds may interleave (Epson, "Transmission Status
Identification"):

    0xx1xx10   answer to DLE EOT n          one byte
    0xx1xx00   ASB, first byte              then three of 0xx0xxxx
    00010001   XON     00010011   XOFF      anywhere
    37 25 00   the buffers are cleared      answer to DLE DC4 8
    all else   junk

An answer does not say which n it answers. So the codec is told (`asked`), and gives each answer to the oldest
question. It never guesses: no value but 0x12 (nothing wrong, whatever was asked) belongs to one n alone. An answer
that nobody asked for has `n` None, and no flags; `meanings` shows what it would say for each n.

    codec = EscposStatusCodec()
    codec.asked(4)                                    # after writing status_request(4)
    codec.feed(b"\x72")                               # [RealTimeStatus(n=4, raw=0x72, flags=("paper-out",))]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from drivers.codec import Counters
from drivers.errors import UsageError
from drivers.printers.status import XOFF, XON, FlowControl

__all__ = ["AutomaticStatus", "Cleared", "EscposEvent", "EscposStatusCodec", "RealTimeStatus", "meanings"]

MAX_ASKED = 16
CLEARED = b"\x37\x25\x00"
ASB_BYTES = 4

_REAL_TIME: Mapping[int, tuple[tuple[int, str], ...]] = {
    1: ((0x04, "drawer"), (0x08, "offline"), (0x20, "recovering"), (0x40, "feed-button")),
    2: ((0x04, "cover-open"), (0x08, "feed-button"), (0x20, "paper-end-stop"), (0x40, "error")),
    3: ((0x04, "recoverable"), (0x08, "cutter"), (0x20, "unrecoverable"), (0x40, "auto-recoverable")),
    # Two sensors, both bits of a pair; one of them alone is taken as well, for some clones set only one.
    4: ((0x0C, "paper-low"), (0x60, "paper-out")),
}
_ASB: tuple[tuple[tuple[int, str], ...], ...] = (
    ((0x04, "drawer"), (0x08, "offline"), (0x20, "cover-open"), (0x40, "feed-button")),
    (
        (0x01, "recovering"),
        (0x04, "recoverable"),
        (0x08, "cutter"),
        (0x20, "unrecoverable"),
        (0x40, "auto-recoverable"),
    ),
    ((0x03, "paper-low"), (0x0C, "paper-out")),
    (),
)


@dataclass(frozen=True, slots=True)
class RealTimeStatus:
    """One answer to DLE EOT. `n` None: nobody asked."""

    n: int | None
    raw: int
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AutomaticStatus:
    """Four bytes that the printer sent by itself (GS a); `raw` is their hex."""

    raw: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cleared:
    """The buffers are empty (answer to DLE DC4 8)."""


EscposEvent = RealTimeStatus | AutomaticStatus | FlowControl | Cleared


def meanings(raw: int) -> dict[int, tuple[str, ...]]:
    """What this answer would say for each n; empty for a byte that is no answer."""
    return {n: _flags(raw, bits) for n, bits in _REAL_TIME.items()} if raw & 0x93 == 0x12 else {}


def _flags(raw: int, bits: tuple[tuple[int, str], ...]) -> tuple[str, ...]:
    return tuple(name for mask, name in bits if raw & mask)


class EscposStatusCodec:
    """Keeps at most an unfinished ASB, two bytes of a cleared answer and 16 open questions."""

    def __init__(self) -> None:
        self.counters = Counters()
        self._asked: deque[int] = deque(maxlen=MAX_ASKED)
        self._asb = bytearray()
        self._cleared = bytearray()

    @property
    def held(self) -> int:
        """Bytes kept for later."""
        return len(self._asb) + len(self._cleared)

    def asked(self, n: int) -> None:
        """DLE EOT `n` was written; the oldest of more than 16 open questions is forgotten.

        Raises:
            UsageError: n is not 1, 2, 3 or 4.
        """
        if n not in _REAL_TIME:
            raise UsageError(f"DLE EOT {n} is not asked; 1 to 4 are.")
        self._asked.append(n)

    def forget_asked(self) -> None:
        """No answer is expected any more: a time-out, or the printer was off."""
        self._asked.clear()

    def feed(self, data: bytes) -> list[EscposEvent]:
        """Take bytes in; return what is complete."""
        events: list[EscposEvent] = []
        for byte in data:
            if (event := self._clearing(byte)) is None and not self._cleared:
                event = self._byte(byte)
            if event is not None:
                events.append(event)
        return events

    def _clearing(self, byte: int) -> EscposEvent | None:
        """Follow 37 25 00; what turns out to be something else is junk up to here."""
        if byte == CLEARED[len(self._cleared)]:
            self._cleared.append(byte)
            if len(self._cleared) == len(CLEARED):
                self._cleared.clear()
                self.counters.frames += 1
                return Cleared()
            return None
        self.counters.junk_bytes += len(self._cleared)
        self._cleared.clear()
        if byte == CLEARED[0]:
            self._cleared.append(byte)
        return None

    def _byte(self, byte: int) -> EscposEvent | None:
        if byte in (XON, XOFF):
            return FlowControl(byte == XOFF)
        if byte & 0x93 == 0x12:
            return self._answer(byte)
        if byte & 0x93 == 0x10:
            self.counters.bad_frames += bool(self._asb)
            self._asb[:] = (byte,)
        elif byte & 0x90 == 0 and self._asb:
            self._asb.append(byte)
            if len(self._asb) == ASB_BYTES:
                return self._automatic()
        else:
            self.counters.junk_bytes += 1
        return None

    def _answer(self, byte: int) -> RealTimeStatus:
        self.counters.frames += 1
        n = self._asked.popleft() if self._asked else None
        return RealTimeStatus(n, byte, _flags(byte, _REAL_TIME[n]) if n is not None else ())

    def _automatic(self) -> AutomaticStatus:
        raw = bytes(self._asb)
        self._asb.clear()
        self.counters.frames += 1
        flags = (flag for byte, bits in zip(raw, _ASB, strict=True) for flag in _flags(byte, bits))
        return AutomaticStatus(raw.hex(), tuple(flags))
