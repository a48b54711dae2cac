"""Lines of text as 1-bit pictures for the badge printer, drawn with the fonts of the screen. Needs no window.

For the thread that draws the screen: SDL's fonts are not made for two.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from kivy.core.text import Label as CoreLabel

from drivers.printers.bitmap import Bitmap
from ui.bidi import visual
from ui.text import ASCENT, DESCENT
from ui.typeface import Weight, clean, has_glyphs, typeset

__all__ = ["draw_line"]

_BLACK = bytes(b"01"[alpha > 120] for alpha in range(256))
"""ASCII digits by opacity: a little more black than white, for thermal paper loses hairlines."""


def draw_line(text: str, height_dots: int, bold: bool = False) -> Bitmap:
    """`text` on one line, `height_dots` from the highest accent to the lowest descender; as wide as it is.

    A word that our font lacks letters of is drawn with the fallback that has most of them; letters that no font has
    are left out (ui.typeface). Raises UsageError for a picture that is too large.
    """
    weight = Weight.BOLD if bold else Weight.REGULAR
    size_px = max(4, round(height_dots / (ASCENT + DESCENT)))
    parts = [_word(word, weight, size_px, height_dots) for word in _words(clean(text))]
    return _beside(parts, size_px // 4) if parts else Bitmap.blank(1, height_dots)


def _words(text: str) -> list[str]:
    """What is drawn with one font each: the whole line where ours has every letter, or where it runs from the right.

    Words without letters or digits, such as emoji, are left out where ours has no picture of them.
    """
    if has_glyphs(text) or visual(text) != text:
        return [text] if text else []
    return [word for word in text.split() if any(unicodedata.category(letter)[0] in "LN" for letter in word)]


def _word(text: str, weight: Weight, size_px: int, height_dots: int) -> Bitmap:
    font, drawn = typeset(text, weight)
    width, rows = _opacity(drawn, str(font), size_px)
    return _of_height(width, rows, height_dots) if width else Bitmap.blank(1, height_dots)


def _beside(parts: list[Bitmap], gap_dots: int) -> Bitmap:
    """One after the other, of the same height."""
    if len(parts) == 1:
        return parts[0]
    width = sum(part.width_dots for part in parts) + gap_dots * (len(parts) - 1)
    size = (width + 7) // 8
    rows = [0] * parts[0].height_dots
    left = 0
    for part in parts:
        shift = size * 8 - left - part.row_bytes * 8
        for y, row in enumerate(part.each_row()):
            bits = int.from_bytes(row, "big")
            rows[y] |= bits << shift if shift >= 0 else bits >> -shift
        left += part.width_dots + gap_dots
    return Bitmap(width, len(rows), b"".join(row.to_bytes(size, "big") for row in rows))


def _opacity(text: str, font: str, size_px: int) -> tuple[int, list[bytes]]:
    """Rows of one byte a dot."""
    label = CoreLabel(text=text, font_name=font, font_size=size_px, font_hinting="light", color=(1, 1, 1, 1))
    label.resolve_font_name()
    width, height = label.get_extents(text)
    if width < 1 or height < 1:
        return 0, []
    data = _pixels(label, text, width, height)
    opacity = data[3::4]
    return width, [opacity[at : at + width] for at in range(0, width * height, width)]


def _pixels(label: Any, text: str, width: int, height: int) -> bytes:
    """What CoreLabel.refresh does before it makes a texture, which would want OpenGL."""
    label._size = (width, height)
    label._render_begin()
    label._render_text(text, 0, 0)
    return bytes(label._render_end().data)


def _of_height(width: int, rows: list[bytes], height_dots: int) -> Bitmap:
    """Other fonts have other line boxes: cut, or filled up, equally above and below."""
    spare = height_dots - len(rows)
    if spare < 0:
        top = -spare // 2
        rows = rows[top : top + height_dots]
    above = max(0, spare) // 2
    size = (width + 7) // 8
    packed = b"".join(_packed(row, size) for row in rows)
    below = max(0, spare) - above
    return Bitmap(width, height_dots, bytes(size * above) + packed + bytes(size * below))


def _packed(row: bytes, size: int) -> bytes:
    return int(row.translate(_BLACK).ljust(size * 8, b"0"), 2).to_bytes(size, "big")
