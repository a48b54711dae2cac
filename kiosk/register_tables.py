"""The tables of the register. What points to a person is a BLOB, sealed; docs/privacy.md has a row for each table.

Instants are whole microseconds since 1970, UTC. Foreign keys cascade: who deletes a visit deletes all that hangs on it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from kiosk.share_table import SHARES, TELLER

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_VISITS = """
CREATE TABLE visits (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, state TEXT NOT NULL, group_id TEXT NOT NULL,
    language TEXT NOT NULL, notice_version TEXT NOT NULL, key_id TEXT NOT NULL, delete_on TEXT NOT NULL,
    in_us INTEGER, out_us INTEGER, out_by TEXT, expected_us INTEGER, until_us INTEGER, reminded_us INTEGER,
    found INTEGER NOT NULL DEFAULT 0,
    guest_name BLOB NOT NULL, guest_email BLOB NOT NULL, guest_phone BLOB NOT NULL, guest_extra BLOB NOT NULL,
    host BLOB NOT NULL
) STRICT
"""
_MESSAGES = """
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, visit_id TEXT NOT NULL REFERENCES visits(id) ON DELETE CASCADE,
    rung TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
    repeat INTEGER NOT NULL DEFAULT 0, answer TEXT NOT NULL DEFAULT '', made_us INTEGER NOT NULL,
    due_us INTEGER NOT NULL, UNIQUE (visit_id, rung, channel)
) STRICT
"""
_PRINT_JOBS = """
CREATE TABLE print_jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, visit_id TEXT NOT NULL REFERENCES visits(id) ON DELETE CASCADE,
    state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', tries INTEGER NOT NULL DEFAULT 0, made_us INTEGER NOT NULL
) STRICT
"""
_SIGNATURES = """
CREATE TABLE signatures (
    visit_id TEXT PRIMARY KEY REFERENCES visits(id) ON DELETE CASCADE, document TEXT NOT NULL,
    signed_us INTEGER NOT NULL, strokes BLOB NOT NULL
) STRICT
"""
_STATISTICS = """
CREATE TABLE statistics (
    day TEXT NOT NULL, type TEXT NOT NULL, came INTEGER NOT NULL, assumed INTEGER NOT NULL, no_show INTEGER NOT NULL,
    PRIMARY KEY (day, type)
) STRICT
"""
_AUDIT = """
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at_us INTEGER NOT NULL, actor TEXT NOT NULL, event TEXT NOT NULL,
    object TEXT NOT NULL, count INTEGER NOT NULL, hash BLOB NOT NULL
) STRICT
"""
_META = "CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT"


def to_us(instant: datetime) -> int:
    """Exact, unlike timestamp() * 1e6. ValueError for a naive instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant of the register is aware, for example datetime.now(UTC)")
    return (instant - _EPOCH) // timedelta(microseconds=1)


def from_us(value: int) -> datetime:
    """The reverse."""
    return _EPOCH + timedelta(microseconds=value)


@cache
def migrations() -> Migrations:
    """All versions of the register, oldest first."""
    from sqlite_utils.migrations import Migrations  # slow to import

    found = Migrations("register")

    @found()
    def m001_register(database: Database) -> None:
        for table in (_VISITS, _MESSAGES, _PRINT_JOBS, _SIGNATURES, _STATISTICS, _AUDIT, _META):
            database.execute(table)
        database.execute("CREATE INDEX visits_state ON visits (state)")
        database.execute("CREATE INDEX visits_key ON visits (key_id)")
        database.execute("CREATE INDEX messages_state ON messages (state, due_us)")
        database.execute("CREATE INDEX print_jobs_visit ON print_jobs (visit_id)")

    @found()
    def m002_badges_survive_a_power_cut(database: Database) -> None:
        """Until here the table was empty: print jobs lived in RAM."""
        database.execute("ALTER TABLE print_jobs ADD COLUMN kind TEXT NOT NULL DEFAULT 'badge'")
        database.execute("ALTER TABLE print_jobs ADD COLUMN repeat INTEGER NOT NULL DEFAULT 0")
        database.execute("CREATE UNIQUE INDEX print_jobs_badge ON print_jobs (visit_id) WHERE kind = 'badge'")
        database.execute("CREATE INDEX print_jobs_state ON print_jobs (state)")

    @found()
    def m003_visits_are_shared(database: Database) -> None:
        database.execute(SHARES)

    @found()
    def m004_the_hub_names_who_tells_the_host(database: Database) -> None:
        database.execute(TELLER)

    return found
