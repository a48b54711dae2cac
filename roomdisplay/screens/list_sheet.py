"""A list that scrolls: other rooms, the admin's pages, the tail of the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from roomdisplay.screens.action_row import ActionRow
from roomdisplay.screens.button_grid import ButtonGrid
from roomdisplay.screens.sheet_screen import SheetScreen
from roomdisplay.view import ListSheet, RowView
from ui.look import Look
from ui.metrics import Layout, TextRole
from ui.rect import Rect
from ui.sender import Sender
from ui.widgets.fit_label import FitLabel
from ui.widgets.paragraphs import Paragraphs
from ui.widgets.scroller import Scroller

WIDE_MM = 170.0
HIGH_MM = 118.0
ROW_MM = 13.2


class ListScreen(SheetScreen):
    """Text, rows, and buttons beneath them. The sheet is as large as it may be, so that pages do not jump."""

    def __init__(self, look: Look, sender: Sender) -> None:
        super().__init__(look, sender)
        self.text = Paragraphs(look, TextRole.SMALL)
        self.rows = Scroller(look)
        self.empty = Paragraphs(look, align="center")
        self.buttons = ButtonGrid(look, sender, compact=True)
        self._shown: list[Any] = []
        for widget in (self.text, self.rows, self.empty, self.buttons):
            self.body.add_widget(widget)

    def show(self, view: ListSheet) -> None:
        """Take over the view."""
        self.frame.title = view.title
        self.closes_by(view.buttons)
        waiting = not view.rows and not view.empty
        self.text.show("" if waiting else view.text, self.surface.muted)
        self.empty.show("" if view.rows else view.text if waiting else view.empty, self.surface.muted)
        self.buttons.show(view.buttons, self.surface)
        self._fill(view.rows, monospace=view.monospace)
        self._arrange(monospace=view.monospace)

    def _fill(self, rows: Sequence[RowView], *, monospace: bool) -> None:
        """Rows are kept while their kind stays."""
        kind = FitLabel if monospace else ActionRow
        if self._shown and not isinstance(self._shown[0], kind):
            self._shown = []
        del self._shown[len(rows) :]
        while len(self._shown) < len(rows):
            self._shown.append(self._line() if monospace else ActionRow(self.look, self.sender))
        for widget, row in zip(self._shown, rows, strict=True):
            if isinstance(widget, ActionRow):
                widget.show(row)
            else:
                widget.text = " ".join(part for part in (row.title, row.detail) if part)

    def _line(self) -> FitLabel:
        return FitLabel(self.look, role=TextRole.CAPTION, colour=self.surface.muted, max_lines=self._log_lines)

    @property
    def _log_lines(self) -> int:
        return 2 if self.look.panel.layout is Layout.PORTRAIT else 1

    def _arrange(self, *, monospace: bool) -> None:
        panel = self.look.panel
        body = self.frame_to(wide_mm=WIDE_MM, body_px=panel.mm(HIGH_MM))
        gap = panel.unit * 2
        text, buttons = self.text.height_for(body.width), self.buttons.height_for(body.width)
        self.text.place(Rect(body.x, body.top - text, body.width, text))
        self.buttons.place(Rect(body.x, body.y, body.width, buttons))
        low, top = body.y + (buttons + gap if buttons else 0), body.top - (text + gap if text else 0)
        room = Rect(body.x, low, body.width, max(1.0, top - low))
        self.rows.pos, self.rows.size = (room.x, room.y), (room.width, room.height)
        height = panel.line(TextRole.CAPTION) * self._log_lines if monospace else panel.mm(ROW_MM)
        self.rows.show_rows([(row, height) for row in self._shown], gap=0 if monospace else panel.unit)
        empty = self.empty.height_for(room.width)
        self.empty.place(Rect(room.x, room.centre[1] - empty / 2, room.width, empty))
