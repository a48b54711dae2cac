"""A host's picture on the glass: round, in place of the initials, nowhere in a picture that leaves the kiosk."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kiosk.redaction import redacted
from kiosk.view import KioskView, PhotoView
from simulator.portraits import portrait
from tests.kiosk_ui.pages import page
from tests.kiosk_ui.test_pixels import draw
from ui.metrics import PANELS, TEN_INCH, Panel
from ui.portrait import round_portrait

PutUp = Callable[..., Any]
RED, BLUE = (225, 30, 30), (30, 30, 225)


def flat(colour: tuple[int, int, int], side: int = 96) -> PhotoView:
    """A disc: the upper half in that colour, the lower one white."""
    disc = round_portrait(portrait("somebody", side)[1])
    assert disc is not None
    pixels = bytearray(disc[1])
    for channel in range(3):
        pixels[channel::4] = bytes([colour[channel]]) * (side * side // 2) + b"\xff" * (side * side // 2)
    return PhotoView(side, bytes(pixels))


def hosts(*photos: PhotoView | None) -> KioskView:
    view = page("hosts")
    shown: Any = view.page
    rows = [replace(row, photo=photo) for row, photo in zip(shown.rows, photos, strict=False)]
    return replace(view, page=replace(shown, rows=tuple(rows)))


@pytest.mark.parametrize("panel", PANELS, ids=["10", "7", "portrait"])
def test_it_stands_where_the_initials_were(panel: Panel) -> None:
    without, with_one = draw(hosts(None), panel).rgb, draw(hosts(flat(RED)), panel).rgb
    changed = [
        place // 3 for place in range(0, len(without), 3) if without[place : place + 3] != with_one[place : place + 3]
    ]
    assert changed
    columns, lines = [at % panel.width_px for at in changed], [at // panel.width_px for at in changed]
    width, height = max(columns) - min(columns) + 1, max(lines) - min(lines) + 1
    assert abs(width - height) <= 2
    assert panel.mm(7) <= width <= panel.mm(11.5)
    middle = (min(columns) + max(columns)) // 2

    def at(x: int, y: int) -> bytes:
        return with_one[3 * (y * panel.width_px + x) :][:3]

    assert at(middle, min(lines) + height // 4) == bytes(RED), "upright: the red half is above"
    assert at(middle, max(lines) - height // 4) == b"\xff\xff\xff"
    for x in (min(columns), max(columns)):
        assert at(x, min(lines)) == without[3 * (min(lines) * panel.width_px + x) :][:3], "round: the corners are free"


def test_a_remote_picture_shows_nobody() -> None:
    views = [hosts(None), hosts(flat(RED)), hosts(flat(BLUE)), hosts(flat(RED), flat(BLUE))]
    assert len({draw(redacted(view)).rgb for view in views}) == 1
    assert len({draw(view).rgb for view in views}) == 4


def test_it_goes_with_the_guest(put_up: PutUp) -> None:
    photo = flat(RED)
    shown = put_up(TEN_INCH, hosts(photo))
    shown.draw()
    row: Any = shown.root.page.rows[0]
    texture = weakref.ref(row._kept[1])
    shown.show(hosts(None))
    shown.draw()
    assert (row.photo, row._kept) == (None, None)
    gc.collect()
    assert texture() is None
    shown.show(hosts(photo))
    shown.draw()
    texture = weakref.ref(row._kept[1])
    del row
    shown.show(page("welcome"))
    gc.collect()
    assert texture() is None
