"""A field with its label: what is typed is held here, sent on whole, and wiped when a view takes it away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.uix.widget import Widget

from kiosk.screens.typed import Echoes
from kiosk.view import Action, FieldKind, FieldView, Verb
from ui import text as texts
from ui.keyboard_layout import Layer
from ui.look import Look
from ui.metrics import TextRole
from ui.placing import hide, put
from ui.rect import Rect
from ui.sender import Sender
from ui.text import measure
from ui.typeface import Weight
from ui.widgets.fit_label import FitLabel
from ui.widgets.keyboard import Keyboard, Shift
from ui.widgets.text_field import TextField

LEAST_LABEL = 0.7
"""A label may become this small beside the word that says that its field may stay empty."""
FIELD_MM = 12.0

KEYS = {
    FieldKind.NAME: (Layer.LETTERS, True),
    FieldKind.TEXT: (Layer.LETTERS, True),
    FieldKind.EMAIL: (Layer.EMAIL, False),
    FieldKind.PHONE: (Layer.PHONE, False),
    FieldKind.CODE: (Layer.CODE, False),
}
"""Which keys a kind of field wants, and whether words begin with a capital."""


class FieldBox(Widget):  # type: ignore[misc]
    """`labelled` off leaves the label out: the page's title says it."""

    def __init__(self, look: Look, sender: Sender, *, labelled: bool = True) -> None:
        super().__init__(size_hint=(None, None))
        self.look, self.sender, self._labelled = look, sender, labelled
        page = look.theme.page
        self.label = FitLabel(look, role=TextRole.SMALL, weight=Weight.SEMIBOLD, colour=page.text, shrink=LEAST_LABEL)
        self.optional = FitLabel(look, role=TextRole.SMALL, colour=page.muted, shrink=LEAST_LABEL)
        self.field = TextField(look)
        self.view: FieldView | None = None
        self.on_chosen: Callable[[FieldBox], None] = lambda box: None
        """Told when a finger chose this field, after the flow was told."""
        self._echoes = Echoes()
        self._following = False
        self.field.bind(text=self._typed, on_tap=self._tapped)
        for widget in (self.label, self.optional, self.field):
            self.add_widget(widget)
        for name in ("pos", "size"):
            self.fbind(name, self._arrange)

    def show(self, view: FieldView) -> None:
        """Take over a view; a text that the guest is ahead of is not taken back."""
        other, self.view = self.view is None or self.view.key != view.key, view
        self.label.text, self.optional.text = view.label, view.optional
        self.label.colour = self.look.theme.field.error if view.error else self.look.theme.page.text
        self.field.placeholder, self.field.wrong = view.placeholder, bool(view.error)
        self.field.masked = view.masked
        if other or self._echoes.takes(view.text, self.field.text):
            self._take_over(view.text)
        self._arrange()

    def attach(self, keyboard: Keyboard) -> None:
        """Type into this field, with the keys that it wants."""
        layer, capitals = KEYS[self.view.kind] if self.view else (Layer.LETTERS, False)
        if keyboard.target is not self.field:
            keyboard.shift = Shift.OFF
            keyboard.attach(self.field, layer, capitals=capitals)

    def wipe(self) -> None:
        """Nothing of what was typed stays: not in the field, not in its picture, not among kept textures."""
        self._take_over("")
        self.view = None

    @property
    def ahead(self) -> bool:
        """Whether it shows something else than the last view said."""
        return self.view is not None and self.view.text != self.field.text

    def label_height(self) -> int:
        """Height of the label's line; 0 without one."""
        return self.look.panel.line(TextRole.SMALL) if self._labelled else 0

    def height_wanted(self) -> int:
        """Label and field."""
        return self.label_height() + field_height(self.look)

    def _take_over(self, text: str) -> None:
        had = self.field.text
        self._echoes.forget()
        self._following = True
        self.field.text = text
        self.field.caret = len(text)
        self._following = False
        if had and had != text:
            self.field.paint_now()
            texts.forget()

    def _typed(self, _field: Any, text: str) -> None:
        if self._following:
            return
        self._echoes.sent(text)
        self.sender.type(Action(Verb.TYPED, text))

    def _tapped(self, *_: Any) -> None:
        """The focus moves at once, and the flow hears of it."""
        if self.view is not None and self.get_root_window() is not None and not self.field.focused:
            self.sender.type(Action(Verb.FOCUS, self.view.key))
            self.on_chosen(self)

    def _arrange(self, *_: Any) -> None:
        high = field_height(self.look)
        put(self.field, Rect(self.x, self.y, self.width, high))
        if not self._labelled:
            hide(self.label)
            hide(self.optional)
            return
        line, gap = self.label_height(), self.look.panel.unit
        label = measure(self.label.text, self.look.style(TextRole.SMALL, Weight.SEMIBOLD)) + 2
        optional = measure(self.optional.text, self.look.style(TextRole.SMALL)) + 2 if self.optional.text else 0
        share = min(1.0, (self.width - gap) / (label + optional)) if optional else 1.0
        if share < LEAST_LABEL + 0.03:  # no word is better than a broken one
            share, optional = 1.0, 0
        width = min(self.width, label * share)
        put(self.label, Rect(self.x, self.y + high, width, line))
        if optional:
            put(self.optional, Rect(self.x + width + gap, self.y + high, self.width - width - gap, line))
        else:
            hide(self.optional)


def field_height(look: Look) -> int:
    """Height of a field that is typed into."""
    return look.panel.mm(FIELD_MM)
