"""Our own on-screen keyboard: no Tab, no Esc, no system keyboard, no history, no suggestions."""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar

from kivy.clock import Clock
from kivy.graphics import InstructionGroup
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from ui.keyboard_layout import Duty, Key, KeyboardLayout, Layer, board, layout
from ui.look import Look
from ui.painter import Painter
from ui.rect import Rect
from ui.surface import Fill
from ui.widgets.accent_popup import AccentPopup
from ui.widgets.key_face import paint_key
from ui.widgets.painted import Painted

LONG_PRESS_S = 0.45
REPEAT_S = 0.09


class Shift(Enum):
    """Capitals: none, the next letter, all."""

    OFF = 0
    ONCE = 1
    LOCKED = 2


class Keyboard(Painted):
    """Across the bottom of the screen; its height follows from the panel.

    keyboard = Keyboard(look, language="da", action_label=t("Next"), space_label=t("space"))
    keyboard.attach(name_field, Layer.LETTERS, capitals=True)

    What is typed goes to the attached field (`insert`, `backspace`) and into `on_type(text)`; `on_action` is the key
    on the lower right. A key acts when the finger is lifted, or when the next finger lands, so that fast typing loses
    nothing; sliding to another key chooses that one.
    """

    language = StringProperty("en")
    layer = ObjectProperty(Layer.LETTERS)
    shift = ObjectProperty(Shift.OFF)
    action_label = StringProperty("")
    action_enabled = BooleanProperty(defaultvalue=True)
    space_label = StringProperty("")
    target = ObjectProperty(None, allownone=True)
    capitals = BooleanProperty(defaultvalue=False)
    """Begin words with a capital: for names."""
    __events__: ClassVar[tuple[str, ...]] = ("on_type", "on_backspace", "on_action")
    repaints: ClassVar[tuple[str, ...]] = (
        "language",
        "layer",
        "shift",
        "action_label",
        "action_enabled",
        "space_label",
    )

    def __init__(self, look: Look, **properties: Any) -> None:
        self._base = Layer.LETTERS
        self._groups: list[InstructionGroup] = []
        self._touch: Any = None
        self._held: Key | None = None
        self._timer: Any = None
        self._repeated = False
        super().__init__(look, **properties)
        self.popup = AccentPopup(look)
        for name in ("language", "layer", "shift"):
            self.fbind(name, self._fit)
        self._fit()

    def on_type(self, text: str) -> None:
        """Letters were typed."""

    def on_backspace(self) -> None:
        """The letter before the caret is to go."""

    def on_action(self) -> None:
        """The action key was tapped."""

    def attach(self, target: Any, layer: Layer = Layer.LETTERS, *, capitals: bool = False) -> None:
        """Type into `target` (a TextField, or None) with the keys that it wants."""
        self._let_go()
        self.target, self._base, self.capitals = target, layer, capitals
        self.layer = layer
        self._auto_shift()

    @property
    def keys(self) -> KeyboardLayout:
        """The keys now; (0, 0) is the keyboard's lower left."""
        return layout(self.look.panel, self.language, self.layer, shifted=self.shift is not Shift.OFF)

    def key_rect(self, wanted: str) -> Rect:
        """Where the key that types `wanted`, or has that duty, is in the window. Raises KeyError."""
        for key in self.keys.keys:
            if wanted in {key.text, key.duty.value}:
                return self._in_window(key.rect)
        raise KeyError(wanted)

    def paint(self, painter: Painter) -> None:
        painter.fill(self.rect.inset(-8, 0), self.look.theme.keyboard.background)
        self._groups = []
        for key in self.keys.keys:
            group = InstructionGroup()
            self._groups.append(group)
            self.picture.add(group)
            self._paint_key(Painter(group), key)

    def on_touch_down(self, touch: Any) -> bool:
        if self.popup.parent is not None and self._touch is None:
            self._choose(self.popup.letter_at(*touch.pos))
            return True
        if not self.rect.contains(*touch.pos):
            return False
        if self._touch is not None:
            self._act()
        self._touch = touch
        touch.grab(self)
        self._hold(self._key_at(touch))
        return True

    def on_touch_move(self, touch: Any) -> bool:
        if touch.grab_current is not self or touch is not self._touch:
            return self.rect.contains(*touch.pos)
        if self.popup.parent is not None:
            self.popup.chosen = self.popup.letter_at(*touch.pos)
        elif self._held is None or not self._held.rect.contains(*self._local(touch)):
            self._hold(self._key_at(touch))
        return True

    def on_touch_up(self, touch: Any) -> bool:
        if touch.grab_current is not self:
            return self.rect.contains(*touch.pos)
        touch.ungrab(self)
        if touch is not self._touch:
            return True
        if self.popup.parent is None:
            self._act()
        elif self.popup.chosen >= 0:
            self._choose(int(self.popup.chosen))
        self._let_go(keep_popup=True)
        return True

    def _hold(self, key: Key | None) -> None:
        """A finger is on another key now."""
        before, self._held, self._repeated = self._held, key, False
        self._stop_timer()
        self._repaint_key(before)
        self._repaint_key(key)
        if key is not None and (key.accents or key.duty is Duty.BACKSPACE):
            self._timer = Clock.schedule_once(self._rested, LONG_PRESS_S)

    def _rested(self, *_: Any) -> None:
        """A frame later it is a long press: a loop that was busy hears only then that the finger was lifted."""
        self._timer = Clock.schedule_once(self._long_press, 0)

    def _long_press(self, *_: Any) -> None:
        key = self._held
        if key is None:
            return
        if key.duty is Duty.BACKSPACE:
            self._repeated = True
            self._do(key)
            self._timer = Clock.schedule_once(self._long_press, REPEAT_S)
            return
        self.popup.letters, self.popup.chosen = key.accents, -1
        self.popup.anchor = self._in_window(key.rect)
        if self.popup.parent is None:
            self.add_widget(self.popup)

    def _act(self) -> None:
        """What the held key does, unless repeating has done it already."""
        key, repeated = self._held, self._repeated
        self._let_go()
        if key is not None and not repeated:
            self._do(key)

    def _do(self, key: Key) -> None:
        match key.duty:
            case Duty.TYPE:
                self._type(key.text)
            case Duty.SPACE:
                self._type(" ")
            case Duty.BACKSPACE:
                if self.target is not None:
                    self.target.backspace()
                self.dispatch("on_backspace")
                self._auto_shift()
            case Duty.SHIFT:
                self.shift = {Shift.OFF: Shift.ONCE, Shift.ONCE: Shift.LOCKED, Shift.LOCKED: Shift.OFF}[self.shift]
            case Duty.NUMBERS:
                self.layer = Layer.NUMBERS
            case Duty.LETTERS:
                self.layer = self._base if self._base in {Layer.LETTERS, Layer.EMAIL} else Layer.LETTERS
            case Duty.ACTION:
                if self.action_enabled:
                    self.dispatch("on_action")

    def _type(self, text: str) -> None:
        if self.target is not None:
            self.target.insert(text)
        self.dispatch("on_type", text)
        if self.shift is Shift.ONCE:
            self.shift = Shift.OFF
        self._auto_shift()

    def _auto_shift(self) -> None:
        """A capital at the beginning and after a blank or a hyphen, where the field is for names."""
        if not self.capitals or self.target is None or self.shift is Shift.LOCKED:
            return
        before = self.target.text[: self.target.caret]
        self.shift = Shift.ONCE if not before or before[-1] in " -" else Shift.OFF

    def _choose(self, index: int) -> None:
        letters = self.popup.letters
        self._close_popup()
        if 0 <= index < len(letters):
            self._type(letters[index])

    def _close_popup(self) -> None:
        if self.popup.parent is not None:
            self.remove_widget(self.popup)

    def _let_go(self, *, keep_popup: bool = False) -> None:
        self._touch = None
        self._hold(None)
        if not keep_popup:
            self._close_popup()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fit(self, *_: Any) -> None:
        self.width, self.height = self.look.panel.width_px, self.keys.height

    def _local(self, touch: Any) -> tuple[float, float]:
        return (touch.x - self.x, touch.y - self.y)

    def _key_at(self, touch: Any) -> Key | None:
        return self.keys.key_at(*self._local(touch))

    def _in_window(self, rect: Rect) -> Rect:
        return Rect(rect.x + self.x, rect.y + self.y, rect.width, rect.height)

    def _repaint_key(self, key: Key | None) -> None:
        """One key only: the whole keyboard would not be ready within a frame on a Pi."""
        keys = self.keys.keys
        if key is None or key not in keys or len(self._groups) != len(keys):
            return
        group = self._groups[keys.index(key)]
        group.clear()
        self._paint_key(Painter(group), key)

    def _paint_key(self, painter: Painter, key: Key) -> None:
        label = {Duty.SPACE: self.space_label or board(self.language).space, Duty.ACTION: self.action_label}.get(
            key.duty, ""
        )
        box = self._in_window(key.rect)
        paint_key(painter, self.look, key, box, self._fill(key), label=label, down=key == self._held)

    def _fill(self, key: Key) -> Fill:
        colours = self.look.theme.keyboard
        if key.duty is Duty.ACTION:
            return colours.action if self.action_enabled else colours.function
        if key.duty is Duty.SHIFT and self.shift is not Shift.OFF:
            return colours.latched
        return colours.letter if key.duty in {Duty.TYPE, Duty.SPACE} else colours.function
