"""Real touches: Kivy motion events dispatched through the event loop and the window, as a touch screen's are."""

from __future__ import annotations

import itertools
import time
from typing import Any

from kivy.base import EventLoop
from kivy.input.motionevent import MotionEvent

from ui.window import draw_frame

_ids = itertools.count(1)


class PanelTouch(MotionEvent):  # type: ignore[misc] # Kivy has no types
    """A finger on the glass: (sx, sy) is 0 to 1 from the lower left."""

    def depack(self, args: tuple[float, float]) -> None:
        self.is_touch = True
        self.type_id = "touch"
        self.profile = ["pos"]
        self.sx, self.sy = args
        super().depack(args)


class Finger:
    """One finger. Positions are in px of the window, y upwards, as widgets have them.

    >>> Finger(window).down(640, 100).up()          # doctest: +SKIP
    """

    def __init__(self, window: Any) -> None:
        self.window = window
        self.touch: PanelTouch | None = None

    def down(self, x: float, y: float) -> Finger:
        self.touch = PanelTouch("test", f"finger-{next(_ids)}", self._scaled(x, y))
        self._dispatch("begin")
        return self

    def move(self, x: float, y: float) -> Finger:
        assert self.touch is not None, "put the finger down first"
        self.touch.move(self._scaled(x, y))
        self._dispatch("update")
        return self

    def up(self) -> Finger:
        assert self.touch is not None, "put the finger down first"
        self._dispatch("end")
        self.touch = None
        return self

    def lost(self) -> Finger:
        """The end never comes: the touch controller was reset."""
        self.touch = None
        return self

    def _scaled(self, x: float, y: float) -> tuple[float, float]:
        width, height = self.window.size
        return (x / (width - 1), y / (height - 1))

    def _dispatch(self, kind: str) -> None:
        EventLoop.post_dispatch_input(kind, self.touch)


def tap(window: Any, x: float, y: float) -> None:
    """A finger lands, a frame is drawn, the finger is lifted, a frame is drawn."""
    finger = Finger(window).down(x, y)
    draw_frame(window)
    finger.up()
    draw_frame(window)


def tap_widget(window: Any, widget: Any) -> None:
    """A tap on the middle of a widget."""
    tap(window, widget.center_x, widget.center_y)


def settle(window: Any, condition: Any, timeout_s: float = 3.0) -> None:
    """Draw frames until `condition()` holds. Raises AssertionError when it does not within `timeout_s`."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"{condition} did not come true within {timeout_s} s"
        draw_frame(window)
