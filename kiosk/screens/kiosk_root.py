"""The root of the kiosk's widgets: header, steps, one page, and what lies over them."""

from __future__ import annotations

import time
from collections.abc import Callable

from kivy.uix.widget import Widget

from kiosk.screens.header import STRIP_MM, KioskHeader
from kiosk.screens.page_screen import PageScreen
from kiosk.screens.pages import page_screen
from kiosk.screens.still_there import StillThere
from kiosk.view import (
    Action,
    ChoiceView,
    CodeView,
    FormView,
    HostsView,
    KioskView,
    Page,
    RulesView,
    StillThereView,
    TextView,
    WelcomeView,
)
from ui import text
from ui.colour import Rgb
from ui.glass_root import GlassRoot
from ui.look import Look
from ui.metrics import Layout, Panel
from ui.placing import hide, put
from ui.rect import Rect
from ui.theme import GREEN, kiosk_theme
from ui.widgets.asleep import AsleepScreen
from ui.widgets.backdrop import Backdrop
from ui.widgets.overlays import Dimmer, IdentifyBanner
from ui.widgets.steps import Steps

LARGE_TEXT = 1.3
STEPS_MM = 1.4
SITTING = (ChoiceView, HostsView, FormView, CodeView, RulesView, TextView)
"""Pages of one guest on the way in: between them no texture need be thrown away."""


