"""What QEMU says that a screen shows: a PPM, read far enough to compare colours."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

Rgb = tuple[int, int, int]
HEAD = re.compile(rb"P6\s(\d+)\s(\d+)\s255\s")


@dataclass(frozen=True)
class Picture:
    """Rows from above, three bytes a pixel."""

    width: int
    height: int
    pixels: bytes

    def at(self, x: int, y: int) -> Rgb:
        """The colour of a pixel."""
        start = 3 * (y * self.width + x)
        red, green, blue = self.pixels[start : start + 3]
        return red, green, blue

    def share(self, colour: str, tolerance: int = 6) -> float:
        """How much of the picture has nearly that colour ("#0B7A4B"), 0 to 1; every fourth pixel each way counts."""
        wanted = tuple(bytes.fromhex(colour.removeprefix("#")))
        seen = Counter(self.at(x, y) for y in range(0, self.height, 4) for x in range(0, self.width, 4))
        near = sum(
            n for rgb, n in seen.items() if max(abs(a - b) for a, b in zip(rgb, wanted, strict=True)) <= tolerance
        )
        return near / seen.total()


def read(path: Path) -> Picture:
    """Read a binary PPM with 8 bits a colour. Raises ValueError: it is none."""
    data = path.read_bytes()
    head = HEAD.match(data)
    if head is None or len(data) - head.end() != 3 * int(head[1]) * int(head[2]):
        raise ValueError(f"{path} is no PPM that QEMU would write")
    return Picture(int(head[1]), int(head[2]), data[head.end() :])
