"""One line of a list: a room, a host, a visitor."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from ui.colour import Rgb, blend
from ui.look import Look
from ui.metrics import TextRole
from ui.painter import Painter, centred_baseline
from ui.rect import Rect
from ui.surface import Surface, legible
from ui.text import measure, shorten
from ui.typeface import Weight
from ui.widgets.touchable import Touchable


class ListRow(Touchable):
    """Title over detail; a badge of initials on the left, a dot with a word on the right, as wanted.

    ListRow(look, initials="JF", title="Jesper F.", detail="Projektafdelingen", note="Ledig", dot=theme.free.background)
    """

    title = StringProperty("")
    detail = StringProperty("")
    initials = StringProperty("")
    note = StringProperty("")
    dot: Rgb | None = ObjectProperty(None, allownone=True)
    selected = BooleanProperty(defaultvalue=False)
    surface: Surface = ObjectProperty(None)
    repaints: ClassVar[tuple[str, ...]] = (
        *Touchable.repaints,
        "title",
        "detail",
        "initials",
        "note",
        "dot",
        "selected",
        "surface",
    )

    def __init__(self, look: Look, **properties: Any) -> None:
        properties.setdefault("surface", look.theme.card)
        super().__init__(look, **properties)
        self.size_hint_min = (self.least_px, self.least_px)

    def paint(self, painter: Painter) -> None:
        panel, surface = self.look.panel, self.surface
        if self.selected:
            painter.fill(self.rect, surface.bar, radius=panel.radius)
            painter.fill(self.rect.inset(max(2, panel.mm(0.6))), surface.background, radius=panel.radius * 0.85)
        else:
            fill = surface.secondary.pressed if self.pressed else surface.background
            painter.fill(self.rect, fill, radius=panel.radius)
        left = self._paint_badge(painter, self.x + panel.unit * 2)
        right = self._paint_note(painter, self.right - panel.unit * 2.5)
        self._paint_lines(painter, Rect(left, self.y, right - left - panel.unit, self.height))

    def _paint_badge(self, painter: Painter, left: float) -> float:
        """The initials in a disc; returns where the text begins."""
        if not self.initials:
            return left + self.look.panel.unit * 0.5
        radius: float = min(self.height * 0.36, self.look.panel.mm(6))
        fill = blend(self.surface.bar, self.surface.background, 0.15)
        centre = (left + radius, self.center_y)
        painter.disc(centre, radius, fill)
        style = self.look.style(TextRole.BODY, Weight.SEMIBOLD)
        style = style.sized(min(style.size_px, round(radius * 0.85)))
        ink = legible(self.surface.bar, fill, 1.0)
        painter.text(self.initials[:2], centre[0], centred_baseline(centre[1], style), style, ink, align="center")
        return left + 2 * radius + self.look.panel.unit * 2

    def _paint_note(self, painter: Painter, right: float) -> float:
        """The word and its dot; returns where the text must end."""
        if not self.note:
            return right
        style = self.look.style(TextRole.SMALL, Weight.SEMIBOLD)
        width = measure(self.note, style)
        painter.text(self.note, right - width, centred_baseline(self.center_y, style), style, self.surface.text)
        left = right - width
        if self.dot is not None:
            radius = style.cap_px * 0.52
            left -= self.look.panel.unit + 2 * radius
            painter.disc((left + radius, self.center_y), radius, self.dot)
        return left

    def _paint_lines(self, painter: Painter, box: Rect) -> None:
        title, detail = self.look.style(TextRole.BODY, Weight.SEMIBOLD), self.look.style(TextRole.DETAIL)
        surface = self.surface
        ink = surface.disabled.text if self.disabled else surface.text
        name = shorten(self.title, title, box.width)
        if not self.detail:
            painter.text(name, box.x, centred_baseline(box.centre[1], title), title, ink)
            return
        gap = detail.size_px * 0.5
        block = title.cap_px + gap + detail.cap_px
        top = box.centre[1] + block / 2
        painter.text(name, box.x, top - title.cap_px, title, ink)
        painter.text(shorten(self.detail, detail, box.width), box.x, top - block, detail, surface.muted)
