"""How long a badge is on the wire: the reason why a printer on RS-232 gets text and native QR codes, not a picture."""

from __future__ import annotations

import pytest

from drivers.printers.document import Document, Paper, composed
from drivers.printers.printer import PrinterConfig, language_of
from tests.drivers.printers.badges import LINES, badge

BITS = 10
"""a byte on a serial line, 8N1"""

AT_9600 = [("escpos", "80", 0.6), ("zpl", "62x100", 0.6)]


@pytest.mark.parametrize(("name", "media", "most_s"), AT_9600)
def test_a_badge_takes_less_than_a_second_on_a_slow_line(name: str, media: str, most_s: float) -> None:
    language = language_of(PrinterConfig(language=name, media=media))  # type: ignore[arg-type]
    assert len(language.render(badge(language.paper))) * BITS / 9600 < most_s


@pytest.mark.parametrize(("name", "media", "most_s"), [("escpos", "80", 6.0), ("zpl", "62x100", 4.0)])
def test_one_line_as_a_picture_takes_seconds(name: str, media: str, most_s: float) -> None:
    language = language_of(PrinterConfig(language=name, media=media))  # type: ignore[arg-type]
    with_name = badge(language.paper, (LINES[0], "王小明 Wang Xiaoming", *LINES[2:]))
    assert len(language.render(with_name)) * BITS / 9600 < most_s


def test_a_whole_picture_does_not_belong_on_a_slow_line() -> None:
    language = language_of(PrinterConfig(language="escpos", media="80"))
    paper = Paper(language.paper.width_dots, language.paper.dots_per_mm)
    whole = Document(raster=composed(badge(paper), paper))
    assert len(language.render(whole)) * BITS / 9600 > 30


@pytest.mark.parametrize(("model", "most_bytes"), [("QL-800", 104_000), ("QL-820NWB", 30_000)])
def test_a_label_of_a_brother(model: str, most_bytes: int) -> None:
    language = language_of(PrinterConfig(language="brother-ql", model=model))
    assert len(language.render(badge(language.paper))) < most_bytes
