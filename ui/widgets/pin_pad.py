"""Digits for the admin's PIN."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import NumericProperty, ObjectProperty, StringProperty

from ui.icons import Icon
from ui.look import Look
from ui.painter import Painter
from ui.rect import Rect
from ui.text import forget
from ui.widgets.button import Button
from ui.widgets.icon_button import IconButton
from ui.widgets.painted import Painted

ROWS = ("123", "456", "789")
MAX_DIGITS = 12


class PinPad(Painted):
    """Dots above three by four keys. `on_enter(pin)` when the check key is tapped; the digits are then forgotten.

    `length` is how many dots are shown while they are empty; a PIN may be of 4 to 12 digits.
    """

    typed = StringProperty("")
    length = NumericProperty(6)
    surface = ObjectProperty(None)
    __events__: ClassVar[tuple[str, ...]] = ("on_enter",)
    repaints: ClassVar[tuple[str, ...]] = ("typed", "length", "surface")

    def __init__(self, look: Look, **properties: Any) -> None:
        properties.setdefault("surface", look.theme.sheet)
        super().__init__(look, **properties)
        self._keys = [self._digit(digit) for row in ROWS for digit in row]
        erase = IconButton(look, icon=Icon.BACKSPACE, surface=self.surface)
        erase.bind(on_tap=lambda *_: self._set(self.typed[:-1]))
        self.enter = IconButton(look, icon=Icon.CHECK, surface=self.surface, disabled=True)
        self.enter.bind(on_tap=lambda *_: self._enter())
        self._keys += [erase, self._digit("0"), self.enter]
        for key in self._keys:
            self.add_widget(key)
        self.fbind("pos", self._arrange)
        self.fbind("size", self._arrange)
        self._arrange()

    def on_enter(self, pin: str) -> None:
        """The check key was tapped."""

    def clear(self) -> None:
        """Forget the digits."""
        self._set("")

    def paint(self, painter: Painter) -> None:
        count = max(int(self.length), len(self.typed))
        radius = self.look.panel.mm(1.4)
        step = min(radius * 4, self.width / count)
        left = self.center_x - step * (count - 1) / 2
        for index in range(count):
            centre = (left + index * step, self.top - self._head / 2)
            filled = index < len(self.typed)
            painter.disc(centre, radius, self.surface.text if filled else self.surface.line)

    @property
    def _head(self) -> int:
        return self.look.panel.mm(9)

    def _digit(self, digit: str) -> Button:
        key = Button(self.look, text=digit, style="secondary", surface=self.surface)
        key.bind(on_tap=lambda *_: self._set(self.typed + digit))
        return key

    def _set(self, digits: str) -> None:
        self.typed = digits[:MAX_DIGITS]
        self.enter.disabled = len(self.typed) < 4

    def _enter(self) -> None:
        pin = self.typed
        self.clear()
        forget()
        self.dispatch("on_enter", pin)

    def _arrange(self, *_: Any) -> None:
        gap = self.look.panel.unit
        wide = (self.width - 2 * gap) / 3
        high = (self.height - self._head - 3 * gap) / 4
        for index, key in enumerate(self._keys):
            row, column = divmod(index, 3)
            box = Rect(
                self.x + column * (wide + gap), self.top - self._head - (row + 1) * high - row * gap, wide, high
            ).snapped()
            key.pos, key.size = (box.x, box.y), (box.width, box.height)
