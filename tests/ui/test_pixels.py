"""What is really on the glass: the colour of the state, its shape, legible ink; and what a capture leaves alone."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from roomdisplay.screens.palette import surface_of
from roomdisplay.view import PanelView, Result, Shape, Tone
from tests.ui.sample_views import ASLEEP, BUSY, CHECK_IN, FREE, HOMES, OFFLINE, SHEETS, samples
from ui.colour import Rgb, contrast_ratio
from ui.metrics import PANELS, TEN_INCH, Panel
from ui.theme import room_theme
from ui.window import Frame

pytestmark = pytest.mark.usefixtures("the_window")
THEME = room_theme()


def draw(view: PanelView, panel: Panel = TEN_INCH, **how: Any) -> Frame:
    from roomdisplay.screens.capture import picture

    return picture(view, panel, **how)


def seen(frame: Frame, x: int, y: int) -> Rgb:
    return Rgb(*(channel / 255 for channel in frame.pixel(x, y)))


def near(one: Rgb, other: Rgb, slack: float = 0.02) -> bool:
    return all(abs(a - b) <= slack for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: f"{panel.width_px}x{panel.height_px}")
@pytest.mark.parametrize("name", HOMES)
def test_the_corner_has_the_colour_of_the_state(name: str, panel: Panel) -> None:
    frame = draw(PanelView(HOMES[name]), panel)
    assert near(seen(frame, 2, 2), surface_of(THEME, HOMES[name].tone).background)


def test_no_state_but_free_is_green() -> None:
    greens = [name for name, home in HOMES.items() if near(seen(draw(PanelView(home)), 2, 2), THEME.free.background)]
    assert greens == [name for name, home in HOMES.items() if home.tone is Tone.FREE]


def test_purple_busy_is_purple() -> None:
    frame = draw(PanelView(BUSY), theme=room_theme(purple_busy=True))
    assert seen(frame, 2, 2).hex == "#6264A7"


SIGN = (48 + 41, 40 + 41)
"""Middle of the sign on 1280x800."""


@pytest.mark.parametrize(
    ("shape", "middle", "rim", "between"),
    [
        (Shape.RING, False, True, False),
        (Shape.RING_DOT, True, True, False),
        (Shape.DISC, True, True, True),
        (Shape.CLOCK, True, True, False),
        (Shape.NONE, False, False, False),
    ],
)
def test_the_sign_has_its_shape(shape: Shape, middle: bool, rim: bool, between: bool) -> None:
    frame = draw(PanelView(replace(FREE, shape=shape, room="", room_detail="")))
    x, y = SIGN
    at = [near(seen(frame, *point), THEME.free.text) for point in ((x, y), (x - 37, y), (x - 23, y))]
    assert at == [middle, rim, between]


def test_the_pie_shows_what_is_left() -> None:
    x, y = SIGN
    inks = []
    for fraction in (0.1, 0.6):
        frame = draw(PanelView(replace(BUSY, shape=Shape.PIE, shape_fraction=fraction)))
        inks.append([near(seen(frame, *at), THEME.busy.text) for at in ((x + 5, y - 22), (x + 14, y + 14))])
    assert inks == [[True, False], [True, True]]


def test_the_dashed_ring_has_gaps() -> None:
    frame = draw(PanelView(OFFLINE))
    x, y = SIGN
    row = [near(seen(frame, x + dx, y - 37), THEME.unknown.text) for dx in range(-14, 15)]
    assert True in row
    assert False in row


@pytest.mark.parametrize("name", ["free", "busy", "check-in", "offline"])
def test_the_word_contrasts_with_its_ground(name: str) -> None:
    frame = draw(PanelView(HOMES[name]))
    ground = seen(frame, 2, 2)
    row = [seen(frame, x, 270) for x in range(40, 800)]
    assert max(contrast_ratio(pixel, ground) for pixel in row) >= 4.5


def test_dimming_darkens_everything_and_full_brightness_nothing() -> None:
    bright, dim = draw(PanelView(FREE)), draw(PanelView(replace(FREE, brightness=0.3)))
    for at in ((2, 2), (1200, 400), (310, 700)):
        assert sum(dim.pixel(*at)) < sum(bright.pixel(*at)) * 0.6
    assert near(seen(bright, 2, 2), THEME.free.background, 0.004)


def test_a_sheet_dims_what_is_beneath() -> None:
    home, sheet = draw(PanelView(FREE)), draw(PanelView(FREE, SHEETS["working"]))
    assert sum(sheet.pixel(2, 2)) < sum(home.pixel(2, 2)) * 0.6


def test_signs_of_results_differ_in_colour_and_in_shape() -> None:
    from roomdisplay.screens.result_sign import ICONS

    assert len({ICONS[result] for result in Result}) == len(Result)
    grounds = {seen(draw(PanelView(FREE, SHEETS[name])), 640, 276).hex for name in ("done", "taken", "uncertain")}
    assert len(grounds) == 3


def test_asleep_is_black_with_a_few_dim_pixels() -> None:
    frame = draw(PanelView(ASLEEP))
    lit = [frame.rgb[at] for at in range(0, len(frame.rgb), 3) if frame.rgb[at] > 8]
    assert 0 < len(lit) < frame.width * frame.height * 0.02
    assert max(lit) < 140


def test_the_identify_banner_is_over_sheet_and_dimming() -> None:
    view = PanelView(replace(FREE, brightness=0.2), SHEETS["booking"], identify="cph-2-storebaelt · Storebælt")
    assert near(seen(draw(view), 6, 400), THEME.banner.fill)


def test_a_capture_leaves_the_glass_alone(put_up: Callable[..., Any]) -> None:
    from ui.capture import window_png
    from ui.window import frame

    shown = put_up(TEN_INCH, PanelView(BUSY))
    before = frame(shown.window)
    other = draw(PanelView(CHECK_IN, SHEETS["search"]))
    assert frame(shown.window).rgb == before.rgb
    assert other.rgb != before.rgb
    assert window_png() == before.png()
    differing = sum(abs(one - two) > 3 for one, two in zip(draw(PanelView(BUSY)).rgb, before.rgb, strict=True))
    assert differing == 0, "beside the window it looks as on the window"


def test_a_capture_is_a_png_of_the_panel() -> None:
    from roomdisplay.screens.capture import png

    data = png(PanelView(FREE), PANELS[1])
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", data[16:24]) == (800, 480)
    start = data.index(b"IDAT") + 4
    (length,) = struct.unpack(">I", data[start - 8 : start - 4])
    assert len(zlib.decompress(data[start : start + length])) == 480 * (800 * 3 + 1)


def test_equal_views_give_equal_pixels_and_different_ones_do_not() -> None:
    view = PanelView(FREE, SHEETS["sign-in"])
    assert draw(view).rgb == draw(view).rgb
    pictures = {name: zlib.crc32(draw(view, PANELS[1]).rgb) for name, view in samples().items()}
    assert len(set(pictures.values())) == len(pictures)
