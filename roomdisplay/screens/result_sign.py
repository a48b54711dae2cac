"""The sign of an outcome: done, refused, not certain; told apart without colour."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import ObjectProperty

from roomdisplay.view import Result
from ui.icons import Icon
from ui.painter import Painter
from ui.rect import Rect
from ui.surface import DANGER, WHITE, surface
from ui.widgets.painted import Painted

ICONS = {Result.DONE: Icon.CHECK, Result.REFUSED: Icon.CLOSE, Result.UNCERTAIN: Icon.HELP}


class ResultSign(Painted):
    """A disc in the colour of the outcome with its icon."""

    result = ObjectProperty(Result.DONE)
    repaints: ClassVar[tuple[str, ...]] = ("result",)

    def paint(self, painter: Painter) -> None:
        theme = self.look.theme
        colours = {Result.DONE: theme.free, Result.REFUSED: surface(DANGER, WHITE), Result.UNCERTAIN: theme.attention}
        drawn = colours[self.result]
        side = min(self.width, self.height)
        painter.disc(self.rect.centre, side / 2, drawn.background)
        x, y = self.rect.centre
        half = side * 0.27
        painter.icon(ICONS[self.result], Rect(x - half, y - half, 2 * half, 2 * half), drawn.text, weight=0.13)
