"""A large card that starts something: an icon, what it does, and a word on it."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import ObjectProperty, StringProperty

from ui.icons import Icon
from ui.look import Look
from ui.metrics import TOUCH_PRIMARY_MM, TextRole
from ui.painter import Painter
from ui.rect import Rect
from ui.surface import WHITE, Fill
from ui.text import TextStyle, wrap
from ui.typeface import Weight
from ui.widgets.touchable import Touchable

LARGER = 1.2
SIZES = (1.0, 0.92, 0.84, 0.76, 0.68, 0.6, 0.54)
"""The words become smaller until they fit."""
ICON_MM = 10.0
MAX_LINES = 3


class Tile(Touchable):
    """At least 20 mm each way. Words at the bottom and the icon at the top, or beside it where the tile is low.

    On a ground of its own colour it has an outline, so that its edge is seen.
    """

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
        outlined = surface.background == self.look.theme.page.background == WHITE
        box = Fill(fill, surface.text, surface.muted, surface.text if outlined else fill, fill)
        painter.box(self.rect, box, radius=panel.radius * 1.5, border_px=max(2, panel.mm(0.4)))
        low = self.height < panel.mm(ICON_MM + 22)
        pad = panel.unit * (2 if low else 4)
        inner = self.rect.inset(pad)
        if low:
            self._paint_beside(painter, inner)
        else:
            self._paint_beneath(painter, inner)

    def _paint_beside(self, painter: Painter, box: Rect) -> None:
        """The icon at the left, the words beside it, both in the middle; no icon rather than half a word."""
        panel = self.look.panel
        side = min(panel.mm(ICON_MM), box.height * 0.7, box.width * 0.2)
        left = box.x
        room_beside = box.width - side - panel.unit * 2
        narrow = not self._words(room_beside, box.height)[0].whole(self.title)
        if self.icon is not None and not narrow:
            painter.icon(self.icon, Rect(box.x, box.centre[1] - side / 2, side, side), self.surface.text, weight=0.09)
            left += side + panel.unit * 2
        room = Rect(left, box.y, box.right - left, box.height)
        title, detail, block = self._words(room.width, room.height)
        self._paint_words(painter, room, room.centre[1] + block / 2, title, detail)

    def _paint_beneath(self, painter: Painter, box: Rect) -> None:
        side = self.look.panel.mm(ICON_MM)
        room = box.height - (side + self.look.panel.unit if self.icon is not None else 0)
        title, detail, block = self._words(box.width, room)
        self._paint_words(painter, box, box.y + block, title, detail)
        if self.icon is not None:
            painter.icon(self.icon, Rect(box.x, box.top - side, side, side), self.surface.text, weight=0.09)

    def _words(self, width: float, height: float) -> tuple[_Lines, _Lines, float]:
        """Title and detail at the largest size at which all of them fits, and the height of both."""
        for size in SIZES:
            title, detail, block = self._words_at(size, width)
            if block <= height and title.whole(self.title) and detail.whole(self.detail):
                return title, detail, block
        if block <= height:
            return title, detail, block
        return title, _Lines(detail.style, []), title.height

    def _words_at(self, size: float, width: float) -> tuple[_Lines, _Lines, float]:
        bold = self.look.style(TextRole.TITLE, Weight.BOLD)
        small = self.look.style(TextRole.SMALL)
        bold, small = (
            bold.sized(round(bold.size_px * LARGER * size)),
            small.sized(round(small.size_px * max(size, 0.8))),
        )
        title = _Lines(bold, wrap(self.title, bold, width, MAX_LINES))
        detail = _Lines(small, wrap(self.detail, small, width, MAX_LINES))
        gap = self.look.panel.unit * 0.5 if detail.lines else 0
        return title, detail, title.height + gap + detail.height

    def _paint_words(self, painter: Painter, box: Rect, top: float, title: _Lines, detail: _Lines) -> None:
        ink = self.surface.disabled.text if self.disabled else self.surface.text
        top = title.paint(painter, box.x, top, ink)
        if detail.lines:
            detail.paint(painter, box.x, top - self.look.panel.unit * 0.5, self.surface.muted)


class _Lines:
    """Lines of one style, drawn from the top down."""

    def __init__(self, style: TextStyle, lines: list[str]) -> None:
        self.style, self.lines = style, lines

    @property
    def height(self) -> float:
        return len(self.lines) * self.style.line_px

    def whole(self, text: str) -> bool:
        """Whether nothing of `text` was cut off, and no word broken."""
        return " ".join(self.lines).replace("- ", "-") == " ".join(text.split()).replace("- ", "-")

    def paint(self, painter: Painter, x: float, top: float, ink: Any) -> float:
        """Draw them; returns where they end."""
        for index, line in enumerate(self.lines):
            baseline = top - (self.style.line_px - self.style.descent_px) - index * self.style.line_px
            painter.text(line, x, baseline, self.style, ink)
        return top - self.height
