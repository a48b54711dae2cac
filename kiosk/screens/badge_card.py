"""The badge on the screen: the printed rows themselves on a card, a little turned."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.graphics import PopMatrix, PushMatrix, Rotate
from kivy.graphics.texture import Texture
from kivy.properties import ObjectProperty

from kiosk.screens.badge_picture import grey, step_for
from kiosk.view import BadgeView
from ui.look import Look
from ui.painter import Painter
from ui.rect import Rect
from ui.surface import WHITE
from ui.widgets.painted import Painted

TURN_DEG = 1.6
SHADOW = ((6, 0.018), (4, 0.03), (2, 0.05))
"""(growth in units, alpha) of what lies beneath the card."""


class BadgeCard(Painted):
    """`badge` as large as it fits, with a margin about it; nothing while it is None."""

    badge: BadgeView | None = ObjectProperty(None, allownone=True)
    repaints: ClassVar[tuple[str, ...]] = ("badge",)

    def __init__(self, look: Look, **properties: Any) -> None:
        self._turn = Rotate(angle=TURN_DEG)
        self._kept: tuple[BadgeView, int, Any] | None = None
        super().__init__(look, **properties)
        self.canvas.before.insert(0, self._turn)
        self.canvas.before.insert(0, PushMatrix())
        self.canvas.before.add(PopMatrix())

    def wipe(self) -> None:
        """Forget the picture."""
        self.badge, self._kept = None, None
        self.paint_now()

    @property
    def card(self) -> Rect:
        """The card before it is turned; it stays inside the box when it is."""
        if self.badge is None:
            return Rect(self.x, self.y, 0, 0)
        pad = self._pad
        room = self.rect.inset(self.width * 0.03, self.height * 0.03)
        scale = min((room.width - 2 * pad) / self.badge.width_dots, (room.height - 2 * pad) / self.badge.height_dots)
        scale = max(scale, 0.01)
        width, height = self.badge.width_dots * scale + 2 * pad, self.badge.height_dots * scale + 2 * pad
        left = room.centre[0] - width / 2 if self.look.panel.portrait else room.right - width
        return Rect(left, room.top - height, width, height).snapped()

    def paint(self, painter: Painter) -> None:
        if self.badge is None:
            return
        card, panel = self.card, self.look.panel
        self._turn.origin = card.centre
        ink = self.look.theme.page.text
        for units, alpha in SHADOW:
            grown = Rect(card.x, card.y - panel.unit, card.width, card.height).inset(-panel.unit * units / 3)
            painter.fill(grown, ink, radius=panel.radius * 1.6, alpha=alpha)
        painter.fill(card, WHITE, radius=panel.radius * 1.2)
        inner = card.inset(self._pad)
        painter.image(inner, self._texture(self.badge, inner.width), WHITE)

    @property
    def _pad(self) -> float:
        return self.look.panel.unit * 2

    def _texture(self, badge: BadgeView, width_px: float) -> Any:
        step = step_for(badge, width_px)
        if self._kept is None or self._kept[0] is not badge or self._kept[1] != step:
            width, height, pixels = grey(badge, step)
            texture = Texture.create(size=(width, height), colorfmt="luminance", mipmap=False)
            texture.mag_filter = texture.min_filter = "linear"
            texture.blit_buffer(pixels, colorfmt="luminance", bufferfmt="ubyte")
            texture.flip_vertical()
            self._kept = (badge, step, texture)
        return self._kept[2]
