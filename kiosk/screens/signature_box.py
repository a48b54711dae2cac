"""A box to sign in with a finger. Nobody has to: the page's button accepts too (WCAG 2.2, 2.5.7)."""

from __future__ import annotations

import weakref
from typing import Any, ClassVar

from kivy.graphics import InstructionGroup

from kiosk.screens.strokes import MAX_POINTS, MAX_STROKES, Stroke, from_text, to_text
from kiosk.screens.typed import Echoes
from kiosk.view import Action, Verb
from ui.look import Look
from ui.painter import Painter
from ui.rect import Rect
from ui.sender import Sender
from ui.surface import Fill
from ui.widgets.painted import Painted

STEP_MM = 0.7
"""Points nearer than this to the one before are left out."""
INK_MM = 0.9


class SignatureBox(Painted):
    """Sends the whole signature after each stroke, and forgets it when a view has none."""

    repaints: ClassVar[tuple[str, ...]] = ()

    def __init__(self, look: Look, sender: Sender, **properties: Any) -> None:
        self.sender = sender
        self.strokes: list[Stroke] = []
        self._drawing: list[tuple[int, int]] = []
        self._viewed = ""
        self._finger: Any = None
        self._echoes = Echoes()
        self._ink = InstructionGroup()
        super().__init__(look, **properties)
        self.canvas.add(self._ink)

    def show(self, text: str) -> None:
        """Take over the strokes of a view, unless they only echo what was drawn."""
        self._viewed = text
        if self._echoes.takes(text, to_text(self.strokes)):
            self._set(from_text(text))

    @property
    def ahead(self) -> bool:
        """Whether it shows something else than the last view said."""
        return to_text(self.strokes) != self._viewed

    def wipe(self) -> None:
        """Nothing of it stays."""
        self._viewed = ""
        self._set([])

    def paint(self, painter: Painter) -> None:
        panel, field = self.look.panel, self.look.theme.field
        box = Fill(field.fill, field.text, field.placeholder, field.border, field.fill)
        painter.box(self.rect, box, radius=panel.radius, border_px=max(2, panel.mm(0.4)))
        line = Rect(
            self.x + panel.mm(5), self.y + self.height * 0.24, self.width - panel.mm(10), max(2, panel.mm(0.25))
        )
        painter.fill(line, field.border)
        side, middle = panel.mm(3), line.y + panel.mm(4)
        cross = Rect(line.x, middle - side / 2, side, side)
        painter.stroke([(cross.x, cross.y), (cross.right, cross.top)], field.border, max(2.0, panel.mm(0.4)))
        painter.stroke([(cross.x, cross.top), (cross.right, cross.y)], field.border, max(2.0, panel.mm(0.4)))
        self._paint_ink()

    def on_touch_down(self, touch: Any) -> bool:
        if not self.rect.contains(*touch.pos) or touch.is_mouse_scrolling:
            return False
        full = len(self.strokes) >= MAX_STROKES or self._points() >= MAX_POINTS
        if self._busy() or full:
            return True
        touch.grab(self)
        self._finger = weakref.ref(touch)
        self._drawing = [self._at(touch)]
        self._draw(self._drawing * 2)
        return True

    def on_touch_move(self, touch: Any) -> bool:
        if touch.grab_current is not self or not self._drawing:
            return bool(self.rect.contains(*touch.pos))
        point = self._at(touch)
        if self._far(point) and self._points() + len(self._drawing) < MAX_POINTS:
            self._draw([self._drawing[-1], point])
            self._drawing.append(point)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        if touch.grab_current is not self:
            return bool(self.rect.contains(*touch.pos))
        touch.ungrab(self)
        self._finger = None
        stroke, self._drawing = tuple(self._drawing), []
        if stroke and self.get_root_window() is not None:
            self.strokes.append(stroke)
            text = to_text(self.strokes)
            self._echoes.sent(text)
            self.sender.type(Action(Verb.SIGNED, text))
        return True

    def _busy(self) -> bool:
        """Whether another finger draws."""
        other = self._finger() if self._finger is not None else None
        return other is not None and other.time_end == -1

    def _set(self, strokes: list[Stroke]) -> None:
        self._echoes.forget()
        self.strokes, self._drawing = strokes, []
        self._paint_ink()

    def _points(self) -> int:
        return sum(len(stroke) for stroke in self.strokes)

    def _at(self, touch: Any) -> tuple[int, int]:
        x = (touch.x - self.x) / max(1.0, self.width)
        y = (self.top - touch.y) / max(1.0, self.height)
        return (round(min(max(x, 0.0), 1.0) * 1000), round(min(max(y, 0.0), 1.0) * 1000))

    def _far(self, point: tuple[int, int]) -> bool:
        before = self._drawing[-1]
        across = (point[0] - before[0]) / 1000 * self.width
        along = (point[1] - before[1]) / 1000 * self.height
        return bool(across**2 + along**2 >= self.look.panel.mm(STEP_MM) ** 2)

    def _paint_ink(self) -> None:
        self._ink.clear()
        for stroke in self.strokes:
            self._draw([*stroke] if len(stroke) > 1 else [stroke[0], stroke[0]])

    def _draw(self, points: list[tuple[int, int]]) -> None:
        """Only what is new: a line must follow the finger within a frame."""
        at = [(self.x + x / 1000 * self.width, self.top - y / 1000 * self.height) for x, y in points]
        Painter(self._ink).stroke(at, self.look.theme.field.text, max(2.0, self.look.panel.mm(INK_MM)))
