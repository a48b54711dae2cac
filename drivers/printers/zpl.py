r"""What a ZPL printer says: its answer to ~HS, three lines (ZPL II Programming Guide, "~HS Host Status Return").

    <STX>aaa,b,c,dddd,eee,f,g,h,iii,j,k,l<ETX><CR><LF>        paper, pause, buffer, temperature
    <STX>mmm,n,o,p,q,r,s,t,uuuuuuuu,v,www<ETX><CR><LF>        head, ribbon, labels to go
    <STX>xxxx,y<ETX><CR><LF>                                  password, RAM

    codec = ZplStatusCodec()
    codec.feed(b"\x02030,1,0,1245,000,0,0,0,000,0,0,0\x03\r\n"
               b"\x02000,0,0,0,0,2,4,0,00000001,1,000\x03\r\n\x021234,0\x03\r\n")   # [HostStatus(paper_out=True, ...)]

Some printers do not answer at all while they are out of media or open (the guide says so of newer ones).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from drivers.codec import Counters
from drivers.printers.status import XOFF, XON, FlowControl

__all__ = ["HostStatus", "ZplEvent", "ZplStatusCodec"]

STX, ETX = 0x02, 0x03
MAX_LINE = 64

_LINES = (
    re.compile(
        r"(?P<communication>\d{1,3}),(?P<paper_out>[01]),(?P<paused>[01]),(?P<label_length_dots>\d{1,5}),"
        r"(?P<formats_waiting>\d{1,3}),(?P<buffer_full>[01]),(?P<diagnostic_mode>[01]),(?P<partial_format>[01]),"
        r"(?P<unused_1>\d{1,3}),(?P<memory_lost>[01]),(?P<too_cold>[01]),(?P<too_hot>[01])"
    ),
    re.compile(
        r"(?P<function>\d{1,3}),(?P<unused_2>\d),(?P<head_open>[01]),(?P<ribbon_out>[01]),(?P<thermal_transfer>[01]),"
        r"(?P<print_mode>\d),(?P<width_mode>\d),(?P<label_waiting>[01]),(?P<labels_to_go>\d{1,8}),"
        r"(?P<formats_while_printing>\d),(?P<graphics_stored>\d{1,3})"
    ),
    re.compile(r"(?P<password>\d{1,4}),(?P<static_ram>\d)"),
)
_FLAGS = frozenset(
    {
        "paper_out",
        "paused",
        "buffer_full",
        "diagnostic_mode",
        "partial_format",
        "memory_lost",
        "too_cold",
        "too_hot",
        "head_open",
        "ribbon_out",
        "thermal_transfer",
        "label_waiting",
        "formats_while_printing",
        "static_ram",
    }
)
_LEFT_OUT = frozenset({"unused_1", "unused_2", "password"})
_PRINT_MODES = {0: "rewind", 1: "peel-off", 2: "tear-off", 3: "cutter", 4: "applicator"}


@dataclass(frozen=True, slots=True)
class HostStatus:
    """The three lines as one; the password is not kept."""

    communication: int
    """serial settings, packed in bits as the guide has them"""
    paper_out: bool
    paused: bool
    label_length_dots: int
    formats_waiting: int
    """formats in the receive buffer"""
    buffer_full: bool
    diagnostic_mode: bool
    partial_format: bool
    memory_lost: bool
    too_cold: bool
    too_hot: bool
    function: int
    head_open: bool
    ribbon_out: bool
    thermal_transfer: bool
    """the ribbon flag counts only then"""
    print_mode: str
    width_mode: int
    label_waiting: bool
    """printed, and waits to be taken (peel-off)"""
    labels_to_go: int
    formats_while_printing: bool
    graphics_stored: int
    static_ram: bool


ZplEvent = HostStatus | FlowControl


class ZplStatusCodec:
    """Collects the three lines in order; keeps at most one line and the fields of two."""

    def __init__(self) -> None:
        self.counters = Counters()
        self._line: bytearray | None = None
        self._fields: dict[str, str] = {}
        self._next = 0

    @property
    def held(self) -> int:
        """Bytes kept for later."""
        return len(self._line or b"") + sum(map(len, self._fields.values()))

    def feed(self, data: bytes) -> list[ZplEvent]:
        """Take bytes in; return what is complete. Between lines, CR and LF are no junk."""
        events: list[ZplEvent] = []
        for byte in data:
            if byte in (XON, XOFF):
                events.append(FlowControl(byte == XOFF))
            elif byte == STX:
                self._junk()
                self._line = bytearray()
            elif self._line is None:
                self.counters.junk_bytes += byte not in b"\r\n"
            elif byte == ETX:
                if status := self._complete(self._line):
                    events.append(status)
                self._line = None
            else:
                self._line.append(byte)
                if len(self._line) > MAX_LINE:
                    self._junk()
        return events

    def _junk(self) -> None:
        if self._line is not None:
            self.counters.junk_bytes += len(self._line) + 1
            self._line = None

    def _complete(self, line: bytearray) -> HostStatus | None:
        text = line.decode("ascii", "replace")
        found = next((at for at, shape in enumerate(_LINES) if shape.fullmatch(text)), None)
        fields, self._fields = self._fields if found else {}, {}
        if found is None or found not in (0, self._next):
            self.counters.bad_frames += 1
            self._next = 0
            return None
        if match := _LINES[found].fullmatch(text):
            fields |= match.groupdict()
        self._next = (found + 1) % len(_LINES)
        if self._next:
            self._fields = fields
            return None
        self.counters.frames += 1
        return _status(fields)


def _status(fields: dict[str, str]) -> HostStatus:
    values: dict[str, Any] = {
        name: bool(int(value)) if name in _FLAGS else int(value)
        for name, value in fields.items()
        if name not in _LEFT_OUT
    }
    mode = int(fields["print_mode"])
    values["print_mode"] = _PRINT_MODES.get(mode, str(mode))
    return HostStatus(**values)