class KioskRoot(GlassRoot):
    """Shows KioskViews and sends the actions that are touched on them.

    root = KioskRoot(TEN_INCH, kiosk.touch, kiosk.display.touched)
    root.show(view)

    A `still` one is for a picture beside the window, and leaves the textures alone that the window shows.
    Reading aids change every size or colour, so that the widgets are made anew for them.
    """

    def __init__(
        self,
        panel: Panel,
        on_action: Callable[[Action], None],
        on_touch: Callable[[], bool] = lambda: True,
        on_release: Callable[[], None] = lambda: None,
        *,
        accent: Rgb = GREEN,
        still: bool = False,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(panel, on_action, on_touch, on_release, now_s=now_s)
        self._accent, self._still = accent, still
        self.view: KioskView | None = None
        self.page: PageScreen | None = None
        self.still_there: StillThere | None = None
        self._build(large=False, contrast=False)

    def show(self, view: KioskView) -> None:
        """Show `view`: only what differs from the one before is drawn anew."""
        before, self.view = self.view, view
        ahead = self.page is not None and self.page.ahead
        if view == before and not ahead:
            return
        if before is not None and _aids(before) != _aids(view):
            self._take_down()
            self._build(large=view.large_text, contrast=view.high_contrast)
            before = None
        elif before is None:
            self._build(large=view.large_text, contrast=view.high_contrast)
        if (
            ahead
            or before is None
            or (before.page, before.header, before.steps) != (view.page, view.header, view.steps)
        ):
            self._show_page(before, view)
        self._show_still_there(before.still_there if before else None, view.still_there)
        self.identify.text = view.identify
        self.dimmer.brightness = view.brightness
        self._show_asleep(view)
        if isinstance(view.page, WelcomeView):
            self.wander(view.page.clock)
        self.sender.new_view()

    def close(self) -> None:
        """Wipe what was typed, and take everything off."""
        self._take_down()
        if not self._still:
            text.forget()

    def _build(self, *, large: bool, contrast: bool) -> None:
        """All that is not the page."""
        panel = self.panel
        if large:
            panel = Panel(panel.width_px, panel.height_px, panel.width_mm, LARGE_TEXT)
        self.look = Look(panel, kiosk_theme(accent=self._accent, high_contrast=contrast))
        size = (panel.width_px, panel.height_px)
        self.clear_widgets()
        self.backdrop = Backdrop(self.look, colour=self.look.theme.page.background, size=size)
        self.steps = Steps(self.look)
        self.header = KioskHeader(self.look, self.sender)
        self._under, self._over = Widget(size=size), Widget(size=size)
        self.dimmer, self.identify = Dimmer(self.look, size=size), IdentifyBanner(self.look, size=size)
        self.asleep = AsleepScreen(self.look)
        for layer in (self.backdrop, self.steps, self._under, self.header, self._over, self.dimmer, self.identify):
            self.add_widget(layer)

    def _take_down(self) -> None:
        """The page and what is over it go, with all that they held."""
        self.sender.new_view()
        self._drop_page()
        self._over.clear_widgets()
        self.still_there = None

    def _drop_page(self) -> None:
        if self.page is not None:
            if not self._still:
                self.page.wipe()
            self._under.clear_widgets()
            self.page = None

    def _show_page(self, before: KioskView | None, view: KioskView) -> None:
        other = before is None or type(before.page) is not type(view.page)
        if other or self.page is None:
            self._drop_page()
            if before is not None and not (isinstance(before.page, SITTING) and isinstance(view.page, SITTING)):
                text.forget()
            low = view.low_reach
            self.page = page_screen(view.page, self.look, self.sender, low=low)
            self._under.add_widget(self.page)
        if other or (before is not None and _title(before.page) != _title(view.page)):
            self.touches.settle()
        self.page.language = view.header.language
        self.page.show(view.page)
        self._arrange(view, self.page)

    def _show_asleep(self, view: KioskView) -> None:
        """Over everything, for the page beneath stays as it is."""
        if view.asleep is None:
            self.remove_widget(self.asleep)
            return
        self.asleep.show(view.asleep.clock, view.asleep.text)
        if self.asleep.parent is None:
            self.add_widget(self.asleep)

    def _show_still_there(self, before: StillThereView | None, view: StillThereView | None) -> None:
        if view is None:
            if self.still_there is not None:
                self._over.clear_widgets()
                self.still_there = None
                self.touches.settle()
            return
        if self.still_there is None:
            low = bool(self.view and self.view.low_reach)
            size = (self.panel.width_px, self.panel.height_px)
            self.still_there = StillThere(self.look, self.sender, low=low, size=size)
            self._over.add_widget(self.still_there)
            self.touches.settle()
            before = None
        if view != before:
            self.still_there.show(view)

    def _arrange(self, view: KioskView, page: PageScreen) -> None:
        """Header at the top, its buttons beside or beneath it or at the bottom, the page between."""
        panel = self.look.panel
        # Beside a keyboard every pixel counts.
        pad = panel.unit if page.keyboard_height else round(panel.unit * 1.5)
        margin = round(panel.unit * (3.5 if panel.layout is Layout.WIDE else 3))
        width = panel.width_px - 2 * margin
        bottom: float = page.keyboard_height + (pad if page.keyboard_height else margin)
        # A low panel has no room for two lines above the keyboard, and nothing there is far up.
        low = view.low_reach and not page.cramped
        self.header.show(view.header, _title(view.page) if page.title_in_header else "")
        top: float = panel.height_px - pad
        if not low and not panel.portrait:
            chips = self.header.chips_width(width * 0.64)
            row = Rect(margin, top - panel.touch, width, panel.touch)
            self.header.place_bar(Rect(row.right - chips, row.y, chips, row.height))
            self.header.place_strip(Rect(row.x, row.y, width - chips - 2 * panel.unit, row.height))
            top = row.y
        else:
            strip = panel.mm(STRIP_MM)
            self.header.place_strip(Rect(margin, top - strip, width, strip))
            top -= strip
            bar = Rect(margin, bottom if low else top - pad - panel.touch, width, panel.touch)
            self.header.place_bar(bar)
            top = top if low else bar.y
            bottom = bar.top + pad if low else bottom
        top = self._place_steps(view, Rect(margin, bottom, width, top - bottom))
        page.place(Rect(margin, bottom, width, max(1.0, top - pad - bottom)))

    def _place_steps(self, view: KioskView, rect: Rect) -> float:
        """Returns where the page may begin."""
        if view.steps is None:
            hide(self.steps)
            return rect.top
        self.steps.count, self.steps.done = max(1, view.steps.count), view.steps.done
        high = self.look.panel.mm(STEPS_MM)
        top = rect.top - self.look.panel.unit
        put(self.steps, Rect(rect.x, top - high, rect.width, high))
        return top - high


def _aids(view: KioskView) -> tuple[bool, bool, bool]:
    return (view.large_text, view.high_contrast, view.low_reach)


def _title(page: Page) -> str:
    return page.title
