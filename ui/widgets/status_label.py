"""The status word: 25 mm high where the panel allows, so that it is read from 10 m."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import NumericProperty, ObjectProperty, StringProperty

from ui.look import Look
from ui.metrics import TextRole
from ui.painter import Painter
from ui.surface import WHITE
from ui.text import DESCENT, TextStyle, fit_size, shorten
from ui.widgets.painted import Painted

DISPLAY_CAP = 1472 / 2048
"""Capital height of Inter Display per unit of font size."""

MIN_MM = 8.0


class StatusLabel(Painted):
    """One word as large as its box allows; capitals begin at the top of the box, descenders end above its bottom.

    `natural_height` is what it needs at its present width; a line set beneath the box never touches a descender.
    """

    text = StringProperty("")
    colour = ObjectProperty(WHITE)
    alpha = NumericProperty(1.0)
    max_cap_mm = NumericProperty(TextRole.STATUS.cap_mm)
    min_cap_mm = NumericProperty(MIN_MM)
    """A word that would have to be smaller is cut; what must be read whole, such as a code, may be smaller."""
    natural_height = NumericProperty(0)
    repaints: ClassVar[tuple[str, ...]] = ("text", "colour", "alpha", "max_cap_mm", "min_cap_mm")

    def __init__(self, look: Look, **properties: Any) -> None:
        super().__init__(look, **properties)
        for name in ("text", "width", "height", "max_cap_mm", "min_cap_mm"):
            self.fbind(name, self._measure)
        self._measure()

    def fitted(self) -> TextStyle:
        """The style at which the word is drawn now."""
        return self._fitted(self.height)

    def cap_mm(self) -> float:
        """How high its capitals are now."""
        return self.fitted().size_px * DISPLAY_CAP / self.look.panel.px_per_mm

    def paint(self, painter: Painter) -> None:
        style = self.fitted()
        # The side bearing of a large letter would set it in from the lines beneath.
        left = self.x - round(style.size_px * 0.03)
        baseline = self.top - round(style.size_px * DISPLAY_CAP)
        painter.text(shorten(self.text, style, self.width), left, baseline, style, self.colour, alpha=self.alpha)

    def _fitted(self, height: float) -> TextStyle:
        panel = self.look.panel
        style = self.look.style(TextRole.STATUS)
        wanted = min(style.size_px, self.max_cap_mm * panel.px_per_mm / DISPLAY_CAP)
        if height > 0:
            wanted = min(wanted, height / (DISPLAY_CAP + DESCENT))
        least = round(self.min_cap_mm * panel.px_per_mm / DISPLAY_CAP)
        return fit_size(self.text, style.sized(round(wanted)), self.width, min_px=min(least, round(wanted)))

    def _measure(self, *_: Any) -> None:
        if self.width > 0:
            self.natural_height = round(self._fitted(0).size_px * (DISPLAY_CAP + DESCENT))
