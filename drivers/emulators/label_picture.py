"""What an emulated printer printed, as contents and as a picture (PNG, one bit a dot).

>>> label = emulator.labels[-1]                          # doctest: +SKIP
>>> label.texts
('Ada Lovelace', 'MyDesk')
>>> Path("badge.png").write_bytes(png(label.picture()))  # doctest: +SKIP
"""

from __future__ import annotations

from dataclasses import dataclass

from common.png import GREY
from common.png import png as png_file
from drivers.emulators.label_font import LINE_DOTS, line_of_text
from drivers.printers.bitmap import Bitmap, qr_bitmap
from drivers.printers.document import Align

__all__ = ["Label", "PrintedPicture", "PrintedQr", "PrintedText", "png"]


@dataclass(frozen=True, slots=True)
class PrintedText:
    """A line in the printer's own font; `box_dots` is what it is aligned in, `lines` how many it may take."""

    text: str
    x: int
    y: int
    height_dots: int
    box_dots: int
    bold: bool = False
    align: Align = Align.LEFT
    lines: int = 1


@dataclass(frozen=True, slots=True)
class PrintedQr:
    """A code that the printer drew; no quiet zone in it."""

    payload: str
    x: int
    y: int
    module_dots: int
    level: str


@dataclass(frozen=True, slots=True)
class PrintedPicture:
    """Dots, as sent."""

    bitmap: Bitmap
    x: int
    y: int


Printed = PrintedText | PrintedQr | PrintedPicture


@dataclass(frozen=True, slots=True)
class Label:
    """One label or receipt, up to its cut."""

    width_dots: int
    height_dots: int
    items: tuple[Printed, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(item.text for item in self.items if isinstance(item, PrintedText))

    @property
    def payloads(self) -> tuple[str, ...]:
        return tuple(item.payload for item in self.items if isinstance(item, PrintedQr))

    @property
    def pictures(self) -> tuple[Bitmap, ...]:
        return tuple(item.bitmap for item in self.items if isinstance(item, PrintedPicture))

    def picture(self) -> Bitmap:
        """All of it drawn; what hangs over an edge is cut off, as on paper."""
        canvas = _Canvas(self.width_dots, max(1, self.height_dots))
        for item in self.items:
            match item:
                case PrintedText():
                    canvas.text(item)
                case PrintedQr():
                    code = qr_bitmap(item.payload, module_dots=item.module_dots, level=item.level, quiet_modules=0)
                    canvas.paste(code, item.x, item.y)
                case PrintedPicture():
                    canvas.paste(item.bitmap, item.x, item.y)
        return canvas.bitmap()


class _Canvas:
    def __init__(self, width: int, height: int) -> None:
        self._width, self._rows = width, [0] * height

    def paste(self, picture: Bitmap, left: int, top: int) -> None:
        shift = self._width - left - picture.row_bytes * 8
        for y, row in enumerate(picture.each_row(), start=top):
            if 0 <= y < len(self._rows):
                bits = int.from_bytes(row, "big")
                self._rows[y] |= (bits << shift if shift >= 0 else bits >> -shift) & (1 << self._width) - 1

    def text(self, item: PrintedText) -> None:
        lines = _wrapped(item)
        for number, line in enumerate(lines):
            drawn = line_of_text(line, bold=item.bold).scaled(max(1, round(item.height_dots / LINE_DOTS)))
            free = max(0, item.box_dots - drawn.width_dots)
            left = {Align.LEFT: 0, Align.CENTER: free // 2, Align.RIGHT: free}[item.align]
            self.paste(drawn, item.x + left, item.y + number * item.height_dots)

    def bitmap(self) -> Bitmap:
        size = (self._width + 7) // 8
        spare = size * 8 - self._width
        rows = b"".join((row << spare).to_bytes(size, "big") for row in self._rows)
        return Bitmap(self._width, len(self._rows), rows)


def _wrapped(item: PrintedText) -> list[str]:
    if item.lines < 2:
        return [item.text]
    words, lines = item.text.split(" "), [""]
    each = max(1, len(item.text) // item.lines)
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) > each * 1.2 and len(lines) < item.lines:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def png(picture: Bitmap) -> bytes:
    """The picture as a PNG file of one bit a dot, black on white (W3C PNG, greyscale)."""
    white = bytes(0xFF ^ byte for byte in range(256))
    rows = (row.translate(white) for row in picture.each_row())
    return png_file(picture.width_dots, picture.height_dots, rows, bits=1, colour=GREY, level=9)
