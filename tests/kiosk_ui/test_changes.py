"""Only what changed is painted, at rest nothing asks for frames, and counting down touches the count alone."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from kiosk.view import KioskView
from tests.kiosk_ui.pages import KINDS, page
from tests.ui.test_changes import paints, rounds
from tests.ui_kit.panels import on_every_panel
from ui.metrics import PANELS, TEN_INCH

__all__ = ["paints"]

PutUp = Callable[..., Any]


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """Widgets of earlier tests that are collected just now would ask for a frame."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def view(name: str, **aids: bool) -> KioskView:
    return page(name, **aids)


@on_every_panel
@pytest.mark.parametrize("name", [name for name in KINDS if name != "hosts-searching"])
def test_nothing_is_drawn_when_nothing_changes(name: str, panel: Any, paints: list[Any], put_up: PutUp) -> None:
    shown = put_up(panel, view(name))
    rounds(shown.window)
    paints.clear()
    shown.root.show(view(name))
    assert rounds(shown.window, 10) == 0
    assert paints == []


def test_a_new_minute_paints_the_clock_alone(paints: list[Any], put_up: PutUp) -> None:
    for panel in PANELS:
        shown = put_up(panel, view("welcome"))
        rounds(shown.window)
        paints.clear()
        page: Any = view("welcome").page
        shown.root.show(replace(view("welcome"), page=replace(page, clock="søndag 22. november · 11:43")))
        rounds(shown.window)
        assert set(paints) <= {shown.root.page.clock}
        shown.window.remove_widget(shown.root)


def test_the_done_page_counts_down_without_painting_anything_else(paints: list[Any], put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, view("done"))
    rounds(shown.window)
    paints.clear()
    page: Any = view("done").page
    for step in range(20):
        shown.root.show(replace(view("done"), page=replace(page, remaining=0.7 - step / 200)))
    assert rounds(shown.window, 5) == 0, "less than a second went by: the words are the same"
    shown.root.show(replace(view("done"), page=replace(page, remaining=0.6, countdown="Skærmen ryddes om 6 sekunder")))
    rounds(shown.window)
    assert set(paints) == {shown.root.page.countdown, shown.root.page.bar}


def test_still_there_counts_down_by_its_ring_alone(paints: list[Any], put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, view("still-there"))
    rounds(shown.window)
    paints.clear()
    over: Any = view("still-there").still_there
    shown.root.show(replace(view("still-there"), still_there=replace(over, remaining=0.69)))
    assert rounds(shown.window, 5) == 0
    shown.root.show(replace(view("still-there"), still_there=replace(over, remaining=0.65, seconds=13)))
    rounds(shown.window)
    assert set(paints) == {shown.root.still_there.ring}


def test_a_letter_paints_its_field_and_key_only(paints: list[Any], put_up: PutUp) -> None:
    from tests.ui_kit.touch import Finger

    shown = put_up(TEN_INCH, view("form"))
    shown.key("r")
    rounds(shown.window)
    paints.clear()
    Finger(shown.window).down(*shown.root.page.keyboard.key_rect("n").centre).up()
    rounds(shown.window)
    assert set(paints) <= {shown.root.page.boxes[0].field}


def test_the_spinner_turns_only_while_there_is_a_search(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, view("hosts-searching"))
    spinner = shown.root.page.spinner
    assert spinner.turning
    shown.show(view("hosts"))
    assert not spinner.turning
    shown.show(view("hosts-searching"))
    shown.show(view("welcome"))
    assert not spinner.turning
    rounds(shown.window, 3)
    assert rounds(shown.window, 10) == 0


def test_pages_of_a_kind_keep_their_widgets(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, view("hosts"))
    before = shown.root.page
    shown.show(view("hosts-five"))
    assert shown.root.page is before
    shown.show(view("form"))
    assert before.parent is None


def test_dimming_identifying_and_wandering(put_up: PutUp) -> None:
    from ui.window import frame

    shown = put_up(TEN_INCH, view("welcome"))
    bright = sum(frame(shown.window).pixel(5, 5))
    shown.show(replace(view("welcome"), brightness=0.3))
    assert sum(frame(shown.window).pixel(5, 5)) < bright * 0.6
    shown.show(replace(view("welcome"), identify="cph-lobby-1"))
    assert frame(shown.window).pixel(6, 400) == (255, 194, 10)
    page: Any = view("welcome").page
    for minute in range(7):
        shown.show(replace(view("welcome"), page=replace(page, clock=f"11:{minute:02d}")))
    assert tuple(shown.root._shift.xyz[:2]) != (0, 0)
