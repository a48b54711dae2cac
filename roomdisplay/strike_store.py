"""No-shows per series that survive a restart, as keyed hashes: never the meeting itself (DESIGN.md 4.3 and 4.4)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from roomdisplay.keyed_file import KeyedFile
from roomdisplay.schedule import Meeting
from roomdisplay.strikes import Strikes


class StrikeStore:
    """The strikes of one panel, in `folder`; without a folder, or one that cannot be used, in RAM alone.

    `forget` belongs after the start and once a day: what is old must go from the disk though nothing new comes.
    """

    def __init__(self, folder: Path | None, kept_days: int, now: datetime) -> None:
        self._file = KeyedFile(folder, "strikes", "no-shows are counted from now on")
        key = self._file.key
        empty = Strikes.empty(key, kept_days)
        self._saved = self._file.load(lambda value: Strikes.parse(value, key, kept_days), empty)
        self.current = self._saved.forget(now)

    def add(self, meeting: Meeting, now: datetime) -> int:
        """Count a no-show of the series of `meeting`, in RAM; how many it has now. `save` later."""
        self.current = self.current.add(meeting, now)
        return self.current.count(meeting, now)

    def forget(self, now: datetime) -> bool:
        """Let go of what is old, in RAM; True when the file has something that is to go, so `save` has work to do."""
        self.current = self.current.forget(now)
        return self.current != self._saved

    def save(self) -> None:
        """Write what is in RAM. OSError where the disk refuses."""
        current = self.current
        self._file.save(current.serialise())
        self._saved = current
