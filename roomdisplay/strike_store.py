"""No-shows per series that survive a restart, as keyed hashes: never the meeting itself (DESIGN.md 4.3 and 4.4)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from roomdisplay.keyed_file import KeyedFile
from roomdisplay.schedule import Meeting
from roomdisplay.strikes import Strikes


class StrikeStore:
    """The strikes of one panel, in `folder`; without a folder, or one that cannot be used, in RAM alone."""

    def __init__(self, folder: Path | None, kept_days: int, now: datetime) -> None:
        self._file = KeyedFile(folder, "strikes", "no-shows are counted from now on")
        key = self._file.key
        self.current = self._file.load(
            lambda value: Strikes.parse(value, key, kept_days).forget(now), Strikes.empty(key, kept_days)
        )

    def add(self, meeting: Meeting, now: datetime) -> int:
        """Count a no-show of the series of `meeting`, in RAM; how many it has now. `save` later."""
        self.current = self.current.add(meeting, now)
        return self.current.count(meeting, now)

    def save(self) -> None:
        """Write what is in RAM. OSError where the disk refuses."""
        self._file.save(self.current.serialise())
