"""Writes PNG files (W3C PNG, no interlace): what screenshots, label previews and sample portraits have in common."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

__all__ = ["GREY", "RGB", "png"]

GREY, RGB = 0, 2
"""Colour types."""


def png(width: int, height: int, rows: Iterable[bytes], *, bits: int, colour: int, level: int = -1) -> bytes:
    """Return the file. `rows` are `height` lines of `width` dots, packed; `bits` for each sample; `level` is zlib's."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    content = zlib.compress(b"".join(b"\0" + row for row in rows), level)
    parts = ((b"IHDR", header), (b"IDAT", content), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
