"""A text of several paragraphs, each broken into lines of its own."""

from __future__ import annotations

from typing import Any

from kivy.uix.widget import Widget

from ui.colour import Rgb
from ui.look import Look
from ui.metrics import TextRole
from ui.placing import height_at, put
from ui.rect import Rect
from ui.widgets.fit_label import FitLabel

MAX_PARAGRAPHS = 6


class Paragraphs(Widget):  # type: ignore[misc]
    """`show(text, colour)`, ask `height_for(width)`, then `place(rect)`."""

    def __init__(self, look: Look, role: TextRole = TextRole.BODY, *, max_lines: int = 4, **label: Any) -> None:
        super().__init__(size_hint=(None, None))
        self.look, self._role, self._max_lines, self._label = look, role, max_lines, label
        self.labels: list[FitLabel] = []

    def show(self, text: str, colour: Rgb) -> None:
        """Take over a text; its paragraphs are apart by line feeds."""
        parts = [part for part in text.split("\n") if part][:MAX_PARAGRAPHS]
        while len(self.labels) > len(parts):
            self.remove_widget(self.labels.pop())
        while len(self.labels) < len(parts):
            label = FitLabel(self.look, role=self._role, max_lines=self._max_lines, shrink=0.85, **self._label)
            self.labels.append(label)
            self.add_widget(label)
        for label, part in zip(self.labels, parts, strict=True):
            label.text, label.colour = part, colour

    def height_for(self, width: float) -> float:
        """The height that all of it needs at that width; 0 when it is empty."""
        heights = [height_at(label, width) for label in self.labels]
        return sum(heights) + self._gap * max(0, len(heights) - 1)

    def place(self, rect: Rect) -> None:
        """From the top of `rect`."""
        top = rect.top
        for label in self.labels:
            height = height_at(label, rect.width)
            put(label, Rect(rect.x, top - height, rect.width, height))
            top -= height + self._gap

    @property
    def _gap(self) -> float:
        return self.look.panel.unit * 1.25
