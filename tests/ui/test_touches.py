"""Real fingers on every view: each button sends its action and nothing else, once; waking touches wake only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from roomdisplay.view import (
    Action,
    AsleepView,
    BlockStyle,
    ButtonView,
    ChoicesSheet,
    HomeView,
    ListSheet,
    PanelView,
    Verb,
    WorkingSheet,
)
from tests.ui.sample_views import BUSY, DAY_SHEET, ENDING_SOON, FREE, SCREEN_SHEET, SHEETS, samples
from tests.ui_kit.panels import on_every_panel
from ui.metrics import SEVEN_INCH, TEN_INCH

SAMPLES = samples()
PutUp = Callable[..., Any]


def buttons_of(view: PanelView) -> list[ButtonView]:
    """Every button of the topmost part of a view."""
    top: Any = view.sheet or view.home
    if isinstance(top, AsleepView | WorkingSheet):
        return []
    if isinstance(top, HomeView):
        return [*top.buttons, *top.footer]
    groups = (getattr(top, name, ()) for name in ("buttons", "extra", "tabs"))
    return [button for group in groups for button in group]


def widget_of(shown: Any, button: ButtonView) -> Any:
    from roomdisplay.screens.action_button import ActionButton

    tree = shown.root.sheet or shown.root.home
    found = [one for one in tree.walk() if isinstance(one, ActionButton) and one.action == button.action]
    return next(one for one in found if one.text == button.label and one.width > 0)


def finger(shown: Any) -> Any:
    from tests.ui_kit.touch import Finger

    return Finger(shown.window)


def tap(shown: Any, widget: Any) -> None:
    finger(shown).down(widget.center_x, widget.center_y).up()


@on_every_panel
@pytest.mark.parametrize("name", [name for name, view in SAMPLES.items() if buttons_of(view)])
def test_every_button_sends_exactly_its_action(name: str, panel: Any, put_up: PutUp) -> None:
    view = SAMPLES[name]
    shown = put_up(panel, view)
    for button in buttons_of(view):
        shown.actions.clear()
        tap(shown, widget_of(shown, button))
        assert shown.actions == ([button.action] if button.enabled else [])
        shown.later()
    assert shown.released == []


@on_every_panel
def test_free_slots_and_meetings_of_the_day_send_theirs(panel: Any, put_up: PutUp) -> None:
    shown = put_up(panel, PanelView(FREE, DAY_SHEET))
    screen = shown.root.sheet
    for wanted in [block for block in DAY_SHEET.timeline.blocks if block.action]:
        shown.actions.clear()
        axis = screen.day.axis()
        middle = axis.y((wanted.start_min + wanted.end_min) / 2)
        screen.hours.offset += min(max(screen.hours.center_y - middle, -screen.hours.offset), screen.hours.longest)
        screen.hours.offset = min(max(0.0, screen.hours.offset), screen.hours.longest)
        middle = screen.day.axis().y((wanted.start_min + wanted.end_min) / 2)
        finger(shown).down(screen.day.center_x, middle).up()
        assert shown.actions == [wanted.action], wanted.title
        shown.later()


def test_the_slot_at_home_opens_a_booking_and_meetings_there_do_nothing(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE))
    day = shown.root.home.side.day
    finger(shown).down(day.right - 50, day.axis().y(740)).up()
    assert shown.actions == [Action(Verb.OPEN_BOOKING)]
    shown.later()
    finger(shown).down(day.right - 50, day.axis().y(820)).up()
    assert shown.actions == [Action(Verb.OPEN_BOOKING)]
    assert shown.released == [True]


def test_rows_that_can_be_touched_send_theirs_and_the_others_nothing(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE, SCREEN_SHEET))
    for row, view in zip(shown.root.sheet._shown, SCREEN_SHEET.rows, strict=True):
        shown.actions.clear()
        tap(shown, row)
        assert shown.actions == [view.action]
        shown.later()
    shown.show(PanelView(FREE, SHEETS["rooms"]))
    shown.actions.clear()
    tap(shown, shown.root.sheet._shown[0])
    assert shown.actions == []


def test_undo_on_the_toast(put_up: PutUp) -> None:
    shown = put_up(SEVEN_INCH, SAMPLES["released"])
    tap(shown, shown.root.home.status.toast.button)
    assert shown.actions == [Action(Verb.UNDO)]


def test_a_disabled_button_sends_nothing(put_up: PutUp) -> None:
    off = replace(FREE, buttons=(replace(FREE.buttons[0], enabled=False),))
    shown = put_up(TEN_INCH, PanelView(off))
    tap(shown, shown.root.home.status.buttons.buttons[0])
    assert shown.actions == []
    assert shown.released == [True]


def test_a_button_is_pressed_within_a_frame_and_held_until_the_next_view(put_up: PutUp) -> None:
    from ui.window import frame

    shown = put_up(TEN_INCH, PanelView(BUSY))
    button = shown.root.home.status.buttons.buttons[1]
    x, y = round(button.x + 12), round(button.center_y)
    at = (x, TEN_INCH.height_px - 1 - y)
    before = frame(shown.window).pixel(*at)
    held = finger(shown).down(x, y)
    assert frame(shown.window).pixel(*at) != before
    held.up()
    assert button.pressed
    shown.root.show(PanelView(ENDING_SOON))
    assert not button.pressed


def test_without_a_new_view_it_is_let_go_after_a_second(put_up: PutUp, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.ui_kit.touch import settle
    from ui import sender

    monkeypatch.setattr(sender, "HELD_S", 0.05)
    shown = put_up(TEN_INCH, PanelView(BUSY))
    button = shown.root.home.status.buttons.buttons[0]
    tap(shown, button)
    assert button.pressed
    settle(shown.window, lambda: not button.pressed)


def test_a_second_tap_before_the_next_view_is_not_sent(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(BUSY))
    first, second = shown.root.home.status.buttons.buttons
    tap(shown, first)
    tap(shown, first)
    tap(shown, second)
    assert shown.actions == [BUSY.buttons[0].action]


def test_the_second_half_of_a_double_tap_does_not_meet_the_new_page(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE))
    shown.root.show(PanelView(FREE, SHEETS["confirm"]))
    button = shown.root.sheet.grid.buttons[0]
    tap(shown, button)
    assert shown.actions == []
    shown.later(0.31)
    tap(shown, button)
    assert shown.actions == [Action(Verb.CONFIRM)]


def test_a_second_finger_is_ignored(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(BUSY))
    first, second = shown.root.home.status.buttons.buttons
    one = finger(shown).down(*first.center)
    tap(shown, second)
    one.up()
    assert shown.actions == [BUSY.buttons[0].action]


def test_a_finger_that_slides_off_takes_it_back(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(BUSY))
    button = shown.root.home.status.buttons.buttons[0]
    finger(shown).down(*button.center).move(button.center_x, button.top + 200).up()
    assert shown.actions == []
    assert shown.released == [True]


def test_the_touch_that_wakes_does_nothing_else(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE))
    shown.awake[0] = False
    button = shown.root.home.status.buttons.buttons[0]
    held = finger(shown).down(*button.center)
    assert not button.pressed
    shown.awake[0] = True
    held.move(button.center_x + 3, button.center_y).up()
    assert shown.actions == []
    assert shown.released == []
    tap(shown, button)
    assert shown.actions == [FREE.buttons[0].action]


def test_a_touch_on_nothing_is_told(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE))
    finger(shown).down(400, 250).up()
    assert (shown.actions, shown.released) == ([], [True])


def test_an_action_that_changed_under_the_finger_is_not_sent(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE))
    button = shown.root.home.status.buttons.buttons[0]
    held = finger(shown).down(*button.center)
    shown.root.show(PanelView(BUSY))
    held.up()
    assert shown.actions == []


def test_a_button_that_left_the_screen_under_the_finger_is_not_sent(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE, SHEETS["confirm"]))
    held = finger(shown).down(*shown.root.sheet.grid.buttons[0].center)
    shown.root.show(PanelView(FREE))
    held.up()
    assert shown.actions == []


def test_a_slot_that_moved_under_the_finger_is_not_sent(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE))
    day = shown.root.home.side.day
    held = finger(shown).down(day.right - 50, day.axis().y(740))
    assert FREE.timeline is not None
    blocks = tuple(
        replace(block, action=Action(Verb.OPEN_BOOKING, "later")) if block.style is BlockStyle.BOOKABLE else block
        for block in FREE.timeline.blocks
    )
    shown.root.show(PanelView(replace(FREE, timeline=replace(FREE.timeline, blocks=blocks))))
    held.up()
    assert shown.actions == []


@pytest.mark.parametrize("name", ["working", "booking", "rooms", "done", "pin", "search"])
def test_a_sheet_keeps_every_finger_from_home(name: str, put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE, SHEETS[name]))
    home = {button.action for button in FREE.buttons + FREE.footer} - {b.action for b in buttons_of(shown.root.view)}
    for x in range(60, 1280, 150):
        for y in range(40, 800, 95):
            finger(shown).down(x, y).up()
            shown.later()
    assert home.isdisjoint(shown.actions)


def test_a_tap_beside_a_sheet_closes_it_unless_it_asks_for_an_answer(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE, SHEETS["extend"]))
    finger(shown).down(5, 5).up()
    assert shown.actions == [Action(Verb.CLOSE)]
    for name in ("confirm", "working", "done"):
        shown.show(PanelView(FREE, SHEETS[name]))
        shown.actions.clear()
        finger(shown).down(5, 5).up()
        assert shown.actions == [], name


def test_the_cross_closes(put_up: PutUp) -> None:
    shown = put_up(SEVEN_INCH, PanelView(FREE, ChoicesSheet("Forlæng mødet", "", ENDING_SOON.buttons)))
    tap(shown, shown.root.sheet.frame.close_button)
    assert shown.actions == [Action(Verb.CLOSE)]


def test_a_long_press_on_the_room_opens_the_admin_menu(put_up: PutUp, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.ui_kit.touch import settle
    from ui.widgets import long_press

    monkeypatch.setattr(long_press, "LONG_PRESS_S", 0.05)
    shown = put_up(TEN_INCH, PanelView(FREE))
    name = shown.root.home.status.header.name
    tap(shown, name)
    shown.draw()
    assert shown.actions == []
    held = finger(shown).down(*name.center)
    settle(shown.window, lambda: bool(shown.actions))
    held.up()
    assert shown.actions == [Action(Verb.OPEN_ADMIN)]


def test_lost_fingers_do_not_pile_up(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, PanelView(FREE))
    for _ in range(60):
        finger(shown).down(400, 250).lost()
    assert len(shown.root.touches._sent_before) <= 20
    finger(shown).down(400, 250).up()
    assert shown.released == [True]


def test_a_list_that_was_dragged_was_not_tapped(put_up: PutUp) -> None:
    rows = SCREEN_SHEET.rows * 5
    shown = put_up(SEVEN_INCH, PanelView(FREE, ListSheet("Liste", "", rows)))
    scroller = shown.root.sheet.rows
    x, y = scroller.center
    held = finger(shown).down(x, y)
    assert any(row.pressed for row in shown.root.sheet._shown), "a row is pressed at once"
    held.move(x, y + 10).move(x, y + 60)
    assert not any(row.pressed for row in shown.root.sheet._shown)
    assert scroller.offset == pytest.approx(60, abs=2)
    held.up()
    assert shown.actions == []


def test_a_list_scrolls_no_farther_than_its_rows(put_up: PutUp) -> None:
    shown = put_up(SEVEN_INCH, PanelView(FREE, ListSheet("Liste", "", SCREEN_SHEET.rows * 5)))
    scroller = shown.root.sheet.rows
    x, y = scroller.center
    finger(shown).down(x, y).move(x, y - 90).up()
    assert scroller.offset == 0
    for _ in range(30):
        finger(shown).down(x, y - 80).move(x, y + 80).up()
    assert scroller.offset == scroller.longest > 0


def test_a_row_scrolled_out_of_sight_cannot_be_touched(put_up: PutUp) -> None:
    shown = put_up(SEVEN_INCH, PanelView(FREE, replace(SCREEN_SHEET, rows=SCREEN_SHEET.rows * 5)))
    hidden = shown.root.sheet._shown[-1]
    assert hidden.top < shown.root.sheet.rows.y
    tap(shown, hidden)
    assert [action for action in shown.actions if action.verb in (Verb.LANGUAGE, Verb.BRIGHTNESS)] == []
