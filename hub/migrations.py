"""Brings the tables up to date: forward only, numbered in META, all or nothing.

Number 1 makes everything that `hub.tables` has; a change of a table that is out there adds a function here, and
`hub.tables` shows how it looks after that.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, insert, inspect, select, text, update
from sqlalchemy.schema import CreateColumn

from hub.store_errors import HubFault, HubStoreError
from hub.tables import ALARMS, META, METADATA, NOTICES
from hub.visits.tables import EVACUATIONS, TELLINGS, TICKS
from hub.visits.tables import TABLES as VISIT_TABLES

_KEY = "schema"
_LOCK = 0x6D796465736B  # "mydesk": two hubs that start at once wait for each other

Step = Callable[[Connection], None]


def _first(connection: Connection) -> None:
    METADATA.create_all(connection)


def _notices(connection: Connection) -> None:
    NOTICES.create(connection, checkfirst=True)
    for index in ALARMS.indexes:
        index.create(connection, checkfirst=True)


def _visits(connection: Connection) -> None:
    METADATA.create_all(connection, tables=VISIT_TABLES)


def _roll_call(connection: Connection) -> None:
    METADATA.create_all(connection, tables=(EVACUATIONS, TICKS))


def _evacuations(connection: Connection) -> None:
    """Kiosks begin evacuations too."""
    there = {column["name"] for column in inspect(connection).get_columns(EVACUATIONS.name)}
    for column in (EVACUATIONS.c.unit, EVACUATIONS.c.active, EVACUATIONS.c.ordered_ms):
        if column.name not in there:
            made = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {EVACUATIONS.name} ADD COLUMN {made}")


def _tellings(connection: Connection) -> None:
    METADATA.create_all(connection, tables=(TELLINGS,))


STEPS: tuple[Step, ...] = (_first, _notices, _visits, _roll_call, _evacuations, _tellings)


def migrate(connection: Connection, steps: tuple[Step, ...] = STEPS) -> int:
    """Apply what is missing, in the caller's transaction, and return the number reached.

    Raises:
        HubStoreError: a newer hub has been here.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    there = _number(connection)
    if there > len(steps):
        raise HubStoreError(HubFault.NEWER, f"its tables are of number {there}, this hub knows {len(steps)}")
    for step in steps[there:]:
        step(connection)
    if there < len(steps):
        _note(connection, len(steps))
    return len(steps)


def _number(connection: Connection) -> int:
    if not inspect(connection).has_table(META.name):
        return 0
    found = connection.execute(select(META.c.value).where(META.c.key == _KEY)).scalar_one_or_none()
    return int(found) if found is not None else 0


def _note(connection: Connection, number: int) -> None:
    changed = connection.execute(update(META).where(META.c.key == _KEY).values(value=str(number)))
    if changed.rowcount == 0:
        connection.execute(insert(META).values(key=_KEY, value=str(number)))
