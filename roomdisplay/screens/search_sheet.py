"""Finding a person by name: a field, the hits, and our own keyboard."""

from __future__ import annotations

from typing import Any

from roomdisplay.screens.action_row import ActionRow
from roomdisplay.screens.button_grid import ButtonGrid
from roomdisplay.screens.sheet_screen import SheetScreen
from roomdisplay.view import Action, SearchSheet, Verb
from ui.keyboard_layout import Layer
from ui.look import Look
from ui.metrics import Layout, TextRole
from ui.placing import height_at, hide, put
from ui.rect import Rect
from ui.sender import Sender
from ui.text import measure
from ui.typeface import Weight
from ui.widgets.backdrop import Backdrop
from ui.widgets.fit_label import FitLabel
from ui.widgets.keyboard import Keyboard
from ui.widgets.paragraphs import Paragraphs
from ui.widgets.scroller import Scroller
from ui.widgets.spinner import Spinner
from ui.widgets.text_field import TextField

ROW_MM = 13.2
FIELD_MM = 12.5
LONGEST = 60


class SearchScreen(SheetScreen):
    """Takes the whole panel: a keyboard leaves no room beside a sheet."""

    def __init__(self, look: Look, sender: Sender) -> None:
        super().__init__(look, sender)
        self.remove_widget(self.frame)
        self.backdrop = Backdrop(look, colour=self.surface.background, size=self.size)
        compact = look.panel.layout is Layout.COMPACT
        role = TextRole.BODY if compact else TextRole.TITLE
        self.title = FitLabel(
            look, role=role, weight=Weight.SEMIBOLD, shrink=0.7, valign="middle", colour=self.surface.text
        )
        self.field = TextField(look, focused=True, max_length=LONGEST)
        self.spinner = Spinner(look, colour=self.surface.text, active=False)
        self.message = Paragraphs(look)
        self.rows = Scroller(look)
        self.buttons = ButtonGrid(look, sender, compact=True, max_rows=1)
        self.keyboard = Keyboard(look)
        self._hits: list[ActionRow] = []
        self._view: SearchSheet | None = None
        self._following = False
        parts = (self.backdrop, self.title, self.field, self.message, self.rows, self.buttons, self.spinner)
        for widget in (*parts, self.keyboard):
            self.add_widget(widget)
        self.field.bind(text=self._typed)
        self.keyboard.bind(on_action=self._choose_only)
        self.fbind("parent", self._turn_while_seen)

    def show(self, view: SearchSheet) -> None:
        """Take over the view. What is being typed is not taken back by a view that is behind it."""
        first, self._view = self._view is None, view
        self.title.text, self.field.placeholder = view.title, view.prompt
        if first or not view.text:
            self._following = True
            self.field.text = view.text
            self.field.caret = len(view.text)
            self._following = False
        if first:
            self.keyboard.attach(self.field, Layer.LETTERS, capitals=True)
        self.message.show(view.message, self.surface.muted)
        self.keyboard.language = view.language
        only = view.rows[0] if len(view.rows) == 1 and view.rows[0].enabled else None
        self.keyboard.action_label = only.title if only else ""
        self.keyboard.action_enabled = only is not None
        self.buttons.show(view.buttons, self.surface)
        self._turn_while_seen()
        self._fill(view)
        self._arrange()

    def on_touch_down(self, touch: Any) -> bool:
        super().on_touch_down(touch)
        return True

    def _typed(self, _field: Any, text: str) -> None:
        if not self._following:
            self.sender.type(Action(Verb.TYPED, text))

    def _choose_only(self, *_: Any) -> None:
        """The large key picks the person when there is only one."""
        rows = self._view.rows if self._view else ()
        action = rows[0].action if len(rows) == 1 and rows[0].enabled else None
        if action is not None:
            self.sender.send(action)

    def _turn_while_seen(self, *_: Any) -> None:
        self.spinner.active = self.parent is not None and self._view is not None and self._view.busy

    def _fill(self, view: SearchSheet) -> None:
        del self._hits[len(view.rows) :]
        while len(self._hits) < len(view.rows):
            self._hits.append(ActionRow(self.look, self.sender))
        for hit, row in zip(self._hits, view.rows, strict=True):
            hit.show(row)

    def _arrange(self) -> None:
        panel = self.look.panel
        margin, gap = panel.unit * 3, panel.unit * 2
        self.keyboard.pos = (0, 0)
        room = Rect(margin, self.keyboard.height + gap, panel.width_px - 2 * margin, 0)
        top = self._place_head(room, panel.height_px - gap, gap)
        room = Rect(room.x, room.y, room.width, max(1.0, top - gap - room.y))
        message = self.message.height_for(room.width)
        self.message.place(Rect(room.x, room.top - message, room.width, message))
        put(self.rows, Rect(room.x, room.y, room.width, room.height - (message + gap if message else 0)))
        columns = 1 if panel.layout is Layout.PORTRAIT else 2
        self.rows.show_rows([(row, panel.mm(ROW_MM)) for row in self._hits], gap=panel.unit, columns=columns)

    def _place_head(self, room: Rect, top: float, gap: float) -> float:
        """Title, field and buttons: on one line where there is room for it. Returns the bottom of it."""
        panel = self.look.panel
        high = panel.mm(FIELD_MM)
        side = self._buttons_width()
        if panel.layout is not Layout.PORTRAIT:
            style = self.look.style(self.title.role, self.title.weight)
            title = min(room.width * 0.36, measure(self.title.text, style) + 4)
            put(self.title, Rect(room.x, top - high, title, high))
            left = room.x + title + gap * 1.5
        else:
            title = height_at(self.title, room.width)
            put(self.title, Rect(room.x, top - title, room.width, title))
            left, top = room.x, top - title - gap * 0.75
        field = Rect(left, top - high, room.right - side - (gap if side else 0) - left, high)
        put(self.field, field)
        self.buttons.place(Rect(room.right - side, top - high, side, high))
        self._place_spinner(field)
        return top - high

    def _place_spinner(self, field: Rect) -> None:
        if not self.spinner.active and not (self._view and self._view.busy):
            hide(self.spinner)
            return
        side = field.height * 0.45
        put(self.spinner, Rect(field.right - side * 1.5, field.centre[1] - side / 2, side, side))

    def _buttons_width(self) -> float:
        panel, style = self.look.panel, self.look.style(TextRole.BODY)
        widths = [max(panel.mm(20), measure(one.text, style) + 4 * panel.unit) for one in self.buttons.buttons]
        return sum(widths) + self.buttons.gap * max(0, len(widths) - 1)
