"""Soft edges in numbers, and smooth shapes in pixels."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from ui.geometry import Shape as Triangles
from ui.geometry import dashes, disc, rounded, sector, stroke
from ui.icons import STROKES, Icon, strokes
from ui.look import Look
from ui.metrics import TEN_INCH
from ui.rect import Rect
from ui.surface import WHITE
from ui.theme import room_theme
from ui.widgets.state_shape import Shape, StateShape
from ui.window import Frame, frame

SHAPES = {
    "disc": (disc((50, 50), 40), math.pi * 40**2),
    "rounded": (rounded(Rect(0, 0, 100, 60), 20), 6000 - (4 - math.pi) * 20**2),
    "square corners": (rounded(Rect(0, 0, 100, 60), 0), 6000),
    "stroke": (stroke((0, 0), (30, 40), 10), 50 * 10 + math.pi * 5**2),
    "dot": (stroke((5, 5), (5, 5), 10), math.pi * 5**2),
    "ring": (sector((0, 0), 30, 40, 0, 360), math.pi * (40**2 - 30**2)),
    "pie": (sector((0, 0), 0, 40, 0, 120), math.pi * 40**2 / 3),
    "dash": (sector((0, 0), 30, 40, 350, 370), math.pi * (40**2 - 30**2) / 18),
}


def covered(shape: Triangles) -> float:
    """Area weighted with cover: what is seen of the shape."""
    total = 0.0
    for i in range(0, len(shape.indices), 3):
        (ax, ay, ac), (bx, by, bc), (cx, cy, cc) = (shape.vertices[n] for n in shape.indices[i : i + 3])
        total += abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2 * (ac + bc + cc) / 3
    return total


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_cover_their_area(name: str) -> None:
    shape, area = SHAPES[name]
    assert covered(shape) == pytest.approx(area, rel=0.03)
    assert max(shape.indices) < len(shape.vertices) < 65536
    assert {cover for _, _, cover in shape.vertices} == {0.0, 1.0}


def test_dashes_are_as_long_as_their_gaps() -> None:
    marks = dashes(Rect(0, 0, 200, 100), 20, 8)
    lengths = [math.dist(start, end) for start, end in marks]
    assert min(lengths) > 6
    assert max(lengths) < 10
    outline = 2 * (160 + 60) + 2 * math.pi * 20
    assert sum(lengths) == pytest.approx(outline / 2, rel=0.05)


@pytest.mark.parametrize("icon", list(Icon))
def test_icons_stay_in_their_box(icon: Icon) -> None:
    assert all(0 <= x <= 24 and 0 <= y <= 24 for line in STROKES[icon] for x, y in line)
    for line in strokes(icon, Rect(10, 10, 48, 24)):
        assert len(line) >= 2
        assert all(22 <= x <= 46 and 10 <= y <= 34 for x, y in line)


def shape_picture(stage: Callable[..., Any], shape: Shape, fraction: float = 0.25) -> Frame:
    look = Look(TEN_INCH, room_theme())
    return frame(stage(TEN_INCH, StateShape(look, shape=shape, fraction=fraction, pos=(100, 100), size=(200, 200))))


def lit(picture: Frame, x: int, y: int) -> float:
    """Brightness at (x, y) from the middle of the shape, y upwards; 0 to 1."""
    return picture.pixel(200 + x, picture.height - 1 - (200 + y))[0] / 255


@pytest.mark.parametrize(
    ("shape", "inside", "outside"),
    [
        (Shape.FREE, [(0, 90), (-90, 0)], [(0, 0), (40, 0)]),
        (Shape.FREE_SOON, [(0, 90), (0, 0)], [(50, 0), (0, -55)]),
        (Shape.BUSY, [(0, 0), (60, 60)], [(80, 80)]),
        (Shape.ENDING, [(40, 40), (0, -95)], [(-40, 40), (40, -40), (-40, -40)]),
        (Shape.CHECK_IN, [(0, 40), (30, -18), (0, 90)], [(-40, 0), (0, -50)]),
        (Shape.UNKNOWN, [(0, 90), (0, -90)], [(0, 0), (28, 86)]),
    ],
)
def test_each_state_has_its_shape(
    stage: Callable[..., Any], shape: Shape, inside: list[tuple[int, int]], outside: list[tuple[int, int]]
) -> None:
    picture = shape_picture(stage, shape)
    assert [lit(picture, *point) for point in inside] == [1.0] * len(inside)
    assert [lit(picture, *point) for point in outside] == [0.0] * len(outside)


@pytest.mark.parametrize("shape", list(Shape))
def test_edges_are_smooth(stage: Callable[..., Any], shape: Shape) -> None:
    """Along the outer circle there are many shades, not only on and off."""
    picture = shape_picture(stage, shape)
    shades = set()
    for x in range(-99, 100):
        for y in range(-99, 100):
            if 98 < math.hypot(x + 0.5, y + 0.5) < 102:
                shades.add(round(lit(picture, x, y), 2))
    assert len([shade for shade in shades if 0.1 < shade < 0.9]) > 15


def test_the_circle_is_a_circle(stage: Callable[..., Any]) -> None:
    picture = shape_picture(stage, Shape.BUSY)
    seen = sum(lit(picture, x, y) for x in range(-105, 105) for y in range(-105, 105))
    assert seen == pytest.approx(math.pi * 100**2, rel=0.005)
    assert WHITE.hex == "#FFFFFF"


@pytest.mark.parametrize("fraction", [-1, 0, 0.5, 1, 7])
def test_the_pie_shows_what_is_left(stage: Callable[..., Any], fraction: float) -> None:
    picture = shape_picture(stage, Shape.ENDING, fraction)
    inner = sum(lit(picture, x, y) for x in range(-60, 60) for y in range(-60, 60)) / 120**2
    assert inner == pytest.approx(min(max(fraction, 0), 1), abs=0.02)
