"""PNG files, read back by the standard's own rules."""

from __future__ import annotations

import struct
import zlib

import pytest

from common.png import GREY, RGB, png


@pytest.mark.parametrize(
    ("width", "height", "bits", "colour", "rows"),
    [(1, 1, 8, RGB, [b"\x01\x02\x03"]), (16, 2, 1, GREY, [b"\xf0\x0f", b"\xaa\x55"]), (2, 1, 8, GREY, [b"\x00\xff"])],
)
@pytest.mark.parametrize("level", [-1, 0, 9])
def test_what_is_written(width: int, height: int, bits: int, colour: int, rows: list[bytes], level: int) -> None:
    data = png(width, height, rows, bits=bits, colour=colour, level=level)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    found, at = {}, 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        content = data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(kind + content),)
        found[kind] = content
        at += 12 + length
    assert list(found) == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBBBBB", found[b"IHDR"]) == (width, height, bits, colour, 0, 0, 0)
    assert zlib.decompress(found[b"IDAT"]) == b"".join(b"\0" + row for row in rows)
