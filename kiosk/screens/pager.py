"""More than fits, to be gone through by a button as well as by a finger: no gesture is needed."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor
from typing import Any

from kivy.uix.widget import Widget

from kiosk.screens.fade import Fade
from ui.icons import Icon
from ui.look import Look
from ui.metrics import TextRole
from ui.placing import height_at, hide, put
from ui.rect import Rect
from ui.widgets.fit_label import FitLabel
from ui.widgets.icon_button import IconButton
from ui.widgets.scroller import Scroller

MAX_PARAGRAPHS = 40
MAX_LINES = 60


class Pager(Widget):  # type: ignore[misc]
    """Rows in a Scroller, and at its right buttons up and down while there is more than fits.

    pager.show_rows([(row, height), ...], gap, columns=2); pager.place(rect)
    """

    def __init__(self, look: Look) -> None:
        super().__init__(size_hint=(None, None))
        self.look = look
        self.scroller = Scroller(look)
        self.up = IconButton(look, icon=Icon.UP, surface=look.theme.page)
        self.down = IconButton(look, icon=Icon.DOWN, surface=look.theme.page)
        self.up.bind(on_tap=lambda *_: self._turn(-1))
        self.down.bind(on_tap=lambda *_: self._turn(1))
        self.scroller.fbind("offset", self._enable)
        for widget in (self.scroller, self.up, self.down):
            self.add_widget(widget)
        self._rows: list[tuple[Any, float]] = []
        self._gap, self._columns = 0.0, 1
        self.leave()

    def leave(self) -> None:
        """Take it out of sight, with its rows."""
        self.show_rows([], 0)
        self.scroller.show_rows([], 0)
        for widget in (self.scroller, self.up, self.down):
            hide(widget)

    def show_rows(self, rows: Sequence[tuple[Any, float]], gap: float, *, columns: int = 1) -> None:
        """Take over rows and their heights in px; `place` lays them out."""
        self._rows, self._gap, self._columns = list(rows), gap, columns

    def content(self) -> float:
        """Height of all rows."""
        heights = [height for _, height in self._rows[:: self._columns]]
        return sum(heights) + self._gap * max(0, len(heights) - 1)

    def whole_rows(self, rect: Rect) -> Rect:
        """The upper part of `rect` that holds whole rows only, at least one; rows are taken to be equally high."""
        if not self._rows or not _overflows(self.content(), rect):
            return rect
        step = self._rows[0][1] + self._gap
        lines = max(1, int((rect.height + self._gap) // step))
        height = min(rect.height, lines * step - self._gap)
        low = floor(rect.top - height)  # rounded the other way, the last row would lose its edge
        return Rect(rect.x, low, rect.width, rect.top - low)

    def width_left(self, rect: Rect, content: float) -> float:
        """Width for the rows in that place: less when there must be buttons."""
        if not _overflows(content, rect):
            return rect.width
        return rect.width - self.look.panel.touch - self.look.panel.unit * (2 if self._stacked(rect) else 4)

    def place(self, rect: Rect) -> None:
        """Fill `rect`."""
        rect = rect.snapped()
        content = self.content()
        more = _overflows(content, rect)
        # What was lost by rounding is given back, or the last row loses its edge and a bar says that there is more.
        height = rect.height if more else max(rect.height, ceil(content))
        put(self.scroller, Rect(rect.x, rect.top - height, self.width_left(rect, content), height))
        self.scroller.show_rows(self._rows, self._gap, columns=self._columns)
        self._place_buttons(rect, more=more)
        self._enable()

    def reveal(self, widget: Any) -> None:
        """Scroll until that row is seen."""
        scroller = self.scroller
        if widget.top > scroller.top:
            scroller.offset = max(0.0, scroller.offset - (widget.top - scroller.top))
        elif widget.y < scroller.y:
            scroller.offset = min(scroller.longest, scroller.offset + (scroller.y - widget.y))

    def _place_buttons(self, rect: Rect, *, more: bool) -> None:
        if not more:
            hide(self.up)
            hide(self.down)
            return
        side = self.look.panel.touch
        left = rect.right - side
        put(self.down, Rect(left, rect.y, side, min(side, rect.height)))
        if self._stacked(rect):
            put(self.up, Rect(left, rect.y + side + self.look.panel.unit, side, side))
        else:
            hide(self.up)

    def _stacked(self, rect: Rect) -> bool:
        return rect.height >= 2 * self.look.panel.touch + self.look.panel.unit

    def _turn(self, direction: int) -> None:
        """Nearly a page; the only button that there is turns back at the end."""
        scroller = self.scroller
        if self.up.x < 0 and scroller.offset >= scroller.longest - 1:
            scroller.offset = 0
            return
        rows = self._rows[0][1] + self._gap if self._rows else scroller.height
        step = max(scroller.height * 0.8, self.look.panel.touch * 0.75)
        if rows <= scroller.height + self._gap + 1:
            step = max(1, int((scroller.height + self._gap) // rows)) * rows
        scroller.offset = min(max(0.0, scroller.offset + direction * step), scroller.longest)

    def _enable(self, *_: Any) -> None:
        offset, longest = self.scroller.offset, self.scroller.longest
        alone = self.up.x < 0
        at_end = offset >= longest - 1
        self.up.disabled = offset <= 1
        self.down.disabled = at_end and not alone
        self.down.icon = Icon.UP if alone and at_end and longest > 0 else Icon.DOWN


def _overflows(content: float, rect: Rect) -> bool:
    """A pixel that is lost when a place is rounded is nothing to page through."""
    return content > rect.height + 1


class TextPager(Pager):
    """Paragraphs; the line at an edge that has more behind it fades."""

    def __init__(self, look: Look, role: TextRole = TextRole.BODY) -> None:
        super().__init__(look)
        self._role = role
        self.labels: list[FitLabel] = []
        self.above, self.below = Fade(look, lower=False), Fade(look, lower=True)
        for fade in (self.above, self.below):
            self.add_widget(fade)
            hide(fade)

    def show(self, paragraphs: Sequence[str]) -> None:
        """Take over the paragraphs."""
        texts = list(paragraphs)[:MAX_PARAGRAPHS]
        del self.labels[len(texts) :]
        while len(self.labels) < len(texts):
            colour = self.look.theme.page.text
            self.labels.append(FitLabel(self.look, role=self._role, max_lines=MAX_LINES, colour=colour))
        for label, text in zip(self.labels, texts, strict=True):
            label.text = text

    def height_for(self, width: float) -> float:
        """Height of all paragraphs at that width."""
        self._measure(width)
        return self.content()

    def place(self, rect: Rect) -> None:
        """Fill `rect`; the lines are broken to the width that the buttons leave."""
        rect = rect.snapped()
        self._measure(rect.width)
        if _overflows(self.content(), rect):
            self._measure(self.width_left(rect, self.content()) - 2 * self.look.panel.unit)
        super().place(rect)

    def _enable(self, *_: Any) -> None:
        super()._enable()
        scroller, high = self.scroller, self.look.panel.line(self._role)
        width = scroller.width - 2 * self.look.panel.unit
        edges = (
            (self.above, scroller.top - high, scroller.offset > 1),
            (self.below, scroller.y, scroller.offset < scroller.longest - 1),
        )
        for fade, y, more in edges:
            if more:
                put(fade, Rect(scroller.x, y, width, high))
            else:
                hide(fade)

    def _measure(self, width: float) -> None:
        gap = self.look.panel.line(self._role) * 0.5
        self.show_rows([(label, height_at(label, width)) for label in self.labels], gap)
