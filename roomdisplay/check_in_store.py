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

FILE = "check-ins.json"
KEY_FILE = "check-ins.key"
KEY_BYTES = 32
MAX_BYTES = 256 * 1024


class CheckInStore:
    """The check-ins of one panel, in `folder`; without a folder, or one that cannot be used, in RAM alone."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._key = self._key_of_folder()
        self.current = self._load()

    def add(self, meeting: Meeting, now: datetime) -> None:
        """Note that the people of `meeting` came; written before it is shown. OSError where the disk refuses."""
        self.note(meeting, now)
        self.save()

    def note(self, meeting: Meeting, now: datetime) -> None:
        """The same in RAM only; `save` later."""
        self.current = self.current.add(meeting, now, self._key)

    def _key_of_folder(self) -> bytes:
        if self._folder:
            try:
                return _load_key(self._folder)
            except OSError as error:
                log.error("check-ins: %s cannot be used (%s): they are kept in RAM", self._folder, error.strerror)
                self._folder = None
        return secrets.token_bytes(KEY_BYTES)

    def _load(self) -> CheckIns:
        if self._folder is None:
            return CheckIns.empty(self._key)
        try:
            return CheckIns.parse(json.loads(_read(self._folder / FILE, MAX_BYTES)), self._key)
        except FileNotFoundError:
            return CheckIns.empty(self._key)
        except (OSError, ValueError, RecursionError):
            log.warning("check-ins: the file is damaged and starts anew; people may be asked to check in again")
            return CheckIns.empty(self._key)

    def save(self) -> None:
        """Write what is in RAM. OSError where the disk refuses."""
        if self._folder:
            write_durably(self._folder / FILE, json.dumps(self.current.serialise()).encode())


def _load_key(folder: Path) -> bytes:
    try:
        key = _read(folder / KEY_FILE, KEY_BYTES + 1)
    except FileNotFoundError:
        key = b""
    if len(key) != KEY_BYTES:
        key = secrets.token_bytes(KEY_BYTES)
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(folder / KEY_FILE, key)
    return key


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as stream:
        return stream.read(most)


def write_durably(path: Path, data: bytes) -> None:
    """Temp file, fsync, rename, fsync of the folder; mode 0600."""
    temporary = path.with_name(f"{path.name}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
