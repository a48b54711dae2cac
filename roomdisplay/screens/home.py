"""The panel at rest: the state where it is seen from afar, the day beside or beneath it."""

from __future__ import annotations

from kivy.uix.widget import Widget

from roomdisplay.screens.palette import surface_of
from roomdisplay.screens.side_pane import SidePane
from roomdisplay.screens.status_pane import StatusPane
from roomdisplay.view import HomeView
from ui.look import Look
from ui.metrics import Panel
from ui.rect import Rect
from ui.sender import Sender

SIDE_SHARE = 0.3125
LEAST_SIDE_MM = 40.0
LEAST_STATUS_MM = 75.0
PORTRAIT_SHARE = 0.6
"""Of the height, for the state: its buttons stand in the lower half, where every hand reaches."""


class HomeScreen(Widget):  # type: ignore[misc]
    """Draws a HomeView on the whole panel; widgets are kept from view to view."""

    def __init__(self, look: Look, sender: Sender) -> None:
        panel = look.panel
        super().__init__(size_hint=(None, None), size=(panel.width_px, panel.height_px))
        self.look = look
        self.status = StatusPane(look, sender)
        self.side = SidePane(look, sender)
        self.add_widget(self.status)
        self._status_rect, self._side_rect = areas(panel)
        if self._side_rect is not None:
            self.add_widget(self.side)

    def show(self, view: HomeView) -> None:
        """Take over a view and lay it out."""
        beside = self._side_rect is not None
        self.status.show(view, surface_of(self.look.theme, view.tone), () if beside else view.footer)
        self.status.place(self._status_rect)
        if self._side_rect is not None:
            self.side.show(view.timeline, view.footer)
            self.side.place(self._side_rect)


def areas(panel: Panel) -> tuple[Rect, Rect | None]:
    """Where the state and the day stand; a panel too narrow for both shows the state alone."""
    width, height = panel.width_px, panel.height_px
    if panel.portrait:
        day = round(height * (1 - PORTRAIT_SHARE))
        return Rect(0, day, width, height - day), Rect(0, 0, width, day)
    side = max(round(width * SIDE_SHARE), panel.mm(LEAST_SIDE_MM))
    if width - side < panel.mm(LEAST_STATUS_MM):
        return Rect(0, 0, width, height), None
    return Rect(0, 0, width - side, height), Rect(width - side, 0, side, height)
