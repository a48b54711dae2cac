"""Where the blocks of a day stand on a timeline. Pure; minutes are of the local day, y upwards in px."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ui.rect import Rect


@dataclass(frozen=True, slots=True)
class Block:
    """A booking: `start_min` may be before the shown day begins and `end_min` after it ends."""

    key: str
    start_min: float
    end_min: float
    title: str
    detail: str = ""
    current: bool = False
    past: bool = False
    touchable: bool = True


@dataclass(frozen=True, slots=True)
class Slot:
    """A free stretch that can be booked by tapping on it."""

    start_min: float
    end_min: float
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """Minutes [from_min, to_min) laid down a rectangle, the earliest on top."""

    from_min: int
    to_min: int
    rect: Rect

    def __post_init__(self) -> None:
        if self.to_min <= self.from_min:
            raise ValueError(f"a day from minute {self.from_min} to {self.to_min} is empty")

    def y(self, minute: float) -> float:
        """Height of a minute; clipped to the axis."""
        inside = min(max(minute, self.from_min), self.to_min)
        return self.rect.top - (inside - self.from_min) / (self.to_min - self.from_min) * self.rect.height

    def span(self, start_min: float, end_min: float, *, lane: int = 0, lanes: int = 1, gap: float = 0) -> Rect:
        """The rectangle of [start, end) in one of several lanes side by side, `gap` px apart."""
        width = (self.rect.width - gap * (lanes - 1)) / lanes
        bottom = self.y(end_min)
        return Rect(self.rect.x + lane * (width + gap), bottom, width, self.y(start_min) - bottom)

    def shows(self, start_min: float, end_min: float) -> bool:
        return start_min < self.to_min and end_min > self.from_min

    def hours(self, *, least_gap_px: float) -> list[int]:
        """The full hours to be named, thinned so that their names do not touch."""
        first, last = -(-self.from_min // 60), self.to_min // 60
        per_hour = self.rect.height / (self.to_min - self.from_min) * 60
        step = next((n for n in (1, 2, 3, 4, 6) if n * per_hour >= least_gap_px), 12)
        return list(range(first, last + 1, step))


@dataclass(frozen=True, slots=True)
class Placed:
    """A block and its rectangle."""

    block: Block
    rect: Rect


def place(blocks: Sequence[Block], axis: Axis, *, gap: float, least_height: float) -> list[Placed]:
    """Each block that shows, those that overlap side by side; none lower than `least_height`."""
    shown = sorted(
        (block for block in blocks if axis.shows(block.start_min, block.end_min)),
        key=lambda block: (block.start_min, -block.end_min, block.key),
    )
    placed: list[Placed] = []
    for group in _clusters(shown):
        lanes = _lanes(group)
        count = max(lanes) + 1
        for block, lane in zip(group, lanes, strict=True):
            rect = axis.span(block.start_min, block.end_min, lane=lane, lanes=count, gap=gap)
            placed.append(Placed(block, _taller(rect, least_height, axis.rect.y)))
    return placed


def _clusters(blocks: Sequence[Block]) -> list[list[Block]]:
    """Runs of blocks that overlap directly or through one another."""
    clusters: list[list[Block]] = []
    end = 0.0
    for block in blocks:
        if not clusters or block.start_min >= end:
            clusters.append([])
            end = block.end_min
        clusters[-1].append(block)
        end = max(end, block.end_min)
    return clusters


def _lanes(group: Sequence[Block]) -> list[int]:
    """The first lane that is free when a block starts."""
    ends: list[float] = []
    lanes = []
    for block in group:
        lane = next((i for i, end in enumerate(ends) if end <= block.start_min), len(ends))
        if lane == len(ends):
            ends.append(0)
        ends[lane] = block.end_min
        lanes.append(lane)
    return lanes


def _taller(rect: Rect, least: float, floor: float) -> Rect:
    """A short meeting grows downwards, unless that would leave the axis."""
    if rect.height >= least:
        return rect
    bottom = max(floor, rect.top - least)
    return Rect(rect.x, bottom, rect.width, least)
