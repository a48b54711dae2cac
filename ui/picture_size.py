"""How large a JPEG or PNG says it is, read from its header, so that no decoder is given what it need not meet. Pure.

Source: PNG (ISO 15948) 11.2.2 IHDR; JPEG (ITU T.81) annex B: markers, frame headers.
"""

from __future__ import annotations

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_FRAMES = frozenset((0xC0, 0xC1, 0xC2))
"""Baseline, extended and progressive, Huffman coded."""
_MOST_SEGMENTS = 100


def size_of(data: bytes) -> tuple[int, int] | None:
    """(width, height) in pixels; None for what is neither, or has no size in it."""
    found = _png(data) if data.startswith(PNG) else _jpeg(data) if data.startswith(b"\xff\xd8\xff") else None
    return found if found and min(found) > 0 else None


def _png(data: bytes) -> tuple[int, int] | None:
    if len(data) < len(PNG) + 8:
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """Walk from segment to segment up to the frame's header, which comes before the pixels."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        if len(data) < at + 9 or data[at] != 0xFF:
            return None
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _FRAMES:
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        if marker == 0xDA or length < 2:
            return None
        at += 2 + length
    return None
