"""How much of the disk under the data folder is free, for us and not for root."""

from __future__ import annotations

import os
from pathlib import Path

from telemetry.health import readings


class Disk:
    """statvfs(3) of one folder. Raises OSError from `read`; may hang on a dead card."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> readings.Disk:
        found = os.statvfs(self._folder)
        usable = found.f_blocks - found.f_bfree + found.f_bavail
        return readings.Disk(
            total_bytes=found.f_blocks * found.f_frsize,
            free_bytes=found.f_bavail * found.f_frsize,
            free_percent=_percent(found.f_bavail, usable),
            free_inodes_percent=_percent(found.f_favail, found.f_files),
        )


def _percent(part: int, whole: int) -> float | None:
    """None for a file system that does not count them."""
    return round(100 * part / whole, 1) if whole > 0 else None
