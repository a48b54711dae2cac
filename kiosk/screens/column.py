"""Texts under one another, at the largest sizes at which all of them fit whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ui.look import Look
from ui.metrics import TextRole
from ui.placing import hide, put
from ui.rect import Rect
from ui.text import wrap
from ui.widgets.fit_label import FitLabel


@dataclass(frozen=True, slots=True)
class Entry:
    """A label, the roles it may have from the largest on, and the gap above it in px."""

    label: FitLabel
    roles: tuple[TextRole, ...]
    gap: float = 0.0


def place_column(look: Look, entries: Sequence[Entry], rect: Rect) -> float:
    """Place the labels from the top of `rect`; empty ones take no room. Returns where they end."""
    rect = rect.snapped()
    shown = [entry for entry in entries if entry.label.text]
    heights = _heights(look, shown, rect)
    top = rect.top
    for entry in entries:
        if not entry.label.text:
            hide(entry.label)
    for index, (entry, (role, height)) in enumerate(zip(shown, heights, strict=True)):
        entry.label.role = role
        top -= entry.gap if index else 0
        put(entry.label, Rect(rect.x, top - height, rect.width, height))
        top -= height
    return top


def fits(look: Look, entries: Sequence[Entry], rect: Rect) -> bool:
    """Whether there are sizes at which all of it fits."""
    shown = [entry for entry in entries if entry.label.text]
    heights = _heights(look, shown, rect)
    whole = all(needed(look, entry.label, role, rect.width)[1] for entry, (role, _) in zip(shown, heights, strict=True))
    return whole and sum(height for _, height in heights) + sum(entry.gap for entry in shown[1:]) <= rect.height


def one_role(look: Look, label: FitLabel, roles: Sequence[TextRole], rect: Rect) -> None:
    """Put the label into `rect` in the largest role in which it fits."""
    shown = (Entry(label, tuple(roles)),)
    heights = _heights(look, shown, rect)
    label.role = heights[0][0]
    put(label, rect)


def _heights(look: Look, entries: Sequence[Entry], rect: Rect) -> list[tuple[TextRole, float]]:
    """(role, height) of each entry: the first choice at which all fits, else the last."""
    gaps = sum(entry.gap for entry in entries[1:])
    chosen: list[tuple[TextRole, float]] = []
    for step in range(max((len(entry.roles) for entry in entries), default=0)):
        whole = True
        chosen = []
        for entry in entries:
            role = entry.roles[min(step, len(entry.roles) - 1)]
            height, complete = needed(look, entry.label, role, rect.width)
            whole = whole and complete
            chosen.append((role, height))
        if whole and sum(height for _, height in chosen) + gaps <= rect.height:
            return chosen
    return chosen


def needed(look: Look, label: FitLabel, role: TextRole, width: float) -> tuple[float, bool]:
    """Height of the label's text in that role, and whether all of it is in its lines."""
    style = look.style(role, label.weight)
    lines = wrap(label.text, style, width, int(label.max_lines))
    # A word broken in two counts as not fitting.
    whole = " ".join(lines).replace("- ", "-") == " ".join(label.text.split()).replace("- ", "-")
    return style.height_px + max(0, len(lines) - 1) * style.line_px, whole
