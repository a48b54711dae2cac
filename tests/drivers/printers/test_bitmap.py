"""Pictures of one bit a dot: packing, moving, scaling, QR codes, PackBits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import UsageError
from drivers.printers.bitmap import Bitmap, pack_bits, qr_bitmap, qr_modules, unpack_bits

pictures = st.integers(1, 40).flatmap(
    lambda width: st.lists(st.text("#.", min_size=width, max_size=width), min_size=1, max_size=6).map(Bitmap.of)
)


def drawn(picture: Bitmap) -> list[str]:
    return [
        "".join("#" if picture.dot(x, y) else "." for x in range(picture.width_dots))
        for y in range(picture.height_dots)
    ]


@given(pictures)
def test_dots_are_where_they_were_drawn(picture: Bitmap) -> None:
    lines = drawn(picture)
    assert Bitmap.of(lines) == picture
    assert drawn(picture.mirrored()) == [line[::-1] for line in lines]
    assert picture.mirrored().mirrored() == picture
    assert Bitmap.stacked(picture.strips(2), picture.width_dots) == picture


@given(pictures, st.integers(0, 20), st.integers(0, 20))
def test_placed_and_cut_are_opposites(picture: Bitmap, left: int, right: int) -> None:
    wide = picture.placed(left, left + picture.width_dots + right)
    assert drawn(wide) == ["." * left + line + "." * right for line in drawn(picture)]
    assert wide.cut(left, picture.width_dots) == picture


@given(pictures, st.integers(1, 5))
def test_scaled(picture: Bitmap, factor: int) -> None:
    wide = ["".join(dot * factor for dot in line) for line in drawn(picture)]
    assert drawn(picture.scaled(factor)) == [line for line in wide for _ in range(factor)]


@given(st.one_of(st.binary(max_size=400), st.lists(st.sampled_from([0, 255, 1]), max_size=400).map(bytes)))
def test_pack_bits_round_trip(row: bytes) -> None:
    packed = pack_bits(row)
    assert unpack_bits(packed, len(row)) == row
    assert len(packed) <= len(row) + (len(row) + 127) // 128


def test_pack_bits_of_apple() -> None:
    """The example of Apple's Technical Note TN1023."""
    plain = bytes.fromhex("AA AA AA 80 00 2A AA AA AA AA 80 00 2A 22 AA AA AA AA AA AA AA AA AA AA")
    assert pack_bits(plain) == bytes.fromhex("FE AA 02 80 00 2A FD AA 03 80 00 2A 22 F7 AA")


@pytest.mark.parametrize("packed", ["05 01", "81", "81 00"])
def test_a_spoiled_row_is_told(packed: str) -> None:
    with pytest.raises(UsageError, match="cut off, or too long"):
        unpack_bits(bytes.fromhex(packed), 10)


def test_qr_codes() -> None:
    assert qr_modules("A" * 26) == 25  # version 2, as measured in reference/kiosk.md 4e
    assert qr_modules("A" * 68) == 33
    code = qr_bitmap("A" * 26, module_dots=3)
    assert (code.width_dots, code.height_dots) == ((25 + 8) * 3,) * 2
    assert not any(code.dot(x, y) for x in range(code.width_dots) for y in range(12))
    assert all(code.dot(x, 12) for x in range(12, 12 + 7 * 3))
    with pytest.raises(UsageError, match="fits no QR code"):
        qr_modules("å" * 3000)


@pytest.mark.parametrize(("width", "height", "rows"), [(0, 1, b""), (8, 1, b""), (8, 1, b"ab"), (10**5, 10**5, b"")])
def test_wrong_pictures_are_refused(width: int, height: int, rows: bytes) -> None:
    with pytest.raises(UsageError):
        Bitmap(width, height, rows)


WRONG_PLACES: list[Callable[[], object]] = [
    lambda: Bitmap.of(["###"]).placed(6, 8),
    lambda: Bitmap.of(["###"]).cut(1, 3),
    lambda: Bitmap.of(["###"]).scaled(0),
    lambda: Bitmap.blank(1000, 1000).scaled(100),
    lambda: Bitmap.stacked((), 8),
]


@pytest.mark.parametrize("attempt", WRONG_PLACES)
def test_wrong_places_are_refused(attempt: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        attempt()
