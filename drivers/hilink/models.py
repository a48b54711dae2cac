"""Other HiLink models, recognised by what they send, so that the wrong module is named instead of called silent.

LD2412    report frames: basic body 11, engineering body 42
LD2410S   report frames with type 01 and body 70; short frames 6E state distance u16 62, also with one junk byte
          before each; answers FF with protocol 2 and buffer 32
LD2410D   ASCII lines "OFF" and "distance:115"
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from drivers.hilink.acks import Ack
from drivers.hilink.framing import Envelope, Frame
from drivers.hilink.protocol import ConfigOpened

_MARKED = {(0x02, 11): "LD2412", (0x01, 42): "LD2412"}
"""by type and length of a report body with AA and 55 00 in their places"""
_LD2410S_REPORT = (0x01, 70)
_LD2410S_OPENED = ConfigOpened(protocol_version=2, buffer_size=32)

_SHORT = rb"\x6e[\x00-\x03][\x00-\xff][\x00-\x07]\x62"
_LINE = rb"(?:OFF|distance:[0-9]{1,4})\r?\n"
_TEXT = re.compile(
    rb"(?P<LD2410S>" + _SHORT + rb"(?:[\x00-\xff]?" + _SHORT + rb"){2})|(?P<LD2410D>" + _LINE + _LINE + rb")"
)
_LONGEST_TEXT = 2 * len(b"distance:1234\r\n")


@dataclass(frozen=True, slots=True)
class UnsupportedModel:
    """Another model answers here; told once."""

    name: str


def model_of_report(body: bytes) -> str | None:
    """The model that sends such report bodies, where it is none of ours."""
    kind = (body[0], len(body)) if body else (0, 0)
    if kind == _LD2410S_REPORT:
        return "LD2410S"
    return _MARKED.get(kind) if body[1:2] == b"\xaa" and body[-2:] == b"\x55\x00" else None


def model_of(frame: Frame) -> str:
    """Which of our models a frame comes from, for a codec that it is strange to."""
    return "LD2450" if frame.envelope is Envelope.TRACK else "LD2410"


def model_of_ack(ack: Ack) -> str | None:
    """The model that answers so, where it is none of ours."""
    return "LD2410S" if ack.value == _LD2410S_OPENED else None


class UnframedModels:
    """Reads junk for the models that do not use the envelopes; keeps less than two lines."""

    def __init__(self) -> None:
        self._tail = b""

    @property
    def held(self) -> int:
        """Bytes kept for the next call."""
        return len(self._tail)

    def read(self, junk: bytes) -> str | None:
        """The model that these bytes, after the ones before, come from."""
        text = self._tail + junk
        match = _TEXT.search(text)
        self._tail = text[-(_LONGEST_TEXT - 1) :]
        return match.lastgroup if match else None

    def interrupted(self) -> None:
        """A frame stood in between: what comes next is not the continuation."""
        self._tail = b""
