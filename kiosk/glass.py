"""The glass of a kiosk for asyncio. Kivy waits in `screens`, imported when there is something to draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk.view import Action, KioskView
from ui import glass
from ui.colour import Rgb
from ui.glass import NoDisplay
from ui.metrics import Panel
from ui.theme import GREEN
from ui.window import Frame

if TYPE_CHECKING:
    from kiosk.screens.kiosk_root import KioskRoot

__all__ = ["Glass", "NoDisplay"]


class Glass(glass.Glass[KioskView]):
    """One kiosk's screen.

    glass = Glass(Panel(1280, 800, 217.0), kiosk.touch, kiosk.display.touched)
    glass.show(kiosk.view)              # before or while it runs; only the latest view counts
    await glass.run()                   # until cancelled; raises NoDisplay, and may then be run again
    png = await glass.capture(redaction.redacted(kiosk.view))
    """

    def __init__(
        self,
        panel: Panel,
        on_action: Callable[[Action], None],
        on_touch: Callable[[], bool] = lambda: True,
        on_release: Callable[[], None] = lambda: None,
        *,
        accent: Rgb = GREEN,
        offscreen: bool = False,
    ) -> None:
        super().__init__(panel, offscreen=offscreen)
        self.accent = accent
        self._callbacks = (on_action, on_touch, on_release)

    def make_root(self) -> KioskRoot:
        from kiosk.screens.kiosk_root import KioskRoot

        return KioskRoot(self.panel, *self._callbacks, accent=self.accent)

    def make_still(self, view: KioskView) -> Frame:
        from kiosk.screens.capture import picture

        return picture(view, self.panel, self.accent)
