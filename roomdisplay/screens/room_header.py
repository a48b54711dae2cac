"""The top of the home view: the sign of the state, the room, the time."""

from __future__ import annotations

import re

from kivy.uix.widget import Widget

from roomdisplay.screens.palette import SIGNS
from roomdisplay.view import Action, HomeView, Shape, Verb
from ui.logo import texture_of
from ui.look import Look
from ui.metrics import Layout, TextRole
from ui.placing import height_at, hide, put
from ui.rect import Rect
from ui.sender import Sender
from ui.surface import Surface
from ui.text import measure
from ui.widgets.fit_label import FitLabel
from ui.widgets.long_press import LongPress
from ui.widgets.picture import Picture
from ui.widgets.state_shape import StateShape

SIGN_MM = {Layout.WIDE: 14.0, Layout.COMPACT: 11.0, Layout.PORTRAIT: 10.5}
LOGO_HEIGHT = 0.62
"""Of the sign's height."""
LOGO_SHARE = 0.2
"""Of the header's width, at the most."""
CLOCK_SPARE_PX = 2
_DIGIT = re.compile("[0-9]")
ONE_LINE_SHRINK = 0.66
"""A name that would have to be smaller than this stands on two lines instead."""


class RoomHeader(Widget):  # type: ignore[misc]
    """Sign at the left, name over detail beside it, clock at the right on the name's baseline."""

    def __init__(self, look: Look, sender: Sender) -> None:
        super().__init__(size_hint=(None, None))
        self.look = look
        self.sign = StateShape(look)
        self.name = FitLabel(look, role=TextRole.ROOM)
        self.detail = FitLabel(look, role=TextRole.SMALL, shrink=0.85)
        self.clock = FitLabel(look, role=TextRole.CLOCK, align="right")
        self.logo = Picture(look)
        self.admin = LongPress(look)
        self.admin.bind(on_held=lambda *_: sender.send(Action(Verb.OPEN_ADMIN)))
        self._shape = Shape.NONE
        for widget in (self.sign, self.name, self.detail, self.clock, self.logo, self.admin):
            self.add_widget(widget)

    def show(self, view: HomeView, surface: Surface) -> None:
        """Take over the view."""
        self._shape = view.shape
        self.sign.shape, self.sign.fraction = SIGNS[view.shape], view.shape_fraction
        self.name.text, self.detail.text, self.clock.text = view.room, view.room_detail, view.clock
        self.logo.texture = texture_of(view.logo_file)
        self.sign.colour = self.name.colour = self.clock.colour = surface.text
        self.detail.colour = surface.muted

    def height_for(self, width: float) -> float:
        """The height that it needs at that width."""
        self._fit_name(width)
        return max(self._side, self._text_height(width))

    def place(self, rect: Rect) -> None:
        """Lay it out; everything is centred on the sign."""
        width = rect.width
        left, room = rect.x + self._indent, self._room(width)
        self._fit_name(width)
        if self._shape is Shape.NONE:
            hide(self.sign)
        else:
            put(self.sign, Rect(rect.x, rect.top - rect.height / 2 - self._side / 2, self._side, self._side))
        name, detail = height_at(self.name, room), height_at(self.detail, room)
        top = rect.top - (rect.height - self._text_height(width)) / 2
        put(self.name, Rect(left, top - name, room, name))
        put(self.detail, Rect(left, top - name - self._lead - detail, room, detail))
        self._place_clock(rect, top)
        self._place_logo(rect)
        put(self.admin, Rect(rect.x, rect.y, self._indent + room, rect.height))

    def _place_clock(self, rect: Rect, top: float) -> None:
        style = self.look.style(TextRole.CLOCK)
        _, name_style = self.name.lines()
        baseline = top - name_style.ascent_px
        width = self._clock_width
        put(self.clock, Rect(rect.right - width, baseline - style.descent_px, width, style.height_px))

    def _place_logo(self, rect: Rect) -> None:
        width, height = self._logo_width(rect.width), self._side * LOGO_HEIGHT
        if not width:
            hide(self.logo)
            return
        right = rect.right - self._clock_width - self.look.panel.unit * 4
        put(self.logo, Rect(right - width, rect.top - rect.height / 2 - height / 2, width, height))

    def _logo_width(self, width: float) -> float:
        return self.logo.width_at(self._side * LOGO_HEIGHT, width * LOGO_SHARE)

    @property
    def _side(self) -> int:
        return self.look.panel.mm(SIGN_MM[self.look.panel.layout])

    @property
    def _indent(self) -> float:
        return 0 if self._shape is Shape.NONE else self._side + self.look.panel.unit * 3

    @property
    def _lead(self) -> float:
        return self.look.panel.unit * 0.25

    @property
    def _clock_width(self) -> float:
        """As wide as any time of day: a new minute moves nothing (SDL_ttf measures equal figures a pixel apart)."""
        widest = _DIGIT.sub("0", self.clock.text)
        return measure(widest, self.look.style(TextRole.CLOCK)) + CLOCK_SPARE_PX if widest else 0

    def _room(self, width: float) -> float:
        logo = self._logo_width(width)
        taken = self._indent + self._clock_width + (logo + self.look.panel.unit * 4 if logo else 0)
        return max(1.0, width - taken - self.look.panel.unit * 3)

    def _fit_name(self, width: float) -> None:
        room = self._room(width)
        one_line = measure(self.name.text, self.look.style(TextRole.ROOM)) * ONE_LINE_SHRINK <= room
        self.name.role = TextRole.ROOM if one_line else TextRole.TITLE
        self.name.max_lines = 1 if one_line else 2
        self.name.shrink = ONE_LINE_SHRINK if one_line else 0.8

    def _text_height(self, width: float) -> float:
        room = self._room(width)
        detail = height_at(self.detail, room)
        return height_at(self.name, room) + (self._lead + detail if detail else 0)
