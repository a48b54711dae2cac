"""The root of the widget tree: home, one sheet over it, and what lies over both."""

from __future__ import annotations

import time
from collections.abc import Callable

from kivy.uix.widget import Widget

from roomdisplay.screens.home import HomeScreen
from roomdisplay.screens.palette import surface_of
from roomdisplay.screens.sheet_screen import SheetScreen
from roomdisplay.screens.sheets import sheet_screen
from roomdisplay.view import Action, AsleepView, HomeView, PanelView, Sheet
from ui.glass_root import GlassRoot
from ui.look import Look
from ui.metrics import Panel
from ui.theme import Theme, room_theme
from ui.widgets.asleep import AsleepScreen
from ui.widgets.overlays import Dimmer, IdentifyBanner, Veil


class PanelRoot(GlassRoot):
    """Shows PanelViews and sends the actions that are touched on them.

    root = PanelRoot(TEN_INCH, panel.touches.act, panel.touches.touched, panel.touches.released)
    root.show(view)
    """

    def __init__(
        self,
        panel: Panel,
        on_action: Callable[[Action], None],
        on_touch: Callable[[], bool] = lambda: True,
        on_release: Callable[[], None] = lambda: None,
        *,
        theme: Theme | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(panel, on_action, on_touch, on_release, now_s=now_s)
        size = (panel.width_px, panel.height_px)
        self.look = Look(panel, theme or room_theme())
        self.view: PanelView | None = None
        self.home = HomeScreen(self.look, self.sender)
        self.asleep = AsleepScreen(self.look)
        self.veil = Veil(self.look, size=size)
        self.sheet: SheetScreen | None = None
        self.dimmer = Dimmer(self.look, size=size)
        self.identify = IdentifyBanner(self.look, size=size)
        self._under, self._over = Widget(size=size), Widget(size=size)
        self._under.add_widget(self.home)
        for layer in (self._under, self.veil, self._over, self.dimmer, self.identify):
            self.add_widget(layer)

    def show(self, view: PanelView) -> None:
        """Show `view`: only what differs from the one before is drawn anew."""
        before, self.view = self.view, view
        if view == before:
            return
        self._show_home(before.home if before else None, view.home)
        self._show_sheet(before.sheet if before else None, view.sheet)
        self.identify.text = view.identify
        self.dimmer.brightness = view.home.brightness if isinstance(view.home, HomeView) else 1.0
        self.wander(view.home.clock)
        self.sender.new_view()

    def _show_home(self, before: HomeView | AsleepView | None, home: HomeView | AsleepView) -> None:
        if home == before:
            return
        if isinstance(home, AsleepView):
            self._bring(self.asleep)
            self.asleep.show(home.clock, home.status)
            return
        self._bring(self.home)
        self.home.show(home)
        if isinstance(before, HomeView) and before.tone is not home.tone:
            status = self.home.status
            self.veil.pos, self.veil.size = status.pos, status.size
            self.veil.lift(surface_of(self.look.theme, before.tone).background)

    def _bring(self, screen: Widget) -> None:
        if screen.parent is None:
            self._under.clear_widgets()
            self._under.add_widget(screen)

    def _show_sheet(self, before: Sheet | None, sheet: Sheet | None) -> None:
        if sheet == before and (sheet is None) == (self.sheet is None):
            return
        if type(sheet) is not type(before) or self.sheet is None:
            self._over.clear_widgets()
            self.sheet = None if sheet is None else sheet_screen(sheet, self.look, self.sender)
            if self.sheet is not None:
                self._over.add_widget(self.sheet)
        if self.sheet is not None:
            self.sheet.show(sheet)
        if _other_page(before, sheet):
            self.touches.settle()

    def close(self) -> None:
        """Take everything off, so that nothing of it asks for frames any more."""
        self._over.clear_widgets()
        self._under.clear_widgets()


def _other_page(before: Sheet | None, sheet: Sheet | None) -> bool:
    """Whether a finger would now meet other things than a moment ago."""
    if sheet is None or before is None:
        return sheet is not before
    return type(sheet) is not type(before) or sheet.title != before.title
