"""Kivy's rounds around a panel's root: at our own pace, without Kivy's App with its settings and keys."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from kivy.base import EventLoop, runTouchApp, stopTouchApp
from kivy.clock import Clock
from kivy.graphics.opengl import glFinish

from ui.glass_root import GlassRoot
from ui.pace import Pace
from ui.window import swallow_keys

log = logging.getLogger(__name__)

TITLE = "MyDesk"


class KivyLoop:
    """Run with `await loop.run(pace)`; `on_flip` is called after every frame that is drawn."""

    def __init__(self, window: Any, root: GlassRoot, on_flip: Callable[[], None]) -> None:
        self.window = window
        self.root = root
        self._on_flip = on_flip
        window.set_title(TITLE)
        window.bind(on_flip=self._flipped)
        window.add_widget(root)

    async def run(self, pace: Pace) -> None:
        """Until cancelled, or the window is closed. What goes wrong is logged and raised: it never stops silently."""
        runTouchApp(embedded=True)
        # Kivy has just listened to the keyboard: take it away again.
        swallow_keys(self.window)
        try:
            while not EventLoop.quit and EventLoop.status == "started":
                await pace.until_due(Clock.get_min_timeout())
                self._round()
        finally:
            stopTouchApp()

    def _round(self) -> None:
        """One round: what SDL heard, what is due, what was touched, and a frame if anything changed."""
        try:
            self.window.mainloop()
            EventLoop.idle()
        except Exception as error:
            log.error("the screen failed", exc_info=error)
            raise

    def now(self) -> None:
        """Tell Kivy's clock what time it is, so that what begins between two rounds begins now."""
        Clock.idle()

    def request_frame(self) -> None:
        """Draw one frame in the next round."""
        self.window.canvas.ask_update()

    def leave(self) -> None:
        """Let go of the window."""
        self.window.unbind(on_flip=self._flipped)
        self.root.close()
        self.window.remove_widget(self.root)

    def _flipped(self, *_: Any) -> None:
        # Waited for, so that "flipped" means drawn. Mesa would keep the work of several frames (2.5 MB each) and then
        # draw them all in one: every seventh touch took 100 ms.
        glFinish()
        self._on_flip()
