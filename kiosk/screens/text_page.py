"""A long text: the privacy notice."""

from __future__ import annotations

from kiosk.screens.button_bar import ButtonBar
from kiosk.screens.page_screen import PageScreen
from kiosk.screens.pager import TextPager
from kiosk.view import TextView
from ui.look import Look
from ui.placing import height_at, put
from ui.rect import Rect
from ui.sender import Sender

LONGEST_LINE_MM = 165.0
"""Longer lines are hard to read."""


class TextPage(PageScreen):
    """Title, paragraphs with buttons to go through them, buttons."""

    def __init__(self, look: Look, sender: Sender, *, low: bool = False) -> None:
        super().__init__(look, sender, low=low)
        self.title = self.heading()
        self.pager = TextPager(look)
        self.buttons = ButtonBar(look, sender)
        for widget in (self.title, self.pager, self.buttons):
            self.add_widget(widget)

    def show(self, page: TextView) -> None:
        self.title.text = page.title
        self.pager.show(page.paragraphs)
        self.buttons.show(page.buttons)

    def place(self, rect: Rect) -> None:
        title = height_at(self.title, rect.width)
        put(self.title, Rect(rect.x, rect.top - title, rect.width, title))
        buttons = self.buttons.height_for(rect.width)
        self.buttons.place(Rect(rect.x, rect.y, rect.width, buttons))
        low = rect.y + (buttons + self.gap if buttons else 0)
        width = min(rect.width, self.look.panel.mm(LONGEST_LINE_MM))
        self.pager.place(Rect(rect.x, low, width, max(1.0, rect.top - title - self.gap - low)))
