"""A large sign on a card, or in a disc: what to hold before the scanner, how it went."""

from __future__ import annotations

from typing import ClassVar

from kivy.properties import BooleanProperty, ObjectProperty

from ui.icons import Icon
from ui.painter import Painter
from ui.rect import Rect
from ui.surface import WHITE, Fill
from ui.widgets.painted import Painted


class SignCard(Painted):
    """`round` draws a disc in the colour of `good`: the accent, or amber with a warning."""

    icon = ObjectProperty(Icon.QR)
    round = BooleanProperty(defaultvalue=False)
    good = BooleanProperty(defaultvalue=True)
    repaints: ClassVar[tuple[str, ...]] = ("icon", "round", "good")

    def paint(self, painter: Painter) -> None:
        panel, theme = self.look.panel, self.look.theme
        side = min(self.width, self.height)
        box = Rect(self.center_x - side / 2, self.center_y - side / 2, side, side)
        if self.round:
            fill = (theme.accent if self.good else theme.attention).background
            ink = (theme.accent if self.good else theme.attention).text
            painter.disc(box.centre, side / 2, fill)
            painter.icon(self.icon, box.inset(side * 0.24), ink, weight=0.1)
            return
        card = theme.card
        edge = card.text if card.background == theme.page.background == WHITE else card.background
        fill_card = Fill(card.background, card.text, card.muted, edge, card.background)
        painter.box(box, fill_card, radius=panel.radius * 1.5, border_px=max(2, panel.mm(0.4)))
        painter.icon(self.icon, box.inset(side * 0.22), card.text, weight=0.07)
