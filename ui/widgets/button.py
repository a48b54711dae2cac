"""A button of one or two lines."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import BooleanProperty, ObjectProperty, OptionProperty, StringProperty

from ui.look import Look
from ui.metrics import TextRole
from ui.painter import Painter, centred_baseline
from ui.surface import Fill, Surface
from ui.text import TextStyle, fit_size, shorten
from ui.typeface import Weight
from ui.widgets.touchable import Touchable


class Button(Touchable):
    """A label, a detail beneath it if there is one; both shrink, then are shortened, rather than overflow.

    Button(look, surface=theme.free, style="primary", text="30 min", detail="til 12:12", on_tap=book)

    `style`: primary, secondary, inverse (chosen among several), dark, danger. `compact` is for one line of smaller
    text ("Meld fejl").
    """

    text = StringProperty("")
    detail = StringProperty("")
    style = OptionProperty("secondary", options=("primary", "secondary", "inverse", "dark", "danger"))
    surface: Surface = ObjectProperty(None)
    compact = BooleanProperty(defaultvalue=False)
    compact_role = ObjectProperty(TextRole.DETAIL)
    repaints: ClassVar[tuple[str, ...]] = (
        *Touchable.repaints,
        "text",
        "detail",
        "style",
        "surface",
        "compact",
        "compact_role",
    )

    def __init__(self, look: Look, **properties: Any) -> None:
        properties.setdefault("surface", look.theme.page)
        super().__init__(look, **properties)
        self.size_hint_min = (self.least_px, self.least_px)

    @property
    def label_style(self) -> TextStyle:
        """Of the label, before it is shrunk to fit."""
        return self.look.style(self.compact_role, Weight.SEMIBOLD) if self.compact else self.look.style(TextRole.BUTTON)

    @property
    def fill(self) -> Fill:
        """The colours it has now."""
        return self.surface.disabled if self.disabled else self.surface.button(self.style)

    def paint(self, painter: Painter) -> None:
        panel = self.look.panel
        painter.box(self.rect, self.fill, radius=panel.radius, border_px=max(1, panel.mm(0.3)), pressed=self.pressed)
        self.paint_label(painter)

    def paint_label(self, painter: Painter) -> None:
        """The two lines, centred as one block on their capitals."""
        panel = self.look.panel
        room = self.width - 3 * panel.unit
        label = self.label_style
        label = fit_size(self.text, label, room, min_px=round(label.size_px * 0.6))
        x, y = self.rect.centre
        ink = self.fill.detail if self.disabled else self.fill.text
        if not self.detail:
            text = shorten(self.text, label, room)
            painter.text(text, x, centred_baseline(y, label), label, ink, align="center")
            return
        detail = self.look.style(TextRole.DETAIL)
        detail = fit_size(self.detail, detail, room, min_px=round(detail.size_px * 0.75))
        gap = min(label.descent_px + detail.size_px * 0.30, self.height * 0.2)
        block = label.cap_px + gap + detail.cap_px
        top = y + block / 2
        painter.text(shorten(self.text, label, room), x, top - label.cap_px, label, ink, align="center")
        painter.text(shorten(self.detail, detail, room), x, top - block, detail, self.fill.detail, align="center")
