"""The top of every page: the site, help, reading aids, languages; its buttons are low down where that is asked for."""

from __future__ import annotations

from kivy.uix.widget import Widget

from kiosk.screens.column import one_role
from kiosk.screens.sending import ActionButton, fill_widgets
from kiosk.view import Action, ButtonView, HeaderView, Verb
from ui.logo import texture_of
from ui.look import Look
from ui.metrics import Layout, TextRole
from ui.placing import hide, put
from ui.rect import Rect
from ui.sender import Sender
from ui.text import measure
from ui.typeface import Weight
from ui.widgets.backdrop import Backdrop
from ui.widgets.fit_label import FitLabel
from ui.widgets.long_press import LongPress
from ui.widgets.picture import Picture

LOGO_MM = 6.0
LOGO_WIDEST = 0.25
"""Of the header's width."""
CHIP_MM = 15.0
STRIP_MM = 8.5
"""Height of the site's name where the buttons are not beside it."""
SHARES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6)
"""Of their size, at which labels of the buttons are tried."""
NAME = (TextRole.TITLE, TextRole.BODY, TextRole.SMALL, TextRole.DETAIL, TextRole.CAPTION)


class Chip(ActionButton):
    """A button of the header; its look follows from what it is for."""

    def show(self, view: ButtonView) -> None:
        """Take over a view, but for its style."""
        self.action, self.text, self.disabled = view.action, view.label, not view.enabled


class KioskHeader(Widget):  # type: ignore[misc]
    """`show(view, title)`, then `place_strip(rect)` for the name and `place_bar(rect)` for the buttons.

    A finger that rests on the name opens the admin's PIN. With a `title` that stands in the name's place: on a low
    panel with a keyboard there is no room for both.
    """

    def __init__(self, look: Look, sender: Sender) -> None:
        super().__init__(size_hint=(None, None))
        self.look, self.sender = look, sender
        theme = look.theme
        self.mark = Backdrop(look, colour=theme.accent.background, radius=look.panel.mm(1.2))
        self.logo = Picture(look)
        self.name = FitLabel(look, role=TextRole.TITLE, weight=Weight.BOLD, colour=theme.page.text)
        self.name.valign, self.name.shrink, self.name.max_lines = "middle", 0.6, 2
        self.admin = LongPress(look)
        self.admin.bind(on_held=lambda *_: sender.send(Action(Verb.ADMIN)))
        self.chips: list[Chip] = []
        self._bare = False
        for widget in (self.mark, self.logo, self.name, self.admin):
            self.add_widget(widget)

    def show(self, view: HeaderView, title: str = "") -> None:
        """Take over the view."""
        self.name.text = title or view.site
        self.logo.texture = None if title else texture_of(view.logo_file)
        self._bare = bool(title)
        buttons = tuple(one for one in (view.help, view.aids) if one is not None)
        fill_widgets(self, self.chips, (*buttons, *view.languages), self._chip)
        for chip in self.chips:
            chip.style = _style(chip.action, view.language)

    def chips_width(self, room: float) -> float:
        """Width of all the buttons in one row, no wider than `room`."""
        return min(room, sum(self._widths(room)) + self._gap * max(0, len(self.chips) - 1))

    def place_strip(self, rect: Rect) -> None:
        """Logo and name."""
        rect = rect.snapped()
        left = self._place_logo(rect)
        roles = (TextRole.SUBTITLE, *NAME) if self._bare else NAME
        one_role(self.look, self.name, roles, Rect(left, rect.y, max(1.0, rect.right - left), rect.height).snapped())
        put(self.admin, Rect(rect.x, rect.y, rect.width, rect.height))

    def place_bar(self, rect: Rect) -> None:
        """The buttons, at the right of `rect`, or over all of it where it is just wide enough."""
        left = rect.right - self.chips_width(rect.width)
        for chip, width in zip(self.chips, self._widths(rect.width), strict=True):
            put(chip, Rect(left, rect.y, width, rect.height))
            left += width + self._gap

    def _place_logo(self, rect: Rect) -> float:
        """The customer's picture, else a mark of the accent's colour; returns where the name begins."""
        panel = self.look.panel
        if self._bare:
            hide(self.mark)
            hide(self.logo)
            return rect.x
        side = min(panel.mm(LOGO_MM), rect.height)
        if self.logo.texture is None:
            hide(self.logo)
            put(self.mark, Rect(rect.x, rect.centre[1] - side / 2, side, side))
            return rect.x + side + panel.unit * 2
        high = min(panel.mm(LOGO_MM * 1.5), rect.height)
        width = self.logo.width_at(high, rect.width * LOGO_WIDEST)
        hide(self.mark)
        put(self.logo, Rect(rect.x, rect.centre[1] - high / 2, width, high))
        return rect.x + width + panel.unit * 2

    @property
    def _gap(self) -> int:
        return self.look.panel.unit

    def _widths(self, room: float) -> list[float]:
        """As wide as the labels want it; where there is no room, with labels that are all smaller by the same share."""
        room -= self._gap * max(0, len(self.chips) - 1)
        found: list[float] = []
        for share in SHARES:
            found = [self._width(chip, share) for chip in self.chips]
            if sum(found) <= room + 1:
                break
        spare = (room - sum(found)) / len(found) if found and share < 1 else 0.0
        return [width + spare for width in found]

    def _width(self, chip: Chip, share: float) -> float:
        panel = self.look.panel
        least = panel.mm(CHIP_MM) if panel.layout is Layout.WIDE and share == 1 else panel.touch
        edge = 4 if share == 1 else 3.2
        return max(least + 1, measure(chip.text, chip.label_style) * share + edge * panel.unit)

    def _chip(self) -> Chip:
        return Chip(self.look, self.sender, compact=True, compact_role=TextRole.SMALL)


def _style(action: Action | None, language: str) -> str:
    """The language that is spoken stands out; help and aids have an outline."""
    if action is None or action.verb is not Verb.LANGUAGE:
        return "secondary"
    return "inverse" if action.value == language else "dark"
