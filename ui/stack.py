"""Things under one another in a height that may be too small for all of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TIGHT = 0.5
"""Gaps may shrink to this share before anything else gives way."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something `height` px high, `gap` px beneath the one before; it may shrink to `least`.

    Items with a higher `drop` are left out first when even the least does not fit; 0 stays always.
    """

    key: str
    height: float
    gap: float = 0.0
    least: float | None = None
    drop: int = 0

    @property
    def smallest(self) -> float:
        return self.height if self.least is None else min(self.least, self.height)


@dataclass(frozen=True, slots=True)
class Place:
    """Distance of an item's top from the top of the stack, and its height."""

    top: float
    height: float


def stack(items: Sequence[Item], height: float) -> dict[str, Place]:
    """Places from the top for the items that fit into `height`; what is left over stays empty beneath."""
    kept = [item for item in items if item.height > 0]
    while _least(kept) > height and any(item.drop for item in kept):
        kept.remove(max(kept, key=lambda item: item.drop))
    gap_scale = _gap_scale(kept, height)
    shrink = max(0.0, _total(kept, gap_scale) - height)
    places: dict[str, Place] = {}
    y = 0.0
    for index, item in enumerate(kept):
        given = min(shrink, item.height - item.smallest)
        shrink -= given
        y += item.gap * gap_scale if index else 0.0
        places[item.key] = Place(y, item.height - given)
        y += item.height - given
    return places


def _gap_scale(items: Sequence[Item], height: float) -> float:
    gaps = sum(item.gap for item in items[1:])
    spare = height - sum(item.height for item in items)
    return 1.0 if gaps <= 0 else min(1.0, max(TIGHT, spare / gaps))


def _total(items: Sequence[Item], gap_scale: float) -> float:
    return sum(item.height for item in items) + gap_scale * sum(item.gap for item in items[1:])


def _least(items: Sequence[Item]) -> float:
    return sum(item.smallest for item in items) + TIGHT * sum(item.gap for item in items[1:])
