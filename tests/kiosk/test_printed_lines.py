"""Lines on paper, with letters whose width is known: what fits, what is made smaller, what is cut."""

from __future__ import annotations

from drivers.printers.bitmap import Bitmap
from drivers.printers.document import Paper, Picture, Qr, Rule, Space
from kiosk.printed_lines import Lines, Sizing, height_mm

PAPER = Paper(200, 8.0)
SIZING = Sizing(4.0, 2.0)


def square(text: str, height_dots: int, bold: bool) -> Bitmap:
    """Letters half as wide as they are high."""
    return Bitmap.blank(max(1, len(text) * height_dots // 2), height_dots)


def swollen(text: str, height_dots: int, bold: bool) -> Bitmap:
    """Large letters are wider than small ones promise: hinting is not linear."""
    grown = 2 if height_dots < 40 else 1
    return Bitmap.blank(max(1, len(text) * height_dots * grown // 2), height_dots)


def test_what_comes_out_wider_than_measured_is_set_smaller_and_never_leaves_the_paper() -> None:
    (line,) = Lines(PAPER, swollen).fitted("Ada Lovelace", SIZING)
    assert line.drawn is not None
    assert line.drawn.width_dots <= PAPER.width_dots


def test_a_text_that_fits_no_sizing_takes_the_last() -> None:
    lines = Lines(PAPER, square).whole("W" * 300, SIZING, SIZING.on(2))
    assert len(lines) == 2
    assert lines[-1].text.endswith("…")


def test_nothing_prints_nothing() -> None:
    assert Lines(PAPER, square).fitted(" \x00 ", SIZING) == ()


def test_the_height_of_everything() -> None:
    picture = Picture(Bitmap.blank(10, 80))
    assert height_mm([Space(3.0), Rule(0.5), picture], PAPER) == 13.5
    assert height_mm([Qr("MD1:ABC", module_mm=0.5)], PAPER) > 10
