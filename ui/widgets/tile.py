"""A large card that starts something: an icon, what it does, and a word on it."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import ObjectProperty, StringProperty

from ui.icons import Icon
from ui.look import Look
from ui.metrics import TOUCH_PRIMARY_MM, TextRole
from ui.painter import Painter
from ui.rect import Rect
from ui.text import wrap
from ui.typeface import Weight
from ui.widgets.touchable import Touchable

LARGER = 1.2


class Tile(Touchable):
    """At least 20 mm each way; the words stand at the bottom, the icon at the top."""

    icon: Icon | None = ObjectProperty(None, allownone=True)
    title = StringProperty("")
    detail = StringProperty("")
    surface = ObjectProperty(None)
    repaints: ClassVar[tuple[str, ...]] = (*Touchable.repaints, "icon", "title", "detail", "surface")

    def __init__(self, look: Look, **properties: Any) -> None:
        properties.setdefault("surface", look.theme.card)
        super().__init__(look, least_mm=TOUCH_PRIMARY_MM, **properties)
        self.size_hint_min = (self.least_px, self.least_px)

    def paint(self, painter: Painter) -> None:
        panel, surface = self.look.panel, self.surface
        fill = surface.secondary.pressed if self.pressed else surface.background
        painter.fill(self.rect, fill, radius=panel.radius * 1.5)
        pad = panel.unit * (4 if self.height > panel.mm(25) else 2)
        box = self.rect.inset(pad)
        bottom = self._paint_words(painter, box)
        side = min(panel.mm(10), box.top - bottom - panel.unit)
        if self.icon is not None and side >= panel.mm(4):
            painter.icon(self.icon, Rect(box.x, box.top - side, side, side), surface.text, weight=0.09)

    def _paint_words(self, painter: Painter, box: Rect) -> float:
        """Detail at the bottom, the title above; returns where they end."""
        title, detail = self.look.style(TextRole.TITLE, Weight.BOLD), self.look.style(TextRole.SMALL)
        title = title.sized(round(title.size_px * LARGER))
        ink = self.surface.disabled.text if self.disabled else self.surface.text
        y = box.y
        for line in reversed(wrap(self.detail, detail, box.width, 2)):
            painter.text(line, box.x, y + detail.descent_px, detail, self.surface.muted)
            y += detail.line_px
        y += self.look.panel.unit * 0.75 if self.detail else 0
        for line in reversed(wrap(self.title, title, box.width, 2)):
            painter.text(line, box.x, y + title.descent_px, title, ink)
            y += title.line_px
        return y
