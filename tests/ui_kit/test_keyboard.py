"""Our keyboard: sizes of its keys on every panel, and typing with real fingers."""

import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.ui_kit.touch import Finger, settle, tap
from ui.keyboard_layout import Duty, KeyboardError, KeyboardLayout, Layer, board, languages, layout, narrow
from ui.look import Look
from ui.metrics import PANELS, SEVEN_INCH, TEN_INCH, TOUCH_DISPLAY_2, Panel
from ui.theme import kiosk_theme
from ui.typeface import has_glyphs
from ui.widgets import keyboard
from ui.widgets.keyboard import Keyboard, Shift
from ui.widgets.text_field import TextField
from ui.window import draw_frame, frame


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tap on a busy machine is no long press; who wants one asks for `hasty`."""
    monkeypatch.setattr(keyboard, "LONG_PRESS_S", 60.0)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyboard, "LONG_PRESS_S", 0.05)


EVERY = [(panel, language, layer) for panel in PANELS for language in ("da", "en", "es") for layer in Layer]


@pytest.mark.parametrize(("panel", "language", "layer"), EVERY, ids=str)
def test_keys_are_large_enough_and_leave_no_gap(panel: Panel, language: str, layer: Layer) -> None:
    keys = layout(panel, language, layer)
    least_mm = 19.5 if panel is TEN_INCH else 9.0
    for key in keys.keys:
        assert key.rect.width / panel.px_per_mm >= least_mm, key
        assert key.rect.height / panel.px_per_mm >= 9.0, key
    for row in keys.rows:
        for left, right in itertools.pairwise(row):
            assert left.rect.right == pytest.approx(right.rect.x)
        assert row[0].rect.x >= -0.01
        assert row[-1].rect.right <= panel.width_px + 0.01
    assert keys.height <= panel.height_px * 0.5
    assert not any(a.rect.inset(0.01).overlaps(b.rect.inset(0.01)) for a in keys.keys for b in keys.keys if a is not b)


@pytest.mark.parametrize(("panel", "language", "layer"), EVERY, ids=str)
def test_every_layer_can_be_left_ended_and_corrected(panel: Panel, language: str, layer: Layer) -> None:
    duties = {key.duty for key in layout(panel, language, layer).keys}
    assert {Duty.BACKSPACE, Duty.ACTION} <= duties
    assert layer is Layer.CODE or duties & {Duty.NUMBERS, Duty.LETTERS}, "codes need no other layer"


def reachable(keys: KeyboardLayout) -> str:
    return "".join(key.text + key.accents for key in keys.keys)


@pytest.mark.parametrize("panel", PANELS, ids=str)
@pytest.mark.parametrize("language", ["da", "en", "es"])
def test_every_guest_can_write_his_name(panel: Panel, language: str) -> None:
    letters = reachable(layout(panel, language, Layer.LETTERS))
    assert set("abcdefghijklmnopqrstuvwxyzæøåäöüéèñçłřšžğß-.") <= set(letters)
    capitals = reachable(layout(panel, language, Layer.LETTERS, shifted=True))
    assert set("ABCXYZÆØÅÄÖÜÉÑÇŁŘŠŽ") <= set(capitals)
    email = reachable(layout(panel, language, Layer.EMAIL))
    assert set("@.-") <= set(email)
    assert ".com" in email
    assert set("0123456789+") <= set(reachable(layout(panel, language, Layer.PHONE)))
    assert has_glyphs(letters + capitals)


def test_the_danish_keyboard_is_the_danish_one() -> None:
    rows = layout(TEN_INCH, "da", Layer.LETTERS).rows
    assert "".join(key.text for key in rows[0]) == "qwertyuiopå"
    assert "".join(key.text for key in rows[1]) == "asdfghjklæø"
    assert [key.duty for key in rows[3]] == [Duty.NUMBERS, Duty.TYPE, Duty.SPACE, Duty.TYPE, Duty.ACTION]
    assert not narrow(SEVEN_INCH, "da")
    assert narrow(TOUCH_DISPLAY_2, "da")
    assert {len(row) for row in layout(TOUCH_DISPLAY_2, "da", Layer.LETTERS).rows[:3]} == {9}


def test_unknown_languages_are_said() -> None:
    assert languages() == ["da", "en", "es"]
    with pytest.raises(KeyboardError, match="da, en, es"):
        board("xx")


class Typing:
    """A keyboard and a field on the screen."""

    def __init__(self, stage: Callable[..., Any], panel: Panel = TEN_INCH, **properties: Any) -> None:
        look = Look(panel, kiosk_theme())
        self.keyboard = Keyboard(look, language="da", action_label="Næste", space_label="mellemrum", **properties)
        self.field = TextField(look, focused=True, pos=(50, panel.height_px - 150), size=(500, 80))
        self.actions = 0
        self.keyboard.bind(on_action=self._acted)
        self.window = stage(panel, self.field, self.keyboard)
        self.keyboard.attach(self.field)

    def _acted(self, *_: Any) -> None:
        self.actions += 1

    def type(self, *keys: str) -> str:
        for key in keys:
            tap(self.window, *self.keyboard.key_rect(key).centre)
        text: str = self.field.text
        return text

    def layer(self) -> Layer:
        layer: Layer = self.keyboard.layer
        return layer

    def hold(self, key: str) -> Finger:
        """Rest a finger on a key until its accents are up."""
        finger = Finger(self.window).down(*self.keyboard.key_rect(key).centre)
        settle(self.window, lambda: self.keyboard.popup.parent is not None)
        return finger


@pytest.mark.parametrize("panel", PANELS, ids=str)
def test_typing(stage: Callable[..., Any], panel: Panel) -> None:
    typing = Typing(stage, panel)
    assert typing.type("j", "e", "s", "space", "f", "r", "i", "backspace") == "jes fr"
    typing.type("action")
    assert typing.actions == 1


def test_shift_is_for_one_letter_and_twice_for_all(stage: Callable[..., Any]) -> None:
    typing = Typing(stage)
    assert typing.type("shift", "Æ", "r") == "Ær"
    assert typing.type("shift", "shift", "Ø", "Å") == "ÆrØÅ"
    assert typing.keyboard.shift is Shift.LOCKED
    assert typing.type("shift", "a") == "ÆrØÅa"


def test_names_begin_with_capitals(stage: Callable[..., Any]) -> None:
    typing = Typing(stage)
    typing.keyboard.attach(typing.field, Layer.LETTERS, capitals=True)
    assert typing.type("A", "n", "-", "L", "i", "space", "Ø", "r") == "An-Li Ør"


def test_layers(stage: Callable[..., Any]) -> None:
    typing = Typing(stage)
    typing.keyboard.attach(typing.field, Layer.EMAIL)
    assert typing.type("a", "@", "b", ".dk") == "a@b.dk"
    typing.type("numbers")
    assert typing.layer() is Layer.NUMBERS
    assert typing.type("7", "letters") == "a@b.dk7"
    assert typing.layer() is Layer.EMAIL


def test_fast_typing_rolls_from_key_to_key(stage: Callable[..., Any]) -> None:
    """The second thumb lands before the first is lifted: both letters count, in the order in which they landed."""
    typing = Typing(stage)
    first = Finger(typing.window).down(*typing.keyboard.key_rect("j").centre)
    second = Finger(typing.window).down(*typing.keyboard.key_rect("f").centre)
    first.up()
    second.up()
    assert typing.field.text == "jf"


def test_sliding_chooses_the_key_under_the_finger(stage: Callable[..., Any]) -> None:
    typing = Typing(stage)
    start, end = typing.keyboard.key_rect("j").centre, typing.keyboard.key_rect("k").centre
    Finger(typing.window).down(*start).move(*end).up()
    assert typing.field.text == "k"
    Finger(typing.window).down(*start).move(start[0], 790).up()
    assert typing.field.text == "k"


def test_a_long_press_offers_accents_to_a_finger_that_stays_down(hasty: None, stage: Callable[..., Any]) -> None:
    typing = Typing(stage)
    finger = typing.hold("o")
    cells = typing.keyboard.popup.cells
    finger.move(*cells[typing.keyboard.popup.letters.index("ö")].centre).up()
    assert typing.field.text == "ö"
    assert typing.keyboard.popup.parent is None


@pytest.mark.parametrize("panel", PANELS, ids=str)
@pytest.mark.parametrize("key", ["a", "o", "l"])
def test_a_long_press_needs_no_sliding(hasty: None, stage: Callable[..., Any], panel: Panel, key: str) -> None:
    typing = Typing(stage, panel)
    typing.hold(key).up()
    popup = typing.keyboard.popup
    assert all(cell.x >= 0 and cell.right <= panel.width_px + 1 for cell in popup.cells)
    assert all(cell.width >= panel.mm(9) - 1 for cell in popup.cells)
    letter = popup.letters[0]
    tap(typing.window, *popup.cells[0].centre)
    assert typing.field.text == letter
    typing.hold(key).up()
    tap(typing.window, 10, panel.height_px - 10)
    assert (typing.field.text, popup.parent) == (letter, None)


def test_a_tap_is_no_long_press(hasty: None, stage: Callable[..., Any]) -> None:
    typing = Typing(stage)
    Finger(typing.window).down(*typing.keyboard.key_rect("o").centre).up()
    end = time.monotonic() + 3 * keyboard.LONG_PRESS_S
    settle(typing.window, lambda: time.monotonic() > end)
    assert (typing.field.text, typing.keyboard.popup.parent) == ("o", None)


def test_a_tap_during_which_the_loop_was_busy_is_no_long_press(hasty: None, stage: Callable[..., Any]) -> None:
    """A frame that takes longer than a long press: that the finger was lifted is heard only after it."""
    typing = Typing(stage)
    finger = Finger(typing.window).down(*typing.keyboard.key_rect("o").centre)
    time.sleep(2 * keyboard.LONG_PRESS_S)  # the frame
    draw_frame(typing.window)
    finger.up()
    draw_frame(typing.window)
    draw_frame(typing.window)
    assert (typing.field.text, typing.keyboard.popup.parent) == ("o", None)


def test_backspace_repeats_while_it_is_held(hasty: None, stage: Callable[..., Any]) -> None:
    typing = Typing(stage)
    typing.field.insert("abcdefgh")
    finger = Finger(typing.window).down(*typing.keyboard.key_rect("backspace").centre)
    settle(typing.window, lambda: len(typing.field.text) <= 5)
    finger.up()
    left = typing.field.text
    end = time.monotonic() + 0.3
    settle(typing.window, lambda: time.monotonic() > end)
    assert typing.field.text == left
    assert "abcdefgh".startswith(left)


def test_the_action_key_waits_until_it_may(stage: Callable[..., Any]) -> None:
    typing = Typing(stage, action_enabled=False)
    typing.type("action")
    typing.keyboard.action_enabled = True
    typing.type("action")
    assert typing.actions == 1


def test_a_key_lights_up_in_the_next_frame_and_alone(stage: Callable[..., Any]) -> None:
    typing = Typing(stage)
    rect, other = typing.keyboard.key_rect("g"), typing.keyboard.key_rect("h")
    spot, beside = ((int(r.x) + 16, TEN_INCH.height_px - int(r.top) + 16) for r in (rect, other))
    before = frame(typing.window)
    finger = Finger(typing.window).down(*rect.centre)
    during = frame(typing.window)
    finger.up()
    assert during.pixel(*spot) != before.pixel(*spot)
    assert during.pixel(*beside) == before.pixel(*beside)
    assert frame(typing.window).rgb == during.rgb or frame(typing.window).pixel(*spot) == before.pixel(*spot)


def test_touches_above_the_keyboard_are_not_its_own(stage: Callable[..., Any]) -> None:
    typing = Typing(stage)
    assert not typing.keyboard.collide_point(600, typing.keyboard.top + 5)
    taps: list[int] = []
    typing.field.bind(on_tap=lambda *_: taps.append(1))
    tap(typing.window, *typing.field.center)
    assert taps == [1]


def test_changing_the_field_lets_go(stage: Callable[..., Any]) -> None:
    typing = Typing(stage)
    finger = Finger(typing.window).down(*typing.keyboard.key_rect("g").centre)
    typing.keyboard.attach(None)
    finger.up()
    draw_frame(typing.window)
    assert typing.field.text == ""
