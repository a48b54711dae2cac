"""The dark part of the home view: the day, and the ways to other rooms and to a fault report."""

from __future__ import annotations

from kivy.uix.widget import Widget

from roomdisplay.screens.button_grid import ButtonGrid
from roomdisplay.screens.day_column import DayColumn
from roomdisplay.view import ButtonView, TimelineView
from ui.look import Look
from ui.metrics import Layout
from ui.placing import hide, put
from ui.rect import Rect
from ui.sender import Sender
from ui.widgets.backdrop import Backdrop


class SidePane(Widget):  # type: ignore[misc]
    """The day above the quiet buttons; without a day only the buttons."""

    def __init__(self, look: Look, sender: Sender) -> None:
        super().__init__(size_hint=(None, None))
        self.look = look
        self.backdrop = Backdrop(look, colour=look.theme.timeline.background)
        self.day = DayColumn(look, sender)
        self.footer = ButtonGrid(look, sender, compact=True)
        self._has_day = False
        for widget in (self.backdrop, self.day, self.footer):
            self.add_widget(widget)

    def show(self, day: TimelineView | None, footer: tuple[ButtonView, ...]) -> None:
        """Take over the day and the buttons."""
        self._has_day = day is not None
        if day is not None:
            self.day.show(day)
        self.footer.show(footer, self.look.theme.side)

    def place(self, rect: Rect) -> None:
        """Lay it out in `rect`."""
        unit = self.look.panel.unit
        put(self.backdrop, rect)
        across = unit * {Layout.WIDE: 3.5, Layout.COMPACT: 2.5, Layout.PORTRAIT: 4}[self.look.panel.layout]
        inner = rect.inset(across, unit * (5 if self.look.panel.layout is Layout.WIDE else 4))
        height = self.footer.height_for(inner.width)
        self.footer.place(Rect(inner.x, inner.y, inner.width, height))
        if not self._has_day:
            hide(self.day)
            return
        bottom = inner.y + (height + unit * 2 if height else 0)
        put(self.day, Rect(inner.x, bottom, inner.width, inner.top - bottom))
