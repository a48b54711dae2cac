"""A question with tiles."""

from __future__ import annotations

from kiosk.screens.button_bar import ButtonBar
from kiosk.screens.column import Entry, fits, place_column
from kiosk.screens.page_screen import PageScreen
from kiosk.screens.tile_grid import TileGrid
from kiosk.view import ChoiceView
from ui.look import Look
from ui.metrics import TextRole
from ui.placing import hide
from ui.rect import Rect
from ui.sender import Sender

TITLE = (TextRole.SUBTITLE, TextRole.TITLE, TextRole.BODY)
TEXT = (TextRole.BODY, TextRole.SMALL)
WORDS_SHARE = 0.34


class ChoicePage(PageScreen):
    """Title and text, tiles, buttons."""

    def __init__(self, look: Look, sender: Sender, *, low: bool = False) -> None:
        super().__init__(look, sender, low=low)
        self.title, self.text = self.heading(), self.words()
        self.tiles = TileGrid(look, sender)
        self.buttons = ButtonBar(look, sender)
        for widget in (self.title, self.text, self.tiles, self.buttons):
            self.add_widget(widget)

    def show(self, page: ChoiceView) -> None:
        self.title.text, self.text.text = page.title, page.text
        self.tiles.show(page.tiles)
        self.buttons.show(page.buttons)

    def place(self, rect: Rect) -> None:
        buttons = self.buttons.height_for(rect.width)
        self.buttons.place(Rect(rect.x, rect.y, rect.width, buttons))
        low = rect.y + (buttons + self.gap if buttons else 0)
        tiles = self.tiles.least_height(rect.width) + self.gap
        most = max(1.0, min((rect.top - low) * WORDS_SHARE, rect.top - low - tiles))
        entries = [Entry(self.title, TITLE), Entry(self.text, TEXT, self.gap * 0.5)]
        place = Rect(rect.x, rect.top - most, rect.width, most)
        if not fits(self.look, entries, place):
            hide(self.text)
            entries.pop()
        top = place_column(self.look, entries, place)
        room = Rect(rect.x, low, rect.width, max(1.0, top - self.gap - low))
        self.tiles.place(self.reach(room, self.tiles.least_height(room.width)), low=self.low)
