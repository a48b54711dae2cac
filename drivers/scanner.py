"""Code scanners that send text: by CDC-ACM or UART, ended by CR, LF, CRLF, ETX, or silence; GM65 answers in between.

    text CR | text LF | text CR LF | STX text ETX | text, then 200 ms of silence
    ]Q1 text CR                        an AIM identifier before the text names the symbology
    02 00 00 len data crc              a GM65 acknowledges a setting (drivers.gm65)

A code comes from anybody who holds a telephone before the glass. It may hold any bytes and be of any length, so: no
control characters, no invisible or reordering ones, at most 4096 bytes; of a longer line nothing is told, for a part
of a code is another code. Codes are personal: they are never logged.

>>> ScannerCodec().feed(b"]Q1MD1:ABC\\r\\n")
[Code(text='MD1:ABC', symbology=<Symbology.QR: 'qr'>)]
"""

from __future__ import annotations

import re
import unicodedata
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from drivers.codec import Counters
from drivers.device import Traits
from drivers.gm65 import LONGEST_DATA, crc_xmodem
from drivers.readings import Scan, Value

LONGEST_LINE = 4096

_CONTROL = bytes((*range(0x20), 0x7F))
_STX, _ETX, _EOT = 0x02, 0x03, 0x04
_SPECIAL = re.compile(rb"[\x02\x03\x04\r\n]")
_AIM = re.compile(r"\](?P<letter>[A-Za-z])[0-9A-Za-z]")
_INVISIBLE = frozenset(("Cc", "Cf", "Zl", "Zp"))
"""Unicode categories: control, format (reordering, zero width), line and paragraph separators"""
_REPLY_FRAME = 6
"""bytes of a GM65 answer besides its data"""


class Symbology(StrEnum):
    """What kind of code it was, where the scanner says so."""

    QR = "qr"
    CODE_128 = "code-128"
    CODE_39 = "code-39"
    PDF417 = "pdf417"
    EAN = "ean"
    DATA_MATRIX = "data-matrix"
    AZTEC = "aztec"


