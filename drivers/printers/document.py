"""A small document to print: lines of text, QR codes, rules, space and pictures, from the top.

>>> badge = Document((Text("Ada Lovelace", height_mm=8, bold=True), Qr("MD1:ABC", module_mm=0.75)), length_mm=100)
>>> badge.elements[1].modules
29

Sizes are millimetres; each language turns them into its own dots. Pictures are dots of the printer that they are drawn
for (`Paper`). `Text.drawn` is the same line as a picture, for a printer whose font lacks a letter; `Document.raster`
is the whole document as a picture, for printers that know no text.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from drivers.errors import UsageError
from drivers.printers.bitmap import QUIET_MODULES, Bitmap, qr_bitmap, qr_modules

__all__ = [
    "Align",
    "Document",
    "DocumentNotPrintable",
    "Element",
    "Paper",
    "Picture",
    "Qr",
    "Rule",
    "Space",
    "Text",
    "composed",
    "printable",
]

MAX_ELEMENTS = 2000
MAX_TEXT = 500
MAX_QR = 1000


class DocumentNotPrintable(UsageError):  # noqa: N818 - a name of the tree in drivers.errors
    """Error raised when a document does not fit the paper, or has letters that this printer lacks."""


class Align(StrEnum):
    """Where an element stands between the edges."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


def printable(text: str) -> str:
    """The text as one line: composed letters, no control, direction or half characters, white space as one space."""
    composed_text = unicodedata.normalize("NFC", text)
    kept = (" " if c.isspace() or unicodedata.category(c) == "Cc" else c for c in composed_text)
    return " ".join("".join(c for c in kept if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn")).split())


@dataclass(frozen=True, slots=True)
class Text:
    """One line; `height_mm` is that of the letters' line box. Too long a line is set smaller, then wrapped."""

    text: str
    height_mm: float = 3.0
    bold: bool = False
    align: Align = Align.LEFT
    drawn: Bitmap | None = None

    def __post_init__(self) -> None:
        if len(self.text) > MAX_TEXT or not 1 <= self.height_mm <= 50:
            raise UsageError(f"a printed line has at most {MAX_TEXT} characters of 1 to 50 mm.")
        object.__setattr__(self, "text", printable(self.text))


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code; scanners want modules of 0.4 mm or more. Level L, M, Q or H."""

    payload: str
    module_mm: float = 0.5
    level: str = "M"
    align: Align = Align.CENTER

    def __post_init__(self) -> None:
        if not self.payload or len(self.payload) > MAX_QR or not self.payload.isprintable():
            raise UsageError(f"a QR code holds 1 to {MAX_QR} printable characters.")
        if self.level not in ("L", "M", "Q", "H") or not 0.1 <= self.module_mm <= 5:
            raise UsageError("a QR code has level L, M, Q or H and modules of 0.1 to 5 mm.")

    @property
    def modules(self) -> int:
        """Modules along one side with the quiet zone. Raises UsageError where no QR code holds the payload."""
        return qr_modules(self.payload, self.level) + 2 * QUIET_MODULES

    def module_dots(self, dots_per_mm: float) -> int:
        """The module in whole dots, at least one."""
        return max(1, round(self.module_mm * dots_per_mm))


@dataclass(frozen=True, slots=True)
class Rule:
    """A line from edge to edge."""

    thickness_mm: float = 0.3


@dataclass(frozen=True, slots=True)
class Space:
    """Nothing, so high."""

    height_mm: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in the printer's dots."""

    bitmap: Bitmap
    align: Align = Align.CENTER


Element = Text | Qr | Rule | Space | Picture


@dataclass(frozen=True, slots=True)
class Document:
    """What one label or receipt shows. `length_mm` None: as long as its contents (endless paper)."""

    elements: tuple[Element, ...] = ()
    length_mm: float | None = None
    copies: int = 1
    raster: Bitmap | None = None

    def __post_init__(self) -> None:
        if not self.elements and self.raster is None:
            raise UsageError("an empty document cannot be printed.")
        if len(self.elements) > MAX_ELEMENTS or not 1 <= self.copies <= 20:
            raise UsageError(f"a document has at most {MAX_ELEMENTS} elements and 20 copies.")


@dataclass(frozen=True, slots=True)
class Paper:
    """What can be printed on: draw pictures for this. `length_dots` None: endless."""

    width_dots: int
    dots_per_mm: float
    length_dots: int | None = None

    def dots(self, length_mm: float) -> int:
        """Millimetres as whole dots."""
        return round(length_mm * self.dots_per_mm)

    def left(self, width_dots: int, align: Align) -> int:
        """Where something so wide begins.

        Raises:
            DocumentNotPrintable: it is wider than the paper.
        """
        free = self.width_dots - width_dots
        if free < 0:
            raise DocumentNotPrintable(f"{width_dots} dots do not fit the paper's {self.width_dots}.")
        return {Align.LEFT: 0, Align.CENTER: free // 2, Align.RIGHT: free}[align]


def composed(document: Document, paper: Paper) -> Bitmap:
    """The document as one picture as wide as the paper: its raster, or else its elements one below the other.

    Raises:
        DocumentNotPrintable: it does not fit, or a text comes without its picture (no font here).
    """
    try:
        made = document.raster or Bitmap.stacked((_drawn(each, paper) for each in document.elements), paper.width_dots)
        made = made.placed(paper.left(made.width_dots, Align.CENTER), paper.width_dots)
    except DocumentNotPrintable:
        raise
    except UsageError as error:
        raise DocumentNotPrintable(error.message) from error
    if paper.length_dots is not None and made.height_dots > paper.length_dots:
        raise DocumentNotPrintable(f"{made.height_dots} rows do not fit a label of {paper.length_dots}.")
    return made


def _drawn(element: Element, paper: Paper) -> Bitmap:
    match element:
        case Rule():
            return Bitmap.blank(paper.width_dots, max(1, paper.dots(element.thickness_mm)), black=True)
        case Space():
            return Bitmap.blank(paper.width_dots, max(1, paper.dots(element.height_mm)))
        case Qr():
            code = qr_bitmap(element.payload, module_dots=element.module_dots(paper.dots_per_mm), level=element.level)
            return code.placed(paper.left(code.width_dots, element.align), paper.width_dots)
        case Picture():
            return element.bitmap.placed(paper.left(element.bitmap.width_dots, element.align), paper.width_dots)
        case Text():
            if element.drawn is None:
                raise DocumentNotPrintable("this printer needs its text as a picture.")
            return element.drawn.placed(paper.left(element.drawn.width_dots, element.align), paper.width_dots)
