r"""What a Brother QL printer says: 32 bytes, in answer to ESC i S or by itself while it prints.

    0  80 20 42      head, size, "B"           10  width mm      17  length mm (0 endless)
    3  series '4'    4 model                   11  media type    18  status type     19  phase     22  notification
    8  errors 1      9 errors 2                      (Brother, Raster Command Reference QL-800 and QL-1100 series, 4)

    codec = BrotherQlStatusCodec()
    codec.feed(bytes.fromhex("80204234413004000000 3e0a 0000230000 00 00" + "00" * 13))

No check sum: a statement counts when head, types and phase are known values. After junk it finds the next head.
Without media both width and type are 0 and no error bit is set (seen on a QL-820NWB); with the cover open, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from drivers.codec import Counters

__all__ = [
    "MEDIA_TYPES",
    "PHASES",
    "STATUS_TYPES",
    "BrotherQlStatus",
    "BrotherQlStatusCodec",
    "MediaType",
    "Phase",
    "StatusType",
]

SIZE = 32
HEAD = b"\x80\x20\x42"

_ERRORS_1 = (
    (0x01, "no-media"),
    (0x02, "end-of-media"),
    (0x04, "cutter-jam"),
    (0x10, "in-use"),
    (0x20, "turned-off"),
    (0x80, "fan"),
)
_ERRORS_2 = (
    (0x01, "wrong-media"),
    (0x02, "buffer-full"),
    (0x04, "communication"),
    (0x08, "image"),
    (0x10, "cover-open"),
    (0x40, "cannot-feed"),
    (0x80, "system"),
)
_MODELS: Mapping[int, str] = {
    0x35: "QL-700",
    0x36: "QL-710W",
    0x37: "QL-720NW",
    0x38: "QL-800",
    0x39: "QL-810W",
    0x41: "QL-820NWB",
    0x43: "QL-1100",
    0x44: "QL-1110NWB",
    0x45: "QL-1115NWB",
    0x47: "QL-600",
}


class StatusType(StrEnum):
    """Why the printer speaks."""

    REPLY = "reply"
    PRINTED = "printed"
    ERROR = "error"
    EXIT = "exit"
    TURNED_OFF = "turned-off"
    NOTIFICATION = "notification"
    PHASE_CHANGE = "phase-change"


class Phase(StrEnum):
    """What it does; may stay at PRINTING after an error."""

    RECEIVING = "receiving"
    PRINTING = "printing"


class MediaType(StrEnum):
    """What is loaded; DIE_CUT are labels of one length, OTHER are tapes of PT printers."""

    NONE = "none"
    ENDLESS = "endless"
    DIE_CUT = "die-cut"
    OTHER = "other"


STATUS_TYPES: Mapping[int, StatusType] = dict(enumerate(StatusType))
PHASES: Mapping[int, Phase] = dict(enumerate(Phase))
MEDIA_TYPES: Mapping[int, MediaType] = {
    0x00: MediaType.NONE,
    0x0A: MediaType.ENDLESS,
    0x0B: MediaType.DIE_CUT,
    0x4A: MediaType.ENDLESS,
    0x4B: MediaType.DIE_CUT,
    **dict.fromkeys((0x01, 0x03, 0x11, 0x13, 0x14, 0x17, 0xFF), MediaType.OTHER),
}


@dataclass(frozen=True, slots=True)
class BrotherQlStatus:
    """One statement. `errors` are names of the set bits, in order; it may be empty although `type` is ERROR."""

    type: StatusType
    phase: Phase
    media: MediaType
    media_width_mm: int
    media_length_mm: int
    errors: tuple[str, ...] = ()
    notification: int = 0
    """3 and 4: cooling began and ended"""
    model: str = ""
    """where its code is known"""


class BrotherQlStatusCodec:
    """Keeps at most 31 bytes."""

    def __init__(self) -> None:
        self.counters = Counters()
        self._kept = bytearray()

    @property
    def held(self) -> int:
        """Bytes kept for later."""
        return len(self._kept)

    def feed(self, data: bytes) -> list[BrotherQlStatus]:
        """Take bytes in; return what is complete."""
        events, at = [], 0
        view = bytes(self._kept) + data
        while (start := _next_head(view, at)) + SIZE <= len(view):
            self.counters.junk_bytes += start - at
            status = _decoded(view[start : start + SIZE])
            if status is None:
                # The head may have been junk itself: a good one may begin inside.
                self.counters.bad_frames += 1
                self.counters.junk_bytes += 1
                at = start + 1
                continue
            self.counters.frames += 1
            events.append(status)
            at = start + SIZE
        self.counters.junk_bytes += start - at
        self._kept[:] = view[start:]
        return events


def _next_head(view: bytes, at: int) -> int:
    """Where a head, or the beginning of one at the end, is; the length when there is none."""
    found = view.find(HEAD, at)
    if found >= 0:
        return found
    for kept in (2, 1):
        if len(view) - at >= kept and view.endswith(HEAD[:kept]):
            return len(view) - kept
    return len(view)


def _decoded(frame: bytes) -> BrotherQlStatus | None:
    kind, phase, media = STATUS_TYPES.get(frame[18]), PHASES.get(frame[19]), MEDIA_TYPES.get(frame[11])
    if kind is None or phase is None or media is None:
        return None
    # A statement cut off by the next one has a head inside; the fields that could hold one are never 80 20 42.
    if HEAD in frame[1:]:
        return None
    errors = [name for mask, name in _ERRORS_1 if frame[8] & mask] + [n for mask, n in _ERRORS_2 if frame[9] & mask]
    model = _MODELS.get(frame[4], "") if frame[3] == 0x34 else ""
    return BrotherQlStatus(kind, phase, media, frame[10], frame[17], tuple(errors), frame[22], model)
