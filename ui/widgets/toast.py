"""A short message over the screen: what happened, and for a while a way to undo it."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.clock import Clock
from kivy.properties import NumericProperty, StringProperty

from ui.look import Look
from ui.metrics import TextRole
from ui.painter import Painter, centred_baseline
from ui.rect import Rect
from ui.surface import surface
from ui.text import TextStyle, measure, wrap
from ui.typeface import Weight
from ui.widgets.button import Button
from ui.widgets.painted import Painted

MAX_LINES = 2


class Toast(Painted):
    """Sits at the bottom of the screen area it is given; `on_done` after `show_s`, `on_undo` when undone.

    toast = Toast(look, text=t("Released"), undo_label=t("Undo"), show_s=10, size=screen.size)

    The time runs from when it is put on a screen; 0 shows it until it is taken away.
    """

    text = StringProperty("")
    undo_label = StringProperty("")
    show_s = NumericProperty(5.0)
    __events__: ClassVar[tuple[str, ...]] = ("on_undo", "on_done")
    repaints: ClassVar[tuple[str, ...]] = ("text", "undo_label")

    def __init__(self, look: Look, **properties: Any) -> None:
        self._timer: Any = None
        super().__init__(look, **properties)
        fill = look.theme.toast
        self.button = Button(look, surface=surface(fill.fill, fill.text), style="inverse", compact=True)
        self.button.bind(on_tap=lambda *_: self.dispatch("on_undo"))
        for name in ("pos", "size", "text", "undo_label"):
            self.fbind(name, self._arrange)
        self.fbind("parent", self._restart)
        self.fbind("show_s", self._restart)
        self._arrange()

    def on_undo(self) -> None:
        """Undo was tapped; the screen takes the toast away."""

    def on_done(self) -> None:
        """It has been shown for `show_s`; the screen takes it away."""

    @property
    def card(self) -> Rect:
        """The message itself."""
        panel, unit = self.look.panel, self.look.panel.unit
        most = self.width - 2 * panel.margin
        button = self._button_width + unit if self.undo_label else 0
        lines = wrap(self.text, self._style, most - button - 6 * unit, MAX_LINES)
        text = max((measure(line, self._style) for line in lines), default=0)
        width = min(most, text + button + 6 * unit)
        height = max(panel.touch + 2 * unit, len(lines) * self._style.line_px + 4 * unit)
        return Rect(self.center_x - width / 2, self.y + panel.margin, width, height).snapped()

    def paint(self, painter: Painter) -> None:
        unit, fill, card = self.look.panel.unit, self.look.theme.toast, self.card
        painter.box(card, fill, radius=self.look.panel.radius)
        room = card.width - 6 * unit - (self._button_width + unit if self.undo_label else 0)
        lines = wrap(self.text, self._style, room + 1, MAX_LINES)
        first = card.centre[1] + (len(lines) - 1) * self._style.line_px / 2
        for index, line in enumerate(lines):
            baseline = centred_baseline(first - index * self._style.line_px, self._style)
            painter.text(line, card.x + 3 * unit, baseline, self._style, fill.text)

    @property
    def _style(self) -> TextStyle:
        return self.look.style(TextRole.BODY, Weight.SEMIBOLD)

    @property
    def _button_width(self) -> int:
        label = self.look.style(TextRole.DETAIL, Weight.SEMIBOLD)
        return max(self.look.panel.touch, measure(self.undo_label, label) + 6 * self.look.panel.unit)

    def _arrange(self, *_: Any) -> None:
        if bool(self.undo_label) != (self.button.parent is not None):
            (self.add_widget if self.undo_label else self.remove_widget)(self.button)
        card, panel = self.card, self.look.panel
        self.button.text = self.undo_label
        self.button.size = (self._button_width, panel.touch)
        self.button.pos = (card.right - panel.unit - self._button_width, card.centre[1] - panel.touch / 2)

    def _restart(self, *_: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.parent is not None and self.show_s > 0:
            self._timer = Clock.schedule_once(lambda _: self.dispatch("on_done"), self.show_s)
