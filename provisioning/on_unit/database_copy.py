"""A copy of a database in memory, for a new release to try its migrations on: no guest's row is written twice."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

MAX_BYTES = 256 << 20
_VERSIONS = slice(18, 20)
"""File format write and read version: 2 says that there is a write-ahead log. https://www.sqlite.org/fileformat.html"""


def database_copy(path: Path) -> bytes | None:
    """Return the database at `path` as one file with what its write-ahead log has; the app goes on writing meanwhile.

    None where there is none, and where it is damaged or too large: neither is a new release's fault.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=10.0)) as source:
            source.execute("PRAGMA trusted_schema = OFF")
            with closing(sqlite3.connect(":memory:")) as copy:
                source.backup(copy, pages=256, sleep=0.01)
                data = bytearray(copy.serialize())
    except (OSError, sqlite3.Error):
        return None
    data[_VERSIONS] = b"\1\1"
    return bytes(data)
