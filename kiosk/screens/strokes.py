"""A drawn signature as text: strokes apart by semicolons, points by blanks, in thousandths of the box. Pure.

x runs from the left, y from the top. Bounded, since a finger may rest on the glass for hours.
"""

from __future__ import annotations

import re

MAX_STROKES = 60
MAX_POINTS = 800

Stroke = tuple[tuple[int, int], ...]

_POINT = re.compile(r"(\d{1,4}),(\d{1,4})")


def to_text(strokes: list[Stroke]) -> str:
    """As `Verb.SIGNED` carries them."""
    return ";".join(" ".join(f"{x},{y}" for x, y in stroke) for stroke in strokes)


def from_text(text: str) -> list[Stroke]:
    """The strokes of a text; what is no point is left out."""
    strokes: list[Stroke] = []
    left = MAX_POINTS
    for part in text.split(";")[:MAX_STROKES]:
        points = [(int(x), int(y)) for x, y in _POINT.findall(part)[:left]]
        stroke = tuple((min(x, 1000), min(y, 1000)) for x, y in points)
        left -= len(stroke)
        if stroke:
            strokes.append(stroke)
    return strokes
