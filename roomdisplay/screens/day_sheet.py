"""The whole day, large: free times may be touched."""

from __future__ import annotations

from roomdisplay.screens.button_grid import ButtonGrid
from roomdisplay.screens.day_column import DayColumn
from roomdisplay.screens.sheet_screen import SheetScreen
from roomdisplay.view import DaySheet
from ui.look import Look
from ui.metrics import Layout, TextRole
from ui.placing import put
from ui.rect import Rect
from ui.sender import Sender
from ui.widgets.backdrop import Backdrop
from ui.widgets.scroller import Scroller

WIDE_MM = 190.0
FULL_MM = 1000.0
LEAST_LINES, GOOD_LINES = 1.02, 1.35
"""Height of half an hour, in lines of text: a day that does not fit even with the least scrolls, and gets the good."""

SIDE_MM = {Layout.WIDE: 42.0, Layout.COMPACT: 34.0}


class DayScreen(SheetScreen):
    """Landscape: the buttons at the right of the day, so that the hours are high enough for a finger."""

    def __init__(self, look: Look, sender: Sender) -> None:
        super().__init__(look, sender)
        self.ground = Backdrop(look, colour=look.theme.timeline.background, radius=look.panel.radius)
        self.day = DayColumn(look, sender)
        self.hours = Scroller(look)
        self._view: DaySheet | None = None
        self._new_day = True
        self.tabs = ButtonGrid(look, sender, compact=True)
        self.buttons = ButtonGrid(look, sender, compact=True)
        for widget in (self.ground, self.hours, self.tabs, self.buttons):
            self.body.add_widget(widget)

    def show(self, view: DaySheet) -> None:
        """Take over the view."""
        self._new_day = self._view is None or self._view.timeline.date != view.timeline.date
        self._view = view
        self.frame.title = view.title
        self.closes_by(view.buttons)
        self.day.show(view.timeline)
        self.tabs.show(view.tabs, self.surface)
        self.buttons.show(view.buttons, self.surface)
        body = self.frame_to(wide_mm=WIDE_MM, body_px=self.look.panel.mm(FULL_MM))
        if self.look.panel.layout is Layout.PORTRAIT:
            self._beneath(body)
        else:
            self._beside(body)

    def _beside(self, body: Rect) -> None:
        panel = self.look.panel
        side = panel.mm(SIDE_MM[panel.layout])
        left, gap = body.right - side, panel.unit * 4
        self.tabs.columns = 1
        tabs, buttons = self._column_height(self.tabs), self._column_height(self.buttons)
        self.tabs.place(Rect(left, body.top - tabs, side, tabs))
        self.buttons.columns = 1
        self.buttons.place(Rect(left, body.y, side, buttons))
        self._place_day(Rect(body.x, body.y, body.width - side - gap, body.height))

    def _column_height(self, grid: ButtonGrid) -> float:
        count = len(grid.buttons)
        return count * grid.row_height + max(0, count - 1) * grid.gap

    def _beneath(self, body: Rect) -> None:
        gap = self.look.panel.unit * 3
        tabs, buttons = self.tabs.height_for(body.width), self.buttons.height_for(body.width)
        self.tabs.place(Rect(body.x, body.top - tabs, body.width, tabs))
        self.buttons.place(Rect(body.x, body.y, body.width, buttons))
        low, top = body.y + (buttons + gap if buttons else 0), body.top - (tabs + gap if tabs else 0)
        self._place_day(Rect(body.x, low, body.width, max(1.0, top - low)))

    def _place_day(self, rect: Rect) -> None:
        """So high that half an hour holds a line of text; scrolled to now when there is no room for that."""
        put(self.ground, rect)
        inner = rect.inset(self.look.panel.unit * 2)
        put(self.hours, inner)
        put(self.day, inner)
        head = inner.height - self.day.axis().rect.height
        half_hours = (self.day.to_min - self.day.from_min) / 30
        line = self.look.panel.line(TextRole.DETAIL)
        fits = head + half_hours * line * LEAST_LINES <= inner.height
        height = inner.height if fits else max(inner.height, head + half_hours * line * GOOD_LINES)
        self.hours.show_rows([(self.day, height)], gap=0)
        if self._new_day and self.day.now_min is not None:
            above = self.day.top - self.day.axis().y(self.day.now_min) - inner.height / 3
            self.hours.offset = min(max(0.0, above), self.hours.longest)
