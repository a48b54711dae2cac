"""What lies over home and sheet: the dimming, the fading of a tone, the banner while an admin looks for this unit."""

from __future__ import annotations

from typing import ClassVar

from kivy.animation import Animation
from kivy.properties import NumericProperty, ObjectProperty, StringProperty

from ui.colour import Rgb
from ui.metrics import TextRole
from ui.painter import Painter, centred_baseline
from ui.rect import Rect
from ui.surface import BLACK
from ui.text import fit_size, shorten
from ui.typeface import Weight
from ui.widgets.painted import Painted
from ui.window import MAX_SHIFT_PX

FADE_S = 0.22
DARKEST = 0.92
"""Brightness 0 leaves this much black over the picture: it can still be read at night."""


class Veil(Painted):
    """The colour that was here before, fading away."""

    colour = ObjectProperty(BLACK)
    alpha = NumericProperty(0.0)
    repaints: ClassVar[tuple[str, ...]] = ("colour", "alpha")

    def lift(self, colour: Rgb) -> None:
        """Cover with `colour` and fade it out."""
        Animation.cancel_all(self)
        self.colour, self.alpha = colour, 1.0
        Animation(alpha=0.0, duration=FADE_S, t="out_quad").start(self)

    def paint(self, painter: Painter) -> None:
        if self.alpha > 0:
            painter.fill(self.rect, self.colour, alpha=self.alpha)


class Dimmer(Painted):
    """Black over everything, as much as the brightness asks for."""

    brightness = NumericProperty(1.0)
    repaints: ClassVar[tuple[str, ...]] = ("brightness",)

    def paint(self, painter: Painter) -> None:
        alpha = (1 - min(max(self.brightness, 0.0), 1.0)) * DARKEST
        if alpha > 0:
            painter.fill(self.rect.inset(-2 * MAX_SHIFT_PX), BLACK, alpha=alpha)


class IdentifyBanner(Painted):
    """The unit's name across the screen, so that it is found among many."""

    text = StringProperty("")
    repaints: ClassVar[tuple[str, ...]] = ("text",)

    def paint(self, painter: Painter) -> None:
        if not self.text:
            return
        panel, fill = self.look.panel, self.look.theme.banner
        high = panel.line(TextRole.HEADLINE) + panel.unit * 4
        box = Rect(self.x - 8, self.center_y - high / 2, self.width + 16, high)
        painter.fill(Rect(box.x, box.y - panel.unit, box.width, box.height + 2 * panel.unit), BLACK)
        painter.fill(box, fill.fill)
        room = self.width - 2 * panel.margin
        style = self.look.style(TextRole.HEADLINE, Weight.BOLD)
        style = fit_size(self.text, style, room, min_px=panel.text(TextRole.BODY))
        x, y = box.centre
        painter.text(shorten(self.text, style, room), x, centred_baseline(y, style), style, fill.text, align="center")
