"""Text that never overflows: it wraps, shrinks if it may, and ends in an ellipsis."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, OptionProperty, StringProperty

from ui.look import Look
from ui.metrics import TextRole
from ui.painter import Painter
from ui.surface import WHITE
from ui.text import TextStyle, measure, wrap
from ui.widgets.painted import Painted

NARROWER = tuple(percent / 100 for percent in range(95, 45, -5))
"""Shares of its width that a centred text is tried at."""


class FitLabel(Painted):
    """A text of at most `max_lines` lines in the box it is given.

    FitLabel(look, text="Projektmøde Nordhavn", role=TextRole.TITLE, colour=surface.text)

    `shrink` is how small the text may become (share of its size) before lines or letters are lost. `natural_height`
    is what the text needs at its present width; with `hug` the height follows it.
    """

    text = StringProperty("")
    role = ObjectProperty(TextRole.BODY)
    weight = ObjectProperty(None, allownone=True)
    colour = ObjectProperty(WHITE)
    alpha = NumericProperty(1.0)
    align = OptionProperty("left", options=("left", "center", "right"))
    valign = OptionProperty("top", options=("top", "middle", "bottom"))
    max_lines = NumericProperty(1)
    shrink = NumericProperty(1.0)
    hug = BooleanProperty(defaultvalue=False)
    natural_height = NumericProperty(0)
    repaints: ClassVar[tuple[str, ...]] = (
        "text",
        "role",
        "weight",
        "colour",
        "alpha",
        "align",
        "valign",
        "max_lines",
        "shrink",
    )

    def __init__(self, look: Look, **properties: Any) -> None:
        super().__init__(look, **properties)
        for name in ("text", "role", "weight", "width", "max_lines", "shrink", "hug"):
            self.fbind(name, self._measure)
        self._measure()

    def lines(self) -> tuple[list[str], TextStyle]:
        """What is drawn: the lines, and their style."""
        style = self.look.style(self.role, self.weight)
        smallest = max(8, round(style.size_px * self.shrink))
        for size in range(style.size_px, smallest - 1, -1):
            lines = wrap(self.text, style.sized(size), self.width, self.max_lines)
            if _complete(lines, self.text):
                return self._balanced(lines, style.sized(size)), style.sized(size)
            if size == smallest:
                return lines, style.sized(size)
        return wrap(self.text, style, self.width, self.max_lines), style

    def _balanced(self, lines: list[str], style: TextStyle) -> list[str]:
        """Centred lines of about one length, with no last word alone: as narrow as they stay as many."""
        if self.align != "center":
            return lines
        for share in NARROWER if len(lines) > 1 else ():
            narrower = wrap(self.text, style, self.width * share, self.max_lines)
            if len(narrower) > len(lines) or not _complete(narrower, self.text):
                break
            lines = narrower
        return lines

    def text_width(self) -> int:
        """Width of the widest line that is drawn."""
        lines, style = self.lines()
        return max((measure(line, style) for line in lines), default=0)

    def paint(self, painter: Painter) -> None:
        lines, style = self.lines()
        block = _block_height(len(lines), style)
        top = {
            "top": self.top,
            "middle": self.center_y + block / 2,
            "bottom": self.y + block,
        }[self.valign]
        x = {"left": self.x, "center": self.center_x, "right": self.right}[self.align]
        for index, line in enumerate(lines):
            baseline = top - style.ascent_px - index * style.line_px
            painter.text(line, x, baseline, style, self.colour, align=self.align, alpha=self.alpha)

    def _measure(self, *_: Any) -> None:
        if self.width > 0:
            lines, style = self.lines()
            self.natural_height = _block_height(len(lines), style)
        if self.hug:
            self.size_hint_y = None
            self.height = self.natural_height


def _block_height(lines: int, style: TextStyle) -> int:
    return style.height_px + (lines - 1) * style.line_px if lines else 0


def _complete(lines: list[str], text: str) -> bool:
    return "".join(lines).replace(" ", "") == "".join(text.split())
