"""The dark panel: time and a word or two, small and dim, somewhere else each minute."""

from __future__ import annotations

from kivy.uix.widget import Widget

from ui.colour import blend
from ui.look import Look
from ui.metrics import TextRole
from ui.placing import height_at, put
from ui.rect import Rect
from ui.surface import BLACK, WHITE
from ui.widgets.backdrop import Backdrop
from ui.widgets.fit_label import FitLabel

STEP_X, STEP_Y = 0.754877666, 0.569840291
"""Roberts' R2 sequence: each new place is far from all the ones before, so that no pixel stays lit."""


class AsleepScreen(Widget):  # type: ignore[misc]
    """Draws the time and a text beneath it on black. Every new time moves them."""

    def __init__(self, look: Look) -> None:
        panel = look.panel
        super().__init__(size_hint=(None, None), size=(panel.width_px, panel.height_px))
        self.look = look
        self._step = 0
        self._shown: tuple[str, str] | None = None
        self.backdrop = Backdrop(look, colour=BLACK, size=self.size)
        self.clock = FitLabel(look, role=TextRole.HEADLINE, align="center", colour=blend(WHITE, BLACK, 0.42))
        self.word = FitLabel(look, role=TextRole.TITLE, align="center", colour=blend(WHITE, BLACK, 0.36))
        for widget in (self.backdrop, self.clock, self.word):
            self.add_widget(widget)

    def show(self, clock: str, text: str) -> None:
        """Show these; others than before stand elsewhere."""
        if (clock, text) == self._shown:
            return
        self._shown, self._step = (clock, text), self._step + 1
        self.clock.text, self.word.text = clock, text
        self._drift()

    def _drift(self) -> None:
        panel, margin = self.look.panel, self.look.panel.margin
        width = panel.width_px / 2
        clock, word = height_at(self.clock, width), height_at(self.word, width)
        width = max(self.clock.text_width(), self.word.text_width(), 1)
        gap = panel.unit if clock and word else 0
        high = clock + gap + word
        x = margin + (self._step * STEP_X % 1) * (panel.width_px - 2 * margin - width)
        top = panel.height_px - margin - (self._step * STEP_Y % 1) * (panel.height_px - 2 * margin - high)
        put(self.clock, Rect(x, top - clock, width, clock))
        put(self.word, Rect(x, top - high, width, word))
