"""The dark screen of the kiosk: black with a few words that wander, and the first finger only wakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kiosk.view import AsleepView
from tests.kiosk_ui.pages import page
from ui.metrics import PANELS, TEN_INCH

PutUp = Callable[..., Any]
DARK = AsleepView("23:05", "Touch the screen to begin")

pytestmark = pytest.mark.usefixtures("the_window")


@pytest.mark.parametrize("panel", PANELS, ids=["10", "7", "portrait"])
def test_it_is_black_but_for_a_few_words(panel: Any) -> None:
    from kiosk.screens.capture import picture

    frame = picture(replace(page("welcome"), asleep=DARK), panel)
    pixels = [frame.pixel(x, y) for x in range(0, panel.width_px, 3) for y in range(0, panel.height_px, 3)]
    lit = [one for one in pixels if max(one) > 12]
    assert 0 < len(lit) < len(pixels) * 0.03
    assert max(max(one) for one in lit) < 140


def test_it_wanders_and_goes(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, replace(page("welcome"), asleep=DARK))
    before = tuple(shown.root.asleep.clock.pos)
    shown.root.show(replace(page("welcome"), asleep=AsleepView("23:06", DARK.text)))
    shown.draw()
    assert tuple(shown.root.asleep.clock.pos) != before
    shown.root.show(page("welcome"))
    shown.draw()
    assert shown.root.asleep.parent is None


def test_the_first_finger_wakes_and_the_second_begins(put_up: PutUp) -> None:
    welcome: Any = page("welcome").page
    shown, action = put_up(TEN_INCH, page("welcome")), welcome.tiles[0].action
    at = shown.carrying(action).center
    shown.root.show(replace(page("welcome"), asleep=DARK))
    shown.awake[0] = False
    shown.draw()
    shown.tap(*at)
    assert shown.actions == []
    shown.awake[0] = True
    shown.root.show(page("welcome"))
    shown.later()
    shown.tap(*at)
    assert shown.actions == [action]
