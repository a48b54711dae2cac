"""Sizes on real panels."""

import pytest

from ui.metrics import CAP_HEIGHT, PANELS, SEVEN_INCH, TEN_INCH, TOUCH_DISPLAY_2, Layout, Panel, TextRole, known_panel
from ui.rect import Rect


@pytest.mark.parametrize(
    ("panel", "density", "layout", "touch_px"),
    [
        (TEN_INCH, 5.9, Layout.WIDE, 71),
        (SEVEN_INCH, 5.2, Layout.COMPACT, 62),
        (TOUCH_DISPLAY_2, 8.26, Layout.PORTRAIT, 99),
    ],
)
def test_the_known_panels(panel: Panel, density: float, layout: Layout, touch_px: int) -> None:
    assert panel.px_per_mm == pytest.approx(density, abs=0.02)
    assert panel.layout is layout
    assert panel.touch == touch_px
    assert known_panel(panel.width_px, panel.height_px) is panel


@pytest.mark.parametrize("panel", PANELS, ids=str)
def test_texts_are_as_high_as_wanted_or_as_fits(panel: Panel) -> None:
    for role in TextRole:
        cap_mm = panel.text(role) * CAP_HEIGHT / panel.px_per_mm
        assert cap_mm <= role.cap_mm + 0.15
        assert panel.text(role) <= role.share * panel.short_px + 1
    assert panel.text(TextRole.CAPTION) * CAP_HEIGHT / panel.px_per_mm >= 1.9
    sizes = [panel.text(role) for role in TextRole]
    assert sizes[0] == max(sizes)


def test_the_status_word_is_25_mm_on_ten_inches() -> None:
    assert TEN_INCH.text(TextRole.STATUS) * CAP_HEIGHT / TEN_INCH.px_per_mm == pytest.approx(25, abs=0.2)


def test_large_text() -> None:
    larger = Panel(1280, 800, 217, text_scale=1.3)
    assert larger.text(TextRole.BODY) == pytest.approx(1.3 * TEN_INCH.text(TextRole.BODY), abs=1)


@pytest.mark.parametrize(
    ("width", "height", "mm", "why"),
    [(1280, 800, 5, "cannot be"), (1280, 800, 5000, "cannot be"), (200, 800, 100, "too small")],
)
def test_panels_that_cannot_be(width: int, height: int, mm: float, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Panel(width, height, mm)


def test_an_unknown_panel_says_which_are_known() -> None:
    with pytest.raises(ValueError, match="1280x800"):
        known_panel(1024, 600)


def test_lengths_are_whole_pixels() -> None:
    assert (TEN_INCH.mm(20), TEN_INCH.mm(0.01), TEN_INCH.mm(0)) == (118, 1, 0)


def test_rectangles() -> None:
    rect = Rect(10, 20, 100, 50)
    assert (rect.right, rect.top, rect.centre) == (110, 70, (60, 45))
    assert rect.inset(10, 5) == Rect(20, 25, 80, 40)
    assert rect.at_least(120, 10) == Rect(0, 20, 120, 50)
    assert rect.contains(10, 20)
    assert not rect.contains(110, 20)
    assert Rect(0.4, 0.6, 10, 10).snapped() == Rect(0, 1, 10, 10)
    assert rect.overlaps(Rect(109, 69, 5, 5))
    assert not rect.overlaps(Rect(110, 20, 5, 5))


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: f"{panel.width_px}x{panel.height_px}")
def test_the_grid_follows_the_panel(panel: Panel) -> None:
    wide = panel.layout is Layout.WIDE
    assert panel.unit == max(4, round(panel.short_px / 100))
    assert panel.margin == panel.unit * (6 if wide else 4)
    assert panel.radius == panel.mm(2.8 if wide else 2.2)
    assert panel.line(TextRole.BODY) > panel.text(TextRole.BODY)
    assert panel.portrait == (panel.height_px > panel.width_px)
    assert panel.mm(0) == 0


def test_a_panel_that_is_none_of_ours_needs_its_width() -> None:
    with pytest.raises(ValueError, match="give its width in mm"):
        known_panel(1920, 1080)
