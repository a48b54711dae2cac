"""What is really on the glass: legible ink, a badge of the printed dots, and blocks instead of guests."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any

import pytest

from kiosk.redaction import BLOCKS, redacted
from kiosk.sample_site import EVERYDAY, LONG
from kiosk.view import BadgeView, KioskView
from tests.kiosk_ui.pages import KINDS, PAGES, page
from ui.colour import Rgb, contrast_ratio, parse
from ui.metrics import PANELS, SEVEN_INCH, TEN_INCH, Panel
from ui.surface import MIN_CONTRAST
from ui.theme import contrast_problems, kiosk_theme
from ui.window import Frame

pytestmark = pytest.mark.usefixtures("the_window")


def draw(view: KioskView, panel: Panel = TEN_INCH) -> Frame:
    from kiosk.screens.capture import picture

    return picture(view, panel)


def view(name: str, language: str = "da", *, long: bool = False, **aids: bool) -> KioskView:
    return page(name, language, long=long, **aids)


def colour(frame: Frame, x: int, y: int) -> Rgb:
    return Rgb(*(channel / 255 for channel in frame.pixel(x, y)))


@pytest.mark.parametrize("high_contrast", [False, True])
def test_every_text_is_legible_on_what_it_stands_on(high_contrast: bool) -> None:
    theme = kiosk_theme(high_contrast=high_contrast)
    assert contrast_problems(theme) == []
    least = 7.0 if high_contrast else MIN_CONTRAST
    for ground in (theme.page, theme.card, theme.sheet):
        assert contrast_ratio(ground.text, ground.background) >= 7
        assert contrast_ratio(ground.muted, ground.background) >= least
        for style in ("secondary", "dark"):
            assert contrast_ratio(ground.button(style).text, ground.button(style).fill) >= 7
    assert contrast_ratio(theme.field.border, theme.page.background) >= 3
    assert contrast_ratio(theme.field.focus, theme.page.background) >= 3
    assert contrast_ratio(theme.field.error, theme.page.background) >= MIN_CONTRAST


def test_high_contrast_is_black_on_white_with_outlines() -> None:
    frame = draw(view("welcome", high_contrast=True))
    assert frame.pixel(2, 2) == (255, 255, 255)
    assert (0, 0, 0) in {frame.pixel(700, y) for y in range(250, 620)}, "the second tile has an edge"
    normal = draw(view("welcome"))
    assert colour(normal, 2, 2).hex == "#F5F3EE"


def test_the_done_page_shows_the_printed_dots() -> None:
    from kiosk.screens.badge_picture import grey, step_for

    badge = BadgeView(16, 4, bytes([0b11110000, 0b00001111] * 4))
    width, height, pixels = grey(badge, 1)
    assert (width, height) == (16, 4)
    assert pixels[:16] == bytes([0] * 4 + [255] * 8 + [0] * 4)
    assert grey(badge, 2) == (8, 2, bytes([0, 0, 255, 255, 255, 255, 0, 0] * 2))
    assert grey(badge, 4) == (4, 1, bytes([0, 255, 255, 0]))
    assert [step_for(badge, px) for px in (16, 8, 4)] == [1, 2, 4]
    short = BadgeView(16, 4, b"\xff\xff")
    assert grey(short, 1)[2] == bytes([0] * 16 + [255] * 48), "missing rows are white"


def test_the_badge_is_turned_a_little_and_stays_on_the_screen() -> None:
    for panel in PANELS:
        with_badge, without = draw(view("done"), panel), draw(view("done-no-badge"), panel)
        assert with_badge.rgb != without.rgb
    frame = draw(view("done"))
    rows = [y for y in range(100, 760) if frame.pixel(1220, y) == (255, 255, 255)]
    left = [y for y in range(100, 760) if frame.pixel(940, y) == (255, 255, 255)]
    assert min(left) - min(rows) >= 4, "its upper edge rises to the right"


def other(name: str) -> KioskView:
    """The same page of another guest with other hosts, hits and badge, of other lengths."""
    shown = view(name, long=True)
    page: Any = shown.page
    changes: dict[str, Any] = {}
    if getattr(page, "rows", ()):
        changes["rows"] = (*page.rows, *page.rows)[:5]
    if getattr(page, "badge", None):
        changes["badge"] = BadgeView(696, 900, b"\xa5" * (87 * 900))
    if getattr(page, "strokes", ""):
        changes["strokes"] = "1,1 900,900"
    if hasattr(page, "digits"):
        changes["digits"] = 5
    return replace(shown, page=replace(page, **changes), header=view(name).header)


@pytest.mark.parametrize("panel", [TEN_INCH, SEVEN_INCH], ids=["10", "7"])
@pytest.mark.parametrize("name", KINDS)
def test_two_different_guests_give_identical_pixels(name: str, panel: Panel) -> None:
    assert draw(redacted(view(name)), panel).rgb == draw(redacted(other(name)), panel).rgb


@pytest.mark.parametrize("name", PAGES)
def test_two_different_guests_give_the_same_redacted_view(name: str) -> None:
    assert redacted(view(name)) == redacted(other(name))


PEOPLE = (
    *(guest.name for cast in (EVERYDAY, LONG) for guest in cast.guests),
    *(text for cast in (EVERYDAY, LONG) for host in cast.hosts for text in host if text not in {"", "IT"}),
    *("Jesper", "Louise", "Maximil", "Søren", "7K3M", "jes fri"),
)


@pytest.mark.parametrize("name", PAGES)
def test_no_name_is_left_in_a_redacted_view(name: str) -> None:
    for long in (False, True):
        words = strings(redacted(view(name, long=long)))
        for person in PEOPLE:
            assert not [word for word in words if person in word], person


def test_what_the_site_configures_stays_readable() -> None:
    assert redacted(view("welcome")).page == view("welcome").page
    assert redacted(view("privacy")).page == view("privacy").page
    form: Any = redacted(view("form")).page
    assert [field.label for field in form.fields] == ["Navn", "E-mail", "Telefon"]
    assert [field.text for field in form.fields] == [BLOCKS, "", ""]
    assert redacted(replace(view("form"), spoken="Søren")).spoken == ""


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if dataclasses.is_dataclass(value):
        return [text for field in dataclasses.fields(value) for text in strings(getattr(value, field.name))]
    if isinstance(value, tuple):
        return [text for part in value for text in strings(part)]
    return []


def test_an_accent_of_the_customers_colours_the_way_on() -> None:
    from kiosk.screens.capture import picture

    frame = picture(view("welcome"), TEN_INCH, parse("#6264A7"))
    seen = {colour(frame, 200, y).hex for y in range(280, 560)}
    assert "#6264A7" in seen
    assert "#0B7A4B" not in seen


def test_preview_draws_every_page_it_names() -> None:
    from common.errors import MyDeskError
    from kiosk import preview

    for name in KINDS:
        data = preview.draw(name, "en", (800, 480), large_text=True, high_contrast=True, low_reach=True)
        assert data.startswith(b"\x89PNG")
    for wrong in (("nothing", "da", (800, 480)), ("form", "fr", (800, 480)), ("form", "da", (100, 100))):
        with pytest.raises(MyDeskError):
            preview.draw(*wrong)
