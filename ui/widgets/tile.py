"""A large card that starts something: an icon, what it does, and a word on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from kivy.properties import NumericProperty, ObjectProperty, StringProperty

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
WITHOUT_DETAIL = 0.76
"""Before the title becomes smaller than that, the word on it is left out."""
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
    largest = NumericProperty(1.0)
    """Words are no larger than that, so that tiles beside one another have words of one size (see `fitting`)."""
    repaints: ClassVar[tuple[str, ...]] = (*Touchable.repaints, "icon", "title", "detail", "surface", "largest")

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
        room, place, words = self._laid(self.largest)
        self._paint_words(
            painter, room, room.centre[1] + words.height / 2 if self._low else room.y + words.height, words
        )
        if self.icon is not None and place is not None:
            painter.icon(self.icon, place, self.surface.text, weight=0.09)

    def fitting(self) -> float:
        """The size of SIZES at which its words fit, whatever `largest` is."""
        return self._laid(1.0)[2].size

    @property
    def _low(self) -> bool:
        return bool(self.height < self.look.panel.mm(ICON_MM + 22))

    def _laid(self, largest: float) -> tuple[Rect, Rect | None, _Words]:
        """Room for the words, that for the icon, and the words as they fit."""
        box = self.rect.inset(self.look.panel.unit * (2 if self._low else 4))
        return self._beside(box, largest) if self._low else self._beneath(box, largest)

    def _beside(self, box: Rect, largest: float) -> tuple[Rect, Rect | None, _Words]:
        """The icon at the left of the words, both in the middle: none rather than half a word."""
        unit = self.look.panel.unit
        side = min(self.look.panel.mm(ICON_MM), box.height * 0.7, box.width * 0.2)
        room = Rect(box.x + side + unit * 2, box.y, box.width - side - unit * 2, box.height)
        words = None if self.icon is None else self._words(room.width, room.height, 1.0)
        if words is None or not words.title.whole(self.title):
            return box, None, self._words(box.width, box.height, largest)
        place = Rect(box.x, box.centre[1] - side / 2, side, side)
        fitted = words if words.size <= largest else self._words(room.width, room.height, largest)
        return room, place, fitted

    def _beneath(self, box: Rect, largest: float) -> tuple[Rect, Rect | None, _Words]:
        """The icon at the top, the words at the bottom."""
        side = self.look.panel.mm(ICON_MM)
        taken = side + self.look.panel.unit if self.icon is not None else 0
        place = Rect(box.x, box.top - side, side, side)
        return box, place, self._words(box.width, box.height - taken, largest)

    def _words(self, width: float, height: float, largest: float) -> _Words:
        """Title and detail at the largest size at which all of them fits; the detail gives way to a readable title."""
        found: list[_Words] = []
        for size in (size for size in SIZES if size <= largest):
            found.append(self._words_at(size, width))
            if size >= WITHOUT_DETAIL and found[-1].fits(self, height):
                return found[-1]
        titles = [words.without_detail() for words in found]
        return next((words for words in titles if words.fits(self, height)), titles[-1])

    def _words_at(self, size: float, width: float) -> _Words:
        bold = self.look.style(TextRole.TITLE, Weight.BOLD)
        small = self.look.style(TextRole.SMALL)
        bold, small = (
            bold.sized(round(bold.size_px * LARGER * size)),
            small.sized(round(small.size_px * max(size, 0.8))),
        )
        title = _Lines(bold, wrap(self.title, bold, width, MAX_LINES))
        detail = _Lines(small, wrap(self.detail, small, width, MAX_LINES))
        return _Words(size, title, detail, self.look.panel.unit * 0.5)

    def _paint_words(self, painter: Painter, box: Rect, top: float, words: _Words) -> None:
        ink = self.surface.disabled.text if self.disabled else self.surface.text
        top = words.title.paint(painter, box.x, top, ink)
        if words.detail.lines:
            words.detail.paint(painter, box.x, top - words.gap, self.surface.muted)


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


@dataclass(frozen=True, slots=True)
class _Words:
    """Title and detail at one size of SIZES."""

    size: float
    title: _Lines
    detail: _Lines
    gap: float

    @property
    def height(self) -> float:
        return self.title.height + self.detail.height + (self.gap if self.detail.lines else 0)

    def without_detail(self) -> _Words:
        return replace(self, detail=_Lines(self.detail.style, []))

    def fits(self, tile: Tile, height: float) -> bool:
        """All of it is there; a detail that was left out is not missed."""
        whole = not self.detail.lines or self.detail.whole(tile.detail)
        return self.height <= height and self.title.whole(tile.title) and whole
