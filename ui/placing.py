"""Putting widgets where they belong, in px of the window."""

from __future__ import annotations

from typing import Any

from ui.rect import Rect
from ui.text import measure
from ui.widgets.fit_label import FitLabel
from ui.widgets.status_label import StatusLabel


def put(widget: Any, rect: Rect) -> None:
    """Give `widget` that place and size; nothing happens when it has them already."""
    whole = rect.snapped()
    widget.size = (whole.width, whole.height)
    widget.pos = (whole.x, whole.y)


def hide(widget: Any) -> None:
    """Put `widget` where nobody sees it and no finger finds it. It keeps its size, so that nothing is measured anew."""
    widget.pos = (-10_000, -10_000)


def one_line(label: FitLabel, width: float, least: float, *, most: int = 2) -> None:
    """Let the text shrink to `least` of its size if that puts it on one line, else break it into up to `most`."""
    natural = measure(label.text, label.look.style(label.role, label.weight))
    label.max_lines = 1 if natural * least <= width else most
    label.shrink = least


def height_at(label: FitLabel | StatusLabel, width: float) -> float:
    """The height that the label's text needs at that width; 0 when it is empty."""
    label.width = round(width)
    return float(label.natural_height) if label.text else 0.0
