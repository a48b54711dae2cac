"""Typing into a field, and the caret."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.ui_kit.touch import tap
from ui.look import Look
from ui.metrics import TEN_INCH
from ui.text import measure
from ui.theme import kiosk_theme
from ui.widgets.text_field import TextField
from ui.window import frame


def field(**properties: Any) -> TextField:
    return TextField(Look(TEN_INCH, kiosk_theme()), pos=(100, 300), size=(300, 80), **properties)


def test_letters_go_in_at_the_caret(the_window: Any) -> None:
    made = field(text="Søren")
    made.insert("!")
    assert (made.text, made.caret) == ("Søren!", 6)
    made.caret = 0
    made.insert("Å")
    assert (made.text, made.caret) == ("ÅSøren!", 1)
    made.backspace()
    made.backspace()
    assert (made.text, made.caret) == ("Søren!", 0)
    made.clear()
    assert (made.text, made.caret) == ("", 0)


def test_names_are_composed_and_bounded(the_window: Any) -> None:
    made = field(max_length=5)
    for letter in ("e", "\u0301", "a", "b", "c", "d", "e"):
        made.insert(letter)
    assert made.text == "éabcd"


def test_a_tap_puts_the_caret_where_the_finger_is(stage: Callable[..., Any]) -> None:
    made = field(text="Projekt", focused=True)
    window = stage(TEN_INCH, made)
    left = made.x + 2.5 * TEN_INCH.unit
    tap(window, left + measure("Pro", made._style) + 1, made.center_y)
    assert made.caret == 3
    tap(window, made.right - 5, made.center_y)
    assert made.caret == 7


def test_a_long_text_stays_inside_and_shows_the_caret(stage: Callable[..., Any]) -> None:
    made = field(focused=True)
    made.insert("Overordentlig langt navn på en gæst fra udlandet")
    window = stage(TEN_INCH, made)
    picture = frame(window)
    row = TEN_INCH.height_px - 1 - int(made.center_y)
    assert {picture.pixel(x, row) for x in range(402, 500)} == {(0, 0, 0)}
    ink = tuple(round(c * 255) for c in kiosk_theme().field.text)
    assert ink in {picture.pixel(x, row - 15) for x in range(340, 398)}, "the caret is out of sight"


@pytest.mark.parametrize(
    ("state", "colour"),
    [({}, "border"), ({"focused": True}, "focus"), ({"wrong": True, "focused": True}, "error")],
)
def test_the_border_says_how_it_stands(stage: Callable[..., Any], state: dict[str, bool], colour: str) -> None:
    made = field(**state)
    picture = frame(stage(TEN_INCH, made))
    wanted = tuple(round(c * 255) for c in getattr(kiosk_theme().field, colour))
    assert picture.pixel(101, TEN_INCH.height_px - 1 - 340) == pytest.approx(wanted, abs=1)


def test_masked_fields_do_not_show_their_text(stage: Callable[..., Any]) -> None:
    made = field(masked=True, text="hemmelig")
    window = stage(TEN_INCH, made)
    first = frame(window).rgb
    made.text = "noget an"
    assert frame(window).rgb == first
