"""A ZPL label printer: obeys the commands of drivers.printers.zpl_commands, and refuses all others.

~HS and ~JA are obeyed wherever they stand; a format is obeyed when its ^XZ has come.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from drivers.emulators.emulator import Fault
from drivers.emulators.label_picture import Label, Printed, PrintedPicture, PrintedQr, PrintedText
from drivers.emulators.printing import NeedMore, PrinterEmulator
from drivers.errors import UsageError
from drivers.printers.bitmap import Bitmap, qr_modules
from drivers.printers.document import Align

__all__ = ["ZplEmulator"]

_BEGIN, _END = b"^XA", b"^XZ"
_MAX_FORMAT = 512 * 1024
_MAX_COPIES = 100
_HEX = re.compile(rb"_([0-9A-Fa-f]{2})")
_ALIGN = {"L": Align.LEFT, "C": Align.CENTER, "R": Align.RIGHT, "J": Align.LEFT}
_GRAPHIC = re.compile(r"([G-Yg-z]*)([0-9A-F,!:])")
_MAX_DOTS = 32_000


class _Refused(Exception):  # noqa: N818 - no error: a printer ignores what it does not understand
    """Raised inside a format; the command is left out."""


@dataclass(slots=True)
class _Field:
    """What was said since the last ^FS."""

    x: int = 0
    y: int = 0
    font: tuple[int, int] = (0, 0)
    box: tuple[int, int, Align] | None = None
    hexadecimal: bool = False
    qr_dots: int = 0
    data: bytes | None = None
    drawn: Bitmap | None = None


@dataclass(slots=True)
class _Format:
    width: int = 812
    length: int = 1218
    quantity: int = 1
    utf8: bool = False
    items: list[Printed] = field(default_factory=list)
    field: _Field = field(default_factory=_Field)


class ZplEmulator(PrinterEmulator):
    """Faults: PAPER_OUT, COVER_OPEN (head up), STALL, SILENCE, NOISE."""

    FAULTS = frozenset((Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.STALL, Fault.SILENCE, Fault.NOISE))
    REAL_TIME = re.compile(rb"~HS|~JA")
    REAL_TIME_BEGINS = (b"~H", b"~J", b"~")

    def _real_time(self, command: bytes) -> None:
        if command == b"~JA":
            self._buffer.clear()
        else:
            self._out += self._host_status()

    def _host_status(self) -> bytes:
        waiting = self._buffer.count(_END)
        partial = bool(self._buffer) and _BEGIN in self._buffer[self._buffer.rfind(_END) + 1 :]
        out, is_open = Fault.PAPER_OUT in self.faults, Fault.COVER_OPEN in self.faults
        lines = (
            f"030,{out:d},0,1245,{waiting:03d},0,0,{partial:d},000,0,0,0",
            f"000,0,{is_open:d},0,0,2,4,0,{waiting:08d},1,000",
            "1234,0",
        )
        return "".join(f"\x02{line}\x03\r\n" for line in lines).encode()

    def _command(self) -> int:
        start = self._buffer.find(_BEGIN)
        if start < 0:
            self._skip(len(self._buffer) - len(_BEGIN) + 1)
            raise NeedMore
        self._skip(start)
        end = self._buffer.find(_END)
        if end < 0:
            if len(self._buffer) > _MAX_FORMAT:
                self._refuse("a format of more than 512 KiB")
                return len(self._buffer)
            raise NeedMore
        if self._holds():
            return 0
        self._obey(bytes(self._buffer[len(_BEGIN) : end]))
        return end + len(_END)

    def _skip(self, count: int) -> None:
        if count > 0:
            if self._buffer[:count].strip():
                self._refuse("characters outside a format")
            del self._buffer[:count]

    def _obey(self, body: bytes) -> None:
        made = _Format()
        for piece in body.split(b"^")[1:]:
            code, parameters = piece[:2].decode("ascii", "replace"), piece[2:]
            try:
                if b"~" in parameters and code != "GF":
                    raise _Refused(f"~ inside ^{code}")
                _COMMANDS[code](self, made, parameters)
            except (KeyError, ValueError, IndexError, _Refused, UsageError) as problem:
                self._refuse(f"^{code}: {problem}")
        for _ in range(min(made.quantity, _MAX_COPIES)):
            self._print(Label(made.width, made.length, tuple(made.items)))

    def _set_encoding(self, made: _Format, parameters: bytes) -> None:
        made.utf8 = parameters == b"28"

    def _set_width(self, made: _Format, parameters: bytes) -> None:
        made.width = _number(parameters, 2)

    def _set_length(self, made: _Format, parameters: bytes) -> None:
        made.length = _number(parameters, 1)

    def _set_home(self, made: _Format, parameters: bytes) -> None:
        if parameters != b"0,0":
            raise _Refused("only the corner is home here")

    def _set_quantity(self, made: _Format, parameters: bytes) -> None:
        made.quantity = _number(parameters, 1)

    def _origin(self, made: _Format, parameters: bytes) -> None:
        x, y = parameters.split(b",")
        made.field.x, made.field.y = _number(x), _number(y)

    def _font(self, made: _Format, parameters: bytes) -> None:
        name, height, width = parameters.split(b",")
        if name != b"0N":
            raise _Refused(f"no font {name!r}")
        made.field.font = (_number(height, 10), _number(width, 10))

    def _box(self, made: _Format, parameters: bytes) -> None:
        width, lines, space, where = parameters.decode().split(",")
        if space != "0":
            raise _Refused("line space")
        made.field.box = (int(width), int(lines), _ALIGN[where])

    def _hexadecimal(self, made: _Format, parameters: bytes) -> None:
        if parameters != b"_":
            raise _Refused("indicator")
        made.field.hexadecimal = True

    def _barcode(self, made: _Format, parameters: bytes) -> None:
        orientation, model, dots = parameters.split(b",")
        if (orientation, model) != (b"N", b"2") or not 1 <= int(dots) <= 10:
            raise _Refused("parameters of a QR code")
        made.field.qr_dots = int(dots)

    def _data(self, made: _Format, parameters: bytes) -> None:
        if made.field.hexadecimal:
            parameters = _HEX.sub(lambda found: bytes((int(found[1], 16),)), parameters)
        made.field.data = parameters

    def _rule(self, made: _Format, parameters: bytes) -> None:
        width, height, _ = (_number(value, 1) for value in parameters.split(b","))
        made.field.drawn = Bitmap.blank(width, height, black=True)

    def _graphic(self, made: _Format, parameters: bytes) -> None:
        kind, total, _, row_bytes, text = parameters.decode("ascii").split(",", 4)
        if kind != "A":
            raise _Refused("only hexadecimal graphics")
        size = _number(row_bytes.encode(), 1)
        rows = _unpacked(text, size, _number(total.encode(), 1))
        made.field.drawn = Bitmap(size * 8, len(rows) // size, rows)

    def _separate(self, made: _Format, parameters: bytes) -> None:
        said, made.field = made.field, _Field()
        if said.drawn is not None:
            made.items.append(PrintedPicture(said.drawn, said.x, said.y))
        elif said.data is None:
            return
        elif said.qr_dots:
            made.items.append(_qr(said))
        elif not said.font[0]:
            raise _Refused("text without a font")
        else:
            made.items.append(_text(said, made.utf8))


_COMMANDS: Mapping[str, Callable[[ZplEmulator, _Format, bytes], None]] = {
    "CI": ZplEmulator._set_encoding,
    "PW": ZplEmulator._set_width,
    "LL": ZplEmulator._set_length,
    "LH": ZplEmulator._set_home,
    "PQ": ZplEmulator._set_quantity,
    "FO": ZplEmulator._origin,
    "A0": lambda self, made, parameters: self._font(made, b"0" + parameters),
    "FB": ZplEmulator._box,
    "FH": ZplEmulator._hexadecimal,
    "BQ": ZplEmulator._barcode,
    "FD": ZplEmulator._data,
    "GB": ZplEmulator._rule,
    "GF": ZplEmulator._graphic,
    "FS": ZplEmulator._separate,
}


def _number(text: bytes, low: int = 0) -> int:
    value = int(text)
    if not low <= value <= _MAX_DOTS:
        raise _Refused(f"{value} is out of range")
    return value


def _qr(said: _Field) -> PrintedQr:
    head, payload = (said.data or b"")[:3], (said.data or b"")[3:].decode("utf-8", "replace")
    level = chr(head[0]) if head else ""
    if level not in "LMQH" or head[1:] != b"A," or not payload:
        raise _Refused("data of a QR code")
    qr_modules(payload, level)
    return PrintedQr(payload, said.x, said.y, said.qr_dots, level)


def _text(said: _Field, utf8: bool) -> PrintedText:
    text = (said.data or b"").decode("utf-8" if utf8 else "cp850", "replace")
    height, width = said.font
    if said.box is None:
        return PrintedText(text, said.x, said.y, height, 0, bold=width > height)
    dots, lines, where = said.box
    text = text.replace("\\\\", "\\")
    return PrintedText(text, said.x, said.y, height, dots, bold=width > height, align=where, lines=lines)


def _unpacked(text: str, row_bytes: int, total: int) -> bytes:
    """Undo Zebra's compression of hexadecimal rows."""
    digits, rows, row = row_bytes * 2, "", ""
    for counts, sign in _GRAPHIC.findall(text):
        times = sum(_times(letter) for letter in counts) or 1
        if sign in ",!":
            row = row.ljust(digits, "0" if sign == "," else "F")
        elif sign == ":":
            row = rows[-digits:]
        else:
            row += sign * times
        if len(row) > digits or len(rows) > total * 2:
            raise _Refused("a row that is too long")
        if len(row) == digits:
            rows, row = rows + row, ""
    if row or len(rows) != total * 2:
        raise _Refused(f"{len(rows) // 2} bytes of graphic, expected {total}")
    return bytes.fromhex(rows)


def _times(letter: str) -> int:
    return ord(letter) - ord("G") + 1 if letter.isupper() else (ord(letter) - ord("g") + 1) * 20
