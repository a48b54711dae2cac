"""The last evacuation of each site in the database: since when it is on or over, and who said so.

What stands here is what kiosks are told by (hub.visits.evacuation_orders), so that a crash in between loses nothing.
Every function works on a connection of the caller's, who begins a transaction that writes with `exclusive`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, select

from hub.store import upsert
from hub.visits.tables import EVACUATIONS, TICKS
from hub.web.audit import note

__all__ = [
    "LONGEST_MS",
    "OLDEST_MS",
    "Beginning",
    "Evacuation",
    "all_of_them",
    "begin",
    "end",
    "forget",
    "of_site",
    "take_back",
]

LONGEST_MS = 12 * 3_600_000
"""An evacuation that nobody ended is over by then."""

OLDEST_MS = 30 * 60_000
"""What is older begins nothing any more, neither here nor at a kiosk: it is of the past."""


@dataclass(frozen=True, slots=True)
class Evacuation:
    """It is on, or over (`active` false), since `since_ms` by the word of `by`.

    `unit` is the kiosk that said so last, "" for the pages; what kiosks were told before `ordered_ms` was not about it.
    """

    site: str
    active: bool
    since_ms: int
    by: str
    unit: str
    ordered_ms: int


@dataclass(frozen=True, slots=True)
class Beginning:
    """`who` began an evacuation of `site` at `since_ms`, at the kiosk `unit` or, "", on the pages.

    `anew`: one that is on is another one. `grace_ms`: so long nobody is told, for it may be taken back.
    """

    site: str
    who: str
    since_ms: int
    unit: str = ""
    anew: bool = False
    grace_ms: int = 0


def of_site(connection: Connection, site: str, now_ms: int) -> Evacuation | None:
    """The last one, unless that is long over."""
    mine = (EVACUATIONS.c.site == site) & (EVACUATIONS.c.since_ms > now_ms - LONGEST_MS)
    row = connection.execute(select(EVACUATIONS).where(mine)).one_or_none()
    return None if row is None else _read(row)


def all_of_them(connection: Connection, now_ms: int) -> list[Evacuation]:
    """The last one of each site, unless that is long over."""
    query = select(EVACUATIONS).where(EVACUATIONS.c.since_ms > now_ms - LONGEST_MS).order_by(EVACUATIONS.c.site)
    return [_read(row) for row in connection.execute(query)]


def begin(connection: Connection, what: Beginning, now_ms: int) -> None:
    """It begins with nobody found. One that is on goes on, and the kiosks are told of it again."""
    forget(connection, now_ms)
    there = of_site(connection, what.site, now_ms)
    since_ms, by = what.since_ms, what.who
    if there is not None and there.active and not what.anew:
        since_ms, by = there.since_ms, there.by
    else:
        connection.execute(delete(TICKS).where(TICKS.c.site == what.site))
    _write(connection, Evacuation(what.site, True, since_ms, by, what.unit, now_ms + what.grace_ms))
    note(connection, now_ms, what.who, "evacuation begun", what.unit, what.site)


def end(connection: Connection, site: str, who: str, now_ms: int) -> None:
    """It is over, at every kiosk of the site, and its ticks are gone."""
    connection.execute(delete(TICKS).where(TICKS.c.site == site))
    _write(connection, Evacuation(site, False, now_ms, who, "", now_ms))
    note(connection, now_ms, who, "evacuation ended", "", site)


def take_back(connection: Connection, one: Evacuation, now_ms: int) -> bool:
    """It was over before anybody was told of it. False: they were."""
    if now_ms >= one.ordered_ms:
        return False
    connection.execute(delete(EVACUATIONS).where(EVACUATIONS.c.site == one.site))
    return True


def forget(connection: Connection, now_ms: int) -> None:
    """What is left of those that nobody ended, and of those that are long over."""
    connection.execute(delete(TICKS).where(TICKS.c.at_ms <= now_ms - LONGEST_MS))
    connection.execute(delete(EVACUATIONS).where(EVACUATIONS.c.since_ms <= now_ms - LONGEST_MS))


def _write(connection: Connection, one: Evacuation) -> None:
    values = {
        "active": one.active,
        "since_ms": one.since_ms,
        "by": one.by[:100],
        "unit": one.unit,
        "ordered_ms": one.ordered_ms,
    }
    statement = upsert(connection, EVACUATIONS).values(site=one.site, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["site"], set_=values))


def _read(row: Row[tuple[object, ...]]) -> Evacuation:
    return Evacuation(row.site, bool(row.active), row.since_ms, row.by, row.unit, row.ordered_ms)
