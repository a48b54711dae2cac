"""Typed text and digits reach the panel, key by key, and are not taken back by views that are behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from roomdisplay.view import Action, PanelView, PinSheet, SearchSheet, Verb
from tests.ui.sample_views import BACK, FREE, PEOPLE, SHEETS
from ui.metrics import PANELS, TEN_INCH

EMPTY = SearchSheet("Hvem er lokalet til?", "Fornavn og efternavn", "", (), "", "da", (BACK,))
PutUp = Callable[..., Any]


def press(shown: Any, key: str) -> None:
    from tests.ui_kit.touch import Finger

    x, y = shown.root.sheet.keyboard.key_rect(key).centre
    Finger(shown.window).down(x, y).up()


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: f"{panel.width_px}x{panel.height_px}")
def test_letters_reach_the_panel_one_by_one(panel: Any, put_up: PutUp) -> None:
    shown = put_up(panel, PanelView(FREE, EMPTY))
    for key in ("J", "e", "s", "space", "F"):
        press(shown, key)
    texts = [action.value for action in shown.actions if action.verb is Verb.TYPED]
    assert texts == ["J", "Je", "Jes", "Jes ", "Jes F"]
    assert shown.released == []


def test_fast_fingers_are_faster_than_views(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE, EMPTY))
    press(shown, "J")
    press(shown, "e")
    shown.root.show(PanelView(FREE, replace(EMPTY, text="J", busy=True)))
    press(shown, "s")
    assert shown.actions[-1] == Action(Verb.TYPED, "Jes")


def test_backspace_and_danish_letters(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE, EMPTY))
    for key in ("Å", "s", "backspace", "s", "e"):
        press(shown, key)
    assert shown.actions[-1] == Action(Verb.TYPED, "Åse")
    assert Action(Verb.TYPED, "Å") in shown.actions


def test_a_search_that_was_forgotten_empties_the_field(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE, replace(EMPTY, text="jes")))
    assert shown.root.sheet.field.text == "jes"
    shown.show(PanelView(FREE, EMPTY))
    assert shown.root.sheet.field.text == ""
    assert shown.actions == []


def test_a_hit_is_picked_by_touch_and_the_only_one_by_the_large_key(put_up: PutUp) -> None:
    from tests.ui_kit.touch import Finger

    shown = put_up(TEN_INCH, PanelView(FREE, replace(EMPTY, text="jes", rows=PEOPLE)))
    Finger(shown.window).down(*shown.root.sheet._hits[1].center).up()
    assert shown.actions == [Action(Verb.PICK_PERSON, "1")]
    shown.later()
    press(shown, "action")
    assert len(shown.actions) == 1
    shown.show(PanelView(FREE, replace(EMPTY, text="jesper", rows=PEOPLE[:1])))
    press(shown, "action")
    assert shown.actions[1:] == [Action(Verb.PICK_PERSON, "0")]


def test_the_spinner_turns_only_while_there_is_a_search(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE, replace(EMPTY, text="jes", busy=True)))
    spinner = shown.root.sheet.spinner
    assert spinner.turning
    shown.show(PanelView(FREE, replace(EMPTY, text="jes")))
    assert not spinner.turning
    shown.show(PanelView(FREE, replace(EMPTY, text="jesp", busy=True)))
    shown.show(PanelView(FREE))
    assert not spinner.turning


def test_digits_reach_the_panel_and_a_wrong_pin_empties_the_dots(put_up: PutUp) -> None:
    from tests.ui_kit.touch import Finger

    shown = put_up(TEN_INCH, PanelView(FREE, PinSheet("PIN", "Seks cifre", 0)))
    pad = shown.root.sheet.pad

    def touch(label: str) -> None:
        key = next(child for child in pad.children if getattr(child, "text", "") == label)
        Finger(shown.window).down(*key.center).up()

    for digit in "2580":
        touch(digit)
        shown.root.show(PanelView(FREE, PinSheet("PIN", "Seks cifre", len(shown.actions[-1].value))))
    assert [action.value for action in shown.actions] == ["2", "25", "258", "2580"]
    shown.show(PanelView(FREE, PinSheet("PIN", "Forkert PIN", 0)))
    assert pad.typed == ""
    assert len(shown.actions) == 4
    touch("7")
    assert shown.actions[-1] == Action(Verb.PIN, "7")


def test_a_locked_pad_takes_no_digits(put_up: PutUp) -> None:
    from tests.ui_kit.touch import Finger

    shown = put_up(TEN_INCH, PanelView(FREE, SHEETS["pin-locked"]))
    for child in shown.root.sheet.pad.children:
        Finger(shown.window).down(*child.center).up()
    assert shown.actions == []


def test_a_seventh_digit_is_not_taken(put_up: PutUp) -> None:
    from tests.ui_kit.touch import Finger

    shown = put_up(TEN_INCH, PanelView(FREE, PinSheet("PIN", "Seks cifre", 0)))
    pad = shown.root.sheet.pad
    one = next(child for child in pad.children if getattr(child, "text", "") == "1")
    for _ in range(8):
        Finger(shown.window).down(*one.center).up()
    assert shown.actions[-1] == Action(Verb.PIN, "111111")
    assert pad.typed == "111111"
