"""Kivy's application around a panel's root: no settings, no keys, no configuration, and no silent end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from kivy.app import App
from kivy.base import ExceptionHandler, ExceptionManager
from kivy.graphics.opengl import glFinish

from ui.glass_root import GlassRoot
from ui.window import swallow_keys

log = logging.getLogger(__name__)


class KivyApp(App):  # type: ignore[misc]
    """Run with `await app.async_run("asyncio")`; `on_flip` is called after every frame that is drawn."""

    use_kivy_settings = False

    def __init__(self, window: Any, root: GlassRoot, on_flip: Callable[[], None]) -> None:
        super().__init__()
        self.window = window
        self.glass_root = root
        self._on_flip = on_flip
        self._handler = LoudHandler()
        ExceptionManager.add_handler(self._handler)
        window.bind(on_flip=self._flipped)

    def build(self) -> GlassRoot:
        return self.glass_root

    def load_kv(self, filename: str | None = None) -> bool:
        """There is no .kv file, and none is to be found by accident."""
        return False

    def open_settings(self, *_: Any) -> bool:
        """F1 opens nothing."""
        return False

    def on_start(self) -> None:
        """Kivy has just listened to the keyboard for its settings: take it away again."""
        swallow_keys(self.window)

    def request_frame(self) -> None:
        """Draw one frame in the next round."""
        self.window.canvas.ask_update()

    def leave(self) -> None:
        """Let go of the window and of Kivy's exceptions."""
        ExceptionManager.remove_handler(self._handler)
        self.window.unbind(on_flip=self._flipped)
        self.glass_root.close()
        self.window.remove_widget(self.glass_root)

    def _flipped(self, *_: Any) -> None:
        # Waited for, so that "flipped" means drawn. Mesa would keep the work of several frames (2.5 MB each) and then
        # draw them all in one: every seventh touch took 100 ms.
        glFinish()
        self._on_flip()


class LoudHandler(ExceptionHandler):  # type: ignore[misc]
    """Everything that goes wrong is logged and raised, so that the service restarts; being cancelled is not wrong."""

    def handle_exception(self, exception: BaseException) -> int:
        if isinstance(exception, Exception) and not isinstance(exception, asyncio.CancelledError):
            log.error("the screen failed", exc_info=exception)
        return int(ExceptionManager.RAISE)
