"""Databases are opened with the right mode and pragmas, and what is wrong with one is told by name."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from common.database import StoreError, StoreFault, check, connect, migrate, transaction, translated, use_wal
from tests.ordinary_user import ordinary_user


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    opened = connect(path)
    yield opened
    opened.close()


def fault_of(path: Path) -> StoreFault:
    with pytest.raises(StoreError) as caught:
        connect(path)
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value.fault


PRAGMAS = [
    ("journal_mode", "wal"),
    ("foreign_keys", 1),
    ("secure_delete", 1),
    ("synchronous", 1),
    ("busy_timeout", 5000),
    ("trusted_schema", 0),
    ("temp_store", 2),
]


@pytest.mark.parametrize(("name", "value"), PRAGMAS)
def test_how_it_is_opened(connection: sqlite3.Connection, name: str, value: object) -> None:
    assert connection.execute(f"PRAGMA {name}").fetchone() == (value,)


def test_what_can_be_asked_for(path: Path) -> None:
    opened = connect(path, synchronous="FULL", erase=False, busy_timeout_s=0.25)
    found = [
        opened.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "secure_delete", "busy_timeout")
    ]
    opened.close()
    assert found == [2, 0, 250]


@pytest.mark.parametrize("mode", [0o600, 0o660])
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_all_files_have_the_mode_whatever_the_umask(path: Path, mode: int, umask: int) -> None:
    before = os.umask(umask)
    try:
        opened = connect(path, mode=mode)
        with transaction(opened, path):
            opened.execute("CREATE TABLE t (a)")
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        opened.close()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(["store.db", "store.db-wal", "store.db-shm"], mode)


def test_the_mode_of_a_file_that_is_there_is_left_alone(path: Path) -> None:
    connect(path, mode=0o660).close()
    connect(path, mode=0o600).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_names_with_odd_characters(tmp_path: Path) -> None:
    path = tmp_path / "a b?c#d%e.db"
    connect(path).close()
    assert path.exists()


def test_no_folder(tmp_path: Path) -> None:
    assert fault_of(tmp_path / "none" / "store.db") is StoreFault.MISSING


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    assert fault_of(tmp_path) is StoreFault.DENIED


def test_not_a_database(path: Path) -> None:
    path.write_bytes(b"hello world, this is certainly not SQLite " * 100)
    assert fault_of(path) is StoreFault.DAMAGED


def test_a_truncated_database(path: Path) -> None:
    opened = connect(path)
    with transaction(opened, path):
        opened.execute("CREATE TABLE t (a)")
        opened.executemany("INSERT INTO t VALUES (?)", [("x" * 500,) for _ in range(200)])
    opened.close()
    os.truncate(path, 5000)
    assert fault_of(path) is StoreFault.DAMAGED


def test_a_damaged_page_is_found_by_the_check(path: Path) -> None:
    opened = connect(path)
    with transaction(opened, path):
        opened.execute("CREATE TABLE t (a)")
        opened.executemany("INSERT INTO t VALUES (?)", [("x" * 500,) for _ in range(200)])
    check(opened, path)
    opened.close()
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096)
    opened = connect(path)
    with pytest.raises(StoreError) as caught:
        check(opened, path)
    opened.close()
    assert caught.value.fault is StoreFault.DAMAGED


def test_a_folder_that_may_not_be_written(path: Path) -> None:
    path.parent.chmod(0o555)
    with ordinary_user(path.parent):
        assert fault_of(path) is StoreFault.DENIED
    path.parent.chmod(0o755)


def test_a_file_that_may_only_be_read(path: Path) -> None:
    connect(path).close()
    path.chmod(0o444)
    path.parent.chmod(0o555)
    with ordinary_user(path.parent):
        assert fault_of(path) is StoreFault.READ_ONLY
    path.parent.chmod(0o755)


def test_a_full_disk_is_told_and_nothing_of_the_transaction_stays(connection: sqlite3.Connection, path: Path) -> None:
    with transaction(connection, path):
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (1)")
    connection.execute("PRAGMA max_page_count = 4")
    with pytest.raises(StoreError) as caught, transaction(connection, path):
        connection.executemany("INSERT INTO t VALUES (zeroblob(?))", [(2,), (1_000_000,)])
    assert caught.value.fault is StoreFault.FULL
    assert connection.execute("SELECT a FROM t").fetchall() == [(1,)]


def test_a_busy_file(connection: sqlite3.Connection, path: Path) -> None:
    other = connect(path, busy_timeout_s=0.01)
    with transaction(connection, path), pytest.raises(StoreError) as caught, transaction(other, path):
        pass
    other.close()
    assert caught.value.fault is StoreFault.BUSY


def test_an_error_of_the_caller_rolls_back_and_stays_what_it_is(connection: sqlite3.Connection, path: Path) -> None:
    def work() -> None:
        with transaction(connection, path):
            connection.execute("CREATE TABLE t (a)")
            raise KeyError("mine")

    with pytest.raises(KeyError):
        work()
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


OS_ERRORS = [
    (28, StoreFault.FULL),
    (30, StoreFault.READ_ONLY),
    (5, StoreFault.FAILED),
    (13, StoreFault.DENIED),
    (2, StoreFault.MISSING),
]


@pytest.mark.parametrize(("number", "fault"), OS_ERRORS)
def test_errors_of_the_file_system(path: Path, number: int, fault: StoreFault) -> None:
    with pytest.raises(StoreError) as caught, translated(path):
        raise OSError(number, os.strerror(number))
    assert caught.value.fault is fault


def migrations(*names: str) -> Migrations:
    made = Migrations("test")
    for name in names:

        @made(name=name)
        def create(database: Database, name: str = name) -> None:
            database.execute(f"CREATE TABLE {name} (a)")

    return made


def tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite%'")
    return {name for (name,) in rows}


def test_migrations_are_applied_once_and_in_order(connection: sqlite3.Connection, path: Path) -> None:
    migrate(connection, path, migrations("one"))
    migrate(connection, path, migrations("one", "two"))
    migrate(connection, path, migrations("one", "two"))
    assert tables(connection) == {"one", "two"}


def test_a_failing_migration_takes_its_predecessors_with_it(connection: sqlite3.Connection, path: Path) -> None:
    broken = migrations("one")

    @broken()
    def two(database: Database) -> None:
        database.execute("CREATE TABLE one (again)")

    with pytest.raises(StoreError):
        migrate(connection, path, broken)
    assert tables(connection) == set()
    migrate(connection, path, migrations("one"))
    assert tables(connection) == {"one"}


def test_a_file_of_a_newer_version_is_left_alone(connection: sqlite3.Connection, path: Path) -> None:
    migrate(connection, path, migrations("one", "two"))
    migrate(connection, path, migrations("one"))
    assert tables(connection) == {"one", "two"}


def test_two_programs_that_start_at_once_migrate_once(path: Path) -> None:
    failures: list[Exception] = []
    start = threading.Barrier(4)

    def program() -> None:
        opened = connect(path)
        try:
            start.wait(5)
            migrate(opened, path, migrations("one", "two"))
        except StoreError as error:
            failures.append(error)
        finally:
            opened.close()

    threads = [threading.Thread(target=program) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failures == []


def test_new_files_are_opened_at_once(tmp_path: Path) -> None:
    def opened(number: int) -> None:
        connect(tmp_path / f"{number // 4}.db", busy_timeout_s=20.0).close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(opened, range(400)))


@pytest.mark.parametrize(("code", "tries"), [(sqlite3.SQLITE_BUSY_RECOVERY, 3), (sqlite3.SQLITE_IOERR, 1)])
def test_the_log_of_a_new_file_is_waited_for_where_sqlite_does_not_wait(code: int, tries: int) -> None:
    class Contended:
        """Refuses twice, as SQLite does while another changes the same new file over."""

        asked = 0

        def execute(self, statement: str) -> Contended:
            self.asked += 1
            if self.asked < 3:
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = code
                raise error
            return self

        def fetchone(self) -> tuple[str]:
            return ("wal",)

    connection = Contended()
    with contextlib.nullcontext() if tries == 3 else pytest.raises(sqlite3.OperationalError):
        use_wal(connection, 5.0)  # type: ignore[arg-type]
    assert connection.asked == tries
