"""What every widget is told when it is made: on which panel it is, and in which colours."""

from __future__ import annotations

from dataclasses import dataclass

from ui.metrics import Panel, TextRole
from ui.text import TextStyle
from ui.theme import Theme
from ui.typeface import Weight

WEIGHTS = {
    TextRole.STATUS: Weight.DISPLAY,
    TextRole.HEADLINE: Weight.BOLD,
    TextRole.SUBTITLE: Weight.MEDIUM,
    TextRole.ROOM: Weight.BOLD,
    TextRole.CLOCK: Weight.MEDIUM,
    TextRole.TITLE: Weight.SEMIBOLD,
    TextRole.BUTTON: Weight.BOLD,
    TextRole.KEY: Weight.SEMIBOLD,
    TextRole.BODY: Weight.MEDIUM,
    TextRole.SMALL: Weight.REGULAR,
    TextRole.DETAIL: Weight.MEDIUM,
    TextRole.CAPTION: Weight.MEDIUM,
}


@dataclass(frozen=True, slots=True)
class Look:
    """A panel and a theme."""

    panel: Panel
    theme: Theme

    def style(self, role: TextRole, weight: Weight | None = None) -> TextStyle:
        """The text style of a role, in its own weight or another."""
        return TextStyle(weight or WEIGHTS[role], self.panel.text(role))
