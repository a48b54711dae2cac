"""A button that carries an action."""

from __future__ import annotations

from typing import Any

from roomdisplay.screens.palette import button_style
from roomdisplay.view import Action, ButtonView
from ui.look import Look
from ui.sender import Sender
from ui.widgets.button import Button


class ActionButton(Button):
    """Shows a ButtonView and sends its action, unless that changed under the finger."""

    def __init__(self, look: Look, sender: Sender, **properties: Any) -> None:
        self.action: Action | None = None
        self._meant: Action | None = None
        self._sender = sender
        super().__init__(look, **properties)

    def show(self, view: ButtonView) -> None:
        """Take over a view."""
        self.action = view.action
        self.text, self.detail = view.label, view.detail
        self.style = button_style(view.style)
        self.disabled = not view.enabled

    def on_press(self) -> None:
        self._meant = self.action

    def on_tap(self) -> None:
        """A button that left the screen, or that means something else by now, was not meant."""
        meant, self._meant = self._meant, None
        if meant is not None and meant == self.action and self.get_root_window() is not None:
            self._sender.send(meant, self)
