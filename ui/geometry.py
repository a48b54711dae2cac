"""Shapes as triangles with a soft edge one pixel wide: antialiasing that needs no multisampling. Pure.

A vertex is (x, y, cover): cover is 1 inside the shape and falls to 0 half a pixel outside of its edge, so that an
edge on whole pixels stays sharp and a curve is smooth. Angles are degrees, clockwise from 12 o'clock.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

from ui.rect import Rect

FEATHER = 0.5
Point = tuple[float, float]
Vertex = tuple[float, float, float]


class Shape(NamedTuple):
    """Vertices, and triples of indices into them."""

    vertices: list[Vertex]
    indices: list[int]


class _Edge(NamedTuple):
    """A point of an outline and the unit vector that leads out of the shape there."""

    x: float
    y: float
    out_x: float
    out_y: float

    def moved(self, distance: float, cover: float) -> Vertex:
        return (self.x + self.out_x * distance, self.y + self.out_y * distance, cover)


def disc(centre: Point, radius: float) -> Shape:
    """A filled circle."""
    return _convex(centre, _turn(centre, radius, 0, 360)[:-1])


def rounded(rect: Rect, radius: float) -> Shape:
    """A filled rectangle with round corners."""
    return _convex(rect.centre, _outline(rect, radius))


def stroke(start: Point, end: Point, width: float) -> Shape:
    """A straight stroke with round ends."""
    half = width / 2
    if math.dist(start, end) < 0.01:
        return disc(start, half)
    heading = math.degrees(math.atan2(end[0] - start[0], end[1] - start[1]))
    around = _turn(end, half, heading - 90, heading + 90) + _turn(start, half, heading + 90, heading + 270)
    return _convex(((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), around)


def sector(centre: Point, inner: float, outer: float, start_deg: float, end_deg: float) -> Shape:
    """A part of a ring between two radii; `inner` 0 makes a pie, 360 degrees a closed ring."""
    whole = end_deg - start_deg >= 360
    columns = _columns(outer, start_deg, end_deg, whole=whole)
    radii = [(inner - FEATHER, 0.0), (inner + FEATHER, 1.0)] if inner > FEATHER else [(0.0, 1.0)]
    rows = [*radii, (outer - FEATHER, 1.0), (outer + FEATHER, 0.0)]
    vertices = [
        (*_polar(centre, radius, angle, aside), min(cover, end_cover))
        for angle, aside, end_cover in columns
        for radius, cover in rows
    ]
    return Shape(vertices, _grid(len(columns), len(rows)))


def dashes(rect: Rect, radius: float, dash: float) -> list[tuple[Point, Point]]:
    """Short strokes along the outline of a rounded rectangle, the gaps as long as the dashes."""
    outline = [(edge.x, edge.y) for edge in _outline(rect, radius)]
    outline.append(outline[0])
    total = sum(math.dist(a, b) for a, b in itertools.pairwise(outline))
    count = max(1, round(total / (2 * dash)))
    step = total / count
    return [(_along(outline, i * step), _along(outline, i * step + step / 2)) for i in range(count)]


def _convex(centre: Point, edges: list[_Edge]) -> Shape:
    """A fan from the centre to just inside the edge, and a strip from there to just outside of it."""
    count = len(edges)
    vertices: list[Vertex] = [(*centre, 1.0)]
    vertices += [edge.moved(-FEATHER, 1.0) for edge in edges]
    vertices += [edge.moved(FEATHER, 0.0) for edge in edges]
    indices: list[int] = []
    for i in range(count):
        here, there = 1 + i, 1 + (i + 1) % count
        indices += [0, here, there, here, here + count, there, there, here + count, there + count]
    return Shape(vertices, indices)


def _turn(centre: Point, radius: float, start_deg: float, end_deg: float) -> list[_Edge]:
    """Points along an arc, close enough for the chord to be within a tenth of a pixel of it."""
    per_circle = max(16, math.ceil(math.pi / math.acos(1 - min(0.5, 0.1 / max(radius, 0.2)))))
    count = max(2, math.ceil(per_circle * (end_deg - start_deg) / 360))
    edges = []
    for i in range(count + 1):
        angle = math.radians(start_deg + (end_deg - start_deg) * i / count)
        out = (math.sin(angle), math.cos(angle))
        edges.append(_Edge(centre[0] + radius * out[0], centre[1] + radius * out[1], *out))
    return edges


def _outline(rect: Rect, radius: float) -> list[_Edge]:
    corner = min(radius, rect.width / 2, rect.height / 2)
    left, right = rect.x + corner, rect.right - corner
    bottom, top = rect.y + corner, rect.top - corner
    return [
        *_turn((right, top), corner, 0, 90),
        *_turn((right, bottom), corner, 90, 180),
        *_turn((left, bottom), corner, 180, 270),
        *_turn((left, top), corner, 270, 360),
    ]


def _columns(outer: float, start_deg: float, end_deg: float, *, whole: bool) -> list[tuple[float, float, float]]:
    """(angle, px aside of it, cover) across a sector, with a soft edge at both ends of an open one."""
    angles = [
        start_deg + math.degrees(math.atan2(edge.out_x, edge.out_y)) % 360
        for edge in _turn((0, 0), outer, 0, end_deg - start_deg)
    ]
    angles[-1] = end_deg
    inside = [(angle, 0.0, 1.0) for angle in angles]
    if whole:
        return inside
    inside[0], inside[-1] = (start_deg, FEATHER, 1.0), (end_deg, -FEATHER, 1.0)
    return [(start_deg, -FEATHER, 0.0), *inside, (end_deg, FEATHER, 0.0)]


def _polar(centre: Point, radius: float, angle_deg: float, aside: float) -> Point:
    angle = math.radians(angle_deg)
    sine, cosine = math.sin(angle), math.cos(angle)
    return (centre[0] + radius * sine + aside * cosine, centre[1] + radius * cosine - aside * sine)


def _grid(columns: int, rows: int) -> list[int]:
    indices: list[int] = []
    for column, row in itertools.product(range(columns - 1), range(rows - 1)):
        a = column * rows + row
        b = a + rows
        indices += [a, a + 1, b, b, a + 1, b + 1]
    return indices


def _along(outline: list[Point], distance: float) -> Point:
    for a, b in itertools.pairwise(outline):
        length = math.dist(a, b)
        if length > 0 and distance <= length:
            share = distance / length
            return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
        distance -= length
    return outline[-1]
