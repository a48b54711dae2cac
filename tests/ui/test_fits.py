"""On every panel, with every word and the longest names: nothing overflows, overlaps, or is too small for a finger."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from roomdisplay.view import PanelView
from tests.ui.sample_views import BUSY, CHECK_IN, FREE, FREE_SOON, LONG, OFFLINE, SHEETS, STARTING, samples
from ui.metrics import PANELS, SEVEN_INCH, TEN_INCH, TOUCH_DISPLAY_2, Panel
from ui.rect import Rect

SAMPLES = samples()
WORDS = (
    *("Ledig", "Optaget", "Optaget?", "Ukendt", "Tjek ind", "Starter", "Et øjeblik"),
    *("Booket", "Ingen her?", "I brug", "Booked", "Nobody here?", "In use", "Reservada", "¿Nadie aquí?", "En uso"),
    *("Free", "Busy", "Busy?", "Unknown", "Check in", "Starting", "One moment"),
    *("Libre", "Ocupado", "¿Ocupado?", "Desconocido", "Registrarse", "Iniciando", "Un momento"),
)
pytestmark = pytest.mark.usefixtures("the_window")


def tree(panel: Panel, view: PanelView) -> Any:
    """The topmost thing that is shown: the sheet if there is one, else home."""
    from roomdisplay.screens.panel_root import PanelRoot

    root = PanelRoot(panel, lambda action: None)
    root.show(view)
    return root.sheet or root.home if root.home.parent else root.asleep


def check(shown: Any, panel: Panel) -> None:
    from tests.ui.drawn import overlapping, texts

    found = texts(shown)
    screen = Rect(0, 0, panel.width_px, panel.height_px)
    visible = [text for text in found if _clip(text.widget).contains(*text.box.centre)]
    for text in visible:
        assert inside(text.box, screen.inset(-1)), f"{text.text!r} leaves the screen"
        widget = text.widget.rect.inset(-max(2.0, text.box.height * 0.06))
        assert inside(text.box, widget), f"{text.text!r} at {text.box} overflows {widget}"
    assert overlapping(visible) == []


def inside(box: Rect, around: Rect) -> bool:
    """Whether `box` lies in `around`."""
    return around.x <= box.x <= box.right <= around.right and around.y <= box.y <= box.top <= around.top


def check_buttons(shown: Any, panel: Panel) -> None:
    from tests.ui.drawn import painted
    from ui.widgets.button import Button

    buttons = [widget for widget in painted(shown) if isinstance(widget, Button)]
    least = panel.touch - 1
    screen = Rect(0, 0, panel.width_px, panel.height_px)
    for index, button in enumerate(buttons):
        assert min(button.size) >= least, f"{button.text!r} is {button.size}"
        assert inside(button.rect, screen), f"{button.text!r} leaves the screen"
        for other in buttons[index + 1 :]:
            assert not button.rect.inset(1).overlaps(other.rect.inset(1)), f"{button.text!r} covers {other.text!r}"


def _clip(widget: Any) -> Rect:
    """What is seen of a widget inside a list that scrolls."""
    from ui.widgets.scroller import Scroller

    while widget is not None and widget is not widget.parent:
        if isinstance(widget, Scroller):
            return Rect(widget.x, widget.y, widget.width, widget.height)
        widget = widget.parent
    return Rect(-1e6, -1e6, 2e6, 2e6)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: f"{panel.width_px}x{panel.height_px}")
@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_fits_and_every_button_is_large_enough_for_a_finger(name: str, panel: Panel) -> None:
    shown = tree(panel, SAMPLES[name])
    check(shown, panel)
    check_buttons(shown, panel)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: f"{panel.width_px}x{panel.height_px}")
@pytest.mark.parametrize("word", WORDS)
def test_every_headline_fits_with_the_longest_names(word: str, panel: Panel) -> None:
    for home in (LONG, FREE, OFFLINE, CHECK_IN):
        check(tree(panel, PanelView(replace(home, headline=word))), panel)


@pytest.mark.parametrize(
    ("panel", "least_mm"), [(TEN_INCH, 25.0), (SEVEN_INCH, 17.0), (TOUCH_DISPLAY_2, 21.0)], ids=["10", "7", "portrait"]
)
def test_the_word_is_read_from_afar(panel: Panel, least_mm: float) -> None:
    assert tree(panel, PanelView(FREE)).status.word.cap_mm() >= least_mm - 0.5


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("home", [BUSY, LONG, OFFLINE], ids=["busy", "long", "offline"])
def test_the_word_stays_readable_however_much_stands_beneath_it(home: Any, panel: Panel) -> None:
    assert tree(panel, PanelView(home)).status.word.cap_mm() >= 9.0


@pytest.mark.parametrize("panel", PANELS)
def test_a_descender_never_touches_the_next_line(panel: Panel) -> None:
    from tests.ui.drawn import texts

    status = tree(panel, PanelView(BUSY)).status
    word, *_ = texts(status.word)
    subline, *_ = texts(status.subline)
    assert word.box.y - subline.box.top >= 2 * panel.unit


@pytest.mark.parametrize("panel", PANELS)
def test_six_buttons_wrap_when_they_must_and_the_long_name_is_whole(panel: Panel) -> None:
    home = tree(panel, SAMPLES["six"])
    rows = {round(button.y) for button in home.status.buttons.buttons}
    assert len(rows) == (1 if panel is TEN_INCH else 2)
    lines, _ = home.status.header.name.lines()
    assert "".join(lines).replace(" ", "") == home.status.header.name.text.replace(" ", "")


def test_a_panel_too_narrow_for_the_day_shows_the_state_alone_with_the_footer() -> None:
    narrow = Panel(480, 320, 73.0)
    home = tree(narrow, PanelView(FREE_SOON))
    assert home.side.parent is None
    assert [button.text for button in home.status.footer.buttons] == ["Andet lokale", "Meld fejl"]


@pytest.mark.parametrize("panel", PANELS)
def test_portrait_buttons_stand_in_the_lower_half(panel: Panel) -> None:
    home = tree(panel, PanelView(BUSY))
    assert all(button.top <= panel.height_px * 0.52 for button in home.status.buttons.buttons)


@pytest.mark.parametrize("panel", PANELS)
def test_a_toast_covers_no_text(panel: Panel) -> None:
    home = tree(panel, SAMPLES["released"])
    card = home.status.toast.card
    for widget in (home.status.word, home.status.subline, *home.status.buttons.buttons):
        assert not widget.rect.inset(1).overlaps(card.inset(1)), widget


def test_missing_parts_leave_no_holes_in_the_words() -> None:
    home = tree(TEN_INCH, PanelView(replace(STARTING, room_detail="", subline="")))
    header = home.status.header
    assert header.clock.width <= 1
    assert header.name.center_y == pytest.approx(header.sign.center_y, abs=2)
    assert home.status.subline.right < 0


@pytest.mark.parametrize("panel", PANELS)
def test_a_day_of_half_hours_can_be_read_and_scrolled(panel: Panel) -> None:
    screen = tree(panel, PanelView(FREE, SHEETS["day"]))
    heights = [rect.height for _, rect in screen.day.slot_rects()]
    assert min(heights) >= panel.line(_detail()) * 1.2
    assert screen.hours.longest >= 0


def _detail() -> Any:
    from ui.metrics import TextRole

    return TextRole.DETAIL
