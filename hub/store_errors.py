"""What is wrong with the hub's database, in one kind of error: HubStoreError, with what to do about it.

SQLite tells by its error names, PostgreSQL by SQLSTATE (its manual, appendix A).
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from enum import StrEnum

from sqlalchemy import exc

from common.errors import MyDeskError


class HubFault(StrEnum):
    """What is wrong."""

    AWAY = "away"
    BUSY = "busy"
    DAMAGED = "damaged"
    DENIED = "denied"
    FAILED = "failed"
    FULL = "full"
    MISSING = "missing"
    NEWER = "newer"
    READ_ONLY = "read-only"
    REFUSED = "refused"


_HINTS = {
    HubFault.AWAY: "Is PostgreSQL running and reachable from here (systemctl status postgresql, [database] url)?",
    HubFault.BUSY: "Another program holds it for long; try again.",
    HubFault.DAMAGED: "Move it aside or restore a backup; units send again what they still have.",
    HubFault.DENIED: "Give file and folder, or the role in PostgreSQL, to the user of the hub.",
    HubFault.FAILED: "Look at the hub's log, and at dmesg for errors of the disk.",
    HubFault.FULL: "Free some space (df -h), or shorten [retention].",
    HubFault.MISSING: "Create the folder, or the database (createdb), that [database] url names.",
    HubFault.NEWER: "A newer hub has used it: install that version again.",
    HubFault.READ_ONLY: "Did the disk turn read-only (dmesg), or is it a standby of PostgreSQL?",
    HubFault.REFUSED: "A value does not fit its column: report it with the log line.",
}

LASTING = frozenset({HubFault.REFUSED})
"""Faults of what was to be written: trying again is of no use."""

_SQLITE = {
    "SQLITE_BUSY": HubFault.BUSY,
    "SQLITE_CANTOPEN": HubFault.DENIED,
    "SQLITE_CONSTRAINT": HubFault.REFUSED,
    "SQLITE_CORRUPT": HubFault.DAMAGED,
    "SQLITE_FULL": HubFault.FULL,
    "SQLITE_LOCKED": HubFault.BUSY,
    "SQLITE_MISMATCH": HubFault.REFUSED,
    "SQLITE_NOTADB": HubFault.DAMAGED,
    "SQLITE_PERM": HubFault.DENIED,
    "SQLITE_READONLY": HubFault.READ_ONLY,
    "SQLITE_TOOBIG": HubFault.REFUSED,
}
_POSTGRESQL = {
    "08": HubFault.AWAY,
    "22": HubFault.REFUSED,
    "23": HubFault.REFUSED,
    "25006": HubFault.READ_ONLY,
    "28": HubFault.DENIED,
    "3D": HubFault.MISSING,
    "40": HubFault.BUSY,
    "42501": HubFault.DENIED,
    "53100": HubFault.FULL,
    "53200": HubFault.FULL,
    "53300": HubFault.BUSY,
    "54": HubFault.REFUSED,
    "55P03": HubFault.BUSY,
    "57014": HubFault.BUSY,
    "57P": HubFault.AWAY,
    "XX001": HubFault.DAMAGED,
}


class HubStoreError(MyDeskError):
    """Error raised when the hub's database cannot be opened, read or written; `fault` says what is wrong."""

    def __init__(self, fault: HubFault, detail: str) -> None:
        first = " ".join(detail.split())[:300]
        super().__init__(f"the hub's database is unusable: {fault} ({first}).", hint=_HINTS[fault])
        self.fault = fault

    @property
    def lasting(self) -> bool:
        """Whether trying the same again is of no use."""
        return self.fault in LASTING


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn what SQLAlchemy and the drivers below it raise into a HubStoreError. Statements stay out of the text: their
    parameters may be what nobody should read in a log."""
    try:
        yield
    except exc.DBAPIError as error:
        raise HubStoreError(_fault(error), str(error.orig)) from error
    except sqlite3.Error as error:  # from the preparing of a connection, which SQLAlchemy does not wrap
        raise HubStoreError(_of_sqlite(error) or HubFault.FAILED, str(error)) from error
    except exc.TimeoutError as error:
        raise HubStoreError(HubFault.BUSY, "all connections are in use") from error
    except (exc.ArgumentError, exc.NoSuchModuleError) as error:
        raise HubStoreError(HubFault.MISSING, f"[database] url: {error}") from error
    except exc.SQLAlchemyError as error:
        raise HubStoreError(HubFault.FAILED, f"{type(error).__name__}: {error}") from error


def _fault(error: exc.DBAPIError) -> HubFault:
    if found := _of_sqlite(error.orig):
        return found
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return next((fault for base, fault in _POSTGRESQL.items() if state.startswith(base)), HubFault.FAILED)
    if isinstance(error, exc.DataError):  # psycopg refuses by itself what PostgreSQL cannot hold
        return HubFault.REFUSED
    if isinstance(error, exc.OperationalError):
        return _without_code(str(error.orig))
    return HubFault.FAILED


def _of_sqlite(error: BaseException | None) -> HubFault | None:
    name = getattr(error, "sqlite_errorname", None)
    if not name:
        return None
    # Extended codes, such as SQLITE_IOERR_WRITE, begin with their base code.
    return next((fault for base, fault in _SQLITE.items() if name.startswith(base)), HubFault.FAILED)


def _without_code(text: str) -> HubFault:
    """psycopg has no SQLSTATE for a connection that never came about, but what the server said is in its text."""
    said = {
        "does not exist": HubFault.MISSING,
        "authentication failed": HubFault.DENIED,
        "no password supplied": HubFault.DENIED,
        "too many clients": HubFault.BUSY,
    }
    return next((fault for words, fault in said.items() if words in text), HubFault.AWAY)
