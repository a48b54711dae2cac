"""The database of the hub, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, inspect, select, text

from hub.migrations import STEPS, migrate
from hub.store import Store
from hub.store_errors import HubFault, HubStoreError, translated
from hub.tables import META, METADATA, UNITS
from tests.hub.postgresql import Server
from tests.ordinary_user import ordinary_user


def add(store: Store, unit: str) -> None:
    with store.begin() as connection:
        connection.execute(insert(UNITS).values(unit=unit))


def units(store: Store) -> set[str]:
    with store.reading() as connection:
        return set(connection.execute(select(UNITS.c.unit)).scalars())


def test_all_tables_are_made_once_and_numbered(store_url: str) -> None:
    for _ in range(2):
        store = Store.open(store_url)
        with store.reading() as connection:
            assert set(inspect(connection).get_table_names()) == set(METADATA.tables)
            assert connection.execute(select(META.c.value).where(META.c.key == "schema")).scalar_one() == str(
                len(STEPS)
            )
        store.close()


def test_what_is_committed_is_there_for_the_next(store_url: str) -> None:
    store = Store.open(store_url)
    add(store, "room-ada")
    store.close()
    again = Store.open(store_url)
    assert units(again) == {"room-ada"}
    assert again.size_bytes() > 0
    again.forget_traces()
    again.close()


def test_a_block_that_fails_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.begin() as connection:
            connection.execute(insert(UNITS).values(unit="room-ada"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert units(store) == set()


def test_a_value_that_does_not_fit_is_refused_for_good(store: Store) -> None:
    add(store, "room-ada")
    with pytest.raises(HubStoreError) as told:
        add(store, "room-ada")
    assert told.value.fault is HubFault.REFUSED
    assert told.value.lasting
    assert "room-ada" not in told.value.hint


def test_reading_goes_on_beside_a_writer(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(insert(UNITS).values(unit="room-ada"))
        assert units(store) == set()
    assert units(store) == {"room-ada"}


def test_migrations_go_forward_from_where_they_were(store: Store) -> None:
    def second(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE units ADD COLUMN colour VARCHAR(10)"))

    with store.begin() as connection:
        assert migrate(connection, (*STEPS, second)) == len(STEPS) + 1
        assert migrate(connection, (*STEPS, second)) == len(STEPS) + 1
        assert "colour" in {column["name"] for column in inspect(connection).get_columns("units")}
    with pytest.raises(HubStoreError, match="newer") as told, store.begin() as connection:
        migrate(connection)
    assert told.value.fault is HubFault.NEWER


def test_a_migration_that_fails_leaves_the_tables_as_they_were(store: Store) -> None:
    def broken(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE units ADD COLUMN colour VARCHAR(10)"))
        connection.execute(text("ALTER TABLE nonsense ADD COLUMN colour VARCHAR(10)"))

    with pytest.raises(HubStoreError), store.begin() as connection:
        migrate(connection, (*STEPS, broken))
    with store.reading() as connection:
        assert "colour" not in {column["name"] for column in inspect(connection).get_columns("units")}


def test_two_hubs_that_start_at_once_wait_for_each_other(store_url: str) -> None:
    opened: list[Store] = []
    threads = [threading.Thread(target=lambda: opened.append(Store.open(store_url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(opened) == 4
    for store in opened:
        store.close()


def test_the_file_is_ours_alone_and_every_commit_lasts(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store.open(f"sqlite:///{tmp_path / 'hub.db'}")
        add(store, "room-ada")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"hub.db": 0o600, "hub.db-wal": 0o600, "hub.db-shm": 0o600}
    with store.begin() as connection:
        values = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "secure_delete", "busy_timeout")
        }
    assert values == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "busy_timeout": 10_000}
    store.close()


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("sqlite:////nonexistent/hub.db", HubFault.MISSING),
        ("sqlite://", HubFault.MISSING),
        ("mysql://root@localhost/hub", HubFault.MISSING),
        ("not a url", HubFault.MISSING),
        ("postgresql+psycopg://mydesk@/hub?host=/nonexistent", HubFault.AWAY),
    ],
)
def test_an_address_that_leads_nowhere_is_told(url: str, fault: HubFault) -> None:
    with pytest.raises(HubStoreError) as told:
        Store.open(url)
    assert told.value.fault is fault
    assert told.value.hint


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "hub.db").write_bytes(b"holiday pictures" * 1000)
    with pytest.raises(HubStoreError) as told:
        Store.open(f"sqlite:///{tmp_path / 'hub.db'}")
    assert told.value.fault is HubFault.DAMAGED


def test_a_folder_of_somebody_else_is_told(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o755)
    with ordinary_user(tmp_path), pytest.raises(HubStoreError) as told:
        Store.open(f"sqlite:///{closed / 'hub.db'}")
    assert told.value.fault is HubFault.DENIED


def fill(store: Store) -> None:
    with store.begin() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
        connection.execute(insert(UNITS), [{"unit": f"u{number}", "name": "n" * 60} for number in range(5000)])


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'hub.db'}")
    with pytest.raises(HubStoreError) as told:
        fill(store)
    assert told.value.fault is HubFault.FULL
    assert units(store) == set()
    store.close()


def write_without_patience(store: Store) -> None:
    with translated(), store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
        connection.exec_driver_sql("UPDATE meta SET value = value")


def test_a_locked_file_is_busy(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    store = Store.open(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(HubStoreError) as told:
        write_without_patience(store)
    assert told.value.fault is HubFault.BUSY
    other.close()
    store.close()


@pytest.mark.slow
def test_postgresql_that_is_away_is_told_and_comes_back(postgresql: Server) -> None:
    store = Store.open(postgresql.fresh())
    add(store, "room-ada")
    postgresql.stop()
    with pytest.raises(HubStoreError) as told:
        units(store)
    assert told.value.fault is HubFault.AWAY
    postgresql.start()
    assert units(store) == {"room-ada"}
    store.close()


def run(store: Store, statement: str) -> None:
    with store.begin() as connection:
        for part in statement.split("; ") if "$$" not in statement else [statement]:
            connection.execute(text(part))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("SET TRANSACTION READ ONLY; CREATE TABLE t (i int)", HubFault.READ_ONLY),
        ("SELECT chr(0)", HubFault.REFUSED),
        ("SET LOCAL statement_timeout = 1; SELECT pg_sleep(5)", HubFault.BUSY),
        ("SET LOCAL ROLE pg_monitor; DELETE FROM units", HubFault.DENIED),
        ("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53100'; END $$", HubFault.FULL),
    ],
)
def test_what_postgresql_refuses_is_told(postgresql: Server, statement: str, fault: HubFault) -> None:
    store = Store.open(postgresql.fresh())
    with pytest.raises(HubStoreError) as told:
        run(store, statement)
    assert told.value.fault is fault
    store.close()


@pytest.mark.slow
def test_a_database_that_does_not_exist_is_told(postgresql: Server) -> None:
    with pytest.raises(HubStoreError) as told:
        Store.open(postgresql.url("nowhere"))
    assert told.value.fault is HubFault.MISSING
