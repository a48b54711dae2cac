"""The site of the kiosk's stories with a glass before it: every touch is a finger on a widget that was really drawn,
and every code goes through the emulated scanner, its pty and the driver."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from drivers.device import Condition
from kiosk.app import panel_of
from kiosk.pages import Goodbye, Welcome
from kiosk.view import Action, CodeView, FormView, HostsView, Verb
from tests.kiosk.site import Site, site
from tests.kiosk_ui.key_finger import KeyFinger
from tests.ui_kit.touch import Finger, settle
from ui.metrics import Panel
from ui.widgets import long_press
from ui.window import draw_frame

Story = Callable[["TouchSite"], Awaitable[None]]
Stage = Callable[..., Any]
LONG_PRESS_S = 0.05
MOST_PAGES = 8


@dataclass(frozen=True, slots=True)
class Effort:
    """What a guest had to do."""

    keys: int = 0
    taps: int = 0
    scans: int = 0


class TouchSite(Site):
    """A Site whose `tap`, `keys` and `scan` are fingers and a scanner; what cannot be seen cannot be touched."""

    def __init__(self, plain: Site, window: Any) -> None:
        super().__init__(plain.sim, plain.clock, plain.kiosk, plain.printer)
        from kiosk.screens.kiosk_root import KioskRoot

        self.window = window
        self._finger = KeyFinger(window)
        self._taps = self._scans = 0
        self._now_s = 100.0
        panel = panel_of(self.kiosk.config)
        with mock.patch.object(long_press, "LONG_PRESS_S", LONG_PRESS_S):
            self.root: Any = KioskRoot(panel, self.kiosk.touch, on_release=self.kiosk.stirred, now_s=self._later)
            window.size = (panel.width_px, panel.height_px)
            window.add_widget(self.root)
            self.root.show(self.kiosk.view)
        self.kiosk.on_view = self.root.show

    def _later(self) -> float:
        """Each look at the clock is a while later: no story is about a finger that is faster than the page."""
        self._now_s += 2.0
        return self._now_s

    def draw(self) -> None:
        draw_frame(self.window)
        draw_frame(self.window)

    def close(self) -> None:
        self.kiosk.on_view = lambda view: None
        self.root.close()
        self.window.remove_widget(self.root)

    @property
    def effort(self) -> Effort:
        """Since the beginning, or since `rested`."""
        return Effort(self._finger.keys, self._taps, self._scans)

    def rested(self) -> None:
        """Count from here on."""
        self._finger.keys = self._taps = self._scans = 0

    # --- fingers ---

    def tap(self, verb: Verb, value: str = "") -> None:
        """Tap what carries that action; for the admin's menu rest on the site's name."""
        self.draw()
        self._taps += 1
        if verb is Verb.ADMIN:
            self._rest(self.root.header.name)
        elif verb is Verb.PIN:
            self._pin(value)
        elif verb is Verb.FOCUS:
            self._touch(self._field(value))
        elif verb is Verb.NEXT and isinstance(self.page, FormView | HostsView | CodeView):
            self._tap(self.root.page.keyboard.key_rect("action").centre)
        else:
            self._touch(self._carrying(Action(verb, value)))

    def keys(self, text: str, field: str = "") -> None:
        """Tap the keys of the keyboard on the page."""
        if field and getattr(self.page, "focused", field) != field:
            self.tap(Verb.FOCUS, field)
        self.draw()
        for letter in text:
            self._finger.type(self.root.page.keyboard, letter)

    def page_down(self) -> None:
        """The button beside a long text; it sends nothing."""
        self.draw()
        self._tap(self.root.page.pager.down.center)

    def draw_signature(self) -> None:
        """A stroke across the box."""
        self.draw()
        box = self.root.page.box
        finger = Finger(self.window).down(box.x + box.width * 0.2, box.center_y)
        for step in range(1, 7):
            finger.move(box.x + box.width * (0.2 + step * 0.1), box.center_y + box.height * 0.1 * (-1) ** step)
        self.draw()
        finger.up()

    def _carrying(self, action: Action) -> Any:
        found = [one for one in self.root.walk() if getattr(one, "action", None) == action and one.right > 0]
        assert found, f"nothing on the glass sends {action}; the kiosk shows {self.page}"
        return found[-1]

    def _field(self, key: str) -> Any:
        return next(box.field for box in self.root.page.boxes if box.view.key == key)

    def _touch(self, widget: Any) -> None:
        """Tap it, after turning the pages of its list until it is seen."""
        pager = _pager_of(widget)
        for _ in range(MOST_PAGES):
            if pager is None or pager.scroller.collide_point(*widget.center):
                break
            above = widget.center_y > pager.scroller.top and pager.up.right > 0
            self._tap((pager.up if above else pager.down).center)
            self._taps += 1
        self._tap(widget.center)

    def _tap(self, at: tuple[float, float]) -> None:
        finger = Finger(self.window).down(*at)
        draw_frame(self.window)
        finger.up()

    def _rest(self, widget: Any) -> None:
        finger = Finger(self.window).down(*widget.center)
        settle(self.window, lambda: not isinstance(self.kiosk.state.page, Welcome))
        finger.up()

    def _pin(self, digits: str) -> None:
        for digit in digits:
            self._tap(next(key for key in self.root.page.pad.children if getattr(key, "text", "") == digit).center)

    # --- codes ---

    def scan(self, text: str) -> None:
        """A code before the emulated scanner; the driver reads it from its pty."""
        self._scans += 1
        self.kiosk.parts.scanner.emulator.scan(text)  # type: ignore[attr-defined]

    async def badge(self, number: int = 0) -> str:
        """The code on a badge, once that is really printed."""
        await self.until(lambda: len(self.labels) > number)
        (payload,) = self.labels[number].payloads
        return payload

    async def leave_by_badge(self) -> None:
        """The code that was printed is held before the scanner; from the first page to the first page."""
        self.scan(await self.badge())
        await self.flow_page(Goodbye)
        assert self.inside == ()
        self.tap(Verb.HOME)
        await self.home()


def _pager_of(widget: Any) -> Any:
    """The list that `widget` is a row of, of which only a part may be seen; None for all else."""
    from kiosk.screens.pager import Pager

    above, child = widget.parent, widget
    while above is not None and above is not child:
        if isinstance(above, Pager) and any(one is widget for one in above.scroller.walk()):
            return above
        above, child = above.parent, above
    return None


@asynccontextmanager
async def touch_site(window: Any, folder: Path, **sections: Any) -> AsyncIterator[TouchSite]:
    """A kiosk that has signed in, on the window, with its scanner open."""
    async with site(folder, scanner={"driver": "emulated"}, **sections) as plain:
        await plain.until(lambda: plain.kiosk.parts.scanner.health().condition is Condition.HEALTHY)
        here = TouchSite(plain, window)
        try:
            yield here
        finally:
            here.close()


def live(stage: Stage, panel: Panel, folder: Path, story: Story, **sections: Any) -> None:
    """Live a story at a kiosk on that panel."""
    screen = {"width_px": panel.width_px, "height_px": panel.height_px, "width_mm": panel.width_mm}

    async def main() -> None:
        async with touch_site(stage(panel), folder, screen=screen, **sections) as here:
            await story(here)

    asyncio.run(main())
