"""What an ESC/POS printer is told: builders of the few commands that a badge needs (Epson, ESC/POS Command Reference).

>>> encoded("Søren", "cp1252")
Encoded(data=b'S\\xf8ren', missing='')
>>> encoded("Zoë ★", "cp865").missing
'★'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from drivers.errors import UsageError
from drivers.printers.bitmap import Bitmap
from drivers.printers.document import Align

__all__ = [
    "CLEAR_BUFFERS",
    "CODE_PAGES",
    "Encoded",
    "align",
    "auto_status",
    "cut",
    "encoded",
    "feed",
    "line",
    "qr",
    "raster",
    "reset",
    "status_request",
    "style",
]

CODE_PAGES: Mapping[str, int] = {"cp437": 0, "cp850": 2, "cp865": 5, "cp1252": 16, "cp852": 18, "cp858": 19}
"""Python's name -> n of ESC t; Danish and Spanish are whole in cp850, cp858 and cp1252."""

STRIP_ROWS = 256
CLEAR_BUFFERS = bytes.fromhex("10 14 08 01 03 14 01 06 02 08")
"""DLE DC4 8, in real time: forget what is not printed yet. Answered by 37 25 00."""

_REAL_TIME = re.compile(rb"\x10(?=[\x04\x05\x14])")
_ALIGN = {Align.LEFT: 0, Align.CENTER: 1, Align.RIGHT: 2}
_LEVELS = {"L": 48, "M": 49, "Q": 50, "H": 51}


@dataclass(frozen=True, slots=True)
class Encoded:
    """`missing` holds each character that the code page lacks, once; `data` leaves them out."""

    data: bytes
    missing: str


def encoded(text: str, page: str) -> Encoded:
    """The text in a code page of the printer. Control characters are left out: they would be commands.

    Raises:
        UsageError: no such code page.
    """
    _page(page)
    plain = "".join(c for c in text if c.isprintable())
    missing = "".join(dict.fromkeys(c for c in plain if not c.encode(page, "ignore")))
    return Encoded(plain.encode(page, "ignore"), missing)


def _page(page: str) -> int:
    if page not in CODE_PAGES:
        raise UsageError(f"There is no code page {page!r}.", hint=f"Known: {', '.join(CODE_PAGES)}.")
    return CODE_PAGES[page]


def reset(page: str) -> bytes:
    """ESC @, then what a default may have changed: no Kanji, American letters, our code page, motion in dots, ASB."""
    return b"\x1b@\x1c.\x1bR\x00\x1bt" + bytes((_page(page),)) + b"\x1dP\xcb\xcb" + auto_status(on=True)


def style(*, wide: int = 1, high: int = 1, bold: bool = False) -> bytes:
    """Letters 1 to 8 times as wide and as high, and bold or not."""
    _in_range("the width of letters", wide, 1, 8)
    _in_range("the height of letters", high, 1, 8)
    return b"\x1d!" + bytes((wide - 1 << 4 | high - 1,)) + b"\x1bE" + bytes((bold,))


def align(where: Align) -> bytes:
    """ESC a: for the lines, codes and pictures that follow."""
    return b"\x1ba" + bytes((_ALIGN[where],))


def line(text: str, page: str) -> bytes:
    """One line of text, printed.

    Raises:
        UsageError: the code page lacks a character; `encoded` tells which.
    """
    made = encoded(text, page)
    if made.missing:
        raise UsageError(f"The code page {page} lacks {made.missing!r}.", hint="Print this line as a picture.")
    return made.data + b"\n"


def qr(payload: str, *, module_dots: int = 4, level: str = "M") -> bytes:
    """GS ( k, functions 65 model 2, 67 module, 69 level, 80 store, 81 print; the printer adds no quiet zone."""
    _in_range("a QR module", module_dots, 1, 16)
    data = payload.encode()
    return b"".join(
        _gs_k(function, parameters)
        for function, parameters in (
            (65, b"\x32\x00"),
            (67, bytes((module_dots,))),
            (69, bytes((_LEVELS[level],))),
            (80, b"0" + data),
            (81, b"0"),
        )
    )


def _gs_k(function: int, parameters: bytes) -> bytes:
    return b"\x1d(k" + (len(parameters) + 2).to_bytes(2, "little") + b"1" + bytes((function,)) + parameters


def raster(picture: Bitmap) -> bytes:
    """GS v 0 in strips of at most 256 rows.

    A printer may obey DLE EOT, DLE ENQ and DLE DC4 even inside a picture (one of them switches it off): where the
    dots happen to spell one, one white dot becomes black.
    """
    size = picture.row_bytes.to_bytes(2, "little")
    return b"".join(
        b"\x1dv0\x00" + size + strip.height_dots.to_bytes(2, "little") + _REAL_TIME.sub(b"\x11", strip.rows)
        for strip in picture.strips(STRIP_ROWS)
    )


def feed(dots: int) -> bytes:
    """ESC J as often as needed: paper forward by `dots`."""
    _in_range("the feed", dots, 0, 20_000)
    return b"\x1bJ\xff" * (dots // 255) + (b"\x1bJ" + bytes((dots % 255,)) if dots % 255 else b"")


def cut(feed_dots: int = 0) -> bytes:
    """GS V 65: feed to the knife and `feed_dots` further, then cut."""
    _in_range("the feed before the cut", feed_dots, 0, 255)
    return b"\x1dVA" + bytes((feed_dots,))


def status_request(n: int) -> bytes:
    """DLE EOT n, answered in real time."""
    _in_range("n of DLE EOT", n, 1, 4)
    return b"\x10\x04" + bytes((n,))


def auto_status(*, on: bool) -> bytes:
    """GS a: four bytes by itself whenever on-line, error or paper change (and once at once)."""
    return b"\x1da" + (b"\x0e" if on else b"\x00")


def _in_range(what: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise UsageError(f"{what} is {low} to {high}, not {value}.")
