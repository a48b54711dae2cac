"""Which characters a font file can draw, read from its `cmap` table (OpenType 1.9, formats 4 and 12).

SDL_ttf draws an empty box for a letter that a font lacks, and does not say so.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from common.errors import MyDeskError

MAX_FONT_BYTES = 40_000_000


class FontError(MyDeskError):
    """Error raised when a font file cannot be read."""


def code_points(path: Path) -> frozenset[int]:
    """The code points that the font (the first face of a collection) has glyphs for. Raises FontError."""
    try:
        if path.stat().st_size > MAX_FONT_BYTES:
            raise FontError(f"{path} is larger than {MAX_FONT_BYTES} bytes.")
        data = path.read_bytes()
        table = _best_subtable(data, _cmap_offset(data))
        return frozenset(_codes(data, table))
    except (OSError, struct.error, IndexError) as error:
        raise FontError(f"{path} cannot be read as a font: {error}.", hint="Install the fonts again.") from error


def _cmap_offset(data: bytes) -> int:
    start = struct.unpack_from(">I", data, 12)[0] if data[:4] == b"ttcf" else 0
    (count,) = struct.unpack_from(">H", data, start + 4)
    for index in range(count):
        tag, _, offset, _ = struct.unpack_from(">4sIII", data, start + 12 + 16 * index)
        if tag == b"cmap":
            return int(offset)
    raise struct.error("it has no cmap table")


def _best_subtable(data: bytes, cmap: int) -> int:
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    found: dict[int, int] = {}
    for index in range(count):
        platform, _, offset = struct.unpack_from(">HHI", data, cmap + 4 + 8 * index)
        (kind,) = struct.unpack_from(">H", data, cmap + offset)
        if platform in {0, 3} and kind in {4, 12}:
            found[kind] = cmap + offset
    if not found:
        raise struct.error("it has no Unicode cmap")
    return found[max(found)]


def _codes(data: bytes, table: int) -> Iterator[int]:
    (kind,) = struct.unpack_from(">H", data, table)
    if kind == 12:
        (groups,) = struct.unpack_from(">I", data, table + 12)
        for index in range(groups):
            first, last, _ = struct.unpack_from(">III", data, table + 16 + 12 * index)
            yield from range(first, min(last, 0x10FFFF) + 1)
        return
    (double,) = struct.unpack_from(">H", data, table + 6)
    for index in range(double // 2):
        yield from _segment(data, table, double, index)


def _segment(data: bytes, table: int, double: int, index: int) -> Iterator[int]:
    """One run of format 4; a glyph number of 0 is a hole in it."""
    (last,) = struct.unpack_from(">H", data, table + 14 + 2 * index)
    (first,) = struct.unpack_from(">H", data, table + 16 + double + 2 * index)
    (delta,) = struct.unpack_from(">H", data, table + 16 + 2 * double + 2 * index)
    at = table + 16 + 3 * double + 2 * index
    (offset,) = struct.unpack_from(">H", data, at)
    for code in range(first, last + 1):
        glyph = code + delta
        if offset:
            (raw,) = struct.unpack_from(">H", data, at + offset + 2 * (code - first))
            glyph = raw + delta if raw else 0
        if glyph & 0xFFFF and code != 0xFFFF:
            yield code
