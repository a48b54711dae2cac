"""The shape of a room's state: told apart without colour."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import ClassVar

from kivy.properties import NumericProperty, ObjectProperty

from ui.geometry import Point
from ui.painter import Painter
from ui.surface import WHITE
from ui.widgets.painted import Painted

DASHES = 10


class Shape(StrEnum):
    """One a state."""

    FREE = "ring"
    FREE_SOON = "ring with a dot"
    BUSY = "disc"
    ENDING = "pie"
    CHECK_IN = "clock"
    UNKNOWN = "dashed ring"


class StateShape(Painted):
    """Drawn as large as its box allows; `fraction` (0 to 1) is what is left of the meeting, for the pie."""

    shape = ObjectProperty(Shape.UNKNOWN)
    fraction = NumericProperty(0.0)
    colour = ObjectProperty(WHITE)
    repaints: ClassVar[tuple[str, ...]] = ("shape", "fraction", "colour")

    def paint(self, painter: Painter) -> None:
        draw = {
            Shape.FREE: self._ring,
            Shape.FREE_SOON: self._ring_with_dot,
            Shape.BUSY: self._disc,
            Shape.ENDING: self._pie,
            Shape.CHECK_IN: self._clock,
            Shape.UNKNOWN: self._dashed,
        }[self.shape]
        draw(painter, self.rect.centre, min(self.width, self.height) / 2)

    def _ring(self, painter: Painter, centre: Point, radius: float) -> None:
        painter.sector(centre, radius * 0.66, radius, self.colour)

    def _ring_with_dot(self, painter: Painter, centre: Point, radius: float) -> None:
        painter.sector(centre, radius * 0.76, radius, self.colour)
        painter.disc(centre, radius * 0.36, self.colour)

    def _disc(self, painter: Painter, centre: Point, radius: float) -> None:
        painter.disc(centre, radius, self.colour)

    def _pie(self, painter: Painter, centre: Point, radius: float) -> None:
        left = min(max(self.fraction, 0.0), 1.0)
        painter.sector(centre, radius * 0.85, radius, self.colour)
        painter.sector(centre, 0, radius * 0.88, self.colour, end_deg=360 * left)

    def _clock(self, painter: Painter, centre: Point, radius: float) -> None:
        x, y = centre
        hand = math.radians(120)
        tip = (x + radius * 0.42 * math.sin(hand), y + radius * 0.42 * math.cos(hand))
        painter.sector(centre, radius * 0.76, radius, self.colour)
        painter.stroke([(x, y + radius * 0.56), centre, tip], self.colour, radius * 0.22)

    def _dashed(self, painter: Painter, centre: Point, radius: float) -> None:
        step = 360 / DASHES
        for index in range(DASHES):
            start = (index - 0.27) * step
            end = (index + 0.27) * step
            painter.sector(centre, radius * 0.78, radius, self.colour, start_deg=start, end_deg=end)
