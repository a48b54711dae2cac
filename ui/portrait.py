"""A picture of a person as pixels: decoded, cut to a square, and made round. Without a window, in any thread."""

from __future__ import annotations

import logging
import math
from functools import lru_cache
from io import BytesIO

from ui.picture_size import size_of

log = logging.getLogger(__name__)

MOST_SIDE_PX = 512
_ENDS = (b"\xff\xd9", b"IEND")
"""libjpeg fills up with grey what was cut off."""


def round_portrait(data: bytes) -> tuple[int, bytes] | None:
    """(side in pixels, RGBA row by row from the top, clear outside of the disc); None for what cannot be used.

    `data` is a JPEG or PNG from somewhere else: its size is read before a decoder sees it. Blocking, a millisecond.
    """
    size = size_of(data)
    if size is None or max(size) > MOST_SIDE_PX or not any(end in data[-64:] for end in _ENDS):
        return None
    decoded = _decoded(data)
    if decoded is None or decoded[:2] != size:
        return None
    width, height, pixels = decoded
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    starts = (4 * (width * y + left) for y in range(top, top + side))
    square = bytearray(b"".join(pixels[start : start + 4 * side] for start in starts))
    square[3::4] = _disc(side)
    return side, bytes(square)


def _decoded(data: bytes) -> tuple[int, int, bytes] | None:
    """Width, height, RGBA."""
    from kivy.core.image.img_sdl2 import ImageLoaderSDL2

    try:
        loader = ImageLoaderSDL2("portrait", rawdata=BytesIO(data), inline=True, nocache=True, keep_data=True)
    except Exception as error:  # noqa: BLE001 - for a picture that it cannot read Kivy raises a bare Exception
        log.info("a picture of a person cannot be decoded: %s", type(error).__name__)
        return None
    (found,) = loader._data[:1]  # only a texture is public, and that needs a window
    depth = {"rgb": 3, "rgba": 4}.get(found.fmt)
    if depth is None:
        log.info("a picture of a person has pixels of the kind %s", found.fmt)
        return None
    width, height, stride = found.width, found.height, len(found.data) // found.height
    rows = b"".join(found.data[stride * y : stride * y + depth * width] for y in range(height))
    pixels = bytearray(4 * width * height)
    for channel in range(depth):
        pixels[channel::4] = rows[channel::depth]
    return width, height, bytes(pixels)


@lru_cache(maxsize=2)
def _disc(side: int) -> bytes:
    """How much of each pixel lies within the disc, 0 to 255, with a soft edge."""
    middle = (side - 1) / 2
    return bytes(
        round(255 * min(1.0, max(0.0, side / 2 - math.hypot(x - middle, y - middle))))
        for y in range(side)
        for x in range(side)
    )
