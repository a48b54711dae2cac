"""Migrations are tried on a copy: what they cannot take over is told, and what was broken before is not their fault."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from common.database import StoreError
from common.database_trial import try_migrations


def versions(*sql: str) -> Migrations:
    found = Migrations("store")
    for number, text in enumerate(sql):

        def step(database: Database, text: str = text) -> None:
            database.execute(text)

        step.__name__ = f"m{number:03}"
        found()(step)
    return found


def stored(*sql: str) -> bytes:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for text in sql:
            connection.execute(text)
        return connection.serialize()


def applied() -> bytes:
    """A database of the first version, with two rows."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        versions("CREATE TABLE a (b TEXT)").apply(Database(connection))
        connection.execute("INSERT INTO a VALUES ('x'), ('x')")
        return connection.serialize()


FIRST = "CREATE TABLE a (b TEXT)"


def test_what_can_be_taken_over_is() -> None:
    try_migrations(applied(), versions(FIRST, "ALTER TABLE a ADD COLUMN c TEXT"))


@pytest.mark.parametrize("second", ["CREATE UNIQUE INDEX one ON a (b)", "ALTER TABLE missing ADD COLUMN c", "nonsense"])
def test_what_cannot_is_told(second: str) -> None:
    with pytest.raises(StoreError, match="unusable"):
        try_migrations(applied(), versions(FIRST, second))


@pytest.mark.parametrize("data", [stored("PRAGMA user_version = 1"), b""])
def test_an_empty_one_is_made_from_the_beginning(data: bytes) -> None:
    try_migrations(data, versions(FIRST))
    with pytest.raises(StoreError, match="unusable"):
        try_migrations(data, versions("nonsense"))


@pytest.mark.parametrize("data", [b"no database" * 100, b"SQLite format 3\0" + bytes(4080)])
def test_what_was_damaged_before_is_not_the_release_s_fault(data: bytes) -> None:
    try_migrations(data, versions("nonsense"))
