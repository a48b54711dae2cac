"""The accents of a letter, above its key after a long press."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import NumericProperty, ObjectProperty, StringProperty

from ui.look import Look
from ui.metrics import TextRole
from ui.painter import Painter, centred_baseline
from ui.rect import Rect
from ui.widgets.painted import Painted

MAX_SHOWN = 8


class AccentPopup(Painted):
    """A row of letters over `anchor` (the key's rectangle in the window), kept on the screen."""

    letters = StringProperty("")
    anchor = ObjectProperty(Rect(0, 0, 0, 0))
    chosen = NumericProperty(-1)
    repaints: ClassVar[tuple[str, ...]] = ("letters", "anchor", "chosen")

    def __init__(self, look: Look, **properties: Any) -> None:
        super().__init__(look, size=(1, 1), **properties)

    @property
    def cells(self) -> list[Rect]:
        """Where each letter is."""
        count = min(len(self.letters), MAX_SHOWN)
        least = self.look.panel.mm(9)
        wide, high = max(self.anchor.width, least), max(self.anchor.height, least)
        wide = min(wide, self.look.panel.width_px / max(1, count))
        left = min(max(0.0, self.anchor.x), self.look.panel.width_px - wide * count)
        bottom = self.anchor.top + self.look.panel.unit
        return [Rect(left + i * wide, bottom, wide, high) for i in range(count)]

    def letter_at(self, x: float, y: float) -> int:
        """Index of the letter under a finger, which may be a little above or below; -1 for none."""
        for index, cell in enumerate(self.cells):
            if cell.at_least(0, cell.height * 1.6).contains(x, y):
                return index
        return -1

    def paint(self, painter: Painter) -> None:
        cells, colours = self.cells, self.look.theme.keyboard
        if not cells:
            return
        unit, style = self.look.panel.unit, self.look.style(TextRole.KEY)
        whole = Rect(cells[0].x, cells[0].y, cells[-1].right - cells[0].x, cells[0].height)
        painter.fill(whole.inset(-unit / 2), colours.shadow, radius=self.look.panel.radius)
        for index, cell in enumerate(cells):
            fill = colours.latched if index == self.chosen else colours.letter
            painter.fill(cell.inset(unit / 4), fill.fill, radius=self.look.panel.radius * 0.7)
            x, y = cell.centre
            painter.text(self.letters[index], x, centred_baseline(y, style), style, fill.text, align="center")
