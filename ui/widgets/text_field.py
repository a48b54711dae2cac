"""What a guest or an admin types into, with our own keyboard only: no system keyboard ever comes up."""

from __future__ import annotations

import unicodedata
from typing import Any, ClassVar

from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from ui.look import Look
from ui.metrics import TextRole
from ui.painter import Painter, centred_baseline
from ui.rect import Rect
from ui.text import TextStyle, measure, shorten
from ui.typeface import Weight
from ui.widgets.touchable import Touchable

DOT = "•"
MAX_LENGTH = 80


class TextField(Touchable):
    """One line of text. A tap asks for the focus (`on_tap`) and puts the caret where the finger is.

    The screen connects it: `keyboard.target = field`, which calls `insert` and `backspace`.
    """

    text = StringProperty("")
    placeholder = StringProperty("")
    focused = BooleanProperty(defaultvalue=False)
    wrong = BooleanProperty(defaultvalue=False)
    masked = BooleanProperty(defaultvalue=False)
    max_length = NumericProperty(MAX_LENGTH)
    caret = NumericProperty(0)
    repaints: ClassVar[tuple[str, ...]] = (
        *Touchable.repaints,
        "text",
        "placeholder",
        "focused",
        "wrong",
        "masked",
        "caret",
    )

    def __init__(self, look: Look, **properties: Any) -> None:
        super().__init__(look, **properties)
        self.size_hint_min = (self.least_px, self.least_px)
        self.caret = len(self.text)
        self.fbind("text", self._keep_caret)

    def insert(self, letters: str) -> None:
        """Put letters at the caret; what exceeds `max_length` is dropped."""
        letters = letters[: max(0, int(self.max_length) - len(self.text))]
        before, after = self.text[: self.caret], self.text[self.caret :]
        head = unicodedata.normalize("NFC", before + letters)
        self.text = head + after
        self.caret = len(head)

    def backspace(self) -> None:
        """Take away the letter before the caret."""
        if self.caret > 0:
            before, after = self.text[: self.caret - 1], self.text[self.caret :]
            self.text = before + after
            self.caret = len(before)

    def clear(self) -> None:
        """Forget what was typed."""
        self.text = ""
        self.caret = 0

    def on_tap(self) -> None:
        self.caret = self._caret_at(self.touched_at[0])

    def paint(self, painter: Painter) -> None:
        panel, colours = self.look.panel, self.look.theme.field
        edge = colours.error if self.wrong else colours.focus if self.focused else colours.border
        painter.fill(self.rect, edge, radius=panel.radius)
        painter.fill(self.rect.inset(max(2, panel.mm(0.5))), colours.fill, radius=panel.radius * 0.85)
        baseline = centred_baseline(self.center_y, self._style)
        room = self._room
        shown, start = self._visible()
        if self.text:
            painter.text(shown, room.x, baseline, self._style, colours.text)
        else:
            hint = shorten(self.placeholder, self._style, room.width)
            painter.text(hint, room.x, baseline, self._style, colours.placeholder)
        if self.focused:
            x = room.x + measure(self._drawn[start : self.caret], self._style)
            high = self._style.cap_px * 1.5
            painter.fill(Rect(x, self.center_y - high / 2, max(2, panel.mm(0.35)), high), colours.text)

    @property
    def _style(self) -> TextStyle:
        return self.look.style(TextRole.TITLE, Weight.REGULAR)

    @property
    def _drawn(self) -> str:
        return DOT * len(self.text) if self.masked else self.text

    @property
    def _room(self) -> Rect:
        return self.rect.inset(self.look.panel.unit * 2.5, 0)

    def _visible(self) -> tuple[str, int]:
        """The part of the text that is drawn, and where it starts: the caret is always in it."""
        width = self._room.width - 4
        start = 0
        while start < self.caret and measure(self._drawn[start : self.caret], self._style) > width:
            start += 1
        end = len(self._drawn)
        while end > self.caret and measure(self._drawn[start:end], self._style) > width:
            end -= 1
        return self._drawn[start:end], start

    def _caret_at(self, x: float) -> int:
        shown, start = self._visible()
        left = self._room.x
        nearest = min(range(len(shown) + 1), key=lambda n: abs(left + measure(shown[:n], self._style) - x))
        return start + nearest

    def _keep_caret(self, *_: Any) -> None:
        self.caret = min(int(self.caret), len(self.text)) if self.caret else len(self.text)
