"""A large sign on a card, or in a disc: what to hold before the scanner, how it went."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import ObjectProperty

from kiosk.view import Sign
from ui.icons import Icon
from ui.painter import Painter
from ui.rect import Rect
from ui.surface import WHITE, Fill
from ui.widgets.painted import Painted

ICONS = {Sign.GOOD: Icon.CHECK, Sign.CAUTION: Icon.WARNING, Sign.WAIT: Icon.WAIT}


class SignCard(Painted):
    """With a `sign` a disc: the accent and a tick, amber and a warning, or three dots while it takes a moment."""

    icon = ObjectProperty(Icon.QR)
    sign = ObjectProperty(None, allownone=True)
    repaints: ClassVar[tuple[str, ...]] = ("icon", "sign")

    def paint(self, painter: Painter) -> None:
        panel, theme = self.look.panel, self.look.theme
        side = min(self.width, self.height)
        box = Rect(self.center_x - side / 2, self.center_y - side / 2, side, side)
        if self.sign is not None:
            surface = {Sign.GOOD: theme.accent, Sign.CAUTION: theme.attention, Sign.WAIT: theme.card}[self.sign]
            painter.disc(box.centre, side / 2, surface.background)
            weight = 0.17 if self.sign is Sign.WAIT else 0.1
            painter.icon(ICONS[self.sign], box.inset(side * 0.24), surface.text, weight=weight)
            return
        card = theme.card
        edge = card.text if card.background == theme.page.background == WHITE else card.background
        fill_card = Fill(card.background, card.text, card.muted, edge, card.background)
        painter.box(box, fill_card, radius=panel.radius * 1.5, border_px=max(2, panel.mm(0.4)))
        painter.icon(self.icon, box.inset(side * 0.22), card.text, weight=0.07)
