"""How much of a meeting is over, or how long until the screen clears."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import NumericProperty, ObjectProperty

from ui.look import Look
from ui.painter import Painter
from ui.rect import Rect
from ui.widgets.painted import Painted


class ProgressBar(Painted):
    """`fraction` is 0 to 1; the bar is 2 mm high and centred in its box."""

    fraction = NumericProperty(0.0)
    surface = ObjectProperty(None)
    repaints: ClassVar[tuple[str, ...]] = ("fraction", "surface")

    def __init__(self, look: Look, **properties: Any) -> None:
        properties.setdefault("surface", look.theme.page)
        super().__init__(look, **properties)

    def paint(self, painter: Painter) -> None:
        height = min(self.height, self.look.panel.mm(2))
        track = Rect(self.x, self.center_y - height / 2, self.width, height)
        painter.fill(track, self.surface.track, radius=height / 2)
        done = self.width * min(max(self.fraction, 0.0), 1.0)
        if done >= 1:
            painter.fill(Rect(track.x, track.y, max(done, height), height), self.surface.bar, radius=height / 2)
