"""What all pages of the kiosk share."""

from __future__ import annotations

from typing import Any

from kivy.uix.widget import Widget

from ui.look import Look
from ui.metrics import Layout, TextRole
from ui.rect import Rect
from ui.sender import Sender
from ui.surface import Surface
from ui.typeface import Weight
from ui.widgets.fit_label import FitLabel
from ui.widgets.keyboard import Keyboard


class PageScreen(Widget):  # type: ignore[misc]
    """A page between the header and the bottom, or the keyboard. `low` keeps what is touched in the lower half."""

    def __init__(self, look: Look, sender: Sender, *, low: bool = False) -> None:
        panel = look.panel
        super().__init__(size_hint=(None, None), size=(panel.width_px, panel.height_px))
        self.look, self.sender, self.low = look, sender, low
        self.keyboard: Keyboard | None = None
        self.language = "en"

    def show(self, page: Any) -> None:
        """Take over a page of this screen's kind."""
        raise NotImplementedError

    def place(self, rect: Rect) -> None:
        """Lay it out in `rect`, which ends above the keyboard."""
        raise NotImplementedError

    def wipe(self) -> None:
        """Let go of all that was typed or drawn here."""

    @property
    def ahead(self) -> bool:
        """Whether something typed or drawn here is not yet in the view: the same view again then takes it away."""
        return False

    @property
    def surface(self) -> Surface:
        """The colours of the page."""
        return self.look.theme.page

    @property
    def keyboard_height(self) -> int:
        """What the keyboard takes at the bottom."""
        return int(self.keyboard.height) if self.keyboard is not None else 0

    @property
    def cramped(self) -> bool:
        """Whether a keyboard leaves room for little more than what is typed."""
        return self.keyboard is not None and self.look.panel.layout is Layout.COMPACT

    @property
    def title_in_header(self) -> bool:
        """Whether the page's title stands in the header: no room for both above a keyboard, or both too far up."""
        return self.keyboard is not None and (self.low or self.look.panel.layout is not Layout.WIDE)

    @property
    def gap(self) -> int:
        """Between the parts of a page."""
        unit = self.look.panel.unit
        if self.keyboard is not None:
            return unit if self.look.panel.portrait else round(unit * 0.625)
        return unit * (1 if self.look.panel.layout is Layout.COMPACT else 2)

    def reach(self, rect: Rect, least: float = 0.0) -> Rect:
        """The part of `rect` for what is touched: all of it, or what is in the lower half of the panel.

        On a low panel that half may be too little: then the lowest `least` px.
        """
        if not self.low:
            return rect
        top = min(rect.top, max(self.look.panel.height_px * 0.5, rect.y + least))
        return Rect(rect.x, rect.y, rect.width, max(1.0, top - rect.y))

    def heading(self, role: TextRole = TextRole.SUBTITLE, *, lines: int = 2) -> FitLabel:
        """A title."""
        return FitLabel(self.look, role=role, weight=Weight.BOLD, colour=self.surface.text, max_lines=lines, shrink=0.7)

    def words(self, role: TextRole = TextRole.BODY, *, lines: int = 3, muted: bool = True) -> FitLabel:
        """A text beneath a title."""
        colour = self.surface.muted if muted else self.surface.text
        weight = Weight.REGULAR if muted else Weight.MEDIUM
        return FitLabel(self.look, role=role, weight=weight, colour=colour, max_lines=lines, shrink=0.75)
