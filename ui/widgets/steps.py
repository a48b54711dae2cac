"""How far through a flow a guest is: one bar a step."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import NumericProperty, ObjectProperty

from ui.look import Look
from ui.painter import Painter
from ui.rect import Rect
from ui.widgets.painted import Painted


class Steps(Painted):
    """`done` of `count` bars are filled."""

    count = NumericProperty(4)
    done = NumericProperty(1)
    surface = ObjectProperty(None)
    repaints: ClassVar[tuple[str, ...]] = ("count", "done", "surface")

    def __init__(self, look: Look, **properties: Any) -> None:
        properties.setdefault("surface", look.theme.page)
        super().__init__(look, **properties)

    def paint(self, painter: Painter) -> None:
        gap, high = self.look.panel.unit * 1.25, min(self.height, self.look.panel.mm(1.4))
        each = (self.width - gap * (self.count - 1)) / self.count
        for index in range(int(self.count)):
            bar = Rect(self.x + index * (each + gap), self.center_y - high / 2, each, high)
            painter.fill(bar, self.surface.bar if index < self.done else self.surface.track, radius=high / 2)
