"""An unseen place that answers to a finger that rests on it: the way to an admin menu."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.clock import Clock

from ui.look import Look
from ui.painter import Painter
from ui.widgets.touchable import Touchable

LONG_PRESS_S = 1.5


class LongPress(Touchable):
    """`on_held` after 1.5 s under one finger."""

    __events__: ClassVar[tuple[str, ...]] = ("on_held",)

    def __init__(self, look: Look, **properties: Any) -> None:
        self._due = Clock.create_trigger(self._rested, LONG_PRESS_S)
        super().__init__(look, **properties)

    def paint(self, painter: Painter) -> None:
        """Nothing is seen of it."""

    def on_held(self) -> None:
        """A finger rested on it."""

    def on_press(self) -> None:
        self._due()

    def on_tap(self) -> None:
        self._due.cancel()

    def on_cancel(self) -> None:
        self._due.cancel()

    def _rested(self, *_: Any) -> None:
        if self.pressed and self.get_root_window() is not None:
            self.dispatch("on_held")
