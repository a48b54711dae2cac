"""Pictures of people who do not exist: head and shoulders in flat colours of the person's own, as JPEG or PNG.

Real ones are JPEG (Graph v1.0 profilePhoto); here every second person has a PNG, so that both are seen. The JPEG is
baseline without chroma subsampling and has no detail inside its blocks of 8x8 (ITU T.81).
"""

from __future__ import annotations

import hashlib
import struct
from functools import lru_cache

from common.png import RGB, png

SIDES = (48, 64, 96, 120, 240, 360, 432, 504, 648)
"""What Graph offers, in pixels."""
BLOCK = 8
Colour = tuple[int, int, int]
_DC_LENGTHS = bytes((0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0))
"""How many codes of each length there are, from 1 bit (T.81 table K.3); the symbols are 0 to 11."""
_AC_LENGTHS = bytes((1, *(0,) * 15))
"""The one symbol is "end of block", written as the bit 0."""


@lru_cache(maxsize=64)
def portrait(seed: str, side: int) -> tuple[str, bytes]:
    """The media type and the picture of whoever `seed` is, `side` pixels square."""
    chance = hashlib.sha256(seed.encode()).digest()
    if chance[0] % 2:
        return "image/png", _png(chance, side)
    return "image/jpeg", _jpeg(chance, side)


def _colour(chance: bytes, x: float, y: float) -> Colour:
    """The colour at a point of the unit square, y downwards."""
    if (x - 0.5) ** 2 + (y - 0.38) ** 2 < 0.2**2:
        return _mixed(chance, 4, 110)
    shoulders = (x - 0.5) ** 2 / 0.16 + (y - 1.05) ** 2 / 0.2 < 1
    return _mixed(chance, 7, 50) if shoulders else _mixed(chance, 1, 170)


def _mixed(chance: bytes, first: int, base: int) -> Colour:
    red, green, blue = (base + part % 80 for part in chance[first : first + 3])
    return red, green, blue


# --- PNG ---


def _png(chance: bytes, side: int) -> bytes:
    lines = (b"".join(bytes(_colour(chance, x / side, y / side)) for x in range(side)) for y in range(side))
    return png(side, side, lines, bits=8, colour=RGB)


# --- JPEG ---


def _jpeg(chance: bytes, side: int) -> bytes:
    components = b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xDB, b"\x00" + bytes([BLOCK]) * 64),
            _segment(0xC0, struct.pack(">BHHB", 8, side, side, 3) + components),
            _segment(0xC4, b"\x00" + _DC_LENGTHS + bytes(range(12))),
            _segment(0xC4, b"\x10" + _AC_LENGTHS + b"\x00"),
            _segment(0xDA, b"\x03" + b"".join(bytes((number, 0)) for number in (1, 2, 3)) + b"\x00\x3f\x00"),
            _scan(chance, side),
            b"\xff\xd9",
        )
    )


def _segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def _scan(chance: bytes, side: int) -> bytes:
    """The blocks, row by row: the difference of each component to the block before, and end of block."""
    across = -(-side // BLOCK)
    last, bits = [0, 0, 0], []
    for place in range(across * across):
        x, y = (place % across + 0.5) / across, (place // across + 0.5) / across
        for component, level in enumerate(_levels(_colour(chance, x, y))):
            bits.append(_coded(level - last[component]) + "0")
            last[component] = level
    stream = "".join(bits)
    stream += "1" * (-len(stream) % 8)
    return int(stream, 2).to_bytes(len(stream) // 8, "big").replace(b"\xff", b"\xff\x00")


def _levels(colour: Colour) -> tuple[int, int, int]:
    """Luma and both chromas, about 0: with a quantum of 8 they are the DC coefficients of a flat block (JFIF)."""
    red, green, blue = colour
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return round(luma) - 128, round((blue - luma) * 0.564), round((red - luma) * 0.713)


def _coded(difference: int) -> str:
    size = abs(difference).bit_length()
    if not size:
        return _dc_codes()[0]
    return _dc_codes()[size] + f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}"


@lru_cache(maxsize=1)
def _dc_codes() -> tuple[str, ...]:
    """The code of each symbol, counted up through the lengths (T.81 annex C)."""
    found, code = [], 0
    for length, number in enumerate(_DC_LENGTHS, 1):
        for _ in range(number):
            found.append(f"{code:0{length}b}")
            code += 1
        code <<= 1
    return tuple(found)
