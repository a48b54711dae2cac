"""A stage for kiosks: the kit's off-screen window in the panel's size, and a root that notes what it hears."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from kiosk.view import Action, KioskView, Verb
from tests.ui_kit.conftest import stage, the_window
from ui.metrics import Panel

__all__ = ["stage", "the_window"]


@dataclass
class Show:
    """A root on the window, with a clock that stands still, and what it was told."""

    window: Any
    root: Any
    actions: list[Action]
    released: list[bool]
    awake: list[bool] = field(default_factory=lambda: [True])
    now_s: list[float] = field(default_factory=lambda: [100.0])

    def later(self, seconds: float = 2.0) -> None:
        self.now_s[0] += seconds

    def show(self, view: KioskView) -> None:
        """Show a view, and let the moment pass in which a new page ignores fingers."""
        self.root.show(view)
        self.later()
        self.draw()

    def draw(self) -> None:
        from ui.window import draw_frame

        draw_frame(self.window)
        draw_frame(self.window)

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
def put_up(stage: Callable[..., Any]) -> Iterator[Callable[..., Show]]:
    """`put_up(panel, view)` puts a KioskRoot on the window."""
    roots: list[Any] = []

    def make(panel: Panel, view: KioskView) -> Show:
        from kivy.clock import Clock

        from kiosk.screens.kiosk_root import KioskRoot

        actions: list[Action] = []
        released: list[bool] = []
        awake, now_s = [True], [100.0]
        root = KioskRoot(panel, actions.append, lambda: awake[0], lambda: released.append(True), now_s=lambda: now_s[0])
        roots.append(root)
        window = stage(panel, root)
        # Kivy looks for a system keyboard half a second after the window changed its size, and draws a frame for it.
        Clock.unschedule(window._upd_kbd_height)
        shown = Show(window, root, actions, released, awake, now_s)
        shown.show(view)
        return shown

    yield make
    for root in roots:
        root.close()
