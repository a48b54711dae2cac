"""A badge's 1-bit rows as grey levels, made smaller by whole steps so that fine lines do not flicker. Pure."""

from __future__ import annotations

import operator

from kiosk.view import BadgeView

_BITS = [bytes(0 if byte >> (7 - bit) & 1 else 255 for bit in range(8)) for byte in range(256)]
_PAIRS = [bytes(255 - (((byte >> (6 - 2 * n)) & 3).bit_count() * 255 // 2) for n in range(4)) for byte in range(256)]
_QUADS = [bytes(255 - (((byte >> (4 - 4 * n)) & 15).bit_count() * 255 // 4) for n in range(2)) for byte in range(256)]
_STEPS = {1: _BITS, 2: _PAIRS, 4: _QUADS}


def step_for(badge: BadgeView, width_px: float) -> int:
    """By how much to make it smaller when it is to be drawn `width_px` wide: 1, 2 or 4."""
    ratio = badge.width_dots / max(1.0, width_px)
    return 4 if ratio >= 4 else 2 if ratio >= 1.6 else 1


def grey(badge: BadgeView, step: int) -> tuple[int, int, bytes]:
    """(width, height, one byte a pixel from the top, 255 is white). Rows that are missing are white."""
    table, stride = _STEPS[step], (badge.width_dots + 7) // 8
    width, height = badge.width_dots // step, badge.height_dots // step
    picture = bytearray()
    for y in range(height):
        lines = [_line(badge, y * step + part, stride, table)[:width] for part in range(step)]
        picture += lines[0] if step == 1 else _mean(lines)
    return width, height, bytes(picture)


def _line(badge: BadgeView, row: int, stride: int, table: list[bytes]) -> bytes:
    data = badge.rows[row * stride : (row + 1) * stride].ljust(stride, b"\0")
    return b"".join([table[byte] for byte in data])


def _mean(lines: list[bytes]) -> bytes:
    total = list(lines[0])
    for line in lines[1:]:
        total = list(map(operator.add, total, line))
    count = len(lines)
    return bytes([value // count for value in total])
