"""Rows of lists: those that carry an action, and lines of a log."""

from __future__ import annotations

from typing import Any

from roomdisplay.screens.palette import row_surface, surface_of
from roomdisplay.view import Action, RowView, Tone
from ui.look import Look
from ui.sender import Sender
from ui.widgets.list_row import ListRow


class ActionRow(ListRow):
    """Shows a RowView; sends its action, if it has one, unless that changed under the finger."""

    def __init__(self, look: Look, sender: Sender, **properties: Any) -> None:
        self.action: Action | None = None
        self._meant: Action | None = None
        self._sender = sender
        super().__init__(look, surface=row_surface(look.theme), **properties)

    def show(self, view: RowView) -> None:
        """Take over a view."""
        self.action = view.action
        self.title, self.detail, self.note = view.title, view.detail, view.mark
        toned = view.mark and view.mark_tone is not Tone.NEUTRAL
        self.dot = surface_of(self.look.theme, view.mark_tone).background if toned else None
        self.disabled = not view.enabled

    def hits(self, x: float, y: float) -> bool:
        """A row without an action cannot be pressed."""
        return self.action is not None and self.rect.contains(x, y)

    def on_press(self) -> None:
        self._meant = self.action

    def on_tap(self) -> None:
        meant, self._meant = self._meant, None
        if meant is not None and meant == self.action and self.get_root_window() is not None:
            self._sender.send(meant, self)
