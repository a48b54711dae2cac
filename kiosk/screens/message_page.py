"""One thing to know, and what to do."""

from __future__ import annotations

from kiosk.screens.button_bar import ButtonBar
from kiosk.screens.column import Entry, place_column
from kiosk.screens.page_screen import PageScreen
from kiosk.screens.sign_card import SignCard
from kiosk.view import MessageView, Sign
from ui.look import Look
from ui.metrics import TextRole
from ui.placing import put
from ui.rect import Rect
from ui.sender import Sender

SIGN_MM = 20.0
TITLE = (TextRole.HEADLINE, TextRole.SUBTITLE, TextRole.TITLE)
TEXT = (TextRole.TITLE, TextRole.BODY, TextRole.SMALL)


class MessagePage(PageScreen):
    """A sign in a disc, title, text, buttons."""

    def __init__(self, look: Look, sender: Sender, *, low: bool = False) -> None:
        super().__init__(look, sender, low=low)
        self.sign = SignCard(look, sign=Sign.WAIT)
        self.title, self.text = self.heading(TextRole.HEADLINE, lines=3), self.words(lines=6)
        self.buttons = ButtonBar(look, sender)
        for widget in (self.sign, self.title, self.text, self.buttons):
            self.add_widget(widget)

    def show(self, page: MessageView) -> None:
        self.title.text, self.text.text = page.title, page.text
        self.sign.sign = page.sign
        self.buttons.show(page.buttons)

    def place(self, rect: Rect) -> None:
        panel = self.look.panel
        buttons = self.buttons.height_for(rect.width)
        self.buttons.place(Rect(rect.x, rect.y, rect.width, buttons))
        low = rect.y + (buttons + self.gap if buttons else 0)
        room = Rect(rect.x, low, rect.width, rect.top - self.gap - low)
        side = min(panel.mm(SIGN_MM), room.height * 0.3)
        put(self.sign, Rect(room.x, room.top - side, side, side))
        if panel.portrait:
            words = Rect(room.x, room.y, room.width, room.height - side - self.gap)
        else:
            words = Rect(room.x + side + 2 * self.gap, room.y, room.width - side - 2 * self.gap, room.height)
        entries = (Entry(self.title, TITLE), Entry(self.text, TEXT, self.gap * 0.75))
        place_column(self.look, entries, words)