_BY_AIM_LETTER = {
    "Q": Symbology.QR,
    "C": Symbology.CODE_128,
    "A": Symbology.CODE_39,
    "L": Symbology.PDF417,
    "E": Symbology.EAN,
    "d": Symbology.DATA_MATRIX,
    "z": Symbology.AZTEC,
}


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was read: 1 to 4096 visible characters and spaces."""

    text: str
    symbology: Symbology | None = None


@dataclass(frozen=True, slots=True)
class ScannerReply:
    """A GM65 answers: the settings asked for, or a single 0 where it took a command or is merely there."""

    values: tuple[int, ...]
    heartbeat: bool = False


ScannerEvent = Code | ScannerReply


class ScannerCodec:
    """Lines and GM65 answers. `flush` ends a line by silence, which only the caller can notice.

    An answer is looked for only where no line has begun. Control bytes within a line and lines that are refused are
    counted as junk.
    """

    def __init__(self) -> None:
        self.counters = Counters()
        self._line = bytearray()
        self._framed = False
        self._too_long = False
        self._reply = b""

    @property
    def held(self) -> int:
        """Bytes kept for the next call."""
        return len(self._line) + len(self._reply)

    @property
    def pending(self) -> bool:
        """Whether a line has begun that `flush` would end."""
        return bool(self._line or self._reply or self._framed or self._too_long)

    def feed(self, data: bytes) -> list[ScannerEvent]:
        """What is complete now, in order."""
        return self._read(data, more=True)

    def flush(self) -> list[ScannerEvent]:
        """The scanner was silent for a while: what has come is the whole line."""
        events = self._read(b"", more=False)
        if self._framed:  # its end was lost
            self._refuse_line()
        return events + self._ended()

    def _read(self, data: bytes, *, more: bool) -> list[ScannerEvent]:
        data, self._reply = self._reply + data, b""
        events: list[ScannerEvent] = []
        at = 0
        while special := _SPECIAL.search(data, at):
            self._text(data[at : special.start()])
            at = special.start()
            length = self._reply_length(data[at : at + _REPLY_FRAME + LONGEST_DATA], more=more)
            if length is None:
                self._reply = data[at:]
                return events
            if length:
                events.append(_decoded_reply(data[at : at + length]))
                self.counters.frames += 1
            else:
                events += self._special(data[at])
            at += length or 1
        self._text(data[at:])
        return events

    def _reply_length(self, start: bytes, *, more: bool) -> int | None:
        """Length of the GM65 answer that `start` begins with; 0 for none, None when more bytes may make it one."""
        if start[0] not in (_STX, _ETX) or self._line or self._framed or self._too_long:
            return 0
        head = start[1:3]
        if head != b"\0\0"[: len(head)]:
            return 0
        if len(start) < 4:
            return None if more else 0
        length = _REPLY_FRAME + start[3]
        if start[3] > LONGEST_DATA:
            return 0
        if len(start) < length:
            return None if more else 0
        if crc_xmodem(start[2 : length - 2]) == start[length - 2 : length]:
            return length
        self.counters.bad_frames += 1
        return 0

    def _special(self, byte: int) -> list[ScannerEvent]:
        if byte == _STX:
            if self._line:  # its end was lost
                self._refuse_line()
            self._line.clear()
            self._framed, self._too_long = True, False
            return []
        if byte in (_ETX, _EOT) and not self._framed:
            self.counters.junk_bytes += 1
            return []
        return self._ended()

    def _text(self, run: bytes) -> None:
        clean = b"" if self._too_long else run.translate(None, _CONTROL)
        self.counters.junk_bytes += len(run) - len(clean)
        self._line += clean
        if len(self._line) > LONGEST_LINE:
            self._refuse_line()
            self._too_long = True

    def _refuse_line(self) -> None:
        self.counters.bad_frames += 1
        self.counters.junk_bytes += len(self._line)
        self._line.clear()

    def _ended(self) -> list[ScannerEvent]:
        text = _decoded_line(bytes(self._line))
        self._line.clear()
        self._framed = self._too_long = False
        symbology = None
        aim = _AIM.match(text)
        if aim and (symbology := _BY_AIM_LETTER.get(aim["letter"])):
            text = text[aim.end() :]
        if not text:
            return []
        self.counters.frames += 1
        return [Code(text, symbology)]


def _decoded_line(line: bytes) -> str:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = line.decode("latin-1")
    if text.isascii():
        return text
    return "".join(sign for sign in text if unicodedata.category(sign) not in _INVISIBLE)


def _decoded_reply(frame: bytes) -> ScannerReply:
    return ScannerReply(tuple(frame[4:-2]), heartbeat=frame[0] == _ETX)


class ScannerDevice:
    """One opening of the port of a scanner: tells each code as `Scan`, once while it is held before the glass.

    A scanner that has nothing to say is silent, so its silence means nothing: it is never stale, and present as soon as
    its port is open. The speed cannot be found by listening either: 9600, or `baud` of the configuration; CDC-ACM
    takes any. A line without an end is told after 200 ms of silence, by `feed` with no bytes at `next_due_s`.

    Wiring of a GM65: 5 V, GND, TX to RXD (pin 10), RX to TXD (pin 8); or its USB set to "virtual serial port".
    """

    traits = Traits("gm65", baud_rates=(9600,), confirm_frames=0, stale_s=inf)

    IDLE_S = 0.2
    REPEAT_S = 2.5
    LATE_S = 1.0
    """A code that nobody fetched for so long is dropped: whoever held it has gone on."""
    REMEMBERED = 8

    def __init__(self) -> None:
        self._codec = ScannerCodec()
        self._heard_s = -inf
        self._flushed: list[ScannerEvent] = []
        self._seen: OrderedDict[str, float] = OrderedDict()

    @property
    def counters(self) -> Counters:
        return self._codec.counters

    def due(self, now_s: float) -> bytes:
        """Nothing is written; a line that silence has ended is kept for the next `feed`."""
        self._flush(now_s)
        return b""

    def next_due_s(self) -> float | None:
        """When silence will have ended the line that has begun."""
        return self._heard_s + self.IDLE_S if self._codec.pending else None

    def feed(self, data: bytes, now_s: float) -> list[Value]:
        """Codes that were read, without repetitions."""
        self._flush(now_s)
        events, self._flushed = self._flushed, []
        if now_s - self._heard_s > self.IDLE_S + self.LATE_S:
            events = []
        if data:
            self._heard_s = now_s
            events += self._codec.feed(data)
        return [Scan(event.text) for event in events if isinstance(event, Code) and self._new(event.text, now_s)]

    def _flush(self, now_s: float) -> None:
        if self._codec.pending and now_s >= self._heard_s + self.IDLE_S:
            self._flushed += self._codec.flush()

    def _new(self, text: str, now_s: float) -> bool:
        """Whether `text` was not seen for 2.5 s. Each sight counts: a telephone that stays is one scan."""
        last_s = self._seen.pop(text, -inf)
        self._seen[text] = now_s
        if len(self._seen) > self.REMEMBERED:
            self._seen.popitem(last=False)
        return now_s - last_s >= self.REPEAT_S
