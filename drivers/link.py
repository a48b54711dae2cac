"""A byte pipe to a device: four methods, so that what lies behind it can be replaced in one file."""

from __future__ import annotations

from typing import Protocol


class Link(Protocol):
    """An open port. All methods raise LinkLost once the device is gone, and UsageError after `close`."""

    @property
    def name(self) -> str:
        """The port as configured, for messages."""
        ...

    def read_available(self) -> bytes:
        """What has arrived, without waiting; at most 64 KiB, b"" when there is nothing."""
        ...

    def write(self, data: bytes) -> int:
        """Hand bytes to the kernel without waiting; how many were taken (0 when its buffer is full)."""
        ...

    def close(self) -> None:
        """Give the port back; may be called again."""
        ...
