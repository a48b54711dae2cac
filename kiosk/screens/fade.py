"""Where a text goes on behind an edge, its last line fades: no letter looks cut off."""

from __future__ import annotations

from ui.look import Look
from ui.painter import Painter
from ui.rect import Rect
from ui.widgets.painted import Painted

STEPS = 16


class Fade(Painted):
    """The page's colour, nothing at one side of its box and all of it at the other: the lower one, or the upper."""

    def __init__(self, look: Look, *, lower: bool) -> None:
        self._lower = lower
        super().__init__(look)

    def paint(self, painter: Painter) -> None:
        colour = self.look.theme.page.background
        high = self.height / STEPS
        for step in range(STEPS):
            y = self.top - (step + 1) * high if self._lower else self.y + step * high
            painter.fill(Rect(self.x, y, self.width, high), colour, alpha=(step + 1) / STEPS)
