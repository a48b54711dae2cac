"""Something is being written or read: wait."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.clock import Clock
from kivy.graphics import PopMatrix, PushMatrix, Rotate
from kivy.properties import BooleanProperty, ObjectProperty

from ui.look import Look
from ui.painter import Painter
from ui.surface import WHITE
from ui.widgets.painted import Painted

STEP_S = 1 / 15
STEP_DEG = 24


class Spinner(Painted):
    """Turns while it is `active` and on a screen, and only then."""

    active = BooleanProperty(defaultvalue=True)
    colour = ObjectProperty(WHITE)
    repaints: ClassVar[tuple[str, ...]] = ("active", "colour")

    def __init__(self, look: Look, **properties: Any) -> None:
        self._turn = Rotate(angle=0)
        self._timer: Any = None
        super().__init__(look, **properties)
        self.canvas.before.insert(0, self._turn)
        self.canvas.before.insert(0, PushMatrix())
        self.canvas.before.add(PopMatrix())
        self.fbind("parent", self._start_or_stop)
        self.fbind("active", self._start_or_stop)
        self._start_or_stop()

    @property
    def turning(self) -> bool:
        """Whether it asks for frames."""
        return self._timer is not None

    def paint(self, painter: Painter) -> None:
        self._turn.origin = self.rect.centre
        if not self.active:
            return
        radius = min(self.width, self.height) / 2
        painter.sector(self.rect.centre, radius * 0.78, radius, self.colour, alpha=0.25)
        painter.sector(self.rect.centre, radius * 0.78, radius, self.colour, end_deg=100)

    def _start_or_stop(self, *_: Any) -> None:
        wanted = self.active and self.parent is not None
        if wanted and self._timer is None:
            self._timer = Clock.schedule_interval(self._step, STEP_S)
        elif not wanted and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _step(self, *_: Any) -> None:
        self._turn.angle = (self._turn.angle - STEP_DEG) % 360
