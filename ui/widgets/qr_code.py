"""A QR code, sharp at any size."""

from __future__ import annotations

from typing import Any, ClassVar

import segno
from kivy.graphics.texture import Texture
from kivy.properties import OptionProperty, StringProperty

from ui.painter import Painter
from ui.rect import Rect
from ui.surface import BLACK, WHITE
from ui.widgets.painted import Painted

QUIET_ZONE = 4
"""Modules of white around it that readers need (ISO/IEC 18004)."""


class QrCode(Painted):
    """`text` as black on white, a whole number of px a module, centred; nothing while `text` is empty."""

    text = StringProperty("")
    error = OptionProperty("m", options=("l", "m", "q", "h"))
    repaints: ClassVar[tuple[str, ...]] = ("text", "error")

    def paint(self, painter: Painter) -> None:
        if not self.text:
            return
        modules = modules_of(self.text, self.error)
        count = len(modules)
        side = max(1, int(min(self.width, self.height) // (count + 2 * QUIET_ZONE)))
        whole = side * (count + 2 * QUIET_ZONE)
        left, bottom = round(self.center_x - whole / 2), round(self.center_y - whole / 2)
        painter.fill(Rect(left, bottom, whole, whole), WHITE, radius=side * QUIET_ZONE / 2)
        edge = side * QUIET_ZONE
        painter.image(Rect(left + edge, bottom + edge, side * count, side * count), _texture(modules), WHITE)


def modules_of(text: str, error: str = "m") -> list[bytes]:
    """Rows from the top, 1 for a dark module."""
    return [bytes(row) for row in segno.make_qr(text, error=error).matrix]


def _texture(modules: list[bytes]) -> Any:
    count = len(modules)
    white, black = bytes(round(c * 255) for c in WHITE), bytes(round(c * 255) for c in BLACK)
    pixels = b"".join(black if module else white for row in reversed(modules) for module in row)
    texture = Texture.create(size=(count, count), colorfmt="rgb", mipmap=False)
    texture.mag_filter = texture.min_filter = "nearest"
    texture.blit_buffer(pixels, colorfmt="rgb", bufferfmt="ubyte")
    return texture
