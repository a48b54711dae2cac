"""Invitations that were signed here, as values, and their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, insert, select, update

from hub.visits.tables import INVITATIONS

__all__ = ["MOST_LISTED", "Invitation", "add", "find", "of_site", "withdraw"]

MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Invitation:
    """One invitation; the guest stands in the visit of the same id. `invited_by` is staff."""

    visit: str
    site: str
    start: datetime
    end: datetime
    code_hash: str
    invited_by: str
    made_ms: int
    revoked_ms: int | None = None

    @property
    def revoked(self) -> bool:
        return self.revoked_ms is not None


def add(connection: Connection, made: Invitation) -> None:
    """Keep it."""
    values = {"visit": made.visit, "site": made.site, "code_hash": made.code_hash, "invited_by": made.invited_by[:100]}
    times = {"start_s": int(made.start.timestamp()), "end_s": int(made.end.timestamp()), "made_ms": made.made_ms}
    connection.execute(insert(INVITATIONS).values(**values, **times))


def find(connection: Connection, visit_id: str) -> Invitation | None:
    """The one of that visit."""
    row = connection.execute(select(INVITATIONS).where(INVITATIONS.c.visit == visit_id)).one_or_none()
    return None if row is None else _of(row)


def of_site(connection: Connection, site: str, since: datetime) -> list[Invitation]:
    """Those that end after `since`, by their beginning, at most MOST_LISTED."""
    mine = (INVITATIONS.c.site == site) & (INVITATIONS.c.end_s > int(since.timestamp()))
    query = select(INVITATIONS).where(mine).order_by(INVITATIONS.c.start_s, INVITATIONS.c.visit).limit(MOST_LISTED)
    return [_of(row) for row in connection.execute(query)]


def withdraw(connection: Connection, visit_id: str, now_ms: int) -> bool:
    """Take it back; False: there is none, or it is taken back already."""
    open_ = (INVITATIONS.c.visit == visit_id) & INVITATIONS.c.revoked_ms.is_(None)
    return connection.execute(update(INVITATIONS).where(open_).values(revoked_ms=now_ms)).rowcount == 1


def _of(row: Row[tuple[object, ...]]) -> Invitation:
    start, end = (datetime.fromtimestamp(seconds, UTC) for seconds in (row.start_s, row.end_s))
    return Invitation(
        row.visit, row.site, start, end, row.code_hash, row.invited_by, row.made_ms, row.revoked_ms
    )  # fmt: skip
