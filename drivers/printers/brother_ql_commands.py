"""What a Brother QL printer is told: one raster job (Brother, Raster Command Reference QL-800 and QL-1100 series).

    400 x 00            invalidate: whatever was half sent is forgotten
    1B 40               initialize
    1B 69 61 01         raster mode                    (models that have modes)
    1B 69 21 00         speak by yourself while printing        (the same models)
    1B 69 7A ..         media, rows                    for each page from here
    1B 69 4D 40         cut automatically
    1B 69 41 01         after each label
    1B 69 4B 08         cut at the end
    1B 69 64 lo hi      margin in dots                 35 endless, 0 die-cut
    4D 02               PackBits                       (models that have it)
    67 00 n row ..      rows, mirrored, padded to the whole head; 5A is a white one with PackBits
    0C or 1A            print; 1A with the last page

ESC i S must never be sent while the printer prints: it speaks by itself then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.errors import UsageError
from drivers.printers.bitmap import Bitmap, pack_bits

__all__ = ["CLEAR", "MEDIA", "MODELS", "STATUS_REQUEST", "Media", "Model", "job", "opening"]

STATUS_REQUEST = b"\x1biS"
CLEAR = bytes(400) + b"\x1b@"
DOTS_PER_MM = 300 / 25.4


@dataclass(frozen=True, slots=True)
class Model:
    """`right_dots`: how far the media's right edge stands from the head's, beyond what the media itself asks for."""

    name: str
    head_dots: int = 720
    right_dots: int = 0
    packs: bool = False
    """whether it takes PackBits"""
    modes: bool = True
    """whether it has a mode other than raster to be switched from"""

    @property
    def row_bytes(self) -> int:
        return self.head_dots // 8


@dataclass(frozen=True, slots=True)
class Media:
    """A roll. `rows` None: endless. `offset_dots`: unprintable dots at the right edge of the head."""

    name: str
    width_mm: int
    length_mm: int
    width_dots: int
    rows: int | None
    offset_dots: int = 12

    @property
    def die_cut(self) -> bool:
        return self.rows is not None


MODELS: Mapping[str, Model] = {
    model.name: model
    for model in (
        Model("QL-600"),
        Model("QL-700", modes=False),
        Model("QL-800"),
        Model("QL-810W", packs=True),
        Model("QL-820NWB", packs=True),
        Model("QL-1100", 1296, 44, packs=True),
        Model("QL-1110NWB", 1296, 44, packs=True),
    )
}
MEDIA: Mapping[str, Media] = {
    media.name: media
    for media in (
        Media("29", 29, 0, 306, None, 6),
        Media("38", 38, 0, 413, None),
        Media("50", 50, 0, 554, None),
        Media("54", 54, 0, 590, None, 0),
        Media("62", 62, 0, 696, None),
        Media("102", 102, 0, 1164, None),
        Media("29x90", 29, 90, 306, 991, 6),
        Media("38x90", 38, 90, 413, 991),
        Media("62x29", 62, 29, 696, 271),
        Media("62x100", 62, 100, 696, 1109),
        Media("102x51", 102, 51, 1164, 526),
        Media("102x152", 102, 152, 1164, 1660),
    )
}
"""By the millimetres on the box: 62 is DK-22205, 62x100 is DK-11202."""


def opening(model: Model) -> bytes:
    """What makes the printer listen, whatever it was sent before."""
    return CLEAR + (b"\x1bia\x01\x1bi!\x00" if model.modes else b"")


def job(picture: Bitmap, model: Model, media: Media, *, copies: int = 1) -> bytes:
    """One label, `copies` times. The picture is as wide as the media; a shorter one is filled up on die-cut labels.

    Raises:
        UsageError: the picture does not fit the media, or the media the model.
    """
    if picture.width_dots != media.width_dots or (media.rows is not None and picture.height_dots > media.rows):
        size = f"{picture.width_dots} x {picture.height_dots}"
        raise UsageError(
            f"A picture of {size} dots does not fit {media.name}: {media.width_dots} x {media.rows or '*'}."
        )
    if not 1 <= copies <= 20:
        raise UsageError(f"1 to 20 copies can be printed, not {copies}.")
    rows = [_row(row, model) for row in _on_head(picture, model, media).each_row()]
    rows += [_row(bytes(model.row_bytes), model)] * ((media.rows or 0) - len(rows))
    pages = (_page_head(model, media, len(rows), page) + b"".join(rows) for page in range(copies))
    return opening(model) + b"\x0c".join(pages) + b"\x1a"


def _on_head(picture: Bitmap, model: Model, media: Media) -> Bitmap:
    left = model.head_dots - media.width_dots - media.offset_dots - model.right_dots
    if left < 0:
        raise UsageError(f"{media.name} is too wide for a {model.name}.")
    # The first bit of a row is the right edge of the label as one reads it.
    return picture.placed(left, model.head_dots).mirrored()


def _page_head(model: Model, media: Media, rows: int, page: int) -> bytes:
    kind = 0x0B if media.die_cut else 0x0A
    margin = 0 if media.die_cut else 35
    information = bytes((0x8E, kind, media.width_mm, media.length_mm)) + rows.to_bytes(4, "little")
    return (
        b"\x1biz" + information + bytes((page > 0, 0))
        + b"\x1biM\x40\x1biA\x01\x1biK\x08\x1bid" + margin.to_bytes(2, "little")
        + (b"M\x02" if model.packs else b"")
    )  # fmt: skip


def _row(row: bytes, model: Model) -> bytes:
    if model.packs and not any(row):
        return b"Z"
    data = pack_bits(row) if model.packs else row
    return b"g\x00" + bytes((len(data),)) + data
