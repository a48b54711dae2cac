"""What the supervisor needs to know about one kind of serial device. Sans-IO: bytes and the time come in as arguments.

A device object lives for one opening of its port: it is made anew after each loss of the link, and wraps the codec,
the commands of its start-up, its polling, and its own way back when it falls silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.codec import Counters
from drivers.readings import Value


@dataclass(frozen=True, slots=True)
class Traits:
    """What is fixed about a kind of device."""

    kind: str
    """as in the configuration and on the command line: "ld2410", "mhz19" ..."""
    baud_rates: tuple[int, ...]
    """tried in this order until the device is heard"""
    confirm_frames: int
    """so many whole valid frames make it present: 3 where there is no check sum, else 1; 0: an open port does"""
    stale_s: float
    """no valid frame for so long: what it said is unknown; infinite for what is silent by nature"""
    listen_s: float = 1.5
    """how long one baud rate is listened to"""


class SerialDevice(Protocol):
    """One opening of one device."""

    @property
    def traits(self) -> Traits: ...

    @property
    def counters(self) -> Counters: ...

    def feed(self, data: bytes, now_s: float) -> list[Value]:
        """What arrived means these readings. Never raises because of `data`.

        Also called with b"" after `due`, at the time of `next_due_s`: silence can end a line.
        """
        ...

    def due(self, now_s: float) -> bytes:
        """What is to be written now: start-up commands, polls, ways out of silence; b"" for nothing. At most 4 KiB."""
        ...

    def next_due_s(self) -> float | None:
        """When `due` may have something to say again (monotonic); None while only waiting for the device."""
        ...


class Condition(StrEnum):
    """How a sensor or device is."""

    STARTING = "starting"
    """opened, not confirmed yet"""
    HEALTHY = "healthy"
    STALE = "stale"
    """open, but silent for longer than `stale_s`"""
    ABSENT = "absent"
    """no port, or the port is held by somebody else"""
    FOREIGN = "foreign"
    """something else answers there; `problem` names it where it is known"""


@dataclass(frozen=True, slots=True)
class Health:
    """For status, the admin page and telemetry. `frame_age_s` None: no valid frame since the start."""

    name: str
    kind: str
    condition: Condition
    frame_age_s: float | None = None
    problem: str = ""
    """one sentence for a person, with what to do; without paths of persons or contents of scans"""
    frames: int = 0
    bad_frames: int = 0
    junk_bytes: int = 0
    reopened: int = 0
