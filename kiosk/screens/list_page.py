"""Rows for reception and admins."""

from __future__ import annotations

from kiosk.screens.button_bar import ButtonBar
from kiosk.screens.column import Entry, place_column
from kiosk.screens.page_screen import PageScreen
from kiosk.screens.pager import Pager
from kiosk.screens.person_row import PersonRow
from kiosk.screens.sending import fill_widgets
from kiosk.view import ListView
from ui.look import Look
from ui.metrics import TextRole
from ui.placing import height_at, hide, put
from ui.rect import Rect
from ui.sender import Sender

ROW_MM = 15.0
COLUMN_MM = 75.0
WORDS_SHARE = 0.34
LEAST_ROWS = 3


class ListPage(PageScreen):
    """Title and text, rows, buttons; a word in their place when there are none."""

    def __init__(self, look: Look, sender: Sender, *, low: bool = False) -> None:
        super().__init__(look, sender, low=low)
        self.title, self.text = self.heading(), self.words()
        self.empty = self.words(TextRole.TITLE)
        self.empty.align = "center"
        self.pager = Pager(look)
        self.rows: list[PersonRow] = []
        self.buttons = ButtonBar(look, sender)
        for widget in (self.title, self.text, self.empty, self.pager, self.buttons):
            self.add_widget(widget)

    def show(self, page: ListView) -> None:
        self.title.text, self.text.text = page.title, page.text
        self.empty.text = "" if page.rows else page.empty
        fill_widgets(None, self.rows, page.rows, lambda: PersonRow(self.look, self.sender))
        self.buttons.show(page.buttons)

    def place(self, rect: Rect) -> None:
        panel = self.look.panel
        buttons = self.buttons.height_for(rect.width)
        self.buttons.place(Rect(rect.x, rect.y, rect.width, buttons))
        low = rect.y + (buttons + self.gap if buttons else 0)
        most = (rect.top - low) * WORDS_SHARE
        entries = (
            Entry(self.title, (TextRole.SUBTITLE, TextRole.TITLE)),
            Entry(self.text, (TextRole.BODY, TextRole.SMALL), self.gap * 0.5),
        )
        top = place_column(self.look, entries, Rect(rect.x, rect.top - most, rect.width, most))
        room = Rect(rect.x, low, rect.width, max(1.0, top - self.gap - low))
        columns = max(1, int(room.width / panel.mm(COLUMN_MM)))
        lines = -(-len(self.rows) // columns)
        room = self.reach(room, min(lines, LEAST_ROWS) * (panel.mm(ROW_MM) + panel.unit))
        self.pager.show_rows([(row, panel.mm(ROW_MM)) for row in self.rows], panel.unit, columns=columns)
        self.pager.place(self.pager.whole_rows(room))
        if self.empty.text:
            high = height_at(self.empty, room.width)
            put(self.empty, Rect(room.x, room.centre[1] - high / 2, room.width, high))
        else:
            hide(self.empty)
