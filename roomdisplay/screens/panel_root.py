"""The root of the widget tree: home, one sheet over it, and what lies over both."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from kivy.graphics import PopMatrix, PushMatrix, Translate
from kivy.uix.widget import Widget

from roomdisplay.screens.asleep import AsleepScreen
from roomdisplay.screens.home import HomeScreen
from roomdisplay.screens.overlays import Dimmer, IdentifyBanner, Veil
from roomdisplay.screens.palette import surface_of
from roomdisplay.screens.sender import Sender
from roomdisplay.screens.sheet_screen import SheetScreen
from roomdisplay.screens.sheets import sheet_screen
from roomdisplay.screens.touches import Touches
from roomdisplay.view import Action, AsleepView, HomeView, PanelView, Sheet
from ui.look import Look
from ui.metrics import Panel
from ui.theme import Theme, room_theme
from ui.widgets.painted import Painted
from ui.window import SHIFT_PATH

SHIFT_EVERY = 3
"""The picture moves by two pixels every third minute, against burn-in."""


class PanelRoot(Widget):  # type: ignore[misc]
    """Shows PanelViews and sends the actions that are touched on them.

    `on_touch` is asked at every finger that lands and says whether it may touch anything: False wakes only.
    `on_release` hears of fingers that were lifted without an action. Both are called before the next frame.

    root = PanelRoot(TEN_INCH, panel.touch, panel.touched, panel.released_touch)
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
        size = (panel.width_px, panel.height_px)
        super().__init__(size_hint=(None, None), size=size)
        self.look = Look(panel, theme or room_theme())
        self.sender = Sender(on_action, now_s=now_s)
        self.touches = Touches(self.sender, on_touch, on_release, now_s)
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
        self._shift = Translate(0, 0)
        self._clock, self._clocks = "", 0
        with self.canvas.before:
            PushMatrix()
        self.canvas.before.add(self._shift)
        with self.canvas.after:
            PopMatrix()

    def show(self, view: PanelView) -> None:
        """Show `view`: only what differs from the one before is drawn anew."""
        before, self.view = self.view, view
        if view == before:
            return
        self._show_home(before.home if before else None, view.home)
        self._show_sheet(before.sheet if before else None, view.sheet)
        self.identify.text = view.identify
        self.dimmer.brightness = view.home.brightness if isinstance(view.home, HomeView) else 1.0
        self._wander(view.home.clock)
        self.sender.new_view()

    def _show_home(self, before: HomeView | AsleepView | None, home: HomeView | AsleepView) -> None:
        if home == before:
            return
        if isinstance(home, AsleepView):
            self._bring(self.asleep)
            self.asleep.show(home)
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

    def paint_now(self) -> None:
        """Paint every widget without waiting for a frame."""
        for widget in self.walk():
            if isinstance(widget, Painted):
                widget.paint_now()

    def close(self) -> None:
        """Take everything off, so that nothing of it asks for frames any more."""
        self._over.clear_widgets()
        self._under.clear_widgets()

    def _wander(self, clock: str) -> None:
        """Every few minutes the picture stands a little elsewhere."""
        if clock == self._clock:
            return
        self._clock, self._clocks = clock, self._clocks + 1
        x, y = SHIFT_PATH[self._clocks // SHIFT_EVERY % len(SHIFT_PATH)]
        if (x, y) != tuple(self._shift.xyz[:2]):
            self._shift.xy = (x, y)

    def on_touch_down(self, touch: Any) -> bool:
        if self.touches.down(touch):
            super().on_touch_down(touch)
            touch.grab(self)
        return True

    def on_touch_move(self, touch: Any) -> bool:
        if self.touches.follows(touch) and touch.grab_current is not self:
            super().on_touch_move(touch)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        if not self.touches.follows(touch):
            return True
        if touch.grab_current is not self:
            super().on_touch_up(touch)
            return True
        # Widgets grabbed the touch before this root did, so they have had their say by now.
        touch.ungrab(self)
        self.touches.up(touch)
        return True


def _other_page(before: Sheet | None, sheet: Sheet | None) -> bool:
    """Whether a finger would now meet other things than a moment ago."""
    if sheet is None or before is None:
        return sheet is not before
    return type(sheet) is not type(before) or sheet.title != before.title
