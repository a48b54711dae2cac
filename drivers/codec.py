"""What every codec is: bytes in, events out; no I/O and no clock (after h11).

    codec = Ld2410Codec()
    for event in codec.feed(data): ...
    codec.counters

Bounded: a codec never keeps more than its longest frame. Bytes from a device never raise; what is wrong is counted
and skipped. Building a command with wrong parameters raises UsageError.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

E = TypeVar("E")


@dataclass(slots=True)
class Counters:
    """What a codec has seen since it was made."""

    frames: int = 0
    """whole and valid"""
    bad_frames: int = 0
    """complete in form, but refused: check sum, length, limits"""
    junk_bytes: int = 0
    """belonged to no frame"""


class Codec(Protocol[E]):
    """`feed` returns what was complete, as frozen dataclasses, in order."""

    @property
    def counters(self) -> Counters: ...

    def feed(self, data: bytes) -> list[E]: ...
