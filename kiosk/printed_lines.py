"""Lines for paper: broken, sized, and each with its picture, so that any printer can print any name. Pure.

A picture is drawn by whoever has fonts (kiosk.screens.badge_text); a printer whose own font has every letter of a
line ignores it (drivers.printers.language).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from drivers.printers.bitmap import Bitmap
from drivers.printers.document import Align, Element, Paper, Qr, Rule, Space, Text, printable
from ui.linebreak import break_lines

__all__ = ["DrawLine", "Lines", "Sizing", "height_mm"]

MOST_CHARACTERS = 200
NATIVE_LINE = 1.2
"""A printer's own letters take up to so much more height than their picture (drivers.printers.zpl_language)."""

_REFERENCE_DOTS = 48
SIDE_MM = 1.5
"""Left white at each edge: rolls are never quite straight."""


class DrawLine(Protocol):
    """One line as a picture whose height is the line box, from the highest accent to the lowest descender."""

    def __call__(self, text: str, height_dots: int, bold: bool) -> Bitmap: ...


@dataclass(frozen=True, slots=True)
class Sizing:
    """How large, how many lines, how small before words are cut."""

    most_mm: float
    least_mm: float
    lines: int = 1
    bold: bool = False
    align: Align = Align.CENTER

    def on(self, lines: int) -> Sizing:
        """The same on more lines."""
        return replace(self, lines=lines)

    def scaled(self, factor: float) -> Sizing:
        """The same, smaller; never below what can be read."""
        least = max(1.8, self.least_mm * factor)
        return Sizing(max(least, self.most_mm * factor), least, self.lines, self.bold, self.align)


@dataclass(slots=True)
class Lines:
    """Makes lines for one paper; remembers widths, so make one for each document."""

    paper: Paper
    draw: DrawLine
    _widths: dict[tuple[str, bool], int] = field(default_factory=dict, repr=False)

    def fitted(self, text: str, sizing: Sizing) -> tuple[Text, ...]:
        """`text` as large as it fits, on as few lines as that takes; cut with an ellipsis only at the smallest size."""
        clean = printable(text[:MOST_CHARACTERS])
        if not clean:
            return ()
        height_mm, broken = self._largest(clean, sizing)
        return tuple(self._line(each, height_mm, sizing) for each in broken)

    def whole(self, text: str, sizing: Sizing, *more: Sizing) -> tuple[Text, ...]:
        """The first of these sizings that cuts nothing; the last one where all do."""
        made: tuple[Text, ...] = ()
        for each in (sizing, *more):
            made = self.fitted(text, each)
            if "".join(line.text for line in made).replace(" ", "") == printable(text).replace(" ", ""):
                break
        return made

    def _largest(self, text: str, sizing: Sizing) -> tuple[float, Sequence[str]]:
        height_mm = sizing.most_mm
        while height_mm > sizing.least_mm:
            broken = self._broken(text, height_mm, sizing)
            whole_words = sorted(" ".join(broken).split()) == sorted(text.split())
            if whole_words and all(self._width(each, height_mm, bold=sizing.bold) <= self._room for each in broken):
                return height_mm, broken
            height_mm -= 0.5
        return sizing.least_mm, self._broken(text, sizing.least_mm, sizing)

    def _broken(self, text: str, height_mm: float, sizing: Sizing) -> list[str]:
        def measure(part: str) -> float:
            return self._width(part, height_mm, bold=sizing.bold)

        return break_lines(text, self._room, measure, sizing.lines)

    def _line(self, text: str, height_mm: float, sizing: Sizing) -> Text:
        height_dots = self.paper.dots(height_mm)
        picture = self.draw(text, height_dots, sizing.bold)
        while picture.width_dots > self.paper.width_dots and height_dots > 8:  # letters are not set quite linearly
            height_dots -= 1
            picture = self.draw(text, height_dots, sizing.bold)
        picture = picture.cut(0, min(picture.width_dots, self.paper.width_dots))
        return Text(text, max(1.0, height_mm), sizing.bold, sizing.align, drawn=picture)

    @property
    def _room(self) -> float:
        return self.paper.width_dots - 2 * self.paper.dots(SIDE_MM)

    def _width(self, text: str, height_mm: float, *, bold: bool) -> float:
        known = self._widths.get((text, bold))
        if known is None:
            known = self._widths[text, bold] = self.draw(text, _REFERENCE_DOTS, bold).width_dots if text else 0
        return known * self.paper.dots(height_mm) / _REFERENCE_DOTS


def height_mm(elements: Sequence[Element], paper: Paper) -> float:
    """How high they are on the printer that needs the most room: one with letters of its own."""
    return sum(_element_mm(each, paper) for each in elements)


def _element_mm(element: Element, paper: Paper) -> float:
    match element:
        case Text():
            return element.height_mm * NATIVE_LINE
        case Space():
            return element.height_mm
        case Rule():
            return element.thickness_mm
        case Qr():
            return element.modules * element.module_dots(paper.dots_per_mm) / paper.dots_per_mm
        case _:
            return element.bitmap.height_dots / paper.dots_per_mm
