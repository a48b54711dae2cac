"""Documents that the tests print."""

from __future__ import annotations

from drivers.emulators.label_font import line_of_text
from drivers.printers.document import Align, Document, Paper, Qr, Rule, Space, Text

QR = "MD1:" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 2
LINES = ("MyDesk", "Søren Kierkegaard", "Aarhus Universitet", "Vært: Ærø Åse", "mandag 23. november 2026")


def drawn(text: str, height_mm: float, paper: Paper, *, bold: bool = False, align: Align = Align.CENTER) -> Text:
    """A line with its picture, as the kiosk hands it over."""
    line = line_of_text(text, bold=bold)
    factor = max(1, min(paper.dots(height_mm) // line.height_dots, paper.width_dots // line.width_dots))
    return Text(text, height_mm, bold, align, drawn=line.scaled(factor))


def badge(paper: Paper, lines: tuple[str, ...] = LINES) -> Document:
    """A visitor's badge: five lines, a rule and the QR code for signing out."""
    sizes = (4.0, 9.0, 5.0, 5.0, 4.0)
    texts = [drawn(line, size, paper, bold=size > 8) for line, size in zip(lines, sizes, strict=True)]
    return Document((texts[0], Rule(), Space(2), *texts[1:], Space(2), Qr(QR, module_mm=0.75)))
