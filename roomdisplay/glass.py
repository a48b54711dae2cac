"""The glass of a door panel for asyncio. Kivy waits in `screens`, imported when there is something to draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from roomdisplay import looks
from roomdisplay.settings import ScreenSection
from roomdisplay.view import Action, PanelView
from ui import glass
from ui.glass import NoDisplay, real_panel
from ui.window import Frame

if TYPE_CHECKING:
    from roomdisplay.screens.panel_root import PanelRoot

__all__ = ["Glass", "NoDisplay", "real_panel"]


class Glass(glass.Glass[PanelView]):
    """One door panel's screen.

    glass = Glass(config.screen, panel.touches.act, panel.touches.touched, panel.touches.released)
    glass.show(panel.view)              # before or while it runs; only the latest view counts
    await glass.run()                   # until cancelled; raises NoDisplay, and may then be run again
    """

    def __init__(
        self,
        screen: ScreenSection,
        on_action: Callable[[Action], None],
        on_touch: Callable[[], bool] = lambda: True,
        on_release: Callable[[], None] = lambda: None,
        *,
        offscreen: bool = False,
    ) -> None:
        super().__init__(looks.metrics(screen), offscreen=offscreen)
        self.theme = looks.theme(screen)
        self._callbacks = (on_action, on_touch, on_release)

    def make_root(self) -> PanelRoot:
        from roomdisplay.screens.panel_root import PanelRoot

        return PanelRoot(self.panel, *self._callbacks, theme=self.theme)

    def make_still(self, view: PanelView) -> Frame:
        from roomdisplay.screens.capture import picture

        return picture(view, self.panel, self.theme)
