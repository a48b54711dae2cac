"""Text as Kivy draws it: measured, and as textures that are kept while they are in use.

One line at a time: lines are broken by ui.linebreak, so that nothing overflows.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

from kivy.core.text import Label as CoreLabel

from ui.linebreak import break_lines, ellipsize, largest_size
from ui.metrics import CAP_HEIGHT, LINE_HEIGHT
from ui.typeface import Weight, typeset

ASCENT = 2728 / 2816
DESCENT = 680 / 2816
"""Of Inter, per unit of font size (hhea): no letter goes beyond them."""

KEPT_TEXTURES = 300
LARGE_PX = 90
KEPT_LARGE = 6
"""Words larger than this have large textures, so fewer are kept. SDL_ttf may set a word a pixel wider when it draws it
again, so that keeping them also keeps two pictures of one view the same."""


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
    return _kept_large(text, style) if style.size_px > LARGE_PX else _kept(text, style)


@functools.lru_cache(maxsize=4000)
def _width(text: str, style: TextStyle) -> int:
    label, drawn = _label(text, style)
    return int(label.get_extents(drawn)[0])


@functools.lru_cache(maxsize=KEPT_TEXTURES)
def _kept(text: str, style: TextStyle) -> Any:
    return _draw(text, style)


@functools.lru_cache(maxsize=KEPT_LARGE)
def _kept_large(text: str, style: TextStyle) -> Any:
    return _draw(text, style)


def _draw(text: str, style: TextStyle) -> Any:
    label, drawn = _label(text, style)
    label.text = drawn
    label.refresh()
    return label.texture


def _label(text: str, style: TextStyle) -> tuple[Any, str]:
    font, drawn = typeset(text, style.weight)
    label = CoreLabel(font_name=str(font), font_size=style.size_px, font_hinting="light", color=(1, 1, 1, 1))
    label.resolve_font_name()
    return label, drawn


def forget() -> None:
    """Drop every kept text: when a guest leaves, nothing of what was typed stays behind."""
    _kept.cache_clear()
    _kept_large.cache_clear()
    _width.cache_clear()
