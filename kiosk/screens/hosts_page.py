"""Whom do you visit: a field, at most five hits, our own keyboard."""

from __future__ import annotations

from typing import Any

from kiosk.screens.button_bar import ButtonBar
from kiosk.screens.column import one_role
from kiosk.screens.field_box import FieldBox
from kiosk.screens.notice import Notice
from kiosk.screens.page_screen import PageScreen
from kiosk.screens.pager import Pager
from kiosk.screens.person_row import PersonRow
from kiosk.screens.sending import fill_widgets
from kiosk.view import HostsView
from ui.icons import Icon
from ui.look import Look
from ui.metrics import Layout, TextRole
from ui.placing import hide, put
from ui.rect import Rect
from ui.sender import Sender
from ui.text import measure
from ui.typeface import Weight
from ui.widgets.keyboard import Keyboard
from ui.widgets.spinner import Spinner

TITLE = (TextRole.SUBTITLE, TextRole.TITLE, TextRole.BODY, TextRole.SMALL)
ROW_MM = 15.0
TITLE_SHARE = 0.4
"""Of the width, when the title stands beside the field."""


class HostsPage(PageScreen):
    """Title and field, hits or what to do, buttons, keyboard."""

    def __init__(self, look: Look, sender: Sender, *, low: bool = False) -> None:
        super().__init__(look, sender, low=low)
        self.title = self.heading()
        self.title.valign = "middle"
        self.box = FieldBox(look, sender, labelled=False)
        self.box.field.focused = True
        self.spinner = Spinner(look, colour=look.theme.accent.background, active=False)
        self.message = Notice(look, icon=Icon.SEARCH, max_lines=3)
        self.pager = Pager(look)
        self.rows: list[PersonRow] = []
        self.buttons = ButtonBar(look, sender, slim=True)
        self.keys = self.keyboard = Keyboard(look)
        self.keys.bind(on_action=self._next)
        self._page: HostsView | None = None
        for widget in (self.title, self.box, self.spinner, self.message, self.pager, self.buttons, self.keys):
            self.add_widget(widget)
        self.fbind("parent", self._turn_while_seen)

    def show(self, page: HostsView) -> None:
        self._page = page
        self.title.text, self.message.text = page.title, page.message
        self.box.show(page.field)
        self.box.attach(self.keys)
        self.keys.language, self.keys.action_label = self.language, page.next.label
        self.keys.action_enabled = page.next.enabled
        fill_widgets(None, self.rows, page.rows, lambda: PersonRow(self.look, self.sender))
        self.buttons.show(page.buttons)
        self._turn_while_seen()

    @property
    def ahead(self) -> bool:
        return self.box.ahead

    def wipe(self) -> None:
        self.box.wipe()
        for row in self.rows:
            row.wipe()

    def place(self, rect: Rect) -> None:
        top = self._place_head(rect)
        low = self._place_buttons(rect)
        room = Rect(rect.x, low, rect.width, max(1.0, top - self.gap - low))
        message = self.message.height_for(rect.width)
        if message:
            put(self.message, Rect(room.x, room.top - message, room.width, message))
            room = Rect(room.x, room.y, room.width, max(1.0, room.height - message - self.gap))
        else:
            self.message.leave()
        self._place_rows(room)

    @property
    def _beside(self) -> bool:
        """Whether the buttons stand beside the field, since there is no row for them."""
        return self.cramped

    def _place_head(self, rect: Rect) -> float:
        high = self.box.height_wanted()
        top = rect.top
        left, right = rect.x, rect.right
        if self.title_in_header:
            hide(self.title)
            if self._beside:
                right -= min(self.buttons.width_wanted(), rect.width * 0.55) + self.gap
        else:
            style = self.look.style(TextRole.SUBTITLE, Weight.BOLD)
            title = min(rect.width * TITLE_SHARE, measure(self.title.text, style) + 4)
            one_role(self.look, self.title, TITLE, Rect(rect.x, top - high, title, high).snapped())
            left += title + 2 * self.look.panel.unit
        field = Rect(left, top - high, right - left, high)
        put(self.box, field)
        side = round(high * 0.45)
        put(self.spinner, Rect(field.right - side * 1.5, field.centre[1] - side / 2, side, side))
        return top - high

    def _place_buttons(self, rect: Rect) -> float:
        """Returns where the hits may begin."""
        if self._beside:
            left = self.box.right + self.gap
            high = self.buttons.height_for(rect.right - left)
            middle = self.box.y + self.box.height / 2
            self.buttons.place(Rect(left, middle - high / 2, rect.right - left, high))
            return rect.y
        high = self.buttons.height_for(rect.width)
        self.buttons.place(Rect(rect.x, rect.y, rect.width, high))
        return rect.y + (high + self.gap if high else 0)

    def _place_rows(self, room: Rect) -> None:
        panel = self.look.panel
        columns = 2 if panel.portrait else 2 if len(self.rows) <= 4 and panel.layout is Layout.WIDE else 3
        if len(self.rows) <= (2 if panel.portrait else 1):
            columns = 1 if panel.portrait else 2
        lines = max(1, -(-len(self.rows) // columns))
        high = min(panel.mm(ROW_MM), max(panel.touch, (room.height - self.gap * (lines - 1)) / lines))
        self.pager.show_rows([(row, int(high)) for row in self.rows], self.gap, columns=columns)
        self.pager.place(self.pager.whole_rows(room))

    def _next(self, *_: Any) -> None:
        if self._page is not None and self._page.next.enabled:
            self.sender.send(self._page.next.action)

    def _turn_while_seen(self, *_: Any) -> None:
        self.spinner.active = self.parent is not None and self._page is not None and self._page.busy
