"""A write is under way: said at once, and nothing to touch."""

from __future__ import annotations

from typing import Any

from roomdisplay.screens.sheet_screen import SheetScreen
from roomdisplay.view import WorkingSheet
from ui.look import Look
from ui.metrics import TextRole
from ui.placing import height_at, put
from ui.rect import Rect
from ui.sender import Sender
from ui.widgets.fit_label import FitLabel
from ui.widgets.spinner import Spinner

WIDE_MM = 96.0
SPINNER_MM = 16.0


class WorkingScreen(SheetScreen):
    """A spinner over what is being done."""

    def __init__(self, look: Look, sender: Sender) -> None:
        super().__init__(look, sender)
        self.frame.closable = False
        self.spinner = Spinner(look, colour=self.surface.text, active=False)
        self.title = FitLabel(look, role=TextRole.TITLE, align="center", max_lines=2, colour=self.surface.text)
        self.text = FitLabel(look, align="center", max_lines=3, colour=self.surface.muted)
        for widget in (self.spinner, self.title, self.text):
            self.body.add_widget(widget)
        self.fbind("parent", self._turn_while_seen)

    def _turn_while_seen(self, *_: Any) -> None:
        self.spinner.active = self.parent is not None

    def show(self, view: WorkingSheet) -> None:
        """Take over the view."""
        self.title.text, self.text.text = view.title, view.text
        unit, width = self.look.panel.unit, self.body_width(WIDE_MM)
        side = self.look.panel.mm(SPINNER_MM)
        title, text = height_at(self.title, width), height_at(self.text, width)
        needed = side + unit * 4 + title + (unit + text if text else 0)
        body = self.frame_to(wide_mm=WIDE_MM, body_px=needed)
        top = self.frame.card.centre[1] + needed / 2
        put(self.spinner, Rect(body.centre[0] - side / 2, top - side, side, side))
        top -= side + unit * 4
        put(self.title, Rect(body.x, top - title, body.width, title))
        put(self.text, Rect(body.x, top - title - unit - text, body.width, text))
