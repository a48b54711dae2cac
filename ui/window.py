"""The window of a panel: no way out of it, no configuration of its own, and its picture as pixels.

Call `configure` before anything of Kivy that needs a window is imported, then `open_window`.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.errors import MyDeskError
from common.png import RGB, png
from ui.metrics import Panel

SHIFT_PATH = ((0, 0), (2, 0), (2, 2), (0, 2), (-2, 2), (-2, 0), (-2, -2), (0, -2), (2, -2))
"""Offsets in px that a static picture walks through, a step every few minutes, against burn-in."""

MAX_SHIFT_PX = 2


def configure(panel: Panel, *, offscreen: bool = False, hide_cursor: bool = True) -> None:
    """Settle what Kivy reads when its window is made.

    The whole screen on a panel; a window on a desktop (X or Wayland), for the demo.
    `offscreen` draws real OpenGL without a display (previews, tests). Kivy itself never waits: see ui.pace.
    """
    if offscreen:
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
    from kivy.config import Config

    desktop = on_desktop()
    settings = {
        "width": panel.width_px,
        "height": panel.height_px,
        "borderless": 0 if desktop else 1,
        "resizable": 0,
        "fullscreen": 0 if offscreen or desktop else "auto",
        "maxfps": 0,
        "multisamples": 0,
        "show_cursor": 0 if hide_cursor and not desktop else 1,
        "allow_screensaver": 0,
    }
    for key, value in settings.items():
        Config.set("graphics", key, str(value))
    Config.set("kivy", "exit_on_escape", "0")
    Config.set("kivy", "keyboard_mode", "")
    Config.set("kivy", "desktop", "0")
    Config.remove_section("input")
    Config.add_section("input")
    Config.set("input", "mouse", "mouse,disable_multitouch")
    if not offscreen:
        # On KMSDRM a touch screen reaches Kivy through mtdev, a mouse or tablet through SDL (DESIGN.md 6).
        Config.set("input", "mtdev_%(name)s", "probesysfs,provider=mtdev")


def on_desktop() -> bool:
    """Whether there is an X or Wayland to open a window in (the demo), rather than a screen of our own."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class NoDisplay(MyDeskError):  # noqa: N818 - a state of the world to wait in, more than an error
    """Error raised when there is nothing to draw on: no monitor, no graphics driver, or not allowed to use it."""


def open_window() -> Any:
    """The window, made on the first call that finds a display. Raises NoDisplay; it may then be tried again."""
    from kivy.base import EventLoop
    from kivy.logger import Logger

    complaints = _Complaints()
    Logger.addFilter(complaints)
    try:
        EventLoop.ensure_window()
    except SystemExit as error:
        _forget_providers()
        raise NoDisplay(
            f"There is no display to draw on ({complaints.reason}).",
            hint="Connect a monitor; for a picture without one set SDL_VIDEODRIVER=offscreen.",
        ) from error
    finally:
        Logger.removeFilter(complaints)
    from ui.text import keep

    window = EventLoop.window
    keep(window.width * window.height)
    window.clearcolor = (0, 0, 0, 1)
    swallow_keys(window)
    return window


class _Complaints:
    """Keeps Kivy's pages of tracebacks out of the log, and SDL's reason out of them: it is tried every few seconds."""

    def __init__(self) -> None:
        self.reason = "no reason given"

    def filter(self, record: logging.LogRecord) -> bool:
        found = re.search(r"RuntimeError: b?['\"](.+?)['\"]", record.getMessage())
        if found:
            self.reason = found[1]
        return record.levelno < logging.CRITICAL


def _forget_providers() -> None:
    """Kivy looks for a window only when these modules are first imported."""
    for name in ("kivy.core.window", "kivy.core.window.window_sdl2"):
        sys.modules.pop(name, None)


def swallow_keys(window: Any) -> None:
    """A keyboard plugged into a panel changes nothing: Kivy's F1, Esc and the rest never get to hear of a key."""
    window.unbind(on_key_down=_swallow, on_key_up=_swallow, on_keyboard=_swallow)
    window.bind(on_key_down=_swallow, on_key_up=_swallow, on_keyboard=_swallow)


def _swallow(*_: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture: `rgb` holds 3 bytes a pixel, row by row from the top."""

    width: int
    height: int
    rgb: bytes

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        """The colour at (x, y), y downwards from the top."""
        if not (0 <= x < self.width and 0 <= y < self.height):
            raise IndexError(f"({x}, {y}) is outside of {self.width}x{self.height}")
        at = (y * self.width + x) * 3
        return (self.rgb[at], self.rgb[at + 1], self.rgb[at + 2])

    def png(self) -> bytes:
        """As a PNG file."""
        stride = self.width * 3
        rows = (self.rgb[y * stride : (y + 1) * stride] for y in range(self.height))
        return png(self.width, self.height, rows, bits=8, colour=RGB)


def draw_frame(window: Any) -> None:
    """Let what is due happen, and draw one frame whether or not anything changed."""
    from kivy.base import EventLoop
    from kivy.clock import Clock

    EventLoop.dispatch_input()
    Clock.tick()
    Clock.tick_draw()
    window.canvas.ask_update()
    window.dispatch("on_draw")


def frame(window: Any) -> Frame:
    """Draw one frame and read it back."""
    from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glPixelStorei, glReadPixels

    draw_frame(window)
    width, height = window.size
    glPixelStorei(0x0D05, 1)  # GL_PACK_ALIGNMENT: rows of 3 bytes a pixel need not end on a multiple of 4
    data = bytes(glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE))
    stride = width * 3
    rows = [data[y * stride : (y + 1) * stride] for y in range(height - 1, -1, -1)]
    return Frame(width, height, b"".join(rows))


def frame_png(window: Any, path: Path) -> None:
    """Draw one frame and write it to `path` as PNG."""
    path.write_bytes(frame(window).png())
