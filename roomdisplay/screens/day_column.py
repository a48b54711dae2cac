"""A day as the kit draws it, from a TimelineView."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from roomdisplay.view import Action, BlockStyle, BlockView, TimelineView
from ui.day_layout import Block, Slot
from ui.look import Look
from ui.metrics import TextRole
from ui.sender import Sender
from ui.text import measure
from ui.typeface import Weight
from ui.widgets.timeline import Timeline


@dataclass(frozen=True, slots=True)
class HourLabels:
    """The words for the hours, as the view gives them."""

    labels: tuple[tuple[int, str], ...]

    def __call__(self, hour: int) -> str:
        minute = hour * 60
        return next((text for at, text in self.labels if at == minute), max((t for _, t in self.labels), default=""))


class DayColumn(Timeline):
    """Shows a TimelineView, and sends the actions of its blocks."""

    def __init__(self, look: Look, sender: Sender, **properties: Any) -> None:
        self._sender = sender
        self._day: TimelineView | None = None
        self._meant: Action | None = None
        super().__init__(look, **properties)
        self.fbind("width", self._fit_heading)

    def show(self, day: TimelineView) -> None:
        """Take over a day."""
        self._day = day
        # A day that shrinks must never stand with its end before its beginning, not even between two properties.
        self.from_min, self.to_min = min(self.from_min, day.first_min), max(self.to_min, day.last_min)
        self.from_min, self.to_min = day.first_min, day.last_min
        self.hour_text = HourLabels(day.hour_labels)
        self.blocks = tuple(_block(index, block) for index, block in enumerate(day.blocks) if not _free(block))
        self.slots = tuple(
            Slot(block.start_min, block.end_min, block.title, block.detail) for block in day.blocks if _free(block)
        )
        self.notes, self.now_min, self.stale = day.notes, day.now_min, day.stale
        self._fit_heading()

    def _fit_heading(self, *_: Any) -> None:
        """The date gives way when both do not fit: 'As of 13:11' says more."""
        if self._day is None:
            return
        style = self.look.style(TextRole.SMALL, Weight.SEMIBOLD)
        both = measure(self._day.heading, style) + measure(self._day.date, style) + self.look.panel.unit * 2
        self.heading, self.date = self._day.heading, self._day.date if both <= self.width else ""

    def on_press(self) -> None:
        super().on_press()
        self._meant = self._action_of(self._target)

    def on_tap(self) -> None:
        """A block that moved away under the finger was not meant."""
        target, self._target = self._target, None
        meant, self._meant = self._meant, None
        if meant is not None and meant == self._action_of(target) and self.get_root_window() is not None:
            self._sender.send(meant)

    def _action_of(self, target: Slot | str | None) -> Action | None:
        blocks = self._day.blocks if self._day else ()
        if isinstance(target, Slot):
            found = (b for b in blocks if _free(b) and (b.start_min, b.end_min) == (target.start_min, target.end_min))
        else:
            found = (block for index, block in enumerate(blocks) if _key(index, block) == target)
        return next((block.action for block in found), None)


def _free(block: BlockView) -> bool:
    return block.style is BlockStyle.BOOKABLE


def _key(index: int, block: BlockView) -> str:
    return block.action.value if block.action else f"{index}"


def _block(index: int, block: BlockView) -> Block:
    return Block(
        key=_key(index, block),
        start_min=block.start_min,
        end_min=block.end_min,
        title=block.title,
        detail=block.detail,
        current=block.style is BlockStyle.CURRENT,
        past=block.style is BlockStyle.PAST,
        touchable=block.action is not None,
    )
