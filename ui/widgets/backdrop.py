"""The colour behind a part of the screen."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import NumericProperty, ObjectProperty

from ui.painter import Painter
from ui.rect import Rect
from ui.surface import BLACK
from ui.widgets.painted import Painted
from ui.window import MAX_SHIFT_PX

BLEED_PX = 2 * MAX_SHIFT_PX + 2


class Backdrop(Painted):
    """Fills its box; at the edges of the screen it reaches beyond, so that shifting the picture bares nothing."""

    colour = ObjectProperty(BLACK)
    radius = NumericProperty(0)
    repaints: ClassVar[tuple[str, ...]] = ("colour", "radius")

    def paint(self, painter: Painter) -> None:
        panel = self.look.panel
        left = BLEED_PX if self.x <= 0 else 0
        bottom = BLEED_PX if self.y <= 0 else 0
        right = BLEED_PX if self.right >= panel.width_px else 0
        top = BLEED_PX if self.top >= panel.height_px else 0
        box = Rect(self.x - left, self.y - bottom, self.width + left + right, self.height + bottom + top)
        painter.fill(box, self.colour, radius=self.radius)
