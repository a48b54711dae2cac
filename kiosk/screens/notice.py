"""A line that says what is not as usual, calmly."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import NumericProperty, ObjectProperty, StringProperty

from ui.icons import Icon
from ui.look import Look
from ui.metrics import TextRole
from ui.painter import Painter
from ui.placing import hide
from ui.rect import Rect
from ui.text import TextStyle, wrap
from ui.typeface import Weight
from ui.widgets.painted import Painted

SIZES = (1.0, 0.92, 0.84, 0.76)


class Notice(Painted):
    """A sign and up to `max_lines` lines of text; nothing while `text` is empty. `wrong` draws it as an error."""

    text = StringProperty("")
    max_lines = NumericProperty(3)
    icon = ObjectProperty(Icon.WARNING)
    wrong = ObjectProperty(defaultvalue=False)
    repaints: ClassVar[tuple[str, ...]] = ("text", "max_lines", "icon", "wrong")

    def __init__(self, look: Look, **properties: object) -> None:
        super().__init__(look, **properties)

    def height_for(self, width: float) -> float:
        """Height that it needs at that width; 0 while it is empty."""
        if not self.text:
            return 0.0
        style, lines = self._set(width)
        return len(lines) * style.line_px + self.look.panel.unit

    def leave(self) -> None:
        """Take it out of sight."""
        hide(self)

    def paint(self, painter: Painter) -> None:
        if not self.text:
            return
        style, lines = self._set(self.width, self.height)
        ink = self.look.theme.field.error if self.wrong else self.look.theme.page.text
        side = style.cap_px * 1.5
        block = style.cap_px + (len(lines) - 1) * style.line_px
        first = self.center_y + block / 2 - style.cap_px
        middle = first + style.cap_px / 2
        painter.icon(self.icon, Rect(self.x, middle - side / 2, side, side), ink, weight=0.1)
        for index, line in enumerate(lines):
            painter.text(line, self.x + self._indent(style), first - index * style.line_px, style, ink)

    def _set(self, width: float, height: float = 1e6) -> tuple[TextStyle, list[str]]:
        """The largest style, and its lines, in which the whole text fits."""
        full = self.look.style(TextRole.SMALL, Weight.SEMIBOLD)
        for size in SIZES:
            style = full.sized(round(full.size_px * size))
            lines = wrap(self.text, style, max(1.0, width - self._indent(style)), int(self.max_lines))
            whole = "".join(lines).replace(" ", "") == "".join(self.text.split())
            if whole and len(lines) * style.line_px <= height:
                break
        return style, lines

    def _indent(self, style: TextStyle) -> float:
        return style.cap_px * 1.5 + self.look.panel.unit
