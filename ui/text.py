"""Text as Kivy draws it: measured, and as textures that are kept while they are in use.

One line at a time: lines are broken by ui.linebreak, so that nothing overflows.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

from kivy.core.text import Label as CoreLabel

from ui.kept_textures import KeptTextures
from ui.linebreak import break_lines, ellipsize, largest_size
from ui.metrics import CAP_HEIGHT, LINE_HEIGHT
from ui.typeface import Weight, typeset

ASCENT = 2728 / 2816
DESCENT = 680 / 2816
"""Of Inter, per unit of font size (hhea): no letter goes beyond them."""

KEPT_SHARE = 0.6
"""Kept textures are together at most this share of the screen. The words of one page are half of it at most (measured:
privacy notice, large text), so a page is never drawn anew word for word. SDL_ttf may set a word a pixel wider when it
draws it again, so that keeping them also keeps two pictures of one view the same."""

_FIRST_SCREEN_PX = 1280 * 800


@dataclass(frozen=True, slots=True)
class TextStyle:
    """A cut and a font size in px."""

    weight: Weight
    size_px: int

    @property
    def cap_px(self) -> float:
        """Height of a capital letter."""
        return self.size_px * CAP_HEIGHT

    @property
    def line_px(self) -> int:
        """Distance between baselines."""
        return round(self.size_px * LINE_HEIGHT)

    @property
    def ascent_px(self) -> int:
        return math.ceil(self.size_px * ASCENT)

    @property
    def descent_px(self) -> int:
        return math.ceil(self.size_px * DESCENT)

    @property
    def height_px(self) -> int:
        """From the highest accent to the lowest descender."""
        return self.ascent_px + self.descent_px

    def sized(self, size_px: int) -> TextStyle:
        return TextStyle(self.weight, size_px)


def measure(text: str, style: TextStyle) -> int:
    """Width in px of `text` on one line."""
    return _width(text, style) if text else 0


def fit_size(text: str, style: TextStyle, width: float, *, min_px: int) -> TextStyle:
    """`style` at the largest size, no larger than it is and no smaller than `min_px`, that fits `width`."""
    size = largest_size(min_px, max(min_px, style.size_px), lambda px: measure(text, style.sized(px)) <= width)
    return style.sized(size)


def shorten(text: str, style: TextStyle, width: float) -> str:
    """`text` on one line of `width`, with an ellipsis if it must be cut."""
    return ellipsize(text, width, functools.partial(measure, style=style))


def wrap(text: str, style: TextStyle, width: float, max_lines: int) -> list[str]:
    """`text` on at most `max_lines` lines of `width`."""
    return break_lines(text, width, functools.partial(measure, style=style), max_lines)


def texture(text: str, style: TextStyle) -> Any:
    """A white texture of the line, to be tinted by the Color before it; its height is about ascent + descent."""
    return _textures.get((text, style))


def keep(screen_px: int) -> None:
    """Keep as many textures as fit a screen of so many pixels."""
    _textures.budget(round(screen_px * KEPT_SHARE))


@functools.lru_cache(maxsize=2000)
def _width(text: str, style: TextStyle) -> int:
    label, drawn = _label(text, style)
    return int(label.get_extents(drawn)[0])


def _draw(key: tuple[str, TextStyle]) -> Any:
    label, drawn = _label(*key)
    label.text = drawn
    label.refresh()
    return label.texture


_textures = KeptTextures(_draw, round(_FIRST_SCREEN_PX * KEPT_SHARE))


def _label(text: str, style: TextStyle) -> tuple[Any, str]:
    font, drawn = typeset(text, style.weight)
    label = CoreLabel(font_name=str(font), font_size=style.size_px, font_hinting="light", color=(1, 1, 1, 1))
    label.resolve_font_name()
    return label, drawn


def forget() -> None:
    """Drop every kept text: when a guest leaves, nothing of what was typed stays behind."""
    _textures.clear()
    _width.cache_clear()
