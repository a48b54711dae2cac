"""The admin's PIN: every digit goes to the panel at once; dots say how many there are."""

from __future__ import annotations

from typing import Any

from roomdisplay.screens.sheet_screen import SheetScreen
from roomdisplay.view import Action, PinSheet, Verb
from ui.look import Look
from ui.placing import height_at, put
from ui.rect import Rect
from ui.sender import Sender
from ui.widgets.fit_label import FitLabel
from ui.widgets.pin_pad import PinPad

WIDE_MM = 84.0
KEY_MM = 14.0
HEAD_MM = 9.0
LENGTH = 6


class PinScreen(SheetScreen):
    """Message, dots, keys."""

    def __init__(self, look: Look, sender: Sender) -> None:
        super().__init__(look, sender)
        self.message = FitLabel(look, align="center", max_lines=2, shrink=0.8, colour=self.surface.muted)
        self.pad = PinPad(look, length=LENGTH)
        # The panel itself sees when the digits are complete.
        self.pad.remove_widget(self.pad.enter)
        self.pad.bind(typed=self._typed)
        self._following = False
        for widget in (self.message, self.pad):
            self.body.add_widget(widget)

    def show(self, view: PinSheet) -> None:
        """Take over the view: a wrong PIN empties the dots."""
        self.frame.title, self.message.text = view.title, view.message
        self.pad.disabled = view.locked
        if len(self.pad.typed) != view.digits:
            self._following = True
            self.pad.typed = self.pad.typed[: view.digits].ljust(view.digits, "0")
            self._following = False
        self._arrange()

    def _typed(self, _pad: Any, digits: str) -> None:
        if self._following:
            return
        if len(digits) > LENGTH:
            self.pad.typed = digits[:LENGTH]
            return
        self.sender.type(Action(Verb.PIN, digits))

    def _arrange(self) -> None:
        panel, unit = self.look.panel, self.look.panel.unit
        message = height_at(self.message, self.body_width(WIDE_MM))
        pad = panel.mm(HEAD_MM) + 4 * panel.mm(KEY_MM) + 3 * unit
        body = self.frame_to(wide_mm=WIDE_MM, body_px=message + unit + pad)
        put(self.message, Rect(body.x, body.top - message, body.width, message))
        put(self.pad, Rect(body.x, body.y, body.width, max(1.0, body.height - message - unit)))
