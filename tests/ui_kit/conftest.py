"""One off-screen window a process; each test gets it empty, in the size it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ui.metrics import PANELS, Panel
from ui.window import configure, draw_frame, open_window

LARGEST = Panel(max(panel.width_px for panel in PANELS), max(panel.height_px for panel in PANELS), 217)


@pytest.fixture(scope="session")
def the_window() -> Any:
    # SDL's off-screen surface keeps its first size, so it is made to hold every panel.
    configure(LARGEST, offscreen=True)
    window = open_window()
    from kivy.base import EventLoop

    EventLoop.start()
    # Half a second after each new size Kivy draws once, for a system keyboard that might have moved the picture.
    window.unbind(size=window.trigger_keyboard_height)
    window.trigger_keyboard_height.cancel()
    return window


@pytest.fixture
def stage(the_window: Any) -> Iterator[Callable[..., Any]]:
    """`stage(panel, widget, ...)` shows the widgets on a window of that size and returns the window."""

    def show(panel: Panel, *widgets: Any) -> Any:
        the_window.size = (panel.width_px, panel.height_px)
        for widget in widgets:
            the_window.add_widget(widget)
        draw_frame(the_window)
        draw_frame(the_window)
        return the_window

    yield show
    for widget in list(the_window.children):
        the_window.remove_widget(widget)
    from ui.widgets.touchable import Touchable

    Touchable._holder = None
