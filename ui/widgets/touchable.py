"""What can be pressed: one finger at a time, feedback at once, a way out by sliding off."""

from __future__ import annotations

import weakref
from typing import Any, ClassVar

from kivy.properties import BooleanProperty

from ui.look import Look
from ui.rect import Rect
from ui.widgets.painted import Painted

LOST_TOUCH_S = 20.0
"""A finger that rests longer than this is taken for a touch whose end was lost."""


class Touchable(Painted):
    """Press, slide off to cancel, release to act.

    Events: `on_press` when a finger lands, `on_tap` when it is lifted on the widget, `on_cancel` when it slid off.
    A second finger anywhere is ignored while one is down. What is drawn smaller than the least touch size still
    answers to a finger within that size about its centre.
    """

    pressed = BooleanProperty(defaultvalue=False)
    repaints: ClassVar[tuple[str, ...]] = ("pressed", "disabled")
    __events__: ClassVar[tuple[str, ...]] = ("on_press", "on_tap", "on_cancel")

    _holder: ClassVar[Any] = None
    """The touch that holds a widget of the screen, weakly; its end may be lost, so its age counts."""

    def __init__(self, look: Look, *, least_mm: float | None = None, **properties: Any) -> None:
        self.least_px = look.panel.touch if least_mm is None else look.panel.mm(least_mm)
        self.touched_at: tuple[float, float] = (0.0, 0.0)
        super().__init__(look, **properties)

    @property
    def touch_rect(self) -> Rect:
        """Where a finger hits the widget."""
        return self.rect.at_least(self.least_px, self.least_px)

    def hits(self, x: float, y: float) -> bool:
        """Whether a finger that lands there lands on the widget."""
        return self.touch_rect.contains(x, y)

    def holds(self, x: float, y: float) -> bool:
        """Whether a finger that landed on the widget is still on what it landed on."""
        return self.hits(x, y)

    def on_touch_down(self, touch: Any) -> bool:
        if super().on_touch_down(touch):
            return True
        if not self.hits(*touch.pos) or touch.is_mouse_scrolling:
            return False
        if self.disabled or _busy(Touchable._holder, touch):
            return self.rect.contains(*touch.pos)
        Touchable._holder = weakref.ref(touch)
        touch.grab(self)
        self.touched_at = touch.pos
        self.pressed = True
        self.dispatch("on_press")
        return True

    def on_touch_move(self, touch: Any) -> bool:
        if touch.grab_current is not self:
            return bool(super().on_touch_move(touch))
        self.pressed = self.holds(*touch.pos) and not self.disabled
        return True

    def on_touch_up(self, touch: Any) -> bool:
        if touch.grab_current is not self:
            return bool(super().on_touch_up(touch))
        touch.ungrab(self)
        Touchable._holder = None
        hit = self.holds(*touch.pos) and not self.disabled
        self.pressed = False
        self.dispatch("on_tap" if hit else "on_cancel")
        return True

    def on_press(self) -> None:
        """A finger landed."""

    def on_tap(self) -> None:
        """A finger was lifted on the widget: act."""

    def on_cancel(self) -> None:
        """A finger slid off."""


def _busy(holder: Any, touch: Any) -> bool:
    """Whether another finger is down, as far as can be known."""
    other = holder() if holder is not None else None
    if other is None or other is touch or other.time_end != -1:
        return False
    return bool(touch.time_start - other.time_start < LOST_TOUCH_S)
