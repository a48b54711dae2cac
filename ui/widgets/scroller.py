"""Rows that scroll under a finger, and still answer to it within a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Rectangle, StencilPop, StencilPush, StencilUnUse, StencilUse
from kivy.properties import NumericProperty
from kivy.uix.widget import Widget

from ui.look import Look
from ui.painter import Painter
from ui.placing import put
from ui.rect import Rect
from ui.widgets.painted import Painted
from ui.widgets.touchable import Touchable

SLIP_MM = 3.0
"""A finger that moves farther than this scrolls, and no longer taps."""

FRICTION = 0.9
STILL_PX_S = 40.0
STEP_S = 1 / 30


class Scroller(Widget):  # type: ignore[misc]
    """Clips its rows to its box. `show_rows` gives it the rows with their heights; they stay where they were scrolled.

    Kivy's ScrollView holds a touch back for a while to see whether it becomes a swipe; here the row is pressed at
    once and let go when the finger slips.
    """

    offset = NumericProperty(0.0)
    """How far the rows are scrolled, in px: 0 shows the first."""

    def __init__(self, look: Look) -> None:
        super().__init__(size_hint=(None, None))
        self.look = look
        self.bar = ScrollBar(look)
        self._rows: list[tuple[Any, float]] = []
        self._gap = 0.0
        self._touch: Any = None
        self._from_y = self._from_offset = 0.0
        self._scrolling = False
        self._speed = 0.0
        self._columns = 1
        self._glide = Clock.create_trigger(self._roll, STEP_S, interval=True)
        self._stencils = (Rectangle(), Rectangle())
        for instruction in (StencilPush(), self._stencils[0], StencilUse()):
            self.canvas.before.add(instruction)
        for instruction in (StencilUnUse(), self._stencils[1], StencilPop()):
            self.canvas.after.add(instruction)
        for name in ("pos", "size", "offset"):
            self.fbind(name, self._arrange)
        self.fbind("parent", lambda *_: self._glide.cancel())

    def show_rows(self, rows: Sequence[tuple[Any, float]], gap: float, *, columns: int = 1) -> None:
        """Take over rows and their heights in px; in several columns they are read line by line, all equally high."""
        wanted = [row for row, _ in rows]
        for row, _ in self._rows:
            if row not in wanted:
                self.remove_widget(row)
        for row in wanted:
            if row.parent is None:
                self.add_widget(row)
        self.remove_widget(self.bar)
        self.add_widget(self.bar)
        self._rows, self._gap, self._columns = list(rows), gap, columns
        self.offset = min(self.offset, self.longest)
        self._arrange()

    @property
    def content(self) -> float:
        """Height of all rows."""
        heights = [height for _, height in self._rows[:: self._columns]]
        return float(sum(heights) + self._gap * max(0, len(heights) - 1))

    @property
    def longest(self) -> float:
        """How far it can be scrolled."""
        return max(0.0, self.content - float(self.height))

    def on_touch_down(self, touch: Any) -> bool:
        if not self.collide_point(*touch.pos):
            return False
        self._glide.cancel()
        super().on_touch_down(touch)
        if self._touch is None and self.longest > 0:
            self._touch, self._scrolling, self._speed = touch, False, 0.0
            self._from_y, self._from_offset = touch.y, self.offset
            touch.grab(self)
        return True

    def on_touch_move(self, touch: Any) -> bool:
        if touch.grab_current is not self or touch is not self._touch:
            return bool(super().on_touch_move(touch))
        moved = touch.y - self._from_y
        if not self._scrolling and abs(moved) > self.look.panel.mm(SLIP_MM):
            self._scrolling = True
            self._let_rows_go(touch)
        if self._scrolling:
            before = self.offset
            self.offset = min(max(0.0, self._from_offset + moved), self.longest)
            since_s = max(0.005, touch.time_update - getattr(touch, "last_time_update", touch.time_start))
            self._speed = 0.6 * (self.offset - before) / since_s + 0.4 * self._speed
        return True

    def on_touch_up(self, touch: Any) -> bool:
        if touch.grab_current is not self or touch is not self._touch:
            return bool(super().on_touch_up(touch))
        touch.ungrab(self)
        self._touch = None
        if self._scrolling and abs(self._speed) > STILL_PX_S:
            self._glide()
        return True

    def _let_rows_go(self, touch: Any) -> None:
        """The rows, and what is in them, never hear of the end of this touch."""
        for grabbed in list(touch.grab_list):
            widget = grabbed()
            if isinstance(widget, Touchable) and any(below is widget for below in self.walk(restrict=True)):
                touch.ungrab(widget)
                widget.pressed = False
                widget.dispatch("on_cancel")

    def _roll(self, elapsed_s: float) -> bool:
        self._speed *= FRICTION
        before = self.offset
        self.offset = min(max(0.0, before + self._speed * min(elapsed_s, 0.1)), self.longest)
        if abs(self._speed) < STILL_PX_S or self.offset == before:
            self._glide.cancel()
            return False
        return True

    def _arrange(self, *_: Any) -> None:
        for stencil in self._stencils:
            stencil.pos, stencil.size = self.pos, self.size
        whole = self.width - (self.look.panel.unit * 2 if self.longest else 0)
        width = (whole - self._gap * (self._columns - 1)) / self._columns
        top = self.top + self.offset
        for index, (row, height) in enumerate(self._rows):
            column = index % self._columns
            put(row, Rect(self.x + column * (width + self._gap), top - height, width, height))
            if column == self._columns - 1:
                top -= height + self._gap
        self.bar.shown = min(1.0, self.height / self.content) if self.longest else 1.0
        self.bar.at = self.offset / self.longest if self.longest else 0.0
        put(self.bar, Rect(self.right - self.look.panel.unit, self.y, self.look.panel.unit, self.height))


class ScrollBar(Painted):
    """How much there is, and which part is seen; nothing when all is seen."""

    shown = NumericProperty(1.0)
    at = NumericProperty(0.0)
    repaints = ("shown", "at")

    def paint(self, painter: Painter) -> None:
        if self.shown >= 1:
            return
        surface = self.look.theme.sheet
        width = max(3, self.look.panel.mm(0.8))
        track = Rect(self.right - width, self.y, width, self.height)
        painter.fill(track, surface.disabled.fill, radius=width / 2)
        high = max(self.look.panel.mm(6), self.height * self.shown)
        y = self.top - high - self.at * (self.height - high)
        painter.fill(Rect(track.x, y, width, high), surface.muted, radius=width / 2)
