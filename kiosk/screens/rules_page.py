"""House rules, with an acceptance or a signature."""

from __future__ import annotations

from kiosk.screens.button_bar import ButtonBar
from kiosk.screens.page_screen import PageScreen
from kiosk.screens.pager import TextPager
from kiosk.screens.signature_box import SignatureBox
from kiosk.view import RulesView
from ui.look import Look
from ui.placing import height_at, put
from ui.rect import Rect
from ui.sender import Sender

BOX_SHARE = 0.46
LEAST_MM = 25.0
BOX_MM = 45.0
"""The box is no higher than this."""


class RulesPage(PageScreen):
    """Title, paragraphs, a box to sign in where the site asks for it, buttons."""

    def __init__(self, look: Look, sender: Sender, *, low: bool = False) -> None:
        super().__init__(look, sender, low=low)
        self.title = self.heading()
        self.pager = TextPager(look)
        self.box = SignatureBox(look, sender)
        self.buttons = ButtonBar(look, sender)
        for widget in (self.title, self.pager, self.buttons):
            self.add_widget(widget)

    def show(self, page: RulesView) -> None:
        self.title.text = page.title
        self.pager.show(page.paragraphs)
        if page.sign and self.box.parent is None:
            self.add_widget(self.box)
        elif not page.sign and self.box.parent is not None:
            self.remove_widget(self.box)
        self.box.show(page.strokes if page.sign else "")
        self.buttons.show((*page.buttons, page.accept))

    @property
    def ahead(self) -> bool:
        return self.box.ahead

    def wipe(self) -> None:
        self.box.wipe()

    def place(self, rect: Rect) -> None:
        title = height_at(self.title, rect.width)
        put(self.title, Rect(rect.x, rect.top - title, rect.width, title))
        buttons = self.buttons.height_for(rect.width)
        self.buttons.place(Rect(rect.x, rect.y, rect.width, buttons))
        low = rect.y + buttons + self.gap
        room = Rect(rect.x, low, rect.width, max(1.0, rect.top - title - self.gap - low))
        if self.box.parent is None:
            self.pager.place(room)
            return
        self._place_both(room)

    def _place_both(self, room: Rect) -> None:
        """Side by side; upright the box beneath the text. The box stands where it can be reached."""
        high = min(self.look.panel.mm(BOX_MM), self.reach(room, self.look.panel.mm(LEAST_MM)).height)
        if self.look.panel.portrait:
            high = min(high, room.height * BOX_SHARE)
            put(self.box, Rect(room.x, room.y, room.width, high))
            self.pager.place(Rect(room.x, room.y + high + self.gap, room.width, room.height - high - self.gap))
            return
        width = room.width * BOX_SHARE
        low = room.y if self.low else room.top - high
        put(self.box, Rect(room.right - width, low, width, high))
        self.pager.place(Rect(room.x, room.y, room.width - width - 2 * self.gap, room.height))
