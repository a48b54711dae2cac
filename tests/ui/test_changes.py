"""Only what changed is painted, a tone fades and is done, and what left the screen asks for no more frames."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from roomdisplay.view import PanelView
from tests.ui.sample_views import ASLEEP, BOOKING_SHEET, BUSY, CHECK_IN, FREE, SHEETS
from ui.metrics import PANELS, TEN_INCH

PutUp = Callable[..., Any]


@pytest.fixture
def paints(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every widget that is painted, in order."""
    from ui.widgets.painted import Painted

    painted: list[Any] = []
    real = Painted._repaint

    def _repaint(self: Any, *args: Any) -> None:
        painted.append(self)
        real(self, *args)

    monkeypatch.setattr(Painted, "_repaint", _repaint)
    return painted


def rounds(window: Any, count: int = 5) -> int:
    """Rounds of Kivy's loop; how many of them would draw a frame."""
    from kivy.base import EventLoop
    from kivy.clock import Clock

    drawn = 0
    for _ in range(count):
        Clock.tick()
        EventLoop.dispatch_input()
        Clock.tick_draw()
        if window.canvas.needs_redraw:
            drawn += 1
            window.dispatch("on_draw")
    return drawn


@pytest.mark.parametrize("name", [None, "booking", "rooms", "day", "search", "sign-in", "pin", "done"])
def test_nothing_is_drawn_when_nothing_changes(name: str | None, paints: list[Any], put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(BUSY, SHEETS[name] if name else None))
    rounds(shown.window)
    paints.clear()
    shown.root.show(PanelView(replace(BUSY), SHEETS[name] if name else None))
    assert rounds(shown.window, 20) == 0
    assert paints == []


def test_a_new_time_paints_the_clock_alone(paints: list[Any], put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(BUSY))
    rounds(shown.window)
    paints.clear()
    shown.root.show(PanelView(replace(BUSY, clock="13:21")))
    assert rounds(shown.window) == 1
    assert paints == [shown.root.home.status.header.clock]


def test_a_new_view_keeps_the_widgets(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE, BOOKING_SHEET))
    before = [id(widget) for widget in shown.root.walk()]
    booking = replace(BOOKING_SHEET, title="Book fra 14:45")
    shown.show(PanelView(replace(FREE, clock="11:43"), booking))
    assert [id(widget) for widget in shown.root.walk()] == before


def test_a_tone_fades_for_a_quarter_of_a_second_and_is_done(put_up: PutUp) -> None:
    from tests.ui_kit.touch import settle
    from ui.widgets.overlays import FADE_S
    from ui.window import frame

    shown = put_up(TEN_INCH, PanelView(FREE))
    assert FADE_S <= 0.25
    shown.root.show(PanelView(BUSY))
    assert frame(shown.window).pixel(2, 2) != (139, 0, 0), "it begins in the old colour"
    assert shown.root.veil.alpha > 0
    settle(shown.window, lambda: shown.root.veil.alpha == 0)
    assert frame(shown.window).pixel(2, 2) == (139, 0, 0)
    rounds(shown.window, 3)
    assert rounds(shown.window, 20) == 0


def test_the_veil_takes_no_fingers(put_up: PutUp) -> None:
    from tests.ui_kit.touch import Finger

    shown = put_up(TEN_INCH, PanelView(FREE))
    shown.root.show(PanelView(BUSY))
    Finger(shown.window).down(*shown.root.home.status.buttons.buttons[0].center).up()
    assert shown.actions == [BUSY.buttons[0].action]


def test_a_sheet_of_another_kind_replaces_the_old_one_and_stops_its_spinner(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE, SHEETS["working"]))
    working = shown.root.sheet
    assert working.spinner.turning
    shown.show(PanelView(FREE, SHEETS["done"]))
    assert not working.spinner.turning
    assert working.parent is None
    shown.show(PanelView(FREE))
    assert shown.root.sheet is None
    rounds(shown.window, 3)
    assert rounds(shown.window, 20) == 0


def test_a_capture_of_a_spinner_asks_for_no_frames_afterwards(put_up: PutUp) -> None:
    from roomdisplay.screens.capture import picture

    shown = put_up(TEN_INCH, PanelView(FREE))
    picture(PanelView(FREE, SHEETS["working"]), TEN_INCH)
    picture(PanelView(FREE, SHEETS["search-busy"]), TEN_INCH)
    rounds(shown.window, 3)
    assert rounds(shown.window, 20) == 0


def test_waking_and_sleeping_swap_the_screens(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(ASLEEP))
    assert shown.root.home.parent is None
    shown.show(PanelView(CHECK_IN))
    assert shown.root.asleep.parent is None
    assert shown.root.home.status.word.text == "Tjek ind"


@pytest.mark.parametrize("panel", PANELS)
def test_the_sleeping_panel_lights_no_place_for_long(panel: Any, put_up: PutUp) -> None:
    shown = put_up(panel, PanelView(ASLEEP))
    asleep = shown.root.asleep
    heat: dict[tuple[int, int], int] = {}
    for minute in range(240):
        shown.root.show(PanelView(replace(ASLEEP, clock=f"{20 + minute // 60}:{minute % 60:02d}")))
        for widget in (asleep.clock, asleep.word):
            assert widget.x >= 0
            assert widget.right <= panel.width_px
            assert 0 <= widget.y <= widget.top <= panel.height_px
        cell = (round(asleep.clock.center_x) // 40, round(asleep.clock.center_y) // 40)
        heat[cell] = heat.get(cell, 0) + 1
    assert max(heat.values()) <= 240 * 0.05


def test_the_picture_moves_by_pixels_every_few_minutes(put_up: PutUp) -> None:
    from ui.window import MAX_SHIFT_PX

    shown = put_up(TEN_INCH, PanelView(BUSY))
    places = []
    for minute in range(21, 60):
        shown.root.show(PanelView(replace(BUSY, clock=f"13:{minute}")))
        places.append(tuple(shown.root._shift.xyz[:2]))
    assert len(set(places)) >= 8
    assert all(abs(axis) <= MAX_SHIFT_PX for place in places for axis in place)
    assert sum(one != other for one, other in itertools.pairwise(places)) <= len(places) / 3 + 1


def test_shifting_bares_no_edge(put_up: PutUp) -> None:
    from ui.window import frame

    shown = put_up(TEN_INCH, PanelView(BUSY))
    for minute in range(21, 60):
        shown.root.show(PanelView(replace(BUSY, clock=f"13:{minute}")))
        if tuple(shown.root._shift.xyz[:2]) == (2, 2):
            picture = frame(shown.window)
            assert picture.pixel(0, 799) == picture.pixel(20, 780)
            return
    raise AssertionError("the picture never moved")
