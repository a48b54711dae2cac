"""Fonts: Inter with tabular figures, and what stands in for scripts that it does not have.

Kivy draws one string with one font, so the font is picked for each string.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import unicodedata
from enum import StrEnum
from pathlib import Path

from ui.bidi import visual
from ui.coverage import code_points

FONTS = Path(__file__).parent / "fonts"
RAISED_COLON = "\ue03a"
"""Private code point that scripts/fonts gives to the colon between digits."""

SYSTEM_FALLBACKS = (
    Path("/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf"),
    Path("/usr/share/fonts/truetype/noto/NotoSansDevanagari-Regular.ttf"),
    Path("/usr/share/fonts/truetype/noto/NotoSansThai-Regular.ttf"),
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
)
"""Of Debian's fonts-noto-core and fonts-noto-cjk, where they are installed."""


class Weight(StrEnum):
    """The cuts that are bundled."""

    REGULAR = "Inter-Regular"
    MEDIUM = "Inter-Medium"
    SEMIBOLD = "Inter-SemiBold"
    BOLD = "Inter-Bold"
    DISPLAY = "InterDisplay-Bold"
    """Tighter and finer, for words of 10 mm and more; its digits are proportional."""

    @property
    def file(self) -> Path:
        return FONTS / f"{self.value}.otf"


def has_glyphs(text: str) -> bool:
    """Whether Inter can draw every letter: what a badge or a guest's name is asked before it is taken."""
    return _covers(Weight.REGULAR.file, clean(text))


def clean(text: str) -> str:
    """One line without control characters, in NFC: a subject from Graph may hold anything."""
    visible = "".join(" " if character.isspace() else character for character in unicodedata.normalize("NFC", text))
    kept = "".join(character for character in visible if unicodedata.category(character)[0] != "C")
    return re.sub(r" +", " ", kept).strip()


def typeset(text: str, weight: Weight) -> tuple[Path, str]:
    """The font that draws `text`, and the text as it is drawn.

    Letters that no font has are left out; where that would leave nothing, they are drawn as boxes.
    """
    if _covers(weight.file, text):
        raised = text if weight is Weight.DISPLAY else re.sub(r"(?<=\d):(?=\d)", RAISED_COLON, text)
        return weight.file, raised
    text = visual(text)
    fonts = (weight.file, *fallbacks())
    best = max(fonts, key=lambda font: sum(ord(character) in _coverage(font) for character in text))
    drawn = clean("".join(character for character in text if ord(character) in _coverage(best)))
    return best, drawn or text


@functools.cache
def fallbacks() -> tuple[Path, ...]:
    """Fonts for other scripts, best first: DejaVu Sans, which comes with Kivy, then the system's Noto."""
    spec = importlib.util.find_spec("kivy")
    places = spec.submodule_search_locations if spec else None
    shipped = [Path(place) / "data" / "fonts" / "DejaVuSans.ttf" for place in places or ()]
    return tuple(font for font in (*shipped, *SYSTEM_FALLBACKS) if font.is_file())


@functools.cache
def _coverage(font: Path) -> frozenset[int]:
    return code_points(font)


def _covers(font: Path, text: str) -> bool:
    return _coverage(font).issuperset(map(ord, text))
