"""A panel's glass for asyncio: shows views, draws frames when asked, takes pictures.

Kivy reads its environment and opens its window when its modules are imported, so they are imported in `run` only.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from ui.input_nodes import InputNodes
from ui.metrics import Panel
from ui.pace import Pace
from ui.window import Frame, NoDisplay, configure, on_desktop, open_window

if TYPE_CHECKING:
    from ui.glass_root import GlassRoot
    from ui.kivy_loop import KivyLoop

__all__ = ["Glass", "NoDisplay", "real_panel"]

log = logging.getLogger(__name__)

ViewT = TypeVar("ViewT")


class Glass(Generic[ViewT]):
    """One panel's screen, for views of one kind. A subclass says in `make_root` and `make_still` what draws them.

    glass.show(view)              # before or while it runs; only the latest view counts
    await glass.run()             # until cancelled; raises NoDisplay, and may then be run again
    """

    def __init__(self, panel: Panel, *, offscreen: bool = False) -> None:
        self.panel = panel
        self.first_frame = asyncio.Event()
        self._offscreen = offscreen
        self._view: ViewT | None = None
        self._loop: KivyLoop | None = None
        self._inputs = InputNodes(self.touched)
        self._pace = Pace(lambda: self._offscreen or (self._inputs.hears_all and not on_desktop()))
        self._waiting: set[asyncio.Future[None]] = set()
        self._frames = 0
        self._flipped_s: float | None = None
        self._on_first_frame: Callable[[], None] = lambda: None

    def make_root(self) -> GlassRoot:
        """The root of the widgets for `self.panel`, which hears the fingers."""
        raise NotImplementedError

    def make_still(self, view: ViewT) -> Frame:
        """`view` drawn beside the window."""
        raise NotImplementedError

    @property
    def frames(self) -> int:
        """How many frames have been drawn since the start."""
        return self._frames

    @property
    def frame_age_s(self) -> float | None:
        """How long ago the last frame was drawn; None before the first."""
        return None if self._flipped_s is None else time.monotonic() - self._flipped_s

    @property
    def running(self) -> bool:
        """Whether there is a window."""
        return self._loop is not None

    def show(self, view: ViewT) -> None:
        """Show `view`; kept for later while there is no window."""
        self._view = view
        if self._loop is not None:
            self._loop.now()
            self._loop.root.show(view)
            self._pace.wake()

    def touched(self) -> None:
        """A finger, or another input, has just been heard: look for it now, also on a screen at rest."""
        if self._loop is not None:
            self._pace.heard()

    async def run(self, on_first_frame: Callable[[], None] = lambda: None) -> None:
        """Open the window and draw until cancelled. Raises NoDisplay when there is nothing to draw on.

        What goes wrong while drawing or in a touch is logged and raised: the loop never stops silently.
        """
        self._on_first_frame = on_first_frame
        configure(self.panel, offscreen=self._offscreen)
        window = open_window()
        from ui.kivy_loop import KivyLoop

        self.panel = real_panel(self.panel, *window.size)
        self._loop = KivyLoop(window, self.make_root(), self._flipped)
        listening = asyncio.create_task(self._inputs.watch(), name="input")
        try:
            if self._view is not None:
                self._loop.root.show(self._view)
            await self._loop.run(self._pace)
        finally:
            listening.cancel()
            self._loop.leave()
            self._loop = None
            self._release_waiting()

    def request_frame(self) -> None:
        """Ask for one frame although nothing changed: a static screen draws none by itself."""
        if self._loop is not None:
            self._loop.request_frame()
            self._pace.wake()

    async def frame(self, timeout_s: float) -> bool:
        """Ask for a frame; True when it was flipped in time, and also while there is no window to ask."""
        if self._loop is None:
            return True
        flipped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(flipped)
        self.request_frame()
        try:
            async with asyncio.timeout(timeout_s):
                await flipped
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(flipped)
        return True

    async def capture(self, view: ViewT) -> bytes:
        """`view` as a PNG, drawn beside the window. Raises NoDisplay while there is none."""
        if self._loop is None:
            raise NoDisplay("The panel has no display yet, so there is no picture.", hint="Connect a monitor.")
        drawn = self.make_still(view)
        # Packing a million pixels takes a moment, and needs no OpenGL.
        return await asyncio.to_thread(drawn.png)

    def _flipped(self) -> None:
        self._frames += 1
        self._flipped_s = time.monotonic()
        self._release_waiting()
        if not self.first_frame.is_set():
            self.first_frame.set()
            self._on_first_frame()

    def _release_waiting(self) -> None:
        for flipped in self._waiting:
            if not flipped.done():
                flipped.set_result(None)


def real_panel(wanted: Panel, width_px: int, height_px: int) -> Panel:
    """The panel as it turned out to be: a display in another mode is still filled, and sizes in mm stay true."""
    if (wanted.width_px, wanted.height_px) == (width_px, height_px):
        return wanted
    turned = (wanted.width_px > wanted.height_px) != (width_px > height_px)
    log.warning(
        "the display has %dx%d px, the configuration says %dx%d: set [screen] width_px, height_px and width_mm",
        *(width_px, height_px, wanted.width_px, wanted.height_px),
    )
    return Panel(width_px, height_px, wanted.height_mm if turned else wanted.width_mm, wanted.text_scale)
