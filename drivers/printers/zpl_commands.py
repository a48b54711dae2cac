r"""What a ZPL printer is told: builders of the few commands that a badge needs (Zebra, ZPL II Programming Guide).

>>> field_data("50 % ^XA~ \\_ æ")
b'^FH_^FD50 % _5EXA_7E \\_5F \xc3\xa6^FS'
"""

from __future__ import annotations

import re
from itertools import groupby

from drivers.errors import UsageError
from drivers.printers.bitmap import Bitmap
from drivers.printers.document import Align

__all__ = ["CANCEL_ALL", "HOST_STATUS", "field_data", "graphic", "label", "qr", "rule", "text"]

HOST_STATUS = b"~HS"
CANCEL_ALL = b"~JA"
"""Forget every format and label that is not printed yet, a half-received one too."""

MAX_DOTS = 32_000
_ALIGN = {Align.LEFT: "L", Align.CENTER: "C", Align.RIGHT: "R"}
_SPECIAL = re.compile(rb"[\x00-\x1f\x7f^~_]")


def label(contents: bytes, *, width_dots: int, length_dots: int, quantity: int = 1) -> bytes:
    """One label of these fields, `quantity` times; text is UTF-8 (^CI28)."""
    _in_range("the width", width_dots, 2, MAX_DOTS)
    _in_range("the length", length_dots, 1, MAX_DOTS)
    _in_range("the quantity", quantity, 1, 99_999_999)
    head = f"^XA^CI28^PW{width_dots}^LL{length_dots}^LH0,0^PQ{quantity}"
    return head.encode() + contents + b"^XZ\n"


def text(
    content: str, *, x: int, y: int, height_dots: int, width_dots: int = 0, box_dots: int = 0, box_lines: int = 1,
    where: Align = Align.LEFT,
) -> bytes:  # fmt: skip
    """Text in the scalable font 0; with `box_dots`, wrapped to `box_lines` lines and aligned in a box so wide."""
    _in_range("the height of letters", height_dots, 10, MAX_DOTS)
    font = f"{_origin(x, y)}^A0N,{height_dots},{width_dots or height_dots}"
    box = f"^FB{box_dots},{box_lines},0,{_ALIGN[where]}" if box_dots else ""
    # In a box a backslash begins a code of its own, doubled it is one.
    return (font + box).encode() + field_data(content.replace("\\", "\\\\") if box else content)


def qr(payload: str, *, x: int, y: int, module_dots: int = 4, level: str = "M") -> bytes:
    """^BQ model 2; the printer adds no quiet zone.

    Raises:
        UsageError: a module is not 1 to 10 dots, or the payload is not ASCII (draw it as a graphic then).
    """
    _in_range("a QR module", module_dots, 1, 10)
    if not payload.isascii():
        raise UsageError("A QR field of ZPL holds ASCII only.", hint="Print this code as a picture.")
    return f"{_origin(x, y)}^BQN,2,{module_dots}".encode() + field_data(f"{level}A,{payload}")


def rule(*, x: int, y: int, width_dots: int, thickness_dots: int) -> bytes:
    """A filled box."""
    return f"{_origin(x, y)}^GB{width_dots},{thickness_dots},{thickness_dots}^FS".encode()


def graphic(picture: Bitmap, *, x: int, y: int) -> bytes:
    """^GFA with Zebra's own compression of hexadecimal rows."""
    total = len(picture.rows)
    head = f"{_origin(x, y)}^GFA,{total},{total},{picture.row_bytes},"
    rows, before = [], b""
    for row in picture.each_row():
        rows.append(":" if row == before else _packed(row.hex().upper()))
        before = row
    return (head + "".join(rows) + "^FS").encode()


def field_data(content: str) -> bytes:
    """^FD ... ^FS in which ^, ~, _ and control characters are hexadecimal (^FH), so that no text is a command."""
    data = _SPECIAL.sub(lambda found: b"_%02X" % found[0][0], content.encode("utf-8", "ignore"))
    return (b"^FH_^FD" if b"_" in data else b"^FD") + data + b"^FS"


def _packed(row: str) -> str:
    """One row: `,` fills up with white, `!` with black, letters before a digit repeat it."""
    for digit, rest in (("0", ","), ("F", "!")):
        kept = row.rstrip(digit)
        if len(row) - len(kept) >= 2:
            return _runs(kept) + rest
    return _runs(row)


def _runs(row: str) -> str:
    return "".join(_count(len(list(run))) + digit for digit, run in groupby(row))


def _count(times: int) -> str:
    """1 to 19 are G to Y, 20 to 400 in twenties g to z; "" for once."""
    most, times = "z" * (times // 400), times % 400
    twenties = chr(ord("g") + times // 20 - 1) if times >= 20 else ""
    ones = chr(ord("G") + times % 20 - 1) if times % 20 else ""
    return "" if not most and not twenties and ones == "G" else most + twenties + ones


def _origin(x: int, y: int) -> str:
    _in_range("x", x, 0, MAX_DOTS)
    _in_range("y", y, 0, MAX_DOTS)
    return f"^FO{x},{y}"


def _in_range(what: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise UsageError(f"{what} is {low} to {high} dots, not {value}.")
