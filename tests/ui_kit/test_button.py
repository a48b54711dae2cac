"""Buttons under real fingers."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.ui_kit.touch import Finger, tap_widget
from ui.look import Look
from ui.metrics import PANELS, TEN_INCH, Panel
from ui.theme import room_theme
from ui.widgets.button import Button
from ui.window import draw_frame, frame


def button(panel: Panel = TEN_INCH, **properties: Any) -> tuple[Button, list[str]]:
    look = Look(panel, room_theme())
    made = Button(look, text="30 min", detail="til 12:12", pos=(100, 100), size=(200, 100), **properties)
    events: list[str] = []
    for name in ("on_press", "on_tap", "on_cancel"):
        made.bind(**{name: lambda *_, name=name: events.append(name)})
    return made, events


def test_a_tap_presses_and_acts(stage: Callable[..., Any]) -> None:
    made, events = button()
    tap_widget(stage(TEN_INCH, made), made)
    assert events == ["on_press", "on_tap"]
    assert not made.pressed


def test_feedback_is_in_the_very_next_frame(stage: Callable[..., Any]) -> None:
    made, _ = button(style="primary", surface=room_theme().free)
    window = stage(TEN_INCH, made)
    corner = (110, TEN_INCH.height_px - 130)
    before = frame(window).pixel(*corner)
    finger = Finger(window).down(made.center_x, made.center_y)
    during = frame(window).pixel(*corner)
    finger.up()
    assert before == (255, 255, 255)
    assert during == pytest.approx(tuple(round(c * 255) for c in room_theme().free.primary.pressed), abs=1)
    assert frame(window).pixel(*corner) == before


def test_sliding_off_cancels_and_sliding_back_does_not(stage: Callable[..., Any]) -> None:
    made, events = button()
    window = stage(TEN_INCH, made)
    finger = Finger(window).down(200, 150).move(600, 600)
    assert not made.pressed
    finger.up()
    assert events == ["on_press", "on_cancel"]
    Finger(window).down(200, 150).move(600, 600).move(210, 150).up()
    assert events[2:] == ["on_press", "on_tap"]


def test_a_second_finger_is_ignored(stage: Callable[..., Any]) -> None:
    first, first_events = button()
    second, second_events = button()
    second.pos = (500, 100)
    window = stage(TEN_INCH, first, second)
    one, two = Finger(window).down(200, 150), Finger(window).down(600, 150)
    same = Finger(window).down(210, 150)
    assert (first.pressed, second.pressed) == (True, False)
    two.up()
    same.up()
    one.up()
    assert (first_events, second_events) == (["on_press", "on_tap"], [])


def test_a_finger_whose_end_is_lost_does_not_lock_the_panel(stage: Callable[..., Any]) -> None:
    made, events = button()
    window = stage(TEN_INCH, made)
    lost = Finger(window).down(200, 150)
    assert lost.touch is not None
    lost.touch.time_start -= 60
    Finger(window).down(200, 150).up()
    assert events.count("on_tap") == 1


def test_disabled_takes_the_touch_and_does_nothing(stage: Callable[..., Any]) -> None:
    behind, behind_events = button()
    made, events = button(disabled=True)
    tap_widget(stage(TEN_INCH, behind, made), made)
    assert (events, behind_events) == ([], [])


def test_disabled_while_pressed_does_not_act(stage: Callable[..., Any]) -> None:
    made, events = button()
    finger = Finger(stage(TEN_INCH, made)).down(200, 150)
    made.disabled = True
    finger.up()
    assert "on_tap" not in events


@pytest.mark.parametrize("panel", PANELS, ids=str)
def test_what_is_drawn_small_is_still_12_mm_to_a_finger(panel: Panel, stage: Callable[..., Any]) -> None:
    made, events = button(panel)
    made.size = (20, 20)
    made.pos = (panel.width_px / 2, panel.height_px / 2)
    window = stage(panel, made)
    reach = panel.mm(12) / 2 - 2
    Finger(window).down(made.center_x + reach, made.center_y - reach).up()
    assert events == ["on_press", "on_tap"]
    Finger(window).down(made.center_x + panel.mm(8), made.center_y).up()
    assert events == ["on_press", "on_tap"]
    least_width, least_height = made.size_hint_min
    assert least_width == least_height == panel.mm(12)


def test_long_words_stay_inside(stage: Callable[..., Any]) -> None:
    made, _ = button(style="secondary")
    made.text, made.detail = "Overordentlig lang tekst på en knap", "næste ledige tidspunkt er kl. 14:30"
    window = stage(TEN_INCH, made)
    picture = frame(window)
    outside = {picture.pixel(x, 800 - 150) for x in (*range(60, 99), *range(301, 340))}
    assert outside == {(0, 0, 0)}


def test_nothing_is_painted_while_nothing_changes(stage: Callable[..., Any]) -> None:
    made, _ = button()
    window = stage(TEN_INCH, made)
    drawn = list(made.picture.children)
    for _ in range(3):
        draw_frame(window)
    assert list(made.picture.children) == drawn
    made.text = "45 min"
    draw_frame(window)
    assert list(made.picture.children) != drawn
