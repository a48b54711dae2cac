"""Real fingers on every page: each button sends its action, once; a guest can go the whole way with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kiosk.view import Action, ButtonView, FormView, HostsView, KioskView, PinView, RowView, RulesView, TileView, Verb
from tests.kiosk_ui.pages import KINDS, page, page_of
from tests.ui_kit.panels import on_every_panel
from ui.metrics import PANELS, SEVEN_INCH, TEN_INCH

PutUp = Callable[..., Any]


def view(name: str, language: str = "da", **aids: bool) -> KioskView:
    return page(name, language, **aids)


def actions_of(shown: KioskView) -> list[Action]:
    """Every action that a view offers, but the rows that may have to be scrolled to."""
    page: Any = shown.still_there or shown.page
    parts: list[Any] = []
    for name in ("tiles", "buttons", "privacy", "accept", "more", "leave", "note"):
        value = getattr(page, name, ())
        parts += value if isinstance(value, tuple) else [value]
    if isinstance(page, HostsView):
        parts += page.rows[:2]
    if not shown.still_there:
        parts += [shown.header.help, shown.header.aids, *shown.header.languages]
    crowded = isinstance(page, FormView) and bool(page.rows or any(field.error for field in page.fields))
    kinds = (ButtonView, TileView, RowView)
    shown_parts = [one for one in parts if isinstance(one, kinds) and not (crowded and one is getattr(page, "note", 0))]
    return [one.action for one in shown_parts if one.action and getattr(one, "enabled", True)]


@on_every_panel
@pytest.mark.parametrize("name", KINDS)
def test_every_button_sends_exactly_its_action(name: str, panel: Any, put_up: PutUp) -> None:
    shown = put_up(panel, view(name))
    for action in actions_of(view(name)):
        shown.actions.clear()
        widget = shown.carrying(action)
        shown.tap(*widget.center)
        assert shown.actions == [action], f"{action} of {name}"
    assert shown.released == []


def test_a_double_tap_sends_once_and_does_not_reach_the_next_page(put_up: PutUp) -> None:
    from tests.ui_kit.touch import Finger

    shown = put_up(TEN_INCH, view("welcome"))
    tile = shown.carrying(Action(Verb.VISIT))
    at = tile.center
    for _ in range(2):
        Finger(shown.window).down(*at).up()
    assert shown.actions == [Action(Verb.VISIT)]
    shown.root.show(view("types"))
    shown.draw()
    Finger(shown.window).down(*at).up()
    assert len(shown.actions) == 1
    shown.later()
    Finger(shown.window).down(*at).up()
    assert len(shown.actions) == 2


def test_a_finger_that_slides_off_does_nothing_and_is_told(put_up: PutUp) -> None:
    from tests.ui_kit.touch import Finger

    shown = put_up(TEN_INCH, view("welcome"))
    tile = shown.carrying(Action(Verb.LEAVE))
    Finger(shown.window).down(*tile.center).move(tile.center_x, tile.y - 60).up()
    assert shown.actions == []
    assert shown.released == [True]


def test_a_touch_that_only_wakes_touches_nothing(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, view("welcome"))
    shown.awake[0] = False
    shown.tap(*shown.carrying(Action(Verb.VISIT)).center)
    assert shown.actions == []


def test_more_time_covers_everything_else(put_up: PutUp) -> None:
    from tests.ui_kit.touch import Finger

    for panel in PANELS:
        shown = put_up(panel, view("still-there"))
        for x in range(20, panel.width_px, panel.width_px // 6):
            for y in range(20, panel.height_px, panel.height_px // 6):
                Finger(shown.window).down(x, y).up()
                shown.later()
        assert {action.verb for action in shown.actions} <= {Verb.MORE_TIME, Verb.HOME}
        shown.actions.clear()
        shown.tap(*shown.root.still_there.more.center)
        assert shown.actions == [Action(Verb.MORE_TIME)]
        shown.show(view("form"))
        shown.key("n")
        assert shown.values(Verb.TYPED) == ["Søren Ærøn"]
        shown.window.remove_widget(shown.root)


def test_a_press_is_seen_in_the_next_frame(put_up: PutUp) -> None:
    from tests.ui_kit.touch import Finger
    from ui.window import frame

    shown = put_up(TEN_INCH, view("welcome"))
    tile = shown.carrying(Action(Verb.SCAN))
    at = (int(tile.center_x), TEN_INCH.height_px - 1 - int(tile.center_y))
    before = frame(shown.window).pixel(*at)
    finger = Finger(shown.window).down(*tile.center)
    assert frame(shown.window).pixel(*at) != before
    finger.up()


def test_a_finger_that_rests_on_the_name_opens_the_pin(put_up: PutUp, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.ui_kit.touch import Finger, settle
    from ui.widgets import long_press

    monkeypatch.setattr(long_press, "LONG_PRESS_S", 0.05)
    shown = put_up(SEVEN_INCH, view("welcome"))
    finger = Finger(shown.window).down(*shown.root.header.name.center)
    settle(shown.window, lambda: shown.actions)
    finger.up()
    assert shown.actions == [Action(Verb.ADMIN)]


@on_every_panel
def test_a_signature_is_drawn_and_sent_stroke_by_stroke(panel: Any, put_up: PutUp) -> None:
    from tests.ui_kit.touch import Finger
    from ui.window import frame

    page = replace(page_of("rules-signed", RulesView), strokes="")
    shown = put_up(panel, replace(view("rules-signed"), page=page))
    box = shown.root.page.box
    blank = frame(shown.window)
    for offset in (0.0, 0.2):
        finger = Finger(shown.window).down(box.x + box.width * (0.2 + offset), box.center_y)
        for step in range(1, 9):
            finger.move(box.x + box.width * (0.2 + offset + step * 0.05), box.center_y + (step % 3) * box.height * 0.1)
        drawing = frame(shown.window)
        finger.up()
    assert drawing.rgb != blank.rgb, "the line follows the finger before it is lifted"
    first, second = shown.values(Verb.SIGNED)
    assert second.startswith(first + ";")
    assert first.startswith("200,500 ")
    assert len(first.split()) == 9
    shown.tap(*shown.carrying(Action(Verb.CLEAR_SIGNATURE)).center)
    shown.show(replace(view("rules-signed"), page=page))
    assert box.strokes == []
    shown.tap(*shown.carrying(Action(Verb.ACCEPT)).center)
    assert shown.actions[-1] == Action(Verb.ACCEPT)


def test_a_signature_is_bounded_however_long_it_is_drawn(put_up: PutUp) -> None:
    from kiosk.screens.strokes import MAX_POINTS, MAX_STROKES
    from tests.ui_kit.touch import Finger

    page = replace(page_of("rules-signed", RulesView), strokes="")
    shown = put_up(TEN_INCH, replace(view("rules-signed"), page=page))
    box = shown.root.page.box
    finger = Finger(shown.window).down(*box.center)
    for step in range(MAX_POINTS + 300):
        finger.move(box.x + (step * 37) % int(box.width), box.y + (step * 17) % int(box.height))
    finger.up()
    for _ in range(MAX_STROKES + 10):
        Finger(shown.window).down(*box.center).up()
    assert sum(len(stroke) for stroke in box.strokes) <= MAX_POINTS
    assert len(box.strokes) <= MAX_STROKES


@on_every_panel
def test_what_does_not_fit_is_reached_without_a_gesture(panel: Any, put_up: PutUp) -> None:
    shown = put_up(panel, view("in-building"))
    page = shown.root.page
    seen: set[str] = set()
    for _ in range(12):
        visible = [row for row in page.rows if page.pager.scroller.collide_point(*row.center)]
        seen |= {row.action.value for row in visible}
        if not page.pager.down.disabled and page.pager.down.right > 0:
            shown.tap(*page.pager.down.center)
    assert seen == {str(number) for number in range(12)}
    shown.actions.clear()
    last = page.rows[-1]
    shown.tap(*last.center)
    assert shown.actions == [last.action]
    assert shown.released, "paging is local"


def test_a_swipe_scrolls_and_ticks_nobody(put_up: PutUp) -> None:
    from tests.ui_kit.touch import Finger

    shown = put_up(SEVEN_INCH, view("in-building"))
    pager = shown.root.page.pager
    row = shown.root.page.rows[0]
    finger = Finger(shown.window).down(*row.center)
    for step in range(1, 8):
        finger.move(row.center_x, row.center_y + step * 10)
    finger.up()
    assert pager.scroller.offset > 0
    assert shown.actions == []


@on_every_panel
def test_the_pin_is_sent_digit_by_digit_and_a_cross_leads_home(panel: Any, put_up: PutUp) -> None:
    shown = put_up(panel, replace(view("pin"), page=replace(page_of("pin", PinView), digits=0)))
    pad = shown.root.page.pad
    for digit in "2580":
        key = next(child for child in pad.children if getattr(child, "text", "") == digit)
        shown.tap(*key.center)
    assert shown.values(Verb.PIN) == ["2", "25", "258", "2580"]
    shown.show(replace(view("pin"), page=replace(page_of("pin", PinView), digits=0, message="Forkert PIN")))
    assert pad.typed == ""
    shown.tap(*shown.root.page.leave.center)
    assert shown.actions[-1] == Action(Verb.HOME)
