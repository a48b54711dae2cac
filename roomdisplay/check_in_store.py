"""Check-ins that survive a restart, as keyed hashes of event and start: never the meeting itself (DESIGN.md 4.3)."""

from __future__ import annotations

import json
import logging
import os
import secrets
from datetime import datetime
from pathlib import Path

from roomdisplay.check_in import CheckIns
from roomdisplay.schedule import Meeting

log = logging.getLogger(__name__)

KEY_BYTES = 32
MAX_BYTES = 256 * 1024


class CheckInStore:
    """The check-ins of one panel, in `folder`; without a folder they live in RAM alone."""

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / "check-ins.json" if folder else None
        self._key_file = folder / "check-ins.key" if folder else None
        self._key = self._load_key()
        self.current = self._load()

    def add(self, meeting: Meeting, now: datetime) -> None:
        """Note that the people of `meeting` came; written before it is shown. OSError where the disk refuses."""
        self.current = self.current.add(meeting, now, self._key)
        self._save()

    def _load_key(self) -> bytes:
        if self._key_file is None:
            return secrets.token_bytes(KEY_BYTES)
        try:
            key = self._key_file.read_bytes()
        except FileNotFoundError:
            key = b""
        if len(key) != KEY_BYTES:
            key = secrets.token_bytes(KEY_BYTES)
            self._key_file.parent.mkdir(parents=True, exist_ok=True)
            write_durably(self._key_file, key)
        return key

    def _load(self) -> CheckIns:
        if self._file is None:
            return CheckIns.empty(self._key)
        try:
            raw = self._file.read_bytes()[:MAX_BYTES]
            return CheckIns.parse(json.loads(raw), self._key)
        except FileNotFoundError:
            return CheckIns.empty(self._key)
        except ValueError:
            log.warning("check-ins: the file is damaged and starts anew; people may be asked to check in again")
            return CheckIns.empty(self._key)

    def _save(self) -> None:
        if self._file:
            write_durably(self._file, json.dumps(self.current.serialise()).encode())


def write_durably(path: Path, data: bytes) -> None:
    """Temp file, fsync, rename, fsync of the folder; mode 0600."""
    temporary = path.with_suffix(".new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
