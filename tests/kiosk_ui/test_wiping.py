"""After a wipe nothing of a guest is left: in no widget, in no kept texture, in no object of the process."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kiosk.view import Action, BadgeView, DoneView, FormView, HostsView, KioskView, ListView, RowView, RulesView, Verb
from tests.kiosk_ui.pages import page, page_of
from ui.metrics import PANELS, SEVEN_INCH, TEN_INCH

PutUp = Callable[..., Any]
MARK = "Qvxjøz"
"""No word of any catalogue."""


def view(name: str) -> KioskView:
    return page(name)


def empty_form() -> KioskView:
    form = page_of("form", FormView)
    return replace(view("form"), page=replace(form, fields=tuple(replace(one, text="") for one in form.fields)))


def unsigned() -> KioskView:
    return replace(view("rules-signed"), page=replace(page_of("rules-signed", RulesView), strokes=""))


def strings_in(value: Any, depth: int = 0) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list | tuple | set | frozenset) and depth < 3:
        return [text for part in value for text in strings_in(part, depth + 1)]
    return []


def in_the_tree(tree: Any) -> list[str]:
    """Every string that a property or an attribute of a widget holds."""
    found = []
    for widget in tree.walk():
        values = [prop.get(widget) for prop in widget.properties().values()]
        found += strings_in([*values, *vars(widget).values()])
    return found


def in_the_process(mark: str) -> list[str]:
    """What holds a string with `mark` in it, but for this test's own constants."""
    gc.collect()
    found = []
    for holder in gc.get_objects():
        if type(holder) is dict and holder.get("__name__") == __name__:
            continue
        values: Any = ()
        if type(holder) is dict:
            values = [*holder.keys(), *holder.values()]
        elif type(holder) in {list, tuple, set, frozenset}:
            values = list(holder)
        if any(type(value) is str and mark in value for value in values):
            found.append(f"{type(holder).__name__}: {str(holder)[:120]}")
    return found


@pytest.mark.parametrize("panel", PANELS, ids=["10", "7", "portrait"])
def test_a_wiped_field_holds_nothing(panel: Any, put_up: PutUp) -> None:
    shown = put_up(panel, empty_form())
    field = shown.root.page.boxes[0].field
    for letter in ("Qvxj", "øz"):
        field.insert(letter)
    shown.draw()
    assert field.text == MARK
    assert shown.values(Verb.TYPED)[-1] == MARK
    shown.show(empty_form())
    assert field.text == "", "the same view as before, but the text is not in it"
    assert not any(MARK in text for text in in_the_tree(shown.root))


def test_the_check_finds_what_is_there(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, empty_form())
    shown.root.page.boxes[0].field.insert("Zwq" + "hh")
    assert any("Zwqhh" in text for text in in_the_tree(shown.root))
    shown.draw()
    assert in_the_process("Zwq" + "hh")


def test_nothing_in_the_process_remembers_a_guest_who_went_home(put_up: PutUp) -> None:
    """Typed on every page, with hits, a greeting and a list; then the welcome page."""
    name = "".join(reversed("kkxuqé nerøS"))
    mark = name[-6:]
    shown = put_up(SEVEN_INCH, empty_form())
    shown.root.page.boxes[0].field.insert(name)
    shown.draw()
    hosts = page_of("hosts", HostsView)
    rows = (RowView(Action(Verb.PICK_HOST, "0"), name, name, name),)
    shown.show(replace(view("hosts"), page=replace(hosts, rows=rows, field=replace(hosts.field, text=name))))
    shown.show(replace(view("done"), page=replace(page_of("done", DoneView), title=name, lines=(name, name))))
    shown.show(replace(view("in-building"), page=replace(page_of("in-building", ListView), rows=rows)))
    shown.show(view("welcome"))
    del hosts, rows
    shown.actions.clear()
    shown.draw()
    held = [one for one in in_the_process(mark) if "test_wiping" not in one]
    assert not held, held
    assert not any(mark in text for text in in_the_tree(shown.root))


def test_textures_of_a_guest_go_with_the_page(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, view("done"))
    badge = shown.root.page.badge
    texture = weakref.ref(badge._kept[2])
    page = weakref.ref(shown.root.page)
    del badge
    shown.show(view("welcome"))
    gc.collect()
    assert texture() is None
    assert page() is None


def test_kept_textures_are_thrown_away_between_guests(put_up: PutUp) -> None:
    from ui import text

    shown = put_up(TEN_INCH, view("done"))
    lines, style = shown.root.page.title.lines()
    kept = weakref.ref(text.texture(lines[0], style))
    gc.collect()
    assert kept() is not None, "kept while the guest is there"
    shown.show(view("welcome"))
    gc.collect()
    assert kept() is None


@pytest.mark.parametrize("name", ["form", "hosts", "code", "rules-signed"])
@pytest.mark.parametrize("aid", ["large_text", "high_contrast", "low_reach"])
def test_a_reading_aid_makes_new_widgets_and_wipes_the_old(name: str, aid: str, put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, view(name))
    old = shown.root.page
    shown.show(
        replace(
            view(name),
            large_text=aid == "large_text",
            high_contrast=aid == "high_contrast",
            low_reach=aid == "low_reach",
        )
    )
    assert shown.root.page is not old
    assert not any(text in {"Søren Ærø", "jes fri", "7K3M"} for text in in_the_tree(old))
    if name == "rules-signed":
        assert old.box.strokes == []
        assert shown.root.page.box.strokes != []


def test_a_signature_is_wiped_with_its_ink(put_up: PutUp) -> None:
    from tests.ui_kit.touch import Finger

    blank = unsigned()
    shown = put_up(TEN_INCH, blank)
    box = shown.root.page.box
    Finger(shown.window).down(*box.center).move(box.center_x + 90, box.center_y + 40).up()
    assert box.strokes
    assert len(box._ink.children) > 0
    shown.show(blank)
    assert box.strokes == []
    assert len(box._ink.children) == 0
    shown.show(view("welcome"))
    assert box.get_root_window() is None


def test_a_finger_that_signs_while_the_page_goes_leaves_no_line(put_up: PutUp) -> None:
    from tests.ui_kit.touch import Finger

    shown = put_up(TEN_INCH, unsigned())
    box = shown.root.page.box
    finger = Finger(shown.window).down(*box.center).move(box.center_x + 90, box.center_y)
    shown.show(view("welcome"))
    finger.move(box.center_x + 150, box.center_y).up()
    assert shown.values(Verb.SIGNED) == []
    assert box._drawing == []
    assert len(box._ink.children) == 0


def test_the_next_guest_of_a_group_begins_with_an_empty_field(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, empty_form())
    shown.root.page.boxes[0].field.insert("Bo Holm")
    filled: Any = empty_form().page
    assert isinstance(filled, FormView)
    row = RowView(Action(Verb.REMOVE_GUEST, "0"), "Bo Holm")
    shown.show(replace(empty_form(), page=replace(filled, rows=(row,))))
    assert shown.root.page.boxes[0].field.text == ""
    assert shown.root.page.keyboard.shift.name == "ONCE" or shown.root.page.keyboard.capitals


def test_there_is_no_clipboard_and_no_undo(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, view("hosts"))
    page = shown.root.page
    assert isinstance(view("hosts").page, HostsView)
    for name in ("copy", "cut", "paste", "_undo", "_redo", "selection_text"):
        assert not hasattr(page.box.field, name)


def test_a_badge_shows_nothing_in_its_repr() -> None:
    assert repr(BadgeView(8, 1, b"\xff")) == "BadgeView(8x1)"
