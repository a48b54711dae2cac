"""Pictures from elsewhere: what their headers say, what is cut out, and what never reaches the decoder."""

from __future__ import annotations

import struct
import zlib

import pytest

from ui import portrait
from ui.picture_size import PNG, size_of
from ui.portrait import MOST_SIDE_PX, round_portrait


def png(width: int, height: int) -> bytes:
    """Columns of red 0 to `width` - 1, rows of green."""
    lines = b"".join(b"\0" + b"".join(bytes((x, y, 9)) for x in range(width)) for y in range(height))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines)),
        (b"IEND", b""),
    ]
    return PNG[:8] + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def frame(width: int, height: int, marker: int = 0xC0) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">HBHHB", 11, 8, height, width, 1) + bytes((1, 0x11, 0))


APP0 = b"\xff\xe0\x00\x10JFIF\0" + bytes(9)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(3, 5), (3, 5)),
        (b"\xff\xd8" + frame(7, 9), (7, 9)),
        (b"\xff\xd8" + APP0 + frame(300, 200, 0xC2), (300, 200)),
        (b"\xff\xd8" + APP0 * 99 + frame(1, 1), (1, 1)),
        (b"\xff\xd8" + APP0 * 100 + frame(1, 1), None),
        (b"\xff\xd8" + frame(7, 0), None),
        (b"\xff\xd8" + frame(7, 9, 0xC3), None),
        (b"\xff\xd8\xff\xe0\x00\x01" + bytes(20), None),
        (b"\xff\xd8\xff\xda\x00\x08" + bytes(20), None),
        (b"\xff\xd8" + APP0, None),
        (png(3, 5)[:20], None),
        (b"GIF89a" + bytes(30), None),
        (b"", None),
    ],
)
def test_the_size_in_the_header(data: bytes, size: tuple[int, int] | None) -> None:
    assert size_of(data) == size


@pytest.mark.parametrize(("width", "height", "left", "top"), [(9, 9, 0, 0), (20, 9, 5, 0), (9, 20, 0, 5)])
def test_the_middle_is_cut_out_and_made_round(width: int, height: int, left: int, top: int) -> None:
    found = round_portrait(png(width, height))
    assert found is not None
    side, pixels = found
    assert side == 9
    assert pixels[4 * (4 * 9 + 4) :][:4] == bytes((left + 4, top + 4, 9, 255))
    assert pixels[3] == pixels[-1] == 0, "the corners are clear"


def test_what_claims_to_be_large_meets_no_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    monkeypatch.setattr(portrait, "_decoded", asked.append)
    for width, height in ((MOST_SIDE_PX + 1, 10), (10, 2**31)):
        lying = png(2, 2).replace(struct.pack(">II", 2, 2), struct.pack(">II", width, height))
        assert round_portrait(lying) is None
    assert asked == []


@pytest.mark.parametrize("data", [png(9, 9)[:60], png(9, 9)[:33] + bytes(200), png(9, 9)[:-12]])
def test_what_the_decoder_refuses_is_no_picture(data: bytes) -> None:
    assert round_portrait(data) is None
