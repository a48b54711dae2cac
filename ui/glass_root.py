"""The root of a panel's widgets: who may touch, what was sent, and a picture that never stands still for hours."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from kivy.graphics import PopMatrix, PushMatrix, Translate
from kivy.uix.widget import Widget

from ui.metrics import Panel
from ui.sender import Sender
from ui.touches import Touches
from ui.widgets.painted import Painted
from ui.window import SHIFT_PATH

SHIFT_EVERY = 3
"""The picture moves by two pixels every third minute, against burn-in."""


class GlassRoot(Widget):  # type: ignore[misc]
    """Base of the apps' roots. A subclass adds its layers and a `show(view)`.

    `on_touch` is asked at every finger that lands and says whether it may touch anything: False wakes only.
    `on_release` hears of fingers that were lifted without an action. Both are called before the next frame.
    """

    def __init__(
        self,
        panel: Panel,
        on_action: Callable[[Any], None],
        on_touch: Callable[[], bool] = lambda: True,
        on_release: Callable[[], None] = lambda: None,
        *,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(size_hint=(None, None), size=(panel.width_px, panel.height_px))
        self.panel = panel
        self.sender = Sender(on_action, now_s=now_s)
        self.touches = Touches(self.sender, on_touch, on_release, now_s)
        self._shift = Translate(0, 0)
        self._clock, self._clocks = "", 0
        with self.canvas.before:
            PushMatrix()
        self.canvas.before.add(self._shift)
        with self.canvas.after:
            PopMatrix()

    def show(self, view: Any) -> None:
        """Show a view of the app's."""
        raise NotImplementedError

    def close(self) -> None:
        """Take everything off, so that nothing of it asks for frames any more."""
        raise NotImplementedError

    def paint_now(self) -> None:
        """Paint every widget without waiting for a frame."""
        for widget in self.walk():
            if isinstance(widget, Painted):
                widget.paint_now()

    def wander(self, clock: str) -> None:
        """Every few minutes the picture stands a little elsewhere; `clock` is the time as it is shown."""
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
