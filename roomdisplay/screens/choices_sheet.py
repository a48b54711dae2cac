"""A question with a grid of answers: booking, extending, kinds of fault, confirmations."""

from __future__ import annotations

from roomdisplay.screens.button_grid import ButtonGrid
from roomdisplay.screens.sheet_screen import SheetScreen
from roomdisplay.view import ChoicesSheet
from ui.look import Look
from ui.metrics import Layout
from ui.rect import Rect
from ui.sender import Sender
from ui.widgets.paragraphs import Paragraphs

WIDE_MM = 150.0
MAX_ROWS = 6


class ChoicesScreen(SheetScreen):
    """Text, the grid, and under it a row of wide buttons."""

    def __init__(self, look: Look, sender: Sender) -> None:
        super().__init__(look, sender)
        self.text = Paragraphs(look)
        self.grid = ButtonGrid(look, sender, max_rows=MAX_ROWS)
        self.extra = ButtonGrid(look, sender)
        for widget in (self.text, self.grid, self.extra):
            self.body.add_widget(widget)

    def show(self, view: ChoicesSheet) -> None:
        """Take over the view."""
        self.frame.title = view.title
        self.closes_by(view.buttons + view.extra)
        self.text.show(view.text, self.surface.muted)
        self.grid.columns = self._columns(view)
        self.grid.show(view.buttons, self.surface)
        self.extra.show(view.extra, self.surface)
        self._arrange()

    def _columns(self, view: ChoicesSheet) -> int:
        """On a portrait panel at most three, so that a word of twelve letters stays legible."""
        most = 3 if self.look.panel.layout is Layout.PORTRAIT else view.columns
        columns = max(1, min(view.columns, most))
        rows = -(-len(view.buttons) // columns)
        return max(1, -(-len(view.buttons) // max(1, rows)))

    def _arrange(self) -> None:
        gap = self.look.panel.unit * 3.5
        width = self.body_width(WIDE_MM)
        heights = [part.height_for(width) for part in (self.text, self.grid, self.extra)]
        shown = [height for height in heights if height]
        body = self.frame_to(wide_mm=WIDE_MM, body_px=sum(shown) + gap * max(0, len(shown) - 1))
        text, grid, extra = heights
        top = body.top
        self.text.place(Rect(body.x, top - text, body.width, text))
        top -= text + gap if text else 0
        low = body.y + (extra + gap if extra else 0)
        self.grid.place(Rect(body.x, low, body.width, max(0.0, min(grid, top - low)) if grid else 0))
        self.extra.place(Rect(body.x, body.y, body.width, extra))
