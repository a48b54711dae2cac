"""A finger on the on-screen keyboard: shift, long presses and other layers as a guest needs them, each one counted."""

from __future__ import annotations

from typing import Any
from unittest import mock

from tests.ui_kit.touch import Finger, settle
from ui.keyboard_layout import Duty, Key
from ui.widgets import keyboard as keyboard_module
from ui.window import draw_frame

LONG_PRESS_S = 0.02
"""Instead of nearly half a second, and only while a finger is meant to rest."""


class KeyFinger:
    """Types on whatever keyboard is shown; `keys` counts every key that was pressed."""

    def __init__(self, window: Any) -> None:
        self.window = window
        self.keys = 0

    def type(self, keyboard: Any, letter: str) -> None:
        """One letter. AssertionError when no key of that keyboard leads to it."""
        if letter == " ":
            self._press(keyboard, "space")
            return
        for _ in range(3):
            if self._types(keyboard, letter):
                return
            shown = {key.duty for key in keyboard.keys.keys}
            wants_sign = not letter.isalpha() and Duty.NUMBERS in shown
            self._press(keyboard, "numbers" if wants_sign else "letters" if Duty.LETTERS in shown else "shift")
        raise AssertionError(f"{letter!r} cannot be typed here: {[key.text for key in keyboard.keys.keys]}")

    def _types(self, keyboard: Any, letter: str) -> bool:
        """A capital will do where the keyboard has shifted by itself, as it does for names."""
        keys: dict[str, Key] = {key.text: key for key in keyboard.keys.keys if key.text}
        for text in (letter, letter.upper()):
            if text in keys:
                self._press(keyboard, text)
                return True
            for key in keys.values():
                if text in key.accents:
                    self._rest(keyboard, key.text, text)
                    return True
        return False

    def _press(self, keyboard: Any, name: str) -> None:
        # No frame in between: on a machine that is busy it may take as long as a long press.
        Finger(self.window).down(*keyboard.key_rect(name).centre).up()
        draw_frame(self.window)
        self.keys += 1

    def _rest(self, keyboard: Any, name: str, letter: str) -> None:
        """Rest on a key, slide to the accent, lift."""
        with mock.patch.object(keyboard_module, "LONG_PRESS_S", LONG_PRESS_S):
            finger = Finger(self.window).down(*keyboard.key_rect(name).centre)
            settle(self.window, lambda: keyboard.popup.parent is not None)
        cell = keyboard.popup.cells[keyboard.popup.letters.index(letter)]
        finger.move(*cell.centre).up()
        self.keys += 1
