"""A dialog over the screen: a scrim, a title, a way to close it, and what it is about."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from ui.icons import Icon
from ui.look import Look
from ui.metrics import Layout, TextRole
from ui.painter import Painter, centred_baseline
from ui.rect import Rect
from ui.text import fit_size, shorten
from ui.widgets.icon_button import IconButton
from ui.widgets.painted import Painted


class Sheet(Painted):
    """Modal: covers the screen and swallows every touch that none of its own widgets takes.

    Give it the size of the screen. `on_close` is dispatched by the close button and by a tap beside the sheet
    (unless `closable` is off); the screen takes it away. Put what it shows into `body`:

    sheet = Sheet(look, title="Andet lokale", wide_mm=150, high_mm=90, size=screen.size)
    sheet.show(content)    # content gets the place and size of sheet.body
    """

    title = StringProperty("")
    closable = BooleanProperty(defaultvalue=True)
    wide_mm = NumericProperty(150.0)
    high_mm = NumericProperty(95.0)
    __events__: ClassVar[tuple[str, ...]] = ("on_close",)
    repaints: ClassVar[tuple[str, ...]] = ("title", "closable", "wide_mm", "high_mm")

    def __init__(self, look: Look, **properties: Any) -> None:
        self._content: Any = None
        self._outside: Any = None
        super().__init__(look, **properties)
        self.close_button = IconButton(look, icon=Icon.CLOSE, surface=look.theme.sheet)
        self.close_button.bind(on_tap=lambda *_: self.dispatch("on_close"))
        self.add_widget(self.close_button)
        for name in ("pos", "size", "closable", "wide_mm", "high_mm"):
            self.fbind(name, self._arrange)
        self._arrange()

    def on_close(self) -> None:
        """Close was tapped: take the sheet away."""

    def show(self, content: Any) -> None:
        """Replace what the sheet shows; it is placed in `body` and follows it."""
        if self._content is not None:
            self.remove_widget(self._content)
        self._content = content
        self.add_widget(content)
        self._arrange()

    @property
    def card(self) -> Rect:
        """The sheet itself: centred, or at the bottom of a portrait screen where a hand is."""
        panel = self.look.panel
        margin = panel.unit * 2
        width = min(panel.mm(self.wide_mm), self.width - 2 * margin)
        height = min(panel.mm(self.high_mm), self.height - 2 * margin)
        if panel.layout is Layout.PORTRAIT:
            width = self.width - 2 * margin
            return Rect(self.x + margin, self.y + margin, width, height)
        return Rect(self.center_x - width / 2, self.center_y - height / 2, width, height).snapped()

    @property
    def body(self) -> Rect:
        """Where the content goes: beneath the title, inside the padding."""
        pad, card = self._pad, self.card
        return Rect(card.x + pad, card.y + pad, card.width - 2 * pad, card.height - pad - self._head)

    @property
    def _pad(self) -> int:
        return self.look.panel.unit * 3

    @property
    def _head(self) -> int:
        return self.look.panel.touch + self.look.panel.unit * 2

    def paint(self, painter: Painter) -> None:
        theme, panel, card = self.look.theme, self.look.panel, self.card
        painter.fill(self.rect, theme.scrim, alpha=theme.scrim_alpha)
        painter.fill(card, theme.sheet.background, radius=panel.radius * 1.2)
        room = card.width - 2 * self._pad - panel.touch
        style = fit_size(self.title, self.look.style(TextRole.TITLE), room, min_px=panel.text(TextRole.BODY))
        baseline = centred_baseline(card.top - panel.unit - panel.touch / 2, style)
        painter.text(shorten(self.title, style, room), card.x + self._pad, baseline, style, theme.sheet.text)

    def on_touch_down(self, touch: Any) -> bool:
        if not super().on_touch_down(touch) and not self.card.contains(*touch.pos):
            self._outside = touch.uid
        return True

    def on_touch_move(self, touch: Any) -> bool:
        super().on_touch_move(touch)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        super().on_touch_up(touch)
        if self._outside == touch.uid and self.closable and not self.card.contains(*touch.pos):
            self.dispatch("on_close")
        self._outside = None
        return True

    def _arrange(self, *_: Any) -> None:
        card, side = self.card, self.look.panel.touch
        self.close_button.size = (side, side) if self.closable else (0, 0)
        self.close_button.disabled = not self.closable
        self.close_button.pos = (card.right - side - self.look.panel.unit, card.top - side - self.look.panel.unit)
        if self._content is not None:
            body = self.body
            self._content.pos, self._content.size = (body.x, body.y), (body.width, body.height)
