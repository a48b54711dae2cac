"""Waiting for a code before the scanner, or for eight characters."""

from __future__ import annotations

from typing import Any

from kiosk.screens.button_bar import ButtonBar
from kiosk.screens.column import Entry, fits, place_column
from kiosk.screens.field_box import FieldBox
from kiosk.screens.notice import Notice
from kiosk.screens.page_screen import PageScreen
from kiosk.screens.sign_card import SignCard
from kiosk.view import CodeView
from ui.icons import Icon
from ui.look import Look
from ui.metrics import TextRole
from ui.placing import hide, put
from ui.rect import Rect
from ui.sender import Sender
from ui.widgets.keyboard import Keyboard

CARD_MM = 52.0
FIELD_MM = 90.0
TITLE = (TextRole.SUBTITLE, TextRole.TITLE, TextRole.BODY)
TEXT = (TextRole.BODY, TextRole.SMALL, TextRole.DETAIL)


class CodePage(PageScreen):
    """With a field: the field and a keyboard of digits and capitals; without one: a picture of a code."""

    def __init__(self, look: Look, sender: Sender, *, low: bool = False) -> None:
        super().__init__(look, sender, low=low)
        self.title, self.text = self.heading(), self.words(lines=4)
        self.message = Notice(look, max_lines=3)
        self.card = SignCard(look, icon=Icon.QR)
        self.box = FieldBox(look, sender)
        self.box.field.focused = True
        self.buttons = ButtonBar(look, sender)
        self._page: CodeView | None = None
        for widget in (self.title, self.text, self.message, self.buttons):
            self.add_widget(widget)

    def show(self, page: CodeView) -> None:
        self._page = page
        self.title.text, self.text.text = page.title, page.text
        self.message.text = page.message or (page.field.error if page.field else "")
        self._bring(typing=page.field is not None)
        buttons = page.buttons
        if page.field is not None and self.keyboard is not None:
            self.box.show(page.field)
            self.box.attach(self.keyboard)
            self.keyboard.language = self.language
            self.keyboard.action_label = page.next.label if page.next else ""
            self.keyboard.action_enabled = page.next is not None and page.next.enabled
        elif page.next is not None:
            buttons = (*buttons, page.next)
        self.buttons.show(buttons)

    @property
    def ahead(self) -> bool:
        return self.box.ahead

    def wipe(self) -> None:
        self.box.wipe()

    def place(self, rect: Rect) -> None:
        if self.keyboard is not None:
            self._place_typing(rect)
        else:
            self._place_scanning(rect)

    def _bring(self, *, typing: bool) -> None:
        """Field and keyboard, or the picture."""
        if typing and self.keyboard is None:
            self.keyboard = Keyboard(self.look)
            self.keyboard.bind(on_action=self._next)
            self.remove_widget(self.card)
            self.add_widget(self.box)
            self.add_widget(self.keyboard)
        elif not typing and self.card.parent is None:
            if self.keyboard is not None:
                self.box.wipe()
                self.remove_widget(self.box)
                self.remove_widget(self.keyboard)
                self.keyboard = None
            self.add_widget(self.card)

    def _place_typing(self, rect: Rect) -> None:
        """Words at the left, the field at the right; upright the field beneath them."""
        high, gap = self.box.height_wanted(), self.gap
        bar = self.look.panel.touch if self.buttons.buttons else 0
        self.buttons.place_slim(Rect(rect.x, rect.y, rect.width, bar))
        low = rect.y + (bar + gap if bar else 0)
        if self.look.panel.portrait:
            put(self.box, Rect(rect.x, low, rect.width, high))
            words = Rect(rect.x, low + high + gap, rect.width, rect.top - low - high - gap)
        else:
            width = min(self.look.panel.mm(FIELD_MM), rect.width * 0.48)
            bottom = low if self.low else rect.top - high
            put(self.box, Rect(rect.right - width, bottom, width, high))
            words = Rect(rect.x, low, rect.width - width - gap * 2, rect.top - low)
        self._place_words(words, title=not self.title_in_header)

    def _place_scanning(self, rect: Rect) -> None:
        buttons, gap = self.buttons.height_for(rect.width), self.gap
        self.buttons.place(Rect(rect.x, rect.y, rect.width, buttons))
        low = rect.y + (buttons + gap if buttons else 0)
        room = Rect(rect.x, low, rect.width, rect.top - gap - low)
        if self.look.panel.portrait:
            side = min(room.width, room.height * 0.55, self.look.panel.mm(CARD_MM))
            put(self.card, Rect(room.centre[0] - side / 2, room.y + gap, side, side))
            self._place_words(Rect(room.x, room.y + side + 2 * gap, room.width, room.height - side - 2 * gap))
            return
        side = min(room.width * 0.4, room.height, self.look.panel.mm(CARD_MM))
        put(self.card, Rect(room.right - side, room.top - side, side, side))
        self._place_words(Rect(room.x, room.y, room.width - side - 2 * gap, room.height))

    def _place_words(self, rect: Rect, *, title: bool = True) -> None:
        message = self.message.height_for(rect.width)
        room = Rect(rect.x, rect.y + message, rect.width, max(1.0, rect.height - message - self.gap))
        entries = [Entry(self.text, TEXT, self.gap * 0.5)]
        if title:
            entries.insert(0, Entry(self.title, TITLE))
        else:
            hide(self.title)
        place = Rect(rect.x, rect.top - room.height, rect.width, room.height)
        if message and not fits(self.look, entries, place):
            # What is wrong matters more than how it is done.
            hide(self.text)
            entries.pop()
        top = place_column(self.look, entries, place)
        if message:
            put(self.message, Rect(rect.x, max(rect.y, top - self.gap - message), rect.width, message))
        else:
            self.message.leave()

    def _next(self, *_: Any) -> None:
        if self._page is not None and self._page.next is not None and self._page.next.enabled:
            self.sender.send(self._page.next.action)
