"""Rectangles in px, y upwards as in Kivy. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Rect(NamedTuple):
    """Left, bottom, width, height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def top(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> tuple[float, float]:
        return (self.x + self.width / 2, self.y + self.height / 2)

    def inset(self, across: float, along: float | None = None) -> Rect:
        """Smaller by `across` on the left and right and by `along` (the same if not given) at top and bottom."""
        up = across if along is None else along
        return Rect(self.x + across, self.y + up, max(0.0, self.width - 2 * across), max(0.0, self.height - 2 * up))

    def contains(self, x: float, y: float) -> bool:
        return self.x <= x < self.right and self.y <= y < self.top

    def at_least(self, width: float, height: float) -> Rect:
        """Grown about its centre to no less than that: what a finger may hit."""
        wider, higher = max(self.width, width), max(self.height, height)
        return Rect(self.x - (wider - self.width) / 2, self.y - (higher - self.height) / 2, wider, higher)

    def overlaps(self, other: Rect) -> bool:
        return self.x < other.right and other.x < self.right and self.y < other.top and other.y < self.top

    def snapped(self) -> Rect:
        """Edges on whole pixels, so that they are sharp."""
        left, bottom = round(self.x), round(self.y)
        return Rect(left, bottom, round(self.right) - left, round(self.top) - bottom)
