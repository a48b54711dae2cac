"""Labels, dialogs and the small parts, on all three panels."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.ui_kit.touch import Finger, settle, tap, tap_widget
from ui.look import Look
from ui.metrics import PANELS, SEVEN_INCH, TEN_INCH, TOUCH_DISPLAY_2, Panel, TextRole
from ui.text import measure
from ui.theme import room_theme
from ui.widgets.banner import Banner
from ui.widgets.button import Button
from ui.widgets.fit_label import FitLabel
from ui.widgets.pin_pad import PinPad
from ui.widgets.progress_bar import ProgressBar
from ui.widgets.qr_code import QrCode, modules_of
from ui.widgets.sheet import Sheet
from ui.widgets.spinner import Spinner
from ui.widgets.status_label import StatusLabel
from ui.widgets.toast import Toast
from ui.window import Frame, draw_frame, frame


def look(panel: Panel = TEN_INCH) -> Look:
    return Look(panel, room_theme())


def ink_rows(picture: Frame) -> list[int]:
    """The rows, from the top, in which anything is drawn."""
    return [y for y in range(picture.height) if any(picture.rgb[y * picture.width * 3 : (y + 1) * picture.width * 3])]


def ink_columns(picture: Frame) -> list[int]:
    return [x for x in range(picture.width) if any(picture.pixel(x, y)[0] for y in range(0, picture.height, 2))]


@pytest.mark.parametrize("panel", PANELS, ids=str)
@pytest.mark.parametrize("word", ["Ledig", "Optaget", "Optaget?", "Tjek ind", "Login påkrævet"])
def test_the_status_word_fits_and_its_descenders_keep_clear(stage: Callable[..., Any], panel: Panel, word: str) -> None:
    width = panel.width_px * (0.9 if panel.portrait else 0.62)
    label = StatusLabel(look(panel), text=word, width=width)
    label.height = label.natural_height
    label.pos = (panel.margin, 100)
    picture = frame(stage(panel, label))
    rows, columns = ink_rows(picture), ink_columns(picture)
    bottom = panel.height_px - 1 - max(rows)
    assert bottom >= 100, "a descender would touch the next line"
    assert panel.height_px - 1 - min(rows) <= label.top + label.height * 0.06
    assert max(columns) <= panel.margin + width
    assert label.cap_mm() >= 8 or word == "Login påkrævet"


@pytest.mark.parametrize(
    ("panel", "width_px", "least_mm"), [(TEN_INCH, 784, 24.5), (SEVEN_INCH, 510, 17), (TOUCH_DISPLAY_2, 664, 15.5)]
)
def test_the_status_word_is_as_high_as_the_panel_allows(
    the_window: Any, panel: Panel, width_px: int, least_mm: float
) -> None:
    label = StatusLabel(look(panel), text="Optaget", width=width_px, height=panel.height_px)
    assert least_mm <= label.cap_mm() <= 25.5


def test_labels_never_overflow(stage: Callable[..., Any]) -> None:
    label = FitLabel(look(), text="Kvartalsopfølgning på Storebæltsforbindelsens " * 6, role=TextRole.TITLE)
    label.max_lines, label.shrink = 2, 0.8
    label.size, label.pos = (300, 120), (100, 300)
    columns = ink_columns(frame(stage(TEN_INCH, label)))
    assert min(columns) >= 99
    assert max(columns) <= 400
    lines, _ = label.lines()
    assert len(lines) == 2
    assert lines[1].endswith("…")


def test_labels_shrink_before_they_lose_letters(the_window: Any) -> None:
    label = FitLabel(look(), text="indtil 14:30 · 1 t 10 min tilbage", role=TextRole.SUBTITLE, width=560, shrink=0.6)
    lines, style = label.lines()
    assert lines == [label.text]
    assert style.size_px < TEN_INCH.text(TextRole.SUBTITLE)
    label.hug = True
    assert label.height == label.natural_height == style.height_px


LOST = "En anden har booket lokalet 11:40. Der er ikke booket noget til dig."


def test_centred_lines_are_of_about_one_length_and_no_more_than_they_were(the_window: Any) -> None:
    label = FitLabel(look(), text=LOST, role=TextRole.BODY, max_lines=4)
    style = label.lines()[1]
    for percent in range(40, 100, 3):
        label.width = measure(LOST, style) * percent / 100
        label.align = "left"
        left = [measure(line, style) for line in label.lines()[0]]
        label.align = "center"
        lines = label.lines()[0]
        centred = [measure(line, style) for line in lines]
        assert len(centred) == len(left)
        assert " ".join(lines) == LOST
        assert max(centred) - min(centred) <= max(left) - min(left)
    label.width = measure(LOST, style) * 0.97
    assert label.lines()[0] == ["En anden har booket lokalet 11:40.", "Der er ikke booket noget til dig."]


@pytest.mark.parametrize("panel", PANELS, ids=str)
def test_the_banner_is_as_high_as_its_text(stage: Callable[..., Any], panel: Panel) -> None:
    banner = Banner(look(panel), text="Ingen forbindelse til kalenderen siden 13:11. " * 2, width=panel.width_px * 0.6)
    one = Banner(look(panel), text="Kort", width=panel.width_px * 0.6)
    assert banner.height > one.height > panel.mm(5)
    stage(panel, banner)
    banner.text = ""
    assert banner.height == 0


def test_a_sheet_swallows_what_is_beside_and_beneath_it(stage: Callable[..., Any]) -> None:
    events: list[str] = []
    beneath = Button(look(), text="x", pos=(0, 0), size=(1280, 800))
    beneath.bind(on_tap=lambda *_: events.append("beneath"))
    sheet = Sheet(look(), title="Andet lokale", size=(1280, 800))
    inside = Button(look(), text="Book")
    inside.bind(on_tap=lambda *_: events.append("inside"))
    sheet.show(inside)
    sheet.bind(on_close=lambda *_: events.append("close"))
    window = stage(TEN_INCH, beneath, sheet)
    tap_widget(window, inside)
    tap(window, sheet.card.x + 10, sheet.card.top - 10)
    assert events == ["inside"]
    tap_widget(window, sheet.close_button)
    tap(window, 5, 5)
    assert events == ["inside", "close", "close"]
    Finger(window).down(5, 5).move(*sheet.card.centre).up()
    Finger(window).down(*sheet.body.centre).move(5, 5).up()
    assert events == ["inside", "close", "close"]
    sheet.closable = False
    tap(window, 5, 5)
    tap(window, sheet.card.right - 40, sheet.card.top - 40)
    assert events == ["inside", "close", "close"]


@pytest.mark.parametrize("panel", PANELS, ids=str)
def test_a_sheet_stays_on_the_screen(the_window: Any, panel: Panel) -> None:
    sheet = Sheet(look(panel), title="x", wide_mm=400, high_mm=400, size=(panel.width_px, panel.height_px))
    assert sheet.rect.contains(sheet.card.x, sheet.card.y)
    assert sheet.card.right < panel.width_px
    assert sheet.card.top < panel.height_px
    assert sheet.close_button.width >= panel.mm(12)


def test_a_toast_can_be_undone_and_goes_by_itself(stage: Callable[..., Any]) -> None:
    events: list[str] = []
    toast = Toast(look(), text="Frigivet", undo_label="Fortryd", show_s=0, size=(1280, 800))
    toast.bind(on_done=lambda *_: events.append("done"), on_undo=lambda *_: events.append("undo"))
    window = stage(TEN_INCH, toast)
    tap_widget(window, toast.button)
    assert events == ["undo"]
    toast.show_s = 0.05
    settle(window, lambda: events == ["undo", "done"])


def test_a_toast_that_was_taken_away_is_silent(stage: Callable[..., Any]) -> None:
    events: list[str] = []
    toast = Toast(look(), text="Frigivet", show_s=0.05, size=(1280, 800))
    toast.bind(on_done=lambda *_: events.append("done"))
    assert toast.button.parent is None
    window = stage(TEN_INCH)
    pass_time(window)
    assert events == [], "the time runs from when it is put on a screen"
    window.add_widget(toast)
    window.remove_widget(toast)
    pass_time(window)
    assert events == []


def pass_time(window: Any, seconds: float = 0.1) -> None:
    """Let the clock run, for what must not happen meanwhile."""
    end = time.monotonic() + seconds
    settle(window, lambda: time.monotonic() > end)


def test_a_spinner_turns_only_while_it_is_seen(stage: Callable[..., Any]) -> None:
    spinner = Spinner(look(), size=(100, 100), pos=(100, 100))

    def turning() -> bool:
        return spinner.turning

    assert not turning()
    window = stage(TEN_INCH, spinner)
    assert turning()
    first = frame(window).rgb
    settle(window, lambda: frame(window).rgb != first)
    spinner.active = False
    assert not turning()
    draw_frame(window)
    still = frame(window).rgb
    assert frame(window).rgb == still
    spinner.active = True
    window.remove_widget(spinner)
    assert not turning()


@pytest.mark.parametrize("panel", PANELS, ids=str)
def test_the_pin_pad(stage: Callable[..., Any], panel: Panel) -> None:
    pad = PinPad(look(panel), pos=(20, 20), size=(panel.width_px * 0.6, panel.height_px * 0.8))
    pins: list[str] = []
    pad.bind(on_enter=lambda _, pin: pins.append(pin))
    window = stage(panel, pad)
    digits = {key.text: key for key in pad._keys if isinstance(key, Button)}
    tap_widget(window, digits["1"])
    tap_widget(window, pad.enter)
    assert pins == []
    for digit in "9570":
        tap_widget(window, digits[digit])
    tap_widget(window, pad._keys[9])
    assert pad.typed == "1957"
    tap_widget(window, pad.enter)
    assert (pins, pad.typed) == (["1957"], "")
    assert all(key.height >= panel.mm(12) for key in digits.values())


def test_a_qr_code_is_drawn_module_by_module(stage: Callable[..., Any]) -> None:
    text = "https://mydesk.example/c/4Q7T-9KXM"
    code = QrCode(look(), text=text, size=(300, 300), pos=(100, 100))
    picture = frame(stage(TEN_INCH, code))
    modules = modules_of(text)
    side = 300 // (len(modules) + 8)
    left = round(250 - side * (len(modules) + 8) / 2) + 4 * side
    top = TEN_INCH.height_px - (round(250 - side * (len(modules) + 8) / 2) + side * (len(modules) + 4))
    middle = [n * side + side // 2 for n in range(len(modules))]
    read = [bytes(picture.pixel(left + x, top + y)[0] < 128 for x in middle) for y in middle]
    assert read == modules


@pytest.mark.parametrize(("fraction", "share"), [(0, 0), (0.25, 0.25), (1, 1), (3, 1), (-1, 0)])
def test_progress(stage: Callable[..., Any], fraction: float, share: float) -> None:
    bar = ProgressBar(look(), surface=room_theme().busy, fraction=fraction, pos=(100, 100), size=(400, 40))
    picture = frame(stage(TEN_INCH, bar))
    row = [picture.pixel(x, 800 - 1 - 120)[0] for x in range(100, 500)]
    assert sum(value == 255 for value in row) / 400 == pytest.approx(share, abs=0.03)
