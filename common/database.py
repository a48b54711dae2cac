"""Opens SQLite files safely, names what is wrong with them, and brings their tables up to date.

A file is created with exactly the mode asked for, whatever the umask; SQLite gives -wal and -shm the same. Two users
share a file (the outbox: app and agent) when it is 0660 in a folder of mode 2770 with their common group (DESIGN.md 3).
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from common.errors import MyDeskError

if TYPE_CHECKING:
    from sqlite_utils.migrations import Migrations

BUSY_TIMEOUT_S = 5.0
SHARED_MODE = 0o660
PRIVATE_MODE = 0o600
_JOURNAL_LIMIT_BYTES = 4 << 20
_WAL_AGAIN_S = 0.01


class StoreFault(StrEnum):
    """What is wrong with a database."""

    DAMAGED = "damaged"
    READ_ONLY = "read-only"
    FULL = "full"
    BUSY = "busy"
    MISSING = "missing"
    DENIED = "denied"
    FAILED = "failed"


_HINTS = {
    StoreFault.DAMAGED: "Move it aside; a new one is made. If it happens again, change the card.",
    StoreFault.READ_ONLY: "Did the card turn read-only (dmesg | grep -i ext4), or is the file not writable (ls -l)?",
    StoreFault.FULL: "Free some space: df -h, journalctl --vacuum-size=50M",
    StoreFault.BUSY: "Another program holds it for long; try again.",
    StoreFault.MISSING: "Its folder must exist; provisioning makes it.",
    StoreFault.DENIED: "Its folder must be 2770 and the file 0660 with a group that this user is in.",
    StoreFault.FAILED: "Look at dmesg for errors of the card.",
}

_FAULTS = {
    "SQLITE_CORRUPT": StoreFault.DAMAGED,
    "SQLITE_NOTADB": StoreFault.DAMAGED,
    "SQLITE_READONLY": StoreFault.READ_ONLY,
    "SQLITE_FULL": StoreFault.FULL,
    "SQLITE_BUSY": StoreFault.BUSY,
    "SQLITE_LOCKED": StoreFault.BUSY,
    "SQLITE_CANTOPEN": StoreFault.DENIED,
    "SQLITE_PERM": StoreFault.DENIED,
}


class StoreError(MyDeskError):
    """Error raised when a database cannot be opened, read or written; `fault` says what is wrong."""

    def __init__(self, path: Path, fault: StoreFault, detail: str) -> None:
        super().__init__(f"the database {path} is unusable: {fault} ({detail}).", hint=_HINTS[fault])
        self.path = path
        self.fault = fault


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what sqlite3 and the file system raise into a StoreError about `path`."""
    try:
        yield
    except sqlite3.Error as error:
        # Extended codes, such as SQLITE_IOERR_WRITE, begin with their base code.
        name = getattr(error, "sqlite_errorname", "") or ""
        fault = next((fault for base, fault in _FAULTS.items() if name.startswith(base)), StoreFault.FAILED)
        raise StoreError(path, fault, str(error)) from error
    except FileNotFoundError as error:
        raise StoreError(path, StoreFault.MISSING, error.strerror or "") from error
    except PermissionError as error:
        raise StoreError(path, StoreFault.DENIED, error.strerror or "") from error
    except OSError as error:
        known = {28: StoreFault.FULL, 30: StoreFault.READ_ONLY}  # ENOSPC, EROFS
        raise StoreError(path, known.get(error.errno or 0, StoreFault.FAILED), error.strerror or "") from error


def connect(
    path: Path,
    *,
    mode: int = PRIVATE_MODE,
    synchronous: Literal["NORMAL", "FULL"] = "NORMAL",
    erase: bool = True,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
) -> sqlite3.Connection:
    """Open the SQLite file at `path`, created with `mode` if it is not there, in WAL and autocommit.

    `synchronous="FULL"` for what must survive a power cut the moment it is committed; `erase` overwrites deleted rows
    with zeros. Every write goes through `transaction`. The connection may move to another thread, but not be shared.

    Raises:
        StoreError: missing folder, no rights, read-only, full, or not a database.
    """
    with translated(path):
        _create(path, mode)
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            _prepare(connection, synchronous, busy_timeout_s, erase=erase)
        except BaseException:
            connection.close()
            raise
    return connection


def _create(path: Path, mode: int) -> None:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except FileExistsError:
        return
    try:
        os.fchmod(handle, mode)
    finally:
        os.close(handle)


def _prepare(connection: sqlite3.Connection, synchronous: str, busy_timeout_s: float, *, erase: bool) -> None:
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA temp_store = MEMORY")  # no remnants of rows in temporary files
    connection.execute(f"PRAGMA secure_delete = {'ON' if erase else 'OFF'}")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_LIMIT_BYTES}")
    use_wal(connection, busy_timeout_s)


def use_wal(connection: sqlite3.Connection, timeout_s: float) -> None:
    """Change the file over to WAL. SQLite does not wait (busy_timeout) while two change a new file over at once: we do.

    Raises:
        sqlite3.OperationalError: it stayed busy, or the file system does not allow WAL.
    """
    end_s = time.monotonic() + timeout_s
    while True:
        try:
            (journal,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end_s:
                raise
            time.sleep(_WAL_AGAIN_S)
        else:
            break
    if journal != "wal":
        raise sqlite3.OperationalError(f"the file system does not allow WAL (journal mode is {journal})")


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Read the whole file and its indexes.

    Raises:
        StoreError: it is damaged, with the first finding of SQLite.
    """
    with translated(path):
        (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        raise StoreError(path, StoreFault.DAMAGED, str(finding))


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """Write all of the block or nothing. The lock is taken at once, so that a busy file is told before any work.

    Raises:
        StoreError: the file is busy, full, read-only or damaged; nothing of the block is written then.
    """
    with translated(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def migrate(connection: sqlite3.Connection, path: Path, migrations: Migrations) -> None:
    """Apply the migrations that `connection` lacks, all or none. Two processes that start at once wait for each other.

    Raises:
        StoreError: the file cannot be written.
    """
    from sqlite_utils import Database  # takes 60 ms to import: only where tables may change

    database = Database(connection, execute_plugins=False)
    with translated(path):
        if not migrations.pending(database):
            return
    with transaction(connection, path):
        migrations.apply(database)
