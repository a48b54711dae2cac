"""Buttons beneath a page: the way on at the right and large, the others at the left."""

from __future__ import annotations

from collections.abc import Sequence

from kivy.uix.widget import Widget

from kiosk.screens.sending import ActionButton, fill_widgets
from kiosk.view import ButtonView, Style
from ui.look import Look
from ui.metrics import TOUCH_PRIMARY_MM, TextRole
from ui.placing import put
from ui.rect import Rect
from ui.sender import Sender

SECONDARY_MM = 15.0
PRIMARY_WIDE_MM = 45.0
SHRINK = 0.75
"""A label may become this small before its row is broken."""


class ButtonBar(Widget):  # type: ignore[misc]
    """`show(views)`, ask `height_for(width)`, then `place(rect)`. `slim` bars are one touch target high."""

    def __init__(self, look: Look, sender: Sender, *, slim: bool = False) -> None:
        super().__init__(size_hint=(None, None))
        self.look, self.sender, self._slim = look, sender, slim
        self.buttons: list[ActionButton] = []
        self._strong: list[bool] = []

    def show(self, views: Sequence[ButtonView]) -> None:
        """Take over the views."""
        self._strong = [view.style in {Style.PRIMARY, Style.DANGER} for view in views]
        fill_widgets(self, self.buttons, tuple(views), self._button)

    @property
    def gap(self) -> int:
        """Between buttons."""
        return round(self.look.panel.unit * 1.5)

    def row_height(self, row: Sequence[int]) -> int:
        """20 mm where the way on is in it."""
        panel = self.look.panel
        if self._slim:
            return panel.touch
        return panel.mm(TOUCH_PRIMARY_MM if any(self._strong[index] for index in row) else SECONDARY_MM)

    def height_for(self, width: float) -> int:
        """Height that the buttons want at that width; 0 when there are none."""
        rows = self._rows(width)
        return sum(self.row_height(row) for row in rows) + self.gap * max(0, len(rows) - 1)

    def width_wanted(self) -> float:
        """Width of all of them in one row."""
        return sum(self._width(index) for index in range(len(self.buttons))) + self.gap * max(0, len(self.buttons) - 1)

    def place(self, rect: Rect) -> None:
        """Lay them out from the top of `rect`."""
        top = rect.top
        for row in self._rows(rect.width):
            high = self.row_height(row)
            self._place_row(row, Rect(rect.x, top - high, rect.width, high))
            top -= high + self.gap

    def _button(self) -> ActionButton:
        return ActionButton(self.look, self.sender, compact=self._slim, compact_role=TextRole.SMALL)

    def place_slim(self, rect: Rect) -> None:
        """One row as high as `rect`, beside a keyboard."""
        if self.buttons:
            self._place_row(list(range(len(self.buttons))), rect)

    def _width(self, index: int) -> float:
        wanted = self.buttons[index].wanted_width()
        if self._slim:
            return wanted
        panel = self.look.panel
        least = panel.mm(PRIMARY_WIDE_MM if self._strong[index] else TOUCH_PRIMARY_MM)
        return max(wanted, min(least, panel.width_px * 0.4))

    def _rows(self, width: float) -> list[list[int]]:
        """One row where all fit; else the others in rows above the way on, which is nearest to the hand."""
        every = list(range(len(self.buttons)))
        if not every:
            return []
        if self._fit(every, width):
            return [every]
        rows: list[list[int]] = []
        for index in (one for one in every if not self._strong[one]):
            if rows and self._fit([*rows[-1], index], width):
                rows[-1].append(index)
            else:
                rows.append([index])
        return rows + [[index] for index in every if self._strong[index]]

    def _fit(self, row: Sequence[int], width: float) -> bool:
        wanted = sum(self.buttons[index].wanted_width() for index in row) * SHRINK
        return wanted + self.gap * (len(row) - 1) <= width

    def _place_row(self, row: list[int], rect: Rect) -> None:
        room = rect.width - self.gap * (len(row) - 1)
        widths = [self._width(index) for index in row]
        if len(row) == 1 and (self.look.panel.portrait or len(self._rows(rect.width)) > 1):
            widths = [room]
        elif sum(widths) > room:
            widths = [width * room / sum(widths) for width in widths]
        left, right = rect.x, rect.right
        for index, width in sorted(zip(row, widths, strict=True), key=lambda pair: not self._strong[pair[0]]):
            if self._strong[index]:
                right -= width
                put(self.buttons[index], Rect(right, rect.y, width, rect.height))
                right -= self.gap
            else:
                put(self.buttons[index], Rect(left, rect.y, width, rect.height))
                left += width + self.gap
