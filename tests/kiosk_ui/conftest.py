"""A stage for kiosks: the kit's off-screen window in the panel's size, and a root that notes what it hears."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kiosk.view import Action, KioskView, Verb
from tests.ui_kit import show
from tests.ui_kit.conftest import stage, the_window
from ui.metrics import Panel

__all__ = ["stage", "the_window"]


class Show(show.Show):
    """A kiosk's root, with fingers."""

    def tap(self, x: float, y: float) -> None:
        from tests.ui_kit.touch import tap

        tap(self.window, x, y)
        self.later()

    def key(self, name: str) -> None:
        """Tap a key of the page's keyboard."""
        from tests.ui_kit.touch import Finger

        Finger(self.window).down(*self.root.page.keyboard.key_rect(name).centre).up()

    def type(self, text: str) -> None:
        for letter in text:
            self.key("space" if letter == " " else letter)

    def values(self, verb: Verb) -> list[str]:
        return [action.value for action in self.actions if action.verb is verb]

    def carrying(self, action: Action) -> Any:
        """The widget that sends `action`."""
        found = [one for one in self.root.walk() if getattr(one, "action", None) == action and one.right > 0]
        assert found, f"nothing sends {action}"
        return found[-1]


@pytest.fixture
def put_up(stage: Callable[..., Any]) -> Iterator[Callable[[Panel, KioskView], Show]]:
    """`put_up(panel, view)` puts a KioskRoot on the window."""
    from kiosk.screens.kiosk_root import KioskRoot

    def quiet_stage(panel: Panel, root: Any) -> Any:
        from kivy.clock import Clock

        window = stage(panel, root)
        # Kivy looks for a system keyboard half a second after the window changed its size, and draws a frame for it.
        Clock.unschedule(window._upd_kbd_height)
        return window

    with show.putting_up(Show, KioskRoot, quiet_stage) as put:
        yield put
