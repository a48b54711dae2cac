"""The day of a room, hour by hour."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

from ui.day_layout import Axis, Placed, Slot, place
from ui.look import Look
from ui.metrics import TextRole
from ui.painter import Painter, centred_baseline
from ui.rect import Rect
from ui.surface import Fill
from ui.text import TextStyle, fit_size, measure, shorten
from ui.theme import TimelineColours
from ui.typeface import Weight
from ui.widgets.touchable import Touchable


def clock_hour(hour: int) -> str:
    """08:00; screens pass one that knows the language."""
    return f"{hour % 24:02d}:00"


class Timeline(Touchable):
    """Hours, bookings, the slots that a tap books, and a line at now.

    Events: `on_slot(start_min, end_min)` and `on_block(key)`.

    Timeline(look, from_min=480, to_min=1020, blocks=(Block("a", 540, 600, "Budget", "Louise Holm"),),
             slots=(Slot(702, 780, "Tryk for at booke", "til 13:00"),), now_min=702, heading="I dag")
    """

    from_min = NumericProperty(8 * 60)
    to_min = NumericProperty(17 * 60)
    blocks = ObjectProperty(())
    notes = ObjectProperty(())
    slots: tuple[Slot, ...] = ObjectProperty(())
    now_min = NumericProperty(None, allownone=True)
    stale = BooleanProperty(defaultvalue=False)
    heading = StringProperty("")
    date = StringProperty("")
    hour_text = ObjectProperty(clock_hour)
    __events__: ClassVar[tuple[str, ...]] = ("on_slot", "on_block")
    repaints: ClassVar[tuple[str, ...]] = (
        *Touchable.repaints,
        "from_min",
        "to_min",
        "blocks",
        "notes",
        "slots",
        "now_min",
        "stale",
        "heading",
        "date",
        "hour_text",
    )

    def __init__(self, look: Look, **properties: Any) -> None:
        self._target: Slot | str | None = None
        super().__init__(look, **properties)

    def on_slot(self, start_min: float, end_min: float) -> None:
        """The free slot was tapped."""

    def on_block(self, key: str) -> None:
        """A booking was tapped."""

    def axis(self) -> Axis:
        """Where the hours stand now."""
        panel = self.look.panel
        hour = self.look.style(TextRole.CAPTION)
        gutter = measure(self.hour_text(20), hour) + panel.unit * 4
        head = self._heading_height() + self._notes_height()
        foot = max(panel.unit, round(hour.cap_px / 2) + 2)
        room = Rect(self.x + gutter, self.y + foot, self.width - gutter, max(10, self.height - head - foot))
        return Axis(int(self.from_min), int(self.to_min), room)

    def placed(self) -> list[Placed]:
        """The bookings and where they are."""
        return place(self.blocks, self.axis(), gap=self.look.panel.unit / 2, least_height=self._title.line_px)

    def slot_rects(self) -> list[tuple[Slot, Rect]]:
        """Where the bookable slots are; none while the day is stale."""
        axis = self.axis()
        free = () if self.stale else self.slots
        return [
            (slot, axis.span(slot.start_min, slot.end_min)) for slot in free if axis.shows(slot.start_min, slot.end_min)
        ]

    def hits(self, x: float, y: float) -> bool:
        return self._target_at(x, y) is not None

    def holds(self, x: float, y: float) -> bool:
        return self._target is not None and self._target_at(x, y) == self._target

    def on_press(self) -> None:
        self._target = self._target_at(*self.touched_at)

    def on_cancel(self) -> None:
        self._target = None

    def on_tap(self) -> None:
        target, self._target = self._target, None
        if isinstance(target, Slot):
            self.dispatch("on_slot", target.start_min, target.end_min)
        elif target is not None:
            self.dispatch("on_block", target)

    def paint(self, painter: Painter) -> None:
        self._paint_heading(painter)
        self._paint_notes(painter)
        self._paint_hours(painter)
        self._paint_now(painter)
        for slot, rect in self.slot_rects():
            self._paint_slot(painter, slot, rect)
        for placed in self.placed():
            self._paint_block(painter, placed)

    @property
    def _colours(self) -> TimelineColours:
        return self.look.theme.timeline

    @property
    def _title(self) -> TextStyle:
        return TextStyle(Weight.SEMIBOLD, self.look.panel.text(TextRole.DETAIL))

    @property
    def _caption(self) -> TextStyle:
        return self.look.style(TextRole.CAPTION)

    def _target_at(self, x: float, y: float) -> Slot | str | None:
        for placed in self.placed():
            if placed.rect.contains(x, y):
                return placed.block.key if placed.block.touchable else None
        hit = [(slot, rect) for slot, rect in self.slot_rects() if self._finger(rect).contains(x, y)]
        return min(hit, key=lambda one: abs(one[1].centre[1] - y))[0] if hit else None

    def _finger(self, rect: Rect) -> Rect:
        return rect.at_least(self.least_px, self.least_px)

    def _heading_height(self) -> float:
        return self.look.panel.line(TextRole.SMALL) + self.look.panel.unit * 3 if self.heading or self.date else 0

    def _notes_height(self) -> float:
        if not self.notes:
            return 0
        return len(self.notes) * (self._caption.line_px + self.look.panel.unit * 1.5) + self.look.panel.unit * 1.5

    def _paint_heading(self, painter: Painter) -> None:
        style = self.look.style(TextRole.SMALL, Weight.SEMIBOLD)
        baseline = self.top - style.ascent_px
        room = self.width - measure(self.date, style) - self.look.panel.unit * 2
        painter.text(shorten(self.heading, style, room), self.x, baseline, style, self._colours.heading)
        painter.text(self.date, self.right, baseline, style, self._colours.heading, align="right")

    def _paint_notes(self, painter: Painter) -> None:
        unit, style, fill = self.look.panel.unit, self._caption, self._colours.note
        top = self.top - self._heading_height()
        for note in self.notes:
            height = style.line_px + unit
            box = Rect(self.x, top - height, self.width, height)
            painter.box(box, fill, radius=height / 3)
            text = shorten(note, style, box.width - 3 * unit)
            painter.text(text, box.x + unit * 1.5, centred_baseline(box.centre[1], style), style, fill.text)
            top -= height + unit / 2

    def _paint_hours(self, painter: Painter) -> None:
        axis, colours, style = self.axis(), self._colours, self._caption
        for hour in axis.hours(least_gap_px=style.line_px * 1.2):
            y = round(axis.y(hour * 60))
            painter.fill(Rect(axis.rect.x, y, axis.rect.width, 1), colours.grid)
            label = self.hour_text(hour)
            painter.text(label, self.x, centred_baseline(y, style), style, colours.hour)
        line = Rect(axis.rect.x - self.look.panel.unit * 1.5, axis.rect.y, 2, axis.rect.height)
        painter.fill(line, colours.axis)

    def _paint_block(self, painter: Painter, placed: Placed) -> None:
        fill = self._colours.stale if self.stale or placed.block.past else self._colours.block
        if placed.block.current and not self.stale:
            fill = self._colours.current
        panel, rect = self.look.panel, placed.rect.inset(0, 1).snapped()
        radius, edge = min(panel.mm(1.7), rect.height / 2), max(3, panel.mm(0.9))
        body = fill.pressed if self.pressed and self._target == placed.block.key else fill.fill
        painter.fill(Rect(rect.x, rect.y, edge + 2 * radius, rect.height), fill.border, radius=radius)
        painter.fill(Rect(rect.x + edge, rect.y, rect.width - edge, rect.height), body, radius=radius)
        left = rect.x + edge + panel.unit * 1.75
        self._paint_lines(painter, placed.block.title, placed.block.detail, fill, Rect(left, *rect[1:]), rect.right)

    def _paint_slot(self, painter: Painter, slot: Slot, rect: Rect) -> None:
        panel, fill, inner = self.look.panel, self._colours.slot, rect.inset(0, 2).snapped()
        if inner.height < self._title.size_px:
            return
        radius = min(panel.mm(1.7), inner.height / 2)
        down = self.pressed and self._target == slot
        painter.fill(inner, fill.pressed if down else fill.fill, radius=radius)
        painter.dashed(inner, fill.border, radius=radius, width=2, dash=max(4, panel.mm(0.9)))
        left = inner.x + panel.unit * 2
        self._paint_lines(painter, slot.title, slot.detail, fill, Rect(left, *inner[1:]), inner.right, shrink=0.76)

    def _paint_lines(
        self, painter: Painter, title: str, detail: str, fill: Fill, box: Rect, right: float, *, shrink: float = 1.0
    ) -> None:
        """Title over detail; on one line where the block is low; the title alone where it is lower still."""
        unit = self.look.panel.unit
        room = right - box.x - unit
        caption = self._caption
        heading = fit_size(title, self._title, room, min_px=round(self._title.size_px * shrink))
        both = heading.ascent_px + unit / 4 + caption.line_px + caption.descent_px
        if box.height >= both + unit * 0.75:
            first = box.top - min(unit * 1.25, (box.height - both) / 2) - heading.ascent_px
            painter.text(shorten(title, heading, room), box.x, first, heading, fill.text)
            second = first - caption.line_px - unit / 4
            painter.text(shorten(detail, caption, room), box.x, second, caption, fill.detail)
            return
        heading = heading.sized(min(heading.size_px, max(9, round(box.height * 0.72))))
        baseline = centred_baseline(box.centre[1], heading)
        name = shorten(title, heading, room)
        painter.text(name, box.x, baseline, heading, fill.text)
        rest = room - measure(name, heading) - unit
        beside = fit_size(detail, caption, rest, min_px=caption.size_px) if detail else caption
        if detail and measure(detail, beside) <= rest:
            painter.text(detail, box.x + measure(name, heading) + unit, baseline, beside, fill.detail)

    def _paint_now(self, painter: Painter) -> None:
        axis, unit = self.axis(), self.look.panel.unit
        if self.now_min is None or self.stale or not axis.from_min <= self.now_min <= axis.to_min:
            return
        y = round(axis.y(self.now_min))
        left = axis.rect.x - unit * 1.5 + 1
        painter.fill(Rect(left, y - 1, axis.rect.right - left, 2), self._colours.now)
        painter.disc((left, y), max(4, unit * 0.75), self._colours.now)
