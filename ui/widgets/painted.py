"""The base of the widgets: a picture painted anew when a property changes, at most once a frame."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.clock import Clock
from kivy.graphics import InstructionGroup
from kivy.uix.widget import Widget

from ui.look import Look
from ui.painter import Painter
from ui.rect import Rect


class Painted(Widget):  # type: ignore[misc] # Kivy has no types; every widget of ours stands on this one
    """A widget that paints itself beneath its children.

    A subclass names the properties that change its picture in `repaints` and overrides `paint`. Nothing is drawn
    while nothing changes. Its `size_hint` is none unless given: screens place it in px of the window.
    """

    repaints: ClassVar[tuple[str, ...]] = ()

    def __init__(self, look: Look, **properties: Any) -> None:
        self.look = look
        self.picture = InstructionGroup()
        properties.setdefault("size_hint", (None, None))
        self.repaint = Clock.create_trigger(self._repaint, -1)
        super().__init__(**properties)
        self.canvas.before.add(self.picture)
        for name in ("pos", "size", *self.repaints):
            self.fbind(name, self.repaint)
        self.repaint()

    def apply_class_lang_rules(self, *_: Any, **__: Any) -> None:
        """Kivy's own style.kv goes by the class's name, and would dress our Button as its own: none applies."""

    @property
    def rect(self) -> Rect:
        """Where the widget is, in px of the window."""
        return Rect(self.x, self.y, self.width, self.height)

    def paint(self, painter: Painter) -> None:
        """Draw the widget; called with an empty picture."""
        raise NotImplementedError

    def paint_now(self) -> None:
        """Paint without waiting for a frame: for a picture that is drawn off the window."""
        self.repaint.cancel()
        self._repaint()

    def _repaint(self, *_: Any) -> None:
        self.picture.clear()
        if self.width > 0 and self.height > 0:
            self.paint(Painter(self.picture))
