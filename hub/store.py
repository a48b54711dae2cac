"""The hub's database over SQLAlchemy Core: SQLite by default, PostgreSQL for large sites; the same code on both.

>>> store = Store.open("sqlite:////var/lib/mydesk-hub/hub.db")   # doctest: +SKIP
>>> with store.begin() as connection:                            # doctest: +SKIP
...     connection.execute(select(UNITS)).all()

Thread-safe: each block has a connection of the pool. Everything raises HubStoreError and nothing else.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL

from common.database import use_wal
from hub.migrations import migrate
from hub.store_errors import HubFault, HubStoreError, translated

BUSY_TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 60
_WRITES = "mydesk_writes"


class Store:
    """The open database.

    Raises:
        HubStoreError: from every method.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(**{_WRITES: True})

    @classmethod
    def open(cls, url: str) -> Store:
        """Open `url`, create the file (0600) where it is not there, and bring the tables up to date."""
        with translated():
            engine = _engine(url)
        store = cls(engine)
        try:
            with store.begin() as connection:
                migrate(connection)
        except BaseException:
            engine.dispose()
            raise
        return store

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextlib.contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that writes: all of the block or nothing. SQLite has one writer at a time; the lock is taken at
        once, so that no block fails half-way for another's sake."""
        with translated(), self._writing.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads: one state of the database, beside whoever writes."""
        with translated(), self._engine.connect() as connection:
            yield connection

    def size_bytes(self) -> int:
        """How much disk it takes."""
        query = "SELECT pg_database_size(current_database())"
        if self.dialect == "sqlite":
            query = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        with self.reading() as connection:
            return int(connection.execute(text(query)).scalar_one())

    def forget_traces(self) -> bool:
        """After rows were deleted: SQLite's log is emptied, so that they are in no file any more (`secure_delete` has
        overwritten them in the database). PostgreSQL does so by itself, by autovacuum and its own log's rotation.

        False: somebody else reads just now, so that the log could not be emptied.
        """
        if self.dialect != "sqlite":
            return True
        with translated(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            (busy, *_) = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            return not busy

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def upsert(connection: Connection, table: Table) -> Any:
    """INSERT of the connection's dialect, for `.on_conflict_do_update(...)` and `.on_conflict_do_nothing(...)`."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def _engine(url: str) -> Engine:
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(address)
    if address.drivername in ("postgresql", "postgresql+psycopg"):
        return _postgresql(address.set(drivername="postgresql+psycopg"))
    raise HubStoreError(HubFault.MISSING, "[database] url is neither sqlite:///FILE nor postgresql+psycopg://...")


def _sqlite(address: URL) -> Engine:
    if not address.database or address.database == ":memory:":
        raise HubStoreError(HubFault.MISSING, "[database] url names no file, as sqlite:////var/lib/mydesk-hub/hub.db")
    _create_private(Path(address.database))
    engine = create_engine(address, connect_args={"timeout": BUSY_TIMEOUT_S}, pool_timeout=BUSY_TIMEOUT_S)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _create_private(path: Path) -> None:
    """0600 from the first moment, whatever the umask, and its folder's owner's, also when root ran a command; SQLite
    gives -wal and -shm the same."""
    try:
        fresh = not path.exists()
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        if fresh and os.geteuid() == 0:
            folder = path.absolute().parent.stat()
            os.chown(path, folder.st_uid, folder.st_gid)
    except FileNotFoundError as error:
        raise HubStoreError(HubFault.MISSING, f"{path}: {error.strerror}") from error
    except OSError as error:
        known = {13: HubFault.DENIED, 28: HubFault.FULL, 30: HubFault.READ_ONLY}
        raise HubStoreError(known.get(error.errno or 0, HubFault.DENIED), f"{path}: {error.strerror}") from error


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; the driver's own notion of it commits half of DDL
    use_wal(connection, BUSY_TIMEOUT_S)
    # FULL, not NORMAL: an ack makes the unit delete its rows, so a commit must outlive a power cut from then on.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA journal_size_limit = 67108864")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(address: URL) -> Engine:
    # synchronous_commit for the same reason as FULL above, whatever the server's default is.
    options = (
        f"-c synchronous_commit=on -c statement_timeout={STATEMENT_TIMEOUT_S}s -c lock_timeout={int(BUSY_TIMEOUT_S)}s"
        " -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
    )
    arguments = {"connect_timeout": CONNECT_TIMEOUT_S, "options": options, "application_name": "mydesk-hub"}
    return create_engine(address, connect_args=arguments, pool_pre_ping=True, pool_timeout=BUSY_TIMEOUT_S)
