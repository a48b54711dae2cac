"""Check-ins that survive a restart, as keyed hashes of event and start: never the meeting itself (DESIGN.md 4.3)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from roomdisplay.check_in import CheckIns
from roomdisplay.keyed_file import KEY_BYTES, MAX_BYTES, KeyedFile
from roomdisplay.schedule import Meeting

__all__ = ["FILE", "KEY_BYTES", "KEY_FILE", "MAX_BYTES", "CheckInStore"]

NAME = "check-ins"
FILE = f"{NAME}.json"
KEY_FILE = f"{NAME}.key"


class CheckInStore:
    """The check-ins of one panel, in `folder`; without a folder, or one that cannot be used, in RAM alone."""

    def __init__(self, folder: Path | None) -> None:
        self._file = KeyedFile(folder, NAME, "people may be asked to check in again")
        self._key = self._file.key
        self.current = self._file.load(lambda value: CheckIns.parse(value, self._key), CheckIns.empty(self._key))

    def add(self, meeting: Meeting, now: datetime) -> None:
        """Note that the people of `meeting` came; written before it is shown. OSError where the disk refuses."""
        self.note(meeting, now)
        self.save()

    def note(self, meeting: Meeting, now: datetime) -> None:
        """The same in RAM only; `save` later."""
        self.current = self.current.add(meeting, now, self._key)

    def save(self) -> None:
        """Write what is in RAM. OSError where the disk refuses."""
        self._file.save(self.current.serialise())
