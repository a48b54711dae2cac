"""The admin's PIN: every digit is sent at once; dots say how many there are."""

from __future__ import annotations

from typing import Any

from kiosk.screens.column import Entry, place_column
from kiosk.screens.page_screen import PageScreen
from kiosk.view import Action, PinView, Verb
from ui.icons import Icon
from ui.look import Look
from ui.metrics import TextRole
from ui.placing import put
from ui.rect import Rect
from ui.sender import Sender
from ui.widgets.icon_button import IconButton
from ui.widgets.pin_pad import PinPad

WIDE_MM = 84.0
HIGH_MM = 84.0
LENGTH = 6


class PinPage(PageScreen):
    """Title and message at the left, the pad at the right, upright beneath; a cross leads home."""

    def __init__(self, look: Look, sender: Sender, *, low: bool = False) -> None:
        super().__init__(look, sender, low=low)
        self.title, self.message = self.heading(), self.words(lines=5)
        self.pad = PinPad(look, length=LENGTH, surface=self.surface)
        # The flow sees by itself when the digits are complete.
        self.pad.remove_widget(self.pad.enter)
        self.pad.bind(typed=self._typed)
        self.leave = IconButton(look, icon=Icon.CLOSE, surface=self.surface)
        self.leave.bind(on_tap=self._leave)
        self._following = False
        for widget in (self.title, self.message, self.pad, self.leave):
            self.add_widget(widget)

    def show(self, page: PinView) -> None:
        self.title.text, self.message.text = page.title, page.message
        self.pad.disabled = page.locked
        if len(self.pad.typed) != page.digits:
            self._following = True
            # The view says only how many there are: a wrong PIN empties the dots.
            self.pad.typed = self.pad.typed[: page.digits].ljust(page.digits, "0")
            self._following = False

    def wipe(self) -> None:
        self._following = True
        self.pad.clear()
        self._following = False

    def place(self, rect: Rect) -> None:
        panel = self.look.panel
        side = panel.touch
        put(self.leave, Rect(rect.right - side, rect.top - side, side, side))
        high, width = min(panel.mm(HIGH_MM), rect.height), min(panel.mm(WIDE_MM), rect.width)
        entries = (
            Entry(self.title, (TextRole.SUBTITLE, TextRole.TITLE)),
            Entry(self.message, (TextRole.BODY, TextRole.SMALL), self.gap * 0.5),
        )
        if panel.portrait:
            high = min(high, rect.height * 0.62)
            put(self.pad, Rect(rect.centre[0] - width / 2, rect.y, width, high))
            words = Rect(rect.x, rect.y + high, rect.width - side - self.gap, rect.height - high - self.gap)
        else:
            width = min(width, rect.width * 0.5)
            right = rect.right - side - 2 * self.gap
            low = rect.y if self.low else rect.top - high
            put(self.pad, Rect(right - width, low, width, high))
            words = Rect(rect.x, rect.y, right - width - 3 * self.gap - rect.x, rect.height)
        place_column(self.look, entries, words)

    def _typed(self, _pad: Any, digits: str) -> None:
        if self._following:
            return
        if len(digits) > LENGTH:
            self.pad.typed = digits[:LENGTH]
            return
        self.sender.type(Action(Verb.PIN, digits))

    def _leave(self, *_: Any) -> None:
        if self.get_root_window() is not None:
            self.sender.send(Action(Verb.HOME), self.leave)
