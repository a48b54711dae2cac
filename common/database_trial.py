"""Tries a release's migrations on a copy of a database in memory, before that release is made current."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from common.database import check, migrate, translated

if TYPE_CHECKING:
    from sqlite_utils.migrations import Migrations


def try_migrations(data: bytes, migrations: Migrations) -> None:
    """Bring the database that `data` is (one file, without a write-ahead log) up to date, and read all of it.

    One that is damaged from the beginning is no matter of the migrations: nothing is tried then.

    Raises:
        StoreError: it cannot be brought up to date, or is not whole afterwards.
    """
    path = Path("copy")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        if not _is_whole(connection, data):
            return
        with translated(path):
            connection.execute("PRAGMA foreign_keys = ON")
            migrate(connection, path, migrations)
        check(connection, path)


def _is_whole(connection: sqlite3.Connection, data: bytes) -> bool:
    try:
        if data:  # one of no bytes is an empty database, which deserialize refuses
            connection.deserialize(data)
        (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError:
        return False
    return str(finding) == "ok"
