""" "Still there?" over everything: the time is nearly up, and one large button gives more."""

from __future__ import annotations

from typing import Any

from kiosk.screens.column import Entry, place_column
from kiosk.screens.sending import ActionButton
from kiosk.view import StillThereView
from ui.look import Look
from ui.metrics import TextRole
from ui.painter import Painter
from ui.placing import put
from ui.rect import Rect
from ui.sender import Sender
from ui.typeface import Weight
from ui.widgets.countdown import Countdown
from ui.widgets.fit_label import FitLabel
from ui.widgets.painted import Painted

WIDE_MM = 150.0
HIGH_MM = 82.0
MORE_MM = 24.0
LEAVE_MM = 15.0
RING_MM = 24.0


class StillThere(Painted):
    """Covers the screen, swallows every other finger, and stands low where that is asked for."""

    def __init__(self, look: Look, sender: Sender, *, low: bool = False, **properties: Any) -> None:
        self.low = low
        super().__init__(look, **properties)
        sheet = look.theme.sheet
        self.title = FitLabel(look, role=TextRole.SUBTITLE, weight=Weight.BOLD, colour=sheet.text, max_lines=2)
        self.text = FitLabel(look, role=TextRole.BODY, colour=sheet.muted, max_lines=4)
        self.ring = Countdown(look, surface=sheet)
        self.more = ActionButton(look, sender, surface=sheet)
        self.leave = ActionButton(look, sender, surface=sheet)
        for widget in (self.title, self.text, self.ring, self.leave, self.more):
            self.add_widget(widget)

    def show(self, view: StillThereView) -> None:
        """Take over the view; the ring moves with the whole seconds."""
        self.title.text, self.text.text = view.title, view.text
        if self.ring.text != str(view.seconds):
            self.ring.text, self.ring.fraction = str(view.seconds), view.remaining
        self.more.show(view.more)
        self.leave.show(view.leave)
        self._arrange()

    def paint(self, painter: Painter) -> None:
        theme = self.look.theme
        painter.fill(self.rect.inset(-8), theme.scrim, alpha=theme.scrim_alpha)
        painter.fill(self.card, theme.sheet.background, radius=self.look.panel.radius * 1.4)

    @property
    def card(self) -> Rect:
        """In the middle; in the lower part of an upright panel, or where arms do not reach up."""
        panel = self.look.panel
        margin = panel.unit * 3
        width = min(panel.mm(WIDE_MM), self.width - 2 * margin)
        height = min(panel.mm(HIGH_MM * (1.1 if panel.portrait else 1.0)), self.height - 2 * margin)
        bottom = margin if self.low or panel.portrait else self.center_y - height / 2
        return Rect(self.center_x - width / 2, bottom, width, height).snapped()

    def on_touch_down(self, touch: Any) -> bool:
        super().on_touch_down(touch)
        return True

    def on_touch_move(self, touch: Any) -> bool:
        super().on_touch_move(touch)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        super().on_touch_up(touch)
        return True

    def _arrange(self) -> None:
        panel, gap = self.look.panel, self.look.panel.unit * 2
        body = self.card.inset(panel.unit * 4 if not panel.portrait else panel.unit * 3)
        low = self._place_buttons(body, gap)
        ring = min(panel.mm(RING_MM), (body.top - low) * (0.4 if panel.portrait else 1.0))
        put(self.ring, Rect(body.right - ring, body.top - ring, ring, ring))
        words = Rect(body.x, low, body.width - ring - 2 * gap, body.top - low)
        entries = (
            Entry(self.title, (TextRole.SUBTITLE, TextRole.TITLE, TextRole.BODY)),
            Entry(self.text, (TextRole.BODY, TextRole.SMALL, TextRole.DETAIL), gap * 0.5),
        )
        place_column(self.look, entries, words)

    def _place_buttons(self, body: Rect, gap: float) -> float:
        """The large one is what everybody wants; leaving is beside it, upright beneath it."""
        panel = self.look.panel
        more = min(panel.mm(MORE_MM), body.height * 0.42)
        if panel.portrait:
            leave = panel.mm(LEAVE_MM)
            put(self.leave, Rect(body.x, body.y, body.width, leave))
            put(self.more, Rect(body.x, body.y + leave + gap, body.width, more))
            return body.y + leave + more + 2 * gap
        width = body.width * 0.42
        put(self.leave, Rect(body.x, body.y, width, more))
        put(self.more, Rect(body.x + width + gap, body.y, body.width - width - gap, more))
        return body.y + more + gap
