"""Our keyboard under real fingers: names with æøå and accents, hosts, fields one after the other, codes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kiosk.view import Action, FieldKind, FormView, KioskView, Verb
from tests.kiosk_ui.pages import page
from ui.keyboard_layout import Layer
from ui.metrics import PANELS, SEVEN_INCH, TEN_INCH, TOUCH_DISPLAY_2

PutUp = Callable[..., Any]


def view(name: str, language: str = "da") -> KioskView:
    return page(name, language)


def form(focused: str = "name", *, ready: bool = False, **texts: str) -> KioskView:
    """The contact details with those texts."""
    shown = view("form")
    page = shown.page
    assert isinstance(page, FormView)
    fields = tuple(replace(field, text=texts.get(field.key, "")) for field in page.fields)
    onward = replace(page.next, enabled=ready)
    return replace(shown, page=replace(page, fields=fields, focused=focused, next=onward))


def hold(shown: Any, key: str, letter: str) -> None:
    """A long press on a key, then a tap on one of its accents."""
    from tests.ui_kit.touch import Finger, settle

    keyboard = shown.root.page.keyboard
    finger = Finger(shown.window).down(*keyboard.key_rect(key).centre)
    settle(shown.window, lambda: keyboard.popup.parent is not None)
    finger.up()
    cell = keyboard.popup.cells[keyboard.popup.letters.index(letter)]
    Finger(shown.window).down(*cell.centre).up()


def test_a_danish_name_on_the_wide_keyboard(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, form())
    shown.type("Søren Ærøå")
    assert shown.values(Verb.TYPED)[-1] == "Søren Ærøå"
    assert shown.values(Verb.TYPED)[:3] == ["S", "Sø", "Sør"]
    assert shown.root.page.boxes[0].field.text == "Søren Ærøå"
    assert shown.released == []


@pytest.mark.parametrize("panel", PANELS, ids=["10", "7", "portrait"])
def test_letters_of_other_languages_are_behind_a_long_press(panel: Any, put_up: PutUp) -> None:
    shown = put_up(panel, form())
    shown.type("Jos")
    hold(shown, "e", "é")
    assert shown.values(Verb.TYPED)[-1] == "José"
    hold(shown, "o", "ø")
    assert shown.values(Verb.TYPED)[-1] == "Joséø"


def layer(shown: Any) -> Layer:
    found: Layer = shown.root.page.keyboard.layer
    return found


def test_names_begin_with_capitals_and_addresses_do_not(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, form())
    shown.type("Bo-Ivan B")
    assert shown.values(Verb.TYPED)[-1] == "Bo-Ivan B"
    shown.show(form("email", name="Bo-Ivan B"))
    assert layer(shown) is Layer.EMAIL
    shown.type("bo@b.dk")
    assert shown.values(Verb.TYPED)[-1] == "bo@b.dk"
    shown.show(form("phone", name="Bo-Ivan B", email="bo@b.dk"))
    assert layer(shown) is Layer.PHONE
    shown.type("+45 12")
    assert shown.values(Verb.TYPED)[-1] == "+45 12"


@pytest.mark.parametrize("panel", PANELS, ids=["10", "7", "portrait"])
def test_every_kind_of_field_has_its_layer(panel: Any, put_up: PutUp) -> None:
    from kiosk.screens.field_box import KEYS

    layers = {FieldKind.NAME: Layer.LETTERS, FieldKind.EMAIL: Layer.EMAIL, FieldKind.PHONE: Layer.PHONE}
    for kind, layer in layers.items():
        shown = form()
        page: Any = shown.page
        fields = (replace(page.fields[0], kind=kind), *page.fields[1:])
        put = put_up(panel, replace(shown, page=replace(page, fields=fields)))
        assert put.root.page.keyboard.layer is layer
        put.window.remove_widget(put.root)
    assert set(KEYS) == set(FieldKind)


@pytest.mark.parametrize("panel", PANELS, ids=["10", "7", "portrait"])
def test_a_tap_moves_the_focus_at_once_and_tells_the_flow(panel: Any, put_up: PutUp) -> None:
    shown = put_up(panel, form())
    email = shown.root.page.boxes[1]
    shown.tap(*email.field.center)
    assert shown.actions == [Action(Verb.FOCUS, "email")]
    assert email.field.focused
    shown.key("b")
    assert shown.actions[-1] == Action(Verb.TYPED, "b")
    assert email.field.text == "b"
    shown.tap(*email.field.center)
    assert len(shown.actions) == 2, "it has the focus already"


def test_the_large_key_goes_to_the_next_empty_field_and_then_on(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, form(name="Bo"))
    shown.key("action")
    assert shown.actions == [Action(Verb.FOCUS, "email")]
    shown.show(form("email", name="Bo"))
    shown.key("action")
    assert shown.actions[-1] == Action(Verb.FOCUS, "phone")
    shown.show(form("phone", name="Bo", email="b@b.dk", ready=True))
    shown.key("action")
    assert shown.actions[-1] == Action(Verb.NEXT)


def test_fast_fingers_are_faster_than_views(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, form())
    shown.type("Jes")
    shown.root.show(form(name="J"))
    shown.type("p")
    assert shown.values(Verb.TYPED)[-1] == "Jesp"
    shown.root.show(form(name="Jesp"))
    shown.root.show(form(name="JESPER"))
    assert shown.root.page.boxes[0].field.text == "JESPER", "what was not typed here is the flow's word"


def test_a_host_is_searched_and_chosen(put_up: PutUp) -> None:
    for panel in PANELS:
        shown = put_up(panel, view("hosts-empty"))
        shown.type("Jes")
        assert shown.values(Verb.TYPED)[-1] == "Jes"
        shown.key("action")
        assert shown.values(Verb.NEXT) == [], "nobody is chosen yet"
        shown.show(view("hosts"))
        shown.tap(*shown.carrying(Action(Verb.PICK_HOST, "1")).center)
        assert shown.actions[-1] == Action(Verb.PICK_HOST, "1")
        shown.show(view("hosts-one"))
        shown.key("action")
        assert shown.actions[-1] == Action(Verb.NEXT)
        shown.window.remove_widget(shown.root)


@pytest.mark.parametrize("panel", [SEVEN_INCH, TOUCH_DISPLAY_2, TEN_INCH], ids=["7", "portrait", "10"])
def test_a_code_has_digits_and_capitals_on_one_layer(panel: Any, put_up: PutUp) -> None:
    shown = put_up(panel, view("code", "en"))
    shown.key("backspace")
    shown.type("0Z")
    assert shown.values(Verb.TYPED) == ["7K3", "7K30", "7K30Z"]
    keys = {key.text for key in shown.root.page.keyboard.keys.keys if key.text}
    assert keys == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_the_field_that_is_typed_into_is_always_seen(put_up: PutUp) -> None:
    for panel in PANELS:
        shown = put_up(panel, view("form-seven"))
        page = shown.root.page
        for box in page.boxes:
            shown.show(replace(view("form-seven"), page=replace(view("form-seven").page, focused=box.view.key)))
            scroller = page.pager.scroller
            assert scroller.y - 1 <= box.y <= box.top <= scroller.top + 1
            assert box.field.focused
        shown.window.remove_widget(shown.root)


def test_another_language_changes_the_keyboard_and_keeps_what_was_typed(put_up: PutUp) -> None:
    shown = put_up(TEN_INCH, form())
    shown.type("So")
    spanish = replace(form(name="So"), header=replace(form().header, language="es"))
    shown.show(spanish)
    assert shown.root.page.keyboard.language == "es"
    shown.type("ñ")
    assert shown.values(Verb.TYPED)[-1] == "Soñ"
