"""What every emulated device is: sans-IO like a codec, hosted on a pty by drivers.emulators.pty_device.

An emulator behaves like the device at its connector: it sends what the real one sends by itself, and answers what a
host writes. Faults are switched on and off while it runs.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Fault(StrEnum):
    """What an emulator can be told to do wrong; each emulator lists those it knows in `FAULTS`."""

    SILENCE = "silence"
    """sends nothing and hears nothing"""
    NOISE = "noise"
    """random bytes between its frames"""
    TRUNCATED = "truncated"
    """every third frame ends in the middle"""
    CALIBRATING = "calibrating"
    """frames that make no statement"""
    STUCK = "stuck"
    """repeats its last statement for ever"""
    WARMING_UP = "warming-up"
    """plausible frames with values that mean nothing yet"""
    WRONG_CHECKSUM = "wrong-checksum"
    PAPER_OUT = "paper-out"
    PAPER_LOW = "paper-low"
    COVER_OPEN = "cover-open"
    STALL = "stall"
    """takes no more bytes, in the middle of a job"""
    FLOOD = "flood"
    """1 MB without an end"""


class Emulator(Protocol):
    """One emulated device; the time is the host's monotonic clock, passed in."""

    faults: set[Fault]

    def receive(self, data: bytes, now_s: float) -> bytes:
        """What a host wrote; returns the answer, b"" for none."""
        ...

    def due(self, now_s: float) -> bytes:
        """What it sends by itself up to `now_s`; at most one second's worth, however late the call is."""
        ...

    def takes(self) -> bool:
        """Whether it takes bytes from the host right now; False holds the host's write back (flow control)."""
        ...
