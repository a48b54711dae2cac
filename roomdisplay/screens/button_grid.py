"""Buttons side by side, on as many rows as their words need."""

from __future__ import annotations

from collections.abc import Sequence

from kivy.uix.widget import Widget

from roomdisplay.screens.action_button import ActionButton
from roomdisplay.view import ButtonView
from ui.look import Look
from ui.metrics import Layout, TextRole
from ui.placing import put
from ui.rect import Rect
from ui.sender import Sender
from ui.surface import Surface
from ui.text import measure

SHRINK, SHRINK_COMPACT = 0.78, 0.74
"""A text may become this small before its row is broken."""

HEIGHT_MM = {Layout.WIDE: 17.6, Layout.COMPACT: 13.2, Layout.PORTRAIT: 13.6}


class ButtonGrid(Widget):  # type: ignore[misc]
    """Equal buttons that fill a rectangle; buttons are kept from view to view.

    grid.show(view.buttons, surface); height = grid.height_for(width); grid.place(rect)
    """

    def __init__(self, look: Look, sender: Sender, *, compact: bool = False, max_rows: int = 2) -> None:
        super().__init__(size_hint=(None, None))
        self.look, self._sender = look, sender
        self._compact, self._max_rows = compact, max_rows
        self.columns: int | None = None
        """At most so many in a row; None means as many as fit."""
        self.buttons: list[ActionButton] = []

    def show(self, views: Sequence[ButtonView], surface: Surface) -> None:
        """Take over the views; what is there already is changed rather than made anew."""
        while len(self.buttons) > len(views):
            self.remove_widget(self.buttons.pop())
        while len(self.buttons) < len(views):
            button = ActionButton(self.look, self._sender, compact=self._compact, surface=surface)
            self.buttons.append(button)
            self.add_widget(button)
        for button, view in zip(self.buttons, views, strict=True):
            button.surface = surface
            button.show(view)

    @property
    def row_height(self) -> int:
        """Height of one row."""
        panel = self.look.panel
        return panel.touch if self._compact else panel.mm(HEIGHT_MM[panel.layout])

    @property
    def gap(self) -> int:
        """Between buttons."""
        return self.look.panel.unit * 2

    def rows_for(self, width: float) -> int:
        """How many rows the labels need at that width."""
        count = len(self.buttons)
        if not count:
            return 0
        least = -(-count // self.columns) if self.columns else 1
        most = max(least, min(self._max_rows, count))
        return next((rows for rows in range(least, most) if self._fits(rows, width)), most)

    def height_for(self, width: float) -> int:
        """Height that the buttons want at that width; 0 when there are none."""
        rows = self.rows_for(width)
        return rows * self.row_height + (rows - 1) * self.gap if rows else 0

    def place(self, rect: Rect) -> None:
        """Fill `rect`: the rows share its height, the buttons of a row its width."""
        self.pos, self.size = (rect.x, rect.y), (rect.width, rect.height)
        rows = self.rows_for(rect.width)
        if not rows:
            return
        per_row = -(-len(self.buttons) // rows)
        height = (rect.height - (rows - 1) * self.gap) / rows
        for row in range(rows):
            y = rect.top - (row + 1) * height - row * self.gap
            self._place_row(self.buttons[row * per_row : (row + 1) * per_row], Rect(rect.x, y, rect.width, height))

    def _place_row(self, buttons: Sequence[ActionButton], rect: Rect) -> None:
        """The last row fills the width too, with fewer and wider buttons."""
        width = (rect.width - (len(buttons) - 1) * self.gap) / max(1, len(buttons))
        for column, button in enumerate(buttons):
            put(button, Rect(rect.x + column * (width + self.gap), rect.y, width, rect.height))

    def _fits(self, rows: int, width: float) -> bool:
        per_row = -(-len(self.buttons) // rows)
        each = (width - (per_row - 1) * self.gap) / per_row
        if each < self.look.panel.touch:
            return False
        label = self.look.style(TextRole.BODY if self._compact else TextRole.BUTTON)
        detail = self.look.style(TextRole.DETAIL)
        room = (each - 2 * self.look.panel.unit) / (SHRINK_COMPACT if self._compact else SHRINK)
        return all(measure(one.text, label) <= room and measure(one.detail, detail) <= room for one in self.buttons)
