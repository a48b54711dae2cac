"""A ring that empties, with what is left in the middle."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import NumericProperty, ObjectProperty, StringProperty

from ui.look import Look
from ui.painter import Painter, centred_baseline
from ui.text import TextStyle, fit_size
from ui.typeface import Weight
from ui.widgets.painted import Painted


class Countdown(Painted):
    """`fraction` (0 to 1) is what is left; `text` stands in the middle. The screen moves both."""

    fraction = NumericProperty(1.0)
    text = StringProperty("")
    surface = ObjectProperty(None)
    repaints: ClassVar[tuple[str, ...]] = ("fraction", "text", "surface")

    def __init__(self, look: Look, **properties: Any) -> None:
        properties.setdefault("surface", look.theme.page)
        super().__init__(look, **properties)

    def paint(self, painter: Painter) -> None:
        radius = min(self.width, self.height) / 2
        centre = self.rect.centre
        left = min(max(self.fraction, 0.0), 1.0)
        painter.sector(centre, radius * 0.84, radius, self.surface.track)
        painter.sector(centre, radius * 0.84, radius, self.surface.bar, end_deg=360 * left)
        style = TextStyle(Weight.BOLD, max(10, round(radius * 0.7)))
        style = fit_size(self.text, style, radius * 1.4, min_px=10)
        painter.text(self.text, centre[0], centred_baseline(centre[1], style), style, self.surface.text, align="center")
