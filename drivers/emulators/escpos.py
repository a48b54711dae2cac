"""An ESC/POS receipt printer: obeys the commands of drivers.printers.escpos_commands, and refuses all others.

Real-time commands are obeyed wherever they stand, inside pictures too, and are no part of these any more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.emulators.emulator import Fault
from drivers.emulators.label_picture import Label, Printed, PrintedPicture, PrintedQr, PrintedText
from drivers.emulators.printing import NeedMore, PrinterEmulator
from drivers.errors import UsageError
from drivers.printers.bitmap import Bitmap, qr_modules
from drivers.printers.document import Align
from drivers.printers.escpos_commands import CODE_PAGES

__all__ = ["EscposEmulator"]

_PAGES = {number: name for name, number in CODE_PAGES.items()}
_ALIGN = dict(enumerate(Align))
_LEVELS = {48: "L", 49: "M", 50: "Q", 51: "H"}
_LINE_SPACE_DOTS = 6
_TO_THE_KNIFE_DOTS = 66
_MAX_LINE = 4096
_MAX_WIDTH = 1024
_MAX_HEIGHT = 40_000


@dataclass(slots=True)
class _Settings:
    page: str = "cp437"
    wide: int = 1
    high: int = 1
    bold: bool = False
    align: Align = Align.LEFT
    module_dots: int = 3
    level: str = "L"
    stored: str = ""


class EscposEmulator(PrinterEmulator):
    """Faults: PAPER_OUT, PAPER_LOW, COVER_OPEN, STALL, SILENCE, NOISE."""

    FAULTS = frozenset(
        (Fault.PAPER_OUT, Fault.PAPER_LOW, Fault.COVER_OPEN, Fault.STALL, Fault.SILENCE, Fault.NOISE)
    )  # fmt: skip
    REAL_TIME = re.compile(rb"\x10\x04[\x01-\x04]|\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08|\x10\x05[\x01\x02]")
    REAL_TIME_BEGINS = (
        *(b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"[:count] for count in range(9, 1, -1)),
        b"\x10\x04", b"\x10\x05", b"\x10",
    )  # fmt: skip

    def __init__(self, on_label: Callable[[Label], None] = lambda _: None, *, width_dots: int = 576) -> None:
        super().__init__(on_label)
        self._width = width_dots
        self._settings = _Settings()
        self._items: list[Printed] = []
        self._y = 0
        self._asb_on = False
        self._asb_said = b""

    def _real_time(self, command: bytes) -> None:
        if command.startswith(b"\x10\x04"):
            self._out.append(self._answer(command[2]))
        else:
            self._buffer.clear()
            self._items.clear()
            self._y = 0
            self._out += b"\x37\x25\x00" if command.startswith(b"\x10\x14") else b""

    def _answer(self, n: int) -> int:
        """DLE EOT n."""
        out, low, is_open = self._paper_out(), Fault.PAPER_LOW in self.faults, Fault.COVER_OPEN in self.faults
        bits = {
            1: 0x08 * (out or is_open),
            2: 0x04 * is_open | 0x20 * out,
            3: 0,
            4: 0x0C * (low or out) | 0x60 * out,
        }
        return 0x12 | bits[n]

    def _paper_out(self) -> bool:
        return Fault.PAPER_OUT in self.faults

    def _tick(self) -> None:
        if self._asb_on and (status := self._asb()) != self._asb_said:
            self._asb_said = status
            self._out += status

    def _asb(self) -> bytes:
        out, low, is_open = self._paper_out(), Fault.PAPER_LOW in self.faults, Fault.COVER_OPEN in self.faults
        return bytes((0x10 | 0x08 * (out or is_open) | 0x20 * is_open, 0, 0x03 * (low or out) | 0x0C * out, 0))

    def _command(self) -> int:
        first = self._buffer[0]
        if first in (0x1B, 0x1C, 0x1D):
            code = self._bytes(0, 2)
            if code in _FIXED:
                return self._fixed(code)
            if code in _LONG:
                return 0 if self._holds() else _LONG[code](self)
            self._refuse(f"unknown command {code.hex(' ')}")
            return 2
        if first < 0x20 and first != 0x0A:
            self._refuse(f"unknown byte {first:02x}")
            return 1
        return 0 if self._holds() else self._line()

    def _fixed(self, code: bytes) -> int:
        count = _FIXED[code]
        parameters = self._bytes(2, count)
        settings = self._settings
        if code == b"\x1b@":
            self._settings, self._asb_on = _Settings(), False
        elif code == b"\x1bt":
            self._page(parameters[0])
        elif code == b"\x1d!":
            settings.wide, settings.high = (parameters[0] >> 4 & 0x07) + 1, (parameters[0] & 0x07) + 1
        elif code == b"\x1bE":
            settings.bold = bool(parameters[0] & 1)
        elif code == b"\x1ba" and parameters[0] in _ALIGN:
            settings.align = _ALIGN[parameters[0]]
        elif code == b"\x1bJ":
            self._feed(parameters[0])
        elif code == b"\x1da":
            self._asb_on, self._asb_said = bool(parameters[0]), b""
            self._tick()
        return 2 + count

    def _page(self, number: int) -> None:
        if number in _PAGES:
            self._settings.page = _PAGES[number]
        else:
            self._refuse(f"no code page {number}")

    def _line(self) -> int:
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) < _MAX_LINE:
                raise NeedMore
            end = _MAX_LINE - 1
        settings, height = self._settings, 24 * self._settings.high
        stop = next((at for at in range(end) if self._buffer[at] < 0x20), end)
        text = self._buffer[:stop].decode(settings.page, "replace")
        if text:
            self._items.append(PrintedText(text, 0, self._y, height, self._width, settings.bold, settings.align))
        self._feed(height + _LINE_SPACE_DOTS)
        return stop + (stop == end)

    def _raster(self) -> int:
        kind, zero, *size = self._bytes(2, 6)
        width, height = (size[0] | size[1] << 8) * 8, size[2] | size[3] << 8
        if kind != 0x30 or zero or not 0 < width <= _MAX_WIDTH or not 0 < height <= 2303:
            self._refuse("GS v with wrong parameters")
            return 8
        rows = self._bytes(8, width // 8 * height)
        left = {Align.LEFT: 0, Align.CENTER: (self._width - width) // 2, Align.RIGHT: self._width - width}
        self._items.append(PrintedPicture(Bitmap(width, height, rows), max(0, left[self._settings.align]), self._y))
        self._feed(height)
        return 8 + len(rows)

    def _symbol(self) -> int:
        kind, *size = self._bytes(2, 3)
        length = size[0] | size[1] << 8
        body = self._bytes(5, length)
        if kind != 0x6B or length < 2 or body[0] != 0x31 or not self._qr(body[1], body[2:]):
            self._refuse(f"GS ( with wrong parameters {body[:3].hex(' ')}")
        return 5 + length

    def _qr(self, function: int, data: bytes) -> bool:
        settings = self._settings
        if function == 65:
            return data in (b"\x32\x00", b"\x31\x00")
        if function == 67 and len(data) == 1 and 1 <= data[0] <= 16:
            settings.module_dots = data[0]
        elif function == 69 and len(data) == 1 and data[0] in _LEVELS:
            settings.level = _LEVELS[data[0]]
        elif function == 80 and data[:1] == b"0":
            settings.stored = data[1:].decode("utf-8", "replace")
        elif function == 81 and data == b"0" and settings.stored:
            return self._draw_qr()
        else:
            return False
        return True

    def _draw_qr(self) -> bool:
        settings = self._settings
        try:
            side = qr_modules(settings.stored, settings.level) * settings.module_dots
        except UsageError:
            return False
        if side > self._width:
            return False
        free = self._width - side
        left = {Align.LEFT: 0, Align.CENTER: free // 2, Align.RIGHT: free}[settings.align]
        self._items.append(PrintedQr(settings.stored, left, self._y, settings.module_dots, settings.level))
        self._feed(side)
        return True

    def _cut(self) -> int:
        kind = self._bytes(2, 1)[0]
        count = 2 if kind in (65, 66) else 1
        feed = self._bytes(3, 1)[0] + _TO_THE_KNIFE_DOTS if count == 2 else 0
        if self._items:
            self._print(Label(self._width, self._y + feed, tuple(self._items)))
        self._items.clear()
        self._y = 0
        return 2 + count

    def _feed(self, dots: int) -> None:
        self._y += dots
        if self._y > _MAX_HEIGHT:
            # Nobody cuts: real paper would go on; here the label ends, or memory would grow.
            self._refuse("no cut for 5 m")
            self._print(Label(self._width, self._y, tuple(self._items)))
            self._items.clear()
            self._y = 0


_FIXED: Mapping[bytes, int] = {
    b"\x1b@": 0, b"\x1c.": 0, b"\x1bR": 1, b"\x1bt": 1, b"\x1dP": 2, b"\x1d!": 1, b"\x1bE": 1, b"\x1ba": 1,
    b"\x1bJ": 1, b"\x1da": 1,
}  # fmt: skip
"""Settings -> how many bytes follow."""

_LONG: Mapping[bytes, Callable[[EscposEmulator], int]] = {
    b"\x1dv": EscposEmulator._raster,
    b"\x1d(": EscposEmulator._symbol,
    b"\x1dV": EscposEmulator._cut,
}
