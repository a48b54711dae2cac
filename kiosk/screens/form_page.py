"""Fields and the keyboard: contact details, sign-out by name."""

from __future__ import annotations

from typing import Any

from kiosk.screens.button_bar import ButtonBar
from kiosk.screens.field_box import FieldBox
from kiosk.screens.notice import Notice
from kiosk.screens.page_screen import PageScreen
from kiosk.screens.pager import Pager
from kiosk.screens.person_row import PersonRow
from kiosk.screens.sending import ActionLink, fill_widgets
from kiosk.view import Action, FieldView, FormView, Verb
from ui.look import Look
from ui.metrics import TextRole
from ui.placing import height_at, hide, put
from ui.rect import Rect
from ui.sender import Sender
from ui.widgets.keyboard import Keyboard

NARROWEST_MM = 44.0
GUEST_MM = 50.0


class FormPage(PageScreen):
    """Title and text, fields, a line about forgetting or about what is wrong, buttons, keyboard."""

    def __init__(self, look: Look, sender: Sender, *, low: bool = False) -> None:
        super().__init__(look, sender, low=low)
        self.title, self.text = self.heading(lines=1), self.words(TextRole.SMALL, lines=2)
        self.pager, self.guests = Pager(look), Pager(look)
        self.boxes: list[FieldBox] = []
        self.rows: list[PersonRow] = []
        self.note = ActionLink(look, sender)
        self.error = Notice(look, wrong=True)
        self.buttons = ButtonBar(look, sender, slim=True)
        self.keyboard = Keyboard(look)
        self.keyboard.bind(on_action=self._next)
        self.text.valign = "middle" if self.cramped else "top"
        self._page: FormView | None = None
        self._focused = ""
        for widget in (self.title, self.text, self.pager, self.guests, self.note, self.error, self.buttons):
            self.add_widget(widget)
        self.add_widget(self.keyboard)

    def show(self, page: FormView) -> None:
        before, self._page = self._page, page
        self.title.text, self.text.text = page.title, page.text
        self._fill(page.fields)
        if before is None or before.focused != page.focused or self._focused not in self._keys():
            self._focus(page.focused)
        self._label_keyboard()
        self.error.text = _error(page, self._focused)
        if page.note is not None:
            self.note.show(page.note)
        fill_widgets(None, self.rows, page.rows, lambda: PersonRow(self.look, self.sender))
        self.buttons.show(page.buttons)

    @property
    def ahead(self) -> bool:
        return any(box.ahead for box in self.boxes)

    def wipe(self) -> None:
        for box in self.boxes:
            box.wipe()

    def place(self, rect: Rect) -> None:
        top = self._place_head(rect)
        low = self._place_foot(rect)
        room = Rect(rect.x, low, rect.width, max(1.0, top - low))
        if self.rows and self.look.panel.portrait:
            high = self.look.panel.touch
            self._place_guests(Rect(room.x, room.y, room.width, high))
            room = Rect(room.x, room.y + high + self.gap, room.width, max(1.0, room.height - high - self.gap))
        self._place_fields(room)

    def _fill(self, fields: tuple[FieldView, ...]) -> None:
        while len(self.boxes) > len(fields):
            self.boxes.pop().wipe()
        while len(self.boxes) < len(fields):
            box = FieldBox(self.look, self.sender)
            box.on_chosen = self._chosen
            self.boxes.append(box)
        for box, field in zip(self.boxes, fields, strict=True):
            box.show(field)

    def _keys(self) -> list[str]:
        return [field.key for field in self._page.fields] if self._page else []

    def _chosen(self, box: FieldBox) -> None:
        if box.view is not None:
            self._focus(box.view.key)
            self._label_keyboard()

    def _focus(self, key: str) -> None:
        """Type into that field from now on."""
        self._focused = key
        for box in self.boxes:
            box.field.focused = box.view is not None and box.view.key == key
            if box.field.focused and self.keyboard is not None:
                box.attach(self.keyboard)
        self._reveal()

    def _reveal(self) -> None:
        """The focused field is in sight, and the one after it where there is room: it is a tap away."""
        at = next((index for index, box in enumerate(self.boxes) if box.field.focused), None)
        if at is not None:
            for box in reversed(self.boxes[at : at + 2]):
                self.pager.reveal(box)

    def _label_keyboard(self) -> None:
        page, keyboard = self._page, self.keyboard
        if page is None or keyboard is None:
            return
        keyboard.language, keyboard.action_label = self.language, page.next.label
        keyboard.action_enabled = page.next.enabled or self._following_empty() is not None

    def _next(self, *_: Any) -> None:
        """On; or, where something is still missing, to the next empty field."""
        page = self._page
        if page is None:
            return
        if page.next.enabled:
            self.sender.send(page.next.action)
            return
        box = self._following_empty()
        if box is not None and box.view is not None:
            self._focus(box.view.key)
            self._label_keyboard()
            self.sender.type(Action(Verb.FOCUS, box.view.key))

    def _following_empty(self) -> FieldBox | None:
        """The first empty field after the focused one, or before it."""
        keys = self._keys()
        at = keys.index(self._focused) + 1 if self._focused in keys else 0
        around = self.boxes[at:] + self.boxes[: max(0, at - 1)]
        return next((box for box in around if not box.field.text), None)

    def _place_head(self, rect: Rect) -> float:
        top = rect.top
        if self.title_in_header:
            hide(self.title)
        else:
            title = height_at(self.title, rect.width)
            put(self.title, Rect(rect.x, top - title, rect.width, title))
            top -= title
        if self.cramped or not self.text.text:
            hide(self.text)
            return top if self.title_in_header else top - self.gap * 0.5
        text = height_at(self.text, rect.width)
        put(self.text, Rect(rect.x, top - text, rect.width, text))
        return top - text - self.gap * 0.5

    def _place_foot(self, rect: Rect) -> float:
        """The note or the error at the left, the buttons at the right; returns where the fields may begin."""
        high = self.look.panel.touch
        wanted = self.buttons.width_wanted() if self.buttons.buttons else 0
        stacked = self.look.panel.portrait and wanted > rect.width * 0.45
        side = rect.width if stacked else min(wanted, rect.width * 0.6)
        self.buttons.place(Rect(rect.right - side, rect.y, side, high))
        left = Rect(rect.x, rect.y, rect.width - side - (self.gap if side else 0), high)
        if stacked:
            left = Rect(rect.x, rect.y + high + self.gap, rect.width, high)
        self._place_line(left)
        return (left.top if stacked else rect.y + high) + self.gap

    def _place_line(self, rect: Rect) -> None:
        """One of: what is wrong; the guests of the group, or the text, where there is no other room; the note."""
        crowded = not self.look.panel.portrait and bool(self.rows)
        if self.error.text:
            put(self.error, rect)
        else:
            self.error.leave()
        if crowded and not self.error.text:
            self._place_guests(rect)
        elif not self.rows or crowded:
            self.guests.leave()
        if self._page is not None and self._page.note is not None and not self.error.text and not crowded:
            put(self.note, rect)
        else:
            hide(self.note)
            if self.cramped and self.text.text and not self.error.text and not crowded:
                put(self.text, rect)

    def _place_guests(self, rect: Rect) -> None:
        panel = self.look.panel
        columns = max(1, int(rect.width / panel.mm(GUEST_MM)))
        self.guests.show_rows([(row, panel.touch) for row in self.rows], panel.unit, columns=columns)
        self.guests.place(rect)

    def _place_fields(self, room: Rect) -> None:
        high = self.boxes[0].height_wanted() if self.boxes else 0
        gap = self.look.panel.unit
        columns = 1 if self.look.panel.portrait else self._columns(room.width, int((room.height + gap) // (high + gap)))
        self.pager.show_rows([(box, high) for box in self.boxes], gap, columns=columns)
        lines = -(-len(self.boxes) // columns) if self.boxes else 0
        wanted = lines * high + gap * max(0, lines - 1)
        shown = self.pager.whole_rows(room)
        height = min(shown.height, wanted)
        low = room.y if self.low else room.top - height
        self.pager.place(Rect(room.x, low, room.width, height))
        self._reveal()

    def _columns(self, width: float, lines: int) -> int:
        """Three fields in a row, or two where a fourth would be alone; four rather than one out of sight."""
        count, least = len(self.boxes), self.look.panel.mm(NARROWEST_MM)
        columns = max(1, min(count, 3, int(width / least)))
        if count == 4 and columns == 3:
            columns = 2
        most = int(width / (least * self.look.panel.text_scale))
        return -(-count // lines) if columns * lines < count <= most * lines else columns


def _error(page: FormView, focused: str) -> str:
    """What is wrong with the focused field, else with the first that is wrong."""
    errors = {field.key: field.error for field in page.fields if field.error}
    return errors.get(focused) or next(iter(errors.values()), "")
