"""The envelopes of all HiLink radars, found in a stream of bytes.

    report      F4 F3 F2 F1 | length u16 LE | body | F8 F7 F6 F5
    command     FD FC FB FA | length u16 LE | body | 04 03 02 01     (to the module, and its answers)
    track       AA FF 03 00 | 24 bytes             | 55 CC           (LD2450)

There is no check sum, and the length wins: where the tail does not stand at the declared place there is no frame.
The earliest header is taken; a declared length above 80 is refused at once, so that a torn length never holds the
stream; a frame whose tail is wrong costs ONE byte and the search begins anew, so a good frame inside a torn one is
found. Every stall is bounded by one longest frame.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from drivers.codec import Counters
from drivers.errors import DeviceProtocolError

LONGEST_BODY = 80
LONGEST_FRAME = 4 + 2 + LONGEST_BODY + 4

REPORT_HEADER, REPORT_TAIL = b"\xf4\xf3\xf2\xf1", b"\xf8\xf7\xf6\xf5"
COMMAND_HEADER, COMMAND_TAIL = b"\xfd\xfc\xfb\xfa", b"\x04\x03\x02\x01"
TRACK_HEADER, TRACK_TAIL = b"\xaa\xff\x03\x00", b"\x55\xcc"
TRACK_BODY = 24

_HEADERS = (REPORT_HEADER, COMMAND_HEADER, TRACK_HEADER)
_SEARCH = re.compile(b"|".join(re.escape(header) for header in _HEADERS))
_PREFIXES = frozenset(header[:size] for header in _HEADERS for size in (1, 2, 3))


class FrameError(DeviceProtocolError):
    """Error raised when a whole frame says what its protocol does not allow."""


class Envelope(StrEnum):
    """Which of the three a frame came in."""

    REPORT = "report"
    COMMAND = "command"
    TRACK = "track"


@dataclass(frozen=True, slots=True)
class Frame:
    """What stood between header (with length) and tail."""

    envelope: Envelope
    body: bytes


def wrap(envelope: Envelope, body: bytes) -> bytes:
    """The complete frame around `body`."""
    if envelope is Envelope.TRACK:
        return TRACK_HEADER + body + TRACK_TAIL
    header, tail = (REPORT_HEADER, REPORT_TAIL) if envelope is Envelope.REPORT else (COMMAND_HEADER, COMMAND_TAIL)
    return header + len(body).to_bytes(2, "little") + body + tail


class Framer:
    """Cuts a stream into frames; keeps at most one frame less one byte."""

    def __init__(self) -> None:
        self.counters = Counters()
        self._held = b""

    @property
    def held(self) -> int:
        """Bytes kept for the next call."""
        return len(self._held)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are whole now, in order."""
        return [piece for piece in self.pieces(data) if isinstance(piece, Frame)]

    def pieces(self, data: bytes) -> list[Frame | bytes]:
        """Frames, and between them the junk, in order; junk next to junk may come in several pieces."""
        buffer = self._held + data if self._held else bytes(data)
        found: list[Frame | bytes] = []
        junk_from = search_from = 0
        while True:
            match = _SEARCH.search(buffer, search_from)
            begin = match.start() if match else len(buffer) - _prefix_at_end(buffer, search_from)
            size = _frame_size(buffer, begin) if match else None
            if size is None or begin + size > len(buffer):
                break
            frame = _frame_of(buffer[begin : begin + size])
            if frame is None:
                self.counters.bad_frames += 1
                search_from = begin + 1
                continue
            self._junk(buffer[junk_from:begin], found)
            self.counters.frames += 1
            found.append(frame)
            junk_from = search_from = begin + size
        self._junk(buffer[junk_from:begin], found)
        self._held = buffer[begin:]
        return found

    def _junk(self, junk: bytes, found: list[Frame | bytes]) -> None:
        if junk:
            self.counters.junk_bytes += len(junk)
            found.append(junk)


def _prefix_at_end(buffer: bytes, begin: int) -> int:
    """How many of the last bytes may be the beginning of a header."""
    return next((size for size in (3, 2, 1) if len(buffer) - size >= begin and buffer[-size:] in _PREFIXES), 0)


def _frame_size(buffer: bytes, begin: int) -> int | None:
    """Bytes to judge a frame by: the whole of it, or less where its length is refused; None where that is not known."""
    if buffer.startswith(TRACK_HEADER, begin):
        return 4 + TRACK_BODY + 2
    if len(buffer) < begin + 6:
        return None
    declared = int.from_bytes(buffer[begin + 4 : begin + 6], "little")
    return 6 + declared + 4 if declared <= LONGEST_BODY else 6


def _frame_of(whole: bytes) -> Frame | None:
    if whole.startswith(TRACK_HEADER):
        return Frame(Envelope.TRACK, whole[4:-2]) if whole.endswith(TRACK_TAIL) else None
    if whole.startswith(REPORT_HEADER):
        return Frame(Envelope.REPORT, whole[6:-4]) if len(whole) >= 10 and whole.endswith(REPORT_TAIL) else None
    return Frame(Envelope.COMMAND, whole[6:-4]) if len(whole) >= 10 and whole.endswith(COMMAND_TAIL) else None
