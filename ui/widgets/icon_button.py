"""A button that is only an icon: close, back, help."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import ObjectProperty, StringProperty

from ui.icons import Icon
from ui.look import Look
from ui.painter import Painter
from ui.widgets.touchable import Touchable


class IconButton(Touchable):
    """The icon is half as large as the button; `label` names it for the speech mode."""

    icon = ObjectProperty(Icon.CLOSE)
    label = StringProperty("")
    surface = ObjectProperty(None)
    repaints: ClassVar[tuple[str, ...]] = (*Touchable.repaints, "icon", "surface")

    def __init__(self, look: Look, **properties: Any) -> None:
        properties.setdefault("surface", look.theme.page)
        super().__init__(look, **properties)

    def paint(self, painter: Painter) -> None:
        side = min(self.width, self.height)
        fill = self.surface.secondary
        if self.pressed:
            painter.disc(self.rect.centre, side * 0.42, fill.pressed)
        box = self.rect.inset((self.width - side * 0.42) / 2, (self.height - side * 0.42) / 2)
        painter.icon(self.icon, box, self.surface.disabled.text if self.disabled else self.surface.text)
