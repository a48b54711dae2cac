"""Pictures of one bit a dot, as printers want them: packed rows, leftmost dot in the highest bit, 1 is black."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import segno
from segno.encoder import DataOverflowError

from drivers.errors import UsageError

__all__ = ["QUIET_MODULES", "Bitmap", "pack_bits", "qr_bitmap", "qr_modules", "unpack_bits"]

QUIET_MODULES = 4
"""The white border that ISO/IEC 18004 asks for on each side."""

MAX_DOTS = 40_000_000
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class Bitmap:
    """`rows` holds `height_dots` rows of (width_dots + 7) // 8 bytes; dots beyond the width are cleared.

    >>> Bitmap.of(["#..", ".#."]).rows.hex()
    '8040'
    """

    width_dots: int
    height_dots: int
    rows: bytes

    def __post_init__(self) -> None:
        if self.width_dots < 1 or self.height_dots < 1 or self.width_dots * self.height_dots > MAX_DOTS:
            raise UsageError(f"a picture of {self.width_dots} x {self.height_dots} dots cannot be printed.")
        if len(self.rows) != self.row_bytes * self.height_dots:
            expected = self.row_bytes * self.height_dots
            raise UsageError(f"the rows of a picture are {len(self.rows)} bytes, expected {expected}.")
        if spare := -self.width_dots % 8:
            mask = 0xFF << spare & 0xFF
            cleared = bytearray(self.rows)
            last = slice(self.row_bytes - 1, None, self.row_bytes)
            cleared[last] = bytes(byte & mask for byte in cleared[last])
            object.__setattr__(self, "rows", bytes(cleared))

    @classmethod
    def of(cls, lines: Sequence[str]) -> Bitmap:
        """Read a drawing: "#" is black."""
        width = max(map(len, lines))
        size = (width + 7) // 8
        rows = (int("".join("01"[c == "#"] for c in line.ljust(size * 8)), 2).to_bytes(size, "big") for line in lines)
        return cls(width, len(lines), b"".join(rows))

    @classmethod
    def blank(cls, width_dots: int, height_dots: int, *, black: bool = False) -> Bitmap:
        """All white, or all black."""
        return cls(width_dots, height_dots, (b"\xff" if black else b"\0") * ((width_dots + 7) // 8 * height_dots))

    @classmethod
    def stacked(cls, parts: Iterable[Bitmap], width_dots: int) -> Bitmap:
        """One below the other, each at the left edge of `width_dots`.

        Raises:
            UsageError: no parts, or a part is wider.
        """
        placed = [part.placed(0, width_dots) for part in parts]
        return cls(width_dots, sum(part.height_dots for part in placed), b"".join(part.rows for part in placed))

    @property
    def row_bytes(self) -> int:
        return (self.width_dots + 7) // 8

    def dot(self, x: int, y: int) -> bool:
        """Whether the dot is black; outside everything is white."""
        if not (0 <= x < self.width_dots and 0 <= y < self.height_dots):
            return False
        return bool(self.rows[y * self.row_bytes + x // 8] & 0x80 >> x % 8)

    def each_row(self) -> Iterator[bytes]:
        """Rows from the top."""
        size = self.row_bytes
        return (self.rows[at : at + size] for at in range(0, len(self.rows), size))

    def strips(self, height_dots: int) -> Iterator[Bitmap]:
        """From the top, each at most `height_dots` high."""
        for top in range(0, self.height_dots, height_dots):
            height = min(height_dots, self.height_dots - top)
            at = top * self.row_bytes
            yield Bitmap(self.width_dots, height, self.rows[at : at + height * self.row_bytes])

    def placed(self, left_dots: int, width_dots: int) -> Bitmap:
        """The picture on a white ground of `width_dots`, `left_dots` from its left edge.

        Raises:
            UsageError: it does not fit.
        """
        if left_dots < 0 or left_dots + self.width_dots > width_dots:
            raise UsageError(f"a picture {self.width_dots} dots wide does not fit {width_dots} dots.")
        if not left_dots and width_dots == self.width_dots:
            return self
        size = (width_dots + 7) // 8
        shift = size * 8 - self.row_bytes * 8 - left_dots
        # The padding bits of the picture may hang over the right edge: they are white, so they may be cut off.
        rows = (
            (value << shift if shift >= 0 else value >> -shift).to_bytes(size, "big")
            for value in (int.from_bytes(row, "big") for row in self.each_row())
        )
        return Bitmap(width_dots, self.height_dots, b"".join(rows))

    def cut(self, left_dots: int, width_dots: int) -> Bitmap:
        """The columns from `left_dots` on.

        Raises:
            UsageError: the picture is not so wide.
        """
        if left_dots < 0 or left_dots + width_dots > self.width_dots:
            raise UsageError(f"a picture {self.width_dots} dots wide has no {width_dots} dots from {left_dots} on.")
        size = (width_dots + 7) // 8
        mask = (1 << self.row_bytes * 8 - left_dots) - 1
        shift = self.row_bytes * 8 - left_dots - size * 8
        rows = (
            (value >> shift if shift >= 0 else value << -shift).to_bytes(size, "big")
            for value in (int.from_bytes(row, "big") & mask for row in self.each_row())
        )
        return Bitmap(width_dots, self.height_dots, b"".join(rows))

    def mirrored(self) -> Bitmap:
        """Left and right exchanged."""
        size, spare = self.row_bytes, -self.width_dots % 8
        rows = (
            (int.from_bytes(row[::-1].translate(_REVERSED), "big") << spare & (1 << size * 8) - 1).to_bytes(size, "big")
            for row in self.each_row()
        )
        return Bitmap(self.width_dots, self.height_dots, b"".join(rows))

    def scaled(self, factor: int) -> Bitmap:
        """Each dot becomes `factor` x `factor` dots.

        Raises:
            UsageError: the factor is below 1, or the result too large.
        """
        if factor < 1 or self.width_dots * self.height_dots * factor * factor > MAX_DOTS:
            raise UsageError(f"a picture cannot be scaled by {factor}.")
        width, size = self.width_dots * factor, (self.width_dots * factor + 7) // 8
        double = str.maketrans({"0": "0" * factor, "1": "1" * factor})
        rows = bytearray()
        for row in self.each_row():
            bits = f"{int.from_bytes(row, 'big'):0{len(row) * 8}b}"[: self.width_dots].translate(double)
            rows += int(bits.ljust(size * 8, "0"), 2).to_bytes(size, "big") * factor
        return Bitmap(width, self.height_dots * factor, bytes(rows))


def qr_modules(payload: str, level: str = "M") -> int:
    """Modules along one side, without the quiet zone.

    Raises:
        UsageError: the payload does not fit any QR code.
    """
    return len(_matrix(payload, level))


def qr_bitmap(payload: str, *, module_dots: int = 1, level: str = "M", quiet_modules: int = QUIET_MODULES) -> Bitmap:
    """The QR code of `payload`, quiet zone included.

    Raises:
        UsageError: the payload does not fit any QR code, or the picture is too large.
    """
    border = "." * quiet_modules
    matrix = _matrix(payload, level)
    white = ["." * (len(matrix) + 2 * quiet_modules)] * quiet_modules
    lines = [border + "".join("#" if module else "." for module in row) + border for row in matrix]
    return Bitmap.of([*white, *lines, *white]).scaled(module_dots)


def _matrix(payload: str, level: str) -> tuple[bytearray, ...]:
    try:
        made = segno.make(payload, error=level, micro=False, boost_error=False)
    except (DataOverflowError, ValueError) as error:
        raise UsageError(f"a text of {len(payload)} characters fits no QR code of level {level}.") from error
    matrix: tuple[bytearray, ...] = made.matrix
    return matrix


def pack_bits(data: bytes) -> bytes:
    """Compress one row as PackBits (TIFF 6.0, section 9): n >= 0 copies n + 1 bytes, n < 0 repeats one 1 - n times."""
    packed, literal, at = bytearray(), bytearray(), 0

    def flush() -> None:
        for start in range(0, len(literal), 128):
            piece = literal[start : start + 128]
            packed.append(len(piece) - 1)
            packed.extend(piece)
        literal.clear()

    while at < len(data):
        run = 1
        while run < 128 and at + run < len(data) and data[at + run] == data[at]:
            run += 1
        # A run of two inside other bytes saves nothing.
        if run >= 3 or (run == 2 and not literal):
            flush()
            packed += bytes((257 - run, data[at]))
        else:
            literal += data[at : at + run]
        at += run
    flush()
    return bytes(packed)


def unpack_bits(data: bytes, limit: int) -> bytes:
    """Undo `pack_bits`.

    Raises:
        UsageError: cut off in the middle, or longer than `limit` bytes.
    """
    plain, at = bytearray(), 0
    while at < len(data):
        count = data[at]
        if count == 128:
            at += 1
            continue
        taken = count + 1 if count < 128 else 1
        piece = data[at + 1 : at + 1 + taken]
        plain += piece if count < 128 else piece * (257 - count)
        if len(piece) < taken or len(plain) > limit:
            raise UsageError("a compressed row is cut off, or too long.")
        at += 1 + taken
    return bytes(plain)
