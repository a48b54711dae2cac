"""A picture in its own proportions."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import ObjectProperty

from ui.painter import Painter
from ui.rect import Rect
from ui.surface import WHITE
from ui.widgets.painted import Painted


class Picture(Painted):
    """`texture`, as large as it fits, at the right edge and centred; nothing while it is None."""

    texture = ObjectProperty(None, allownone=True)
    repaints: ClassVar[tuple[str, ...]] = ("texture",)

    def width_at(self, height: float, most: float) -> float:
        """The width that the picture takes at that height, `most` at the most."""
        if self.texture is None:
            return 0.0
        return float(min(most, height * self.texture.width / self.texture.height))

    def paint(self, painter: Painter) -> None:
        texture: Any = self.texture
        if texture is None:
            return
        scale = min(self.width / texture.width, self.height / texture.height)
        width, height = texture.width * scale, texture.height * scale
        painter.image(Rect(self.right - width, self.center_y - height / 2, width, height), texture, WHITE)
