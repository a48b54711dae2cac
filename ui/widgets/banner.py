"""An amber box that says what is wrong and what that means."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import NumericProperty, StringProperty

from ui.look import Look
from ui.metrics import TextRole
from ui.painter import Painter
from ui.text import TextStyle, wrap
from ui.typeface import Weight
from ui.widgets.painted import Painted


class Banner(Painted):
    """As high as its text needs at its width: give it a width, take its `height`."""

    text = StringProperty("")
    max_lines = NumericProperty(4)
    repaints: ClassVar[tuple[str, ...]] = ("text", "max_lines")

    def __init__(self, look: Look, **properties: Any) -> None:
        super().__init__(look, **properties)
        for name in ("text", "width", "max_lines"):
            self.fbind(name, self._fit)
        self._fit()

    def paint(self, painter: Painter) -> None:
        panel, fill = self.look.panel, self.look.theme.banner
        painter.box(self.rect, fill, radius=panel.radius * 0.7)
        baseline = self.top - self._pad - self._style.ascent_px
        for line in self._lines():
            painter.text(line, self.x + self._pad, baseline, self._style, fill.text)
            baseline -= self._style.line_px

    @property
    def _style(self) -> TextStyle:
        return self.look.style(TextRole.BODY, Weight.SEMIBOLD)

    @property
    def _pad(self) -> int:
        return self.look.panel.unit * 2

    def _lines(self) -> list[str]:
        return wrap(self.text, self._style, self.width - 2 * self._pad, self.max_lines)

    def _fit(self, *_: Any) -> None:
        lines = len(self._lines())
        self.height = 2 * self._pad + self._style.height_px + (lines - 1) * self._style.line_px if lines else 0
