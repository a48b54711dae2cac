"""The site of the kiosk's stories with a glass before it: every touch is a finger on a widget that was really drawn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from kiosk.app import panel_of
from kiosk.view import Action, CodeView, FormView, HostsView, Verb
from tests.kiosk.site import Site, site


class TouchSite(Site):
    """A Site whose `tap` and `keys` are fingers; what cannot be seen cannot be touched."""

    def __init__(self, plain: Site, window: Any) -> None:
        super().__init__(plain.sim, plain.clock, plain.kiosk, plain.printer)
        from kiosk.screens.kiosk_root import KioskRoot

        self.window = window
        self._now_s = 100.0
        panel = panel_of(self.kiosk.config)
        self.root: Any = KioskRoot(panel, self.kiosk.touch, now_s=self._later)
        window.size = (panel.width_px, panel.height_px)
        window.add_widget(self.root)
        self.kiosk.on_view = self.root.show
        self.root.show(self.kiosk.view)

    def _later(self) -> float:
        """Each look at the clock is a while later: no story is about a finger that is faster than the page."""
        self._now_s += 2.0
        return self._now_s

    def draw(self) -> None:
        from ui.window import draw_frame

        draw_frame(self.window)
        draw_frame(self.window)

    def close(self) -> None:
        self.kiosk.on_view = lambda view: None
        self.root.close()
        self.window.remove_widget(self.root)

    def tap(self, verb: Verb, value: str = "") -> None:
        """Tap what carries that action."""
        self.draw()
        wanted = Action(verb, value)
        if verb is Verb.NEXT and isinstance(self.page, FormView | HostsView | CodeView):
            self._tap(self.root.page.keyboard.key_rect("action").centre)
            return
        found = [one for one in self.root.walk() if getattr(one, "action", None) == wanted and one.right > 0]
        assert found, f"nothing on the glass sends {wanted}; the kiosk shows {self.page}"
        self._tap(found[-1].center)

    def keys(self, text: str, field: str = "") -> None:
        """Tap the keys of the keyboard on the page."""
        if field:
            self._focus(field)
        for letter in text:
            self.draw()
            keyboard = self.root.page.keyboard
            shown = {one.text for one in keyboard.keys.keys}
            key = letter if letter in shown else letter.upper()  # a name begins with a capital by itself
            self._tap(keyboard.key_rect("space" if letter == " " else key).centre)

    def _focus(self, field: str) -> None:
        """Tap a field, unless it has the focus already."""
        if getattr(self.page, "focused", field) != field:
            self.tap(Verb.FOCUS, field)

    def _tap(self, at: tuple[float, float]) -> None:
        from tests.ui_kit.touch import tap

        tap(self.window, *at)


@asynccontextmanager
async def touch_site(window: Any, folder: Path, **sections: Any) -> AsyncIterator[TouchSite]:
    """A kiosk that has signed in, on the window."""
    async with site(folder, **sections) as plain:
        here = TouchSite(plain, window)
        try:
            yield here
        finally:
            here.close()
