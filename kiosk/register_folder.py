"""The folder of the register: what lies in it, who may read it, and that one process at a time works in it.

register.db (-wal, -shm)    the tables, sealed (kiosk.register_tables)
register.db.damaged-<date>  a file that could not be read any more, until its retention is over
keys/day.keys               the keys of the days; no backup takes this folder (it has a CACHEDIR.TAG)
uptime.json                 the counter for forgetting without a clock
backups/                    copies that an admin's backup makes of register.db; forgotten like it
register.lock               held by the process that has the register open
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from common.database import StoreError, StoreFault, translated
from common.errors import MyDeskError

DATABASE = "register.db"
KEYS = Path("keys") / "day.keys"
UPTIME = "uptime.json"
BACKUPS = "backups"
LOCK = "register.lock"
DAMAGED = f"{DATABASE}.damaged-"

_log = logging.getLogger(__name__)


class RegisterBusyError(MyDeskError):
    """Error raised when another process has the register open: as a rule the kiosk itself."""

    def __init__(self, folder: Path) -> None:
        hint = "Ask the running kiosk (--socket), or stop it first: systemctl stop mydesk-kiosk"
        super().__init__(f"the register in {folder} is held by another process.", hint=hint)


def prepare(folder: Path) -> None:
    """Make the folder where it is missing, and close it and the database to others.

    Raises:
        StoreError: it cannot be made, or is not ours.
    """
    with translated(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
    for path, mode in ((folder, 0o700), (folder / DATABASE, 0o600)):
        _close_to_others(path, mode)


def _close_to_others(path: Path, mode: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        found = path.stat()
        if not os.access(path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise StoreError(path, StoreFault.DENIED, f"it belongs to user {found.st_uid}")
        if found.st_mode & 0o077:
            _log.warning("register: %s was open to others, closed to %o", path.name, mode)
            with translated(path):
                path.chmod(mode)


class Lock:
    """Held while the register is open; the kernel frees it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Raises RegisterBusyError, StoreError."""
        with translated(folder / LOCK):
            self._handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._handle)
            raise RegisterBusyError(folder) from None

    def release(self) -> None:
        """May be called again."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def is_held(folder: Path) -> bool:
    """Whether a process has the register open; makes no file. StoreError where that cannot be told."""
    with translated(folder / LOCK):
        try:
            handle = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False


def set_aside(folder: Path, today: date) -> Path:
    """Move a damaged database out of the way; its -wal goes with it. Returns where it is now. StoreError."""
    path = folder / DATABASE
    aside = _free_name(folder, today)
    with translated(path):
        for suffix in ("-wal", "-shm", ""):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.replace(aside.with_name(aside.name + suffix))
    return aside


def _free_name(folder: Path, today: date) -> Path:
    for number in range(1, 100):
        aside = folder / f"{DAMAGED}{today.isoformat()}-{number}"
        if not aside.exists():
            return aside
    return folder / f"{DAMAGED}{today.isoformat()}"


def copies(folder: Path) -> Iterator[Path]:
    """Databases beside the register: set aside, and in backups/."""
    yield from sorted(path for path in folder.glob(f"{DAMAGED}*") if path.is_file())
    yield from sorted(path for path in (folder / BACKUPS).rglob("*") if path.is_file() and not path.is_symlink())
