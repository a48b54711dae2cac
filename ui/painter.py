"""Drawing with Kivy's instructions, on whole pixels and antialiased without multisampling.

An off-screen render (a preview, a remote screenshot) has no multisampling, and Kivy's smooth instructions leave
strokes jagged, so shapes are meshes with soft edges (ui.geometry).
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

from kivy.graphics import Color, Mesh, Rectangle
from kivy.graphics.texture import Texture

from ui import geometry
from ui.colour import Rgb
from ui.geometry import Point
from ui.icons import Icon, strokes
from ui.rect import Rect
from ui.surface import Fill
from ui.text import TextStyle, texture


class Painter:
    """Adds to a group of instructions; `alpha` of each call is 0 to 1.

    painter = Painter(group)
    painter.box(Rect(0, 0, 200, 80), theme.free.primary, radius=16)
    painter.text("15 min", 100, 30, TextStyle(Weight.BOLD, 29), theme.free.primary.text, align="center")
    """

    def __init__(self, group: Any) -> None:
        self._group = group

    def fill(self, rect: Rect, colour: Rgb, *, radius: float = 0, alpha: float = 1.0) -> None:
        """A filled rectangle, with round corners if `radius` is more than 1 px."""
        whole = rect.snapped()
        if whole.width <= 0 or whole.height <= 0:
            return
        if radius < 1:
            self._group.add(Color(*colour.rgba(alpha)))
            self._group.add(Rectangle(pos=(whole.x, whole.y), size=(whole.width, whole.height)))
        else:
            self._mesh(geometry.rounded(whole, radius), colour, alpha)

    def box(self, rect: Rect, fill: Fill, *, radius: float, border_px: int = 2, pressed: bool = False) -> None:
        """A fill with its border, if that is of another colour; the border is drawn inside."""
        inner = rect.snapped()
        if fill.border != fill.fill and border_px:
            self.fill(inner, fill.border, radius=radius)
            inner, radius = inner.inset(border_px), max(0.0, radius - border_px)
        self.fill(inner, fill.pressed if pressed else fill.fill, radius=radius)

    def disc(self, centre: Point, radius: float, colour: Rgb, *, alpha: float = 1.0) -> None:
        """A filled circle."""
        self._mesh(geometry.disc(centre, radius), colour, alpha)

    def sector(
        self,
        centre: Point,
        inner: float,
        outer: float,
        colour: Rgb,
        *,
        start_deg: float = 0,
        end_deg: float = 360,
        alpha: float = 1.0,
    ) -> None:
        """A ring or a part of it between two radii, clockwise from 12 o'clock; `inner` 0 makes a pie."""
        if end_deg > start_deg and outer > inner:
            self._mesh(geometry.sector(centre, inner, outer, start_deg, end_deg), colour, alpha)

    def stroke(self, points: list[Point], colour: Rgb, width: float) -> None:
        """Straight strokes with round ends from point to point; opaque, since they overlap where they meet."""
        for start, end in itertools.pairwise(points):
            self._mesh(geometry.stroke(start, end, width), colour, 1.0)

    def dashed(self, rect: Rect, colour: Rgb, *, radius: float, width: float, dash: float) -> None:
        """The outline of a rounded rectangle in dashes, drawn inside."""
        for start, end in geometry.dashes(rect.snapped().inset(width / 2), radius - width / 2, dash):
            self._mesh(geometry.stroke(start, end, width), colour, 1.0)

    def icon(self, icon: Icon, box: Rect, colour: Rgb, *, weight: float = 0.1) -> None:
        """An icon; `weight` is the width of its strokes as a share of its side."""
        width = min(box.width, box.height) * weight
        for line in strokes(icon, box):
            self.stroke(line, colour, width)

    def image(self, rect: Rect, picture: Any, colour: Rgb) -> None:
        """A texture, tinted."""
        self._group.add(Color(*colour.rgba()))
        self._group.add(Rectangle(texture=picture, pos=(rect.x, rect.y), size=(rect.width, rect.height)))

    def text(
        self,
        text: str,
        x: float,
        baseline: float,
        style: TextStyle,
        colour: Rgb,
        *,
        align: str = "left",
        alpha: float = 1.0,
    ) -> None:
        """One line, standing on `baseline`; `x` is its left, centre or right by `align`."""
        if not text:
            return
        picture = texture(text, style)
        width, height = picture.size
        left = {"center": x - width / 2, "right": x - width}.get(align, x)
        self._group.add(Color(*colour.rgba(alpha)))
        bottom = round(baseline) - _below_baseline(height, style)
        self._group.add(Rectangle(texture=picture, pos=(round(left), bottom), size=(width, height)))

    def _mesh(self, shape: geometry.Shape, colour: Rgb, alpha: float) -> None:
        vertices = [value for x, y, cover in shape.vertices for value in (x, y, 0.25 + cover / 2, 0.5)]
        self._group.add(Color(*colour.rgba(alpha)))
        self._group.add(Mesh(vertices=vertices, indices=shape.indices, mode="triangles", texture=_ramp()))


def centred_baseline(centre_y: float, style: TextStyle) -> float:
    """The baseline on which capitals stand centred on `centre_y`."""
    return centre_y - style.cap_px / 2


def _below_baseline(height: int, style: TextStyle) -> int:
    """Height of a texture beneath its baseline; a fallback font has other proportions and is set by its bottom."""
    ours = abs(height - style.height_px) <= 2
    return height - style.ascent_px if ours else style.descent_px


@functools.cache
def _ramp() -> Any:
    """Transparent at 0.25, opaque at 0.75: how a vertex says its cover, since a Mesh has no colour of its own."""
    ramp = Texture.create(size=(2, 1), colorfmt="rgba")
    ramp.blit_buffer(bytes([255, 255, 255, 0, 255, 255, 255, 255]), colorfmt="rgba", bufferfmt="ubyte")
    return ramp
