"""The day: where its blocks are, and what a finger on it does."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui_kit.touch import Finger, tap
from ui.day_layout import Axis, Block, Slot, place
from ui.look import Look
from ui.metrics import PANELS, TEN_INCH, Panel
from ui.rect import Rect
from ui.theme import room_theme
from ui.widgets.timeline import Timeline
from ui.window import frame

AXIS = Axis(480, 1020, Rect(100, 50, 300, 540))
DAY = (Block("a", 540, 600, "Budget", "Louise Holm"), Block("b", 780, 870, "Nordhavn", current=True))


def test_minutes_are_laid_down_from_the_top() -> None:
    assert (AXIS.y(480), AXIS.y(1020), AXIS.y(750)) == (590, 50, 320)
    assert (AXIS.y(0), AXIS.y(2000)) == (590, 50)
    assert AXIS.span(540, 600) == Rect(100, 470, 300, 60)
    assert AXIS.hours(least_gap_px=20) == list(range(8, 18))
    assert AXIS.hours(least_gap_px=100) == [8, 10, 12, 14, 16]
    with pytest.raises(ValueError, match="empty"):
        Axis(600, 600, AXIS.rect)


@pytest.mark.parametrize(
    ("spans", "lanes"),
    [
        ([(540, 600), (600, 660)], [300, 300]),
        ([(540, 600), (570, 660)], [145, 145]),
        ([(540, 660), (540, 600), (600, 660)], [145, 145, 145]),
        ([(540, 700), (560, 700), (580, 700)], [93.3, 93.3, 93.3]),
        ([(-100, 500), (1000, 1500)], [300, 300]),
    ],
)
def test_overlapping_blocks_stand_side_by_side(spans: list[tuple[int, int]], lanes: list[float]) -> None:
    blocks = [Block(str(i), start, end, "x") for i, (start, end) in enumerate(spans)]
    placed = place(blocks, AXIS, gap=10, least_height=10)
    assert [round(one.rect.width, 1) for one in placed] == lanes
    assert not any(a.rect.overlaps(b.rect) for a in placed for b in placed if a is not b)


def test_what_is_not_of_the_day_is_left_out_and_short_blocks_are_kept_tall() -> None:
    blocks = [Block("before", 0, 480, "x"), Block("after", 1020, 1100, "x"), Block("short", 1015, 1020, "x")]
    (placed,) = place(blocks, AXIS, gap=0, least_height=20)
    assert placed.block.key == "short"
    assert placed.rect.height == 20
    assert placed.rect.y >= AXIS.rect.y


spans = st.tuples(st.integers(0, 1440), st.integers(1, 300)).map(lambda s: (s[0], s[0] + s[1]))


@given(st.lists(spans, max_size=31))
def test_no_two_bookings_ever_cover_one_another(booked: list[tuple[int, int]]) -> None:
    blocks = [Block(str(i), start, end, "x") for i, (start, end) in enumerate(booked)]
    placed = place(blocks, AXIS, gap=0, least_height=0)
    assert len(placed) == sum(start < 1020 and end > 480 for start, end in booked)
    for one in placed:
        assert one.rect.x >= AXIS.rect.x - 0.01
        assert one.rect.right <= AXIS.rect.right + 0.01
    inner = [one.rect.inset(0.01) for one in placed]
    assert not any(a.overlaps(b) for i, a in enumerate(inner) for b in inner[i + 1 :])


def timeline(panel: Panel = TEN_INCH, **properties: Any) -> tuple[Timeline, list[tuple[Any, ...]]]:
    shown = {"blocks": DAY, "slots": (Slot(660, 780, "Tryk for at booke", "til 13:00"),), "now_min": 660} | properties
    made = Timeline(Look(panel, room_theme()), **shown)
    made.pos, made.size = (20, 20), (min(400, panel.width_px - 40), panel.height_px - 40)
    events: list[tuple[Any, ...]] = []
    made.bind(on_slot=lambda _, start, end: events.append(("slot", start, end)))
    made.bind(on_block=lambda _, key: events.append(("block", key)))
    return made, events


@pytest.mark.parametrize("panel", PANELS, ids=str)
def test_taps_find_the_slot_and_the_blocks(stage: Callable[..., Any], panel: Panel) -> None:
    made, events = timeline(panel)
    window = stage(panel, made)
    tap(window, *made.slot_rects()[0][1].centre)
    for placed in made.placed():
        tap(window, *placed.rect.centre)
    tap(window, made.x + 2, made.center_y)
    assert events == [("slot", 660, 780), ("block", "a"), ("block", "b")]


def test_sliding_to_another_block_cancels(stage: Callable[..., Any]) -> None:
    made, events = timeline()
    window = stage(TEN_INCH, made)
    first, second = (placed.rect.centre for placed in made.placed())
    Finger(window).down(*first).move(*second).up()
    assert events == []


def test_a_stale_day_offers_nothing(stage: Callable[..., Any]) -> None:
    made, events = timeline()
    spot = made.slot_rects()[0][1].centre
    window = stage(TEN_INCH, made)
    made.stale = True
    tap(window, *spot)
    assert events == []
    assert made.slot_rects() == []


def test_blocks_that_cannot_be_touched_keep_still(stage: Callable[..., Any]) -> None:
    made, events = timeline(blocks=(Block("a", 540, 600, "Budget", touchable=False),), slots=())
    tap(stage(TEN_INCH, made), *made.placed()[0].rect.centre)
    assert events == []


def test_colours_tell_current_from_other_and_stale(stage: Callable[..., Any]) -> None:
    made, _ = timeline()
    window = stage(TEN_INCH, made)
    colours = room_theme().timeline

    def under(index: int) -> tuple[int, ...]:
        rect = made.placed()[index].rect
        return frame(window).pixel(int(rect.right) - 12, TEN_INCH.height_px - 1 - int(rect.centre[1]))

    def rgb(colour: Any) -> tuple[int, ...]:
        return tuple(round(channel * 255) for channel in colour)

    assert under(0) == pytest.approx(rgb(colours.block.fill), abs=1)
    assert under(1) == pytest.approx(rgb(colours.current.fill), abs=1)
    made.stale = True
    assert under(1) == pytest.approx(rgb(colours.stale.fill), abs=1)


def test_the_now_line_is_at_now_and_only_today(stage: Callable[..., Any]) -> None:
    made, _ = timeline(blocks=(), slots=(), now_min=600)
    window = stage(TEN_INCH, made)
    y = TEN_INCH.height_px - 1 - round(made.axis().y(600))
    now = tuple(round(channel * 255) for channel in room_theme().timeline.now)
    assert now in {frame(window).pixel(300, y + d) for d in (-1, 0, 1)}
    made.now_min = None
    picture = frame(window)
    assert now not in {picture.pixel(300, row) for row in range(picture.height)}


def test_notes_make_room_for_themselves(stage: Callable[..., Any]) -> None:
    made, _ = timeline()
    stage(TEN_INCH, made)
    before = made.axis().rect.height
    made.notes = ("Rengøring hele dagen", "Helligdag")
    assert made.axis().rect.height < before - 40
