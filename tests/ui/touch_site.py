"""The site of the stories with a glass before it: every touch is a finger on a widget that was really drawn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from roomdisplay import looks
from roomdisplay.view import Action, ButtonView, DaySheet, Verb
from tests.roomdisplay.site import Site, site
from ui.rect import Rect

if TYPE_CHECKING:  # Kivy opens its window when it is imported
    from roomdisplay.screens.day_column import DayColumn
    from roomdisplay.screens.sheet_screen import SheetScreen

S = TypeVar("S", bound="SheetScreen")


class TouchSite(Site):
    """A Site whose `touch` and `act` are fingers; what cannot be seen cannot be touched."""

    def __init__(self, plain: Site, window: Any) -> None:
        super().__init__(plain.sim, plain.clock, plain.panel)
        from roomdisplay.screens.panel_root import PanelRoot
        from ui.metrics import Panel

        self.window = window
        screen = self.panel.config.screen
        metrics: Panel = looks.metrics(screen)
        self._now_s = 100.0
        self.root = PanelRoot(
            metrics,
            self.panel.touches.act,
            self.panel.touches.touched,
            self.panel.touches.released,
            theme=looks.theme(screen),
            now_s=self._later,
        )
        window.size = (metrics.width_px, metrics.height_px)
        window.add_widget(self.root)
        self.panel.on_view = self.root.show
        self.root.show(self.panel.view)

    def _later(self) -> float:
        """Each look at the clock is a while later: no story is about a finger that is faster than the page."""
        self._now_s += 2.0
        return self._now_s

    def draw(self) -> None:
        from ui.window import draw_frame

        draw_frame(self.window)
        draw_frame(self.window)

    def close(self) -> None:
        self.panel.on_view = lambda view: None
        self.root.close()
        self.window.remove_widget(self.root)

    def touch(self, verb: Verb, number: int = 0) -> ButtonView:
        """Tap the `number`th button that carries `verb`."""
        self.draw()
        found = [one for one in self._top() if getattr(one, "action", None) and one.action.verb is verb]
        assert found, f"no {verb} on the glass, page {self.panel.page}"
        action = found[number].action
        self._tap(found[number].center)
        return ButtonView(action, "")

    def act(self, verb: Verb, value: str = "") -> None:
        """Tap a slot or block of a timeline, a row, a key, the cross, the toast."""
        self.draw()
        match verb:
            case Verb.TYPED:
                self._type(value)
            case Verb.PIN:
                self._pin(value)
            case Verb.OPEN_BOOKING | Verb.OPEN_MEETING:
                self._on_timeline(Action(verb, value))
            case Verb.UNDO:
                self._tap(self.root.home.status.toast.button.center)
            case _:
                self._tap(self._carrying(Action(verb, value)).center)

    def _carrying(self, action: Action) -> Any:
        from roomdisplay.screens.sheet_screen import SheetScreen

        found = [one for one in self._top() if getattr(one, "action", None) == action]
        if not found and action.verb is Verb.CLOSE:
            return self._sheet(SheetScreen).frame.close_button
        assert found, f"no {action} on the glass, page {self.panel.page}"
        return found[0]

    def _top(self) -> list[Any]:
        """What a finger can reach: the sheet if there is one, else the home view."""
        from roomdisplay.screens.sheet_screen import SheetScreen

        top = self._sheet(SheetScreen) if self.panel.view.sheet else self.root.home
        return list(top.walk())

    def _sheet(self, kind: type[S]) -> S:
        """The sheet that is up, which must be of that kind."""
        sheet = self.root.sheet
        assert isinstance(sheet, kind), f"{sheet} is up, page {self.panel.page}"
        return sheet

    def _tap(self, at: tuple[float, float]) -> None:
        from tests.ui_kit.touch import tap

        tap(self.window, *at)

    def _type(self, text: str) -> None:
        from roomdisplay.screens.search_sheet import SearchScreen

        for letter in text:
            keyboard = self._sheet(SearchScreen).keyboard
            key = "space" if letter == " " else letter
            shifted = {one.text for one in keyboard.keys.keys}
            self._tap(keyboard.key_rect(key if key in shifted or key == "space" else letter.upper()).centre)

    def _pin(self, digits: str) -> None:
        from roomdisplay.screens.pin_sheet import PinScreen

        for digit in digits:
            keys = [one for one in self._sheet(PinScreen).pad.walk() if getattr(one, "text", None) == digit]
            self._tap(keys[0].center)

    def _on_timeline(self, action: Action) -> None:
        """Home shows the slot from now; every other is behind the day view, which is opened as its button does."""
        from roomdisplay.screens.day_column import DayColumn

        if action.value and not isinstance(self.panel.view.sheet, DaySheet):
            self.panel.touches.act(Action(Verb.OPEN_DAY, "0"))
            self.draw()
        column = next(one for one in self._top() if isinstance(one, DayColumn))
        self._tap(place_of(column, action).centre)


def place_of(column: DayColumn, action: Action) -> Rect:
    """Where the slot or block that carries `action` is drawn."""
    for slot, rect in column.slot_rects():
        if column._action_of(slot) == action:
            return rect
    return next(placed.rect for placed in column.placed() if column._action_of(placed.block.key) == action)


@asynccontextmanager
async def touch_site(folder: Path, window: Any, **options: Any) -> AsyncIterator[TouchSite]:
    """A panel with its glass on the off-screen window."""
    async with site(folder, **options) as plain:
        here = TouchSite(plain, window)
        try:
            yield here
        finally:
            here.close()
