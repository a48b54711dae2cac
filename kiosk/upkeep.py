"""What the clock does to the register: signs out who forgot to, reminds hosts, takes stock of the days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from common.visiting.evening import over
from kiosk.audit import Actor, AuditEvent
from kiosk.day_end import remind_now
from kiosk.ladder import can_chat
from kiosk.message_table import Rung
from kiosk.model import Channel, LeftBy, VisitState
from kiosk.register_store import RegisterStore, WriteTime
from kiosk.register_tables import from_us, to_us
from kiosk.settings import RegisterSection
from kiosk.visit_rows import Row


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many visits of a type a day had. `assumed` of those who came were signed out by the clock."""

    day: str
    type: str
    came: int = 0
    assumed: int = 0
    no_show: int = 0


def auto_sign_out(store: RegisterStore, at: WriteTime, settings: RegisterSection, zone: ZoneInfo) -> int:
    """End what the clock ends; returns how many. Only on a trusted clock: a wrong one would empty the building.

    A visit that began elsewhere ends here without a new version: there it ends at the same instant, and tells it.
    """
    if not at.trusted:
        return 0
    done, foreign = 0, store.shares.foreign()
    with store.transaction() as connection:
        for row in store.rows("WHERE state IN ('on-site', 'expected')"):
            came = row["state"] == VisitState.ON_SITE
            since = row["in_us"] if came else row["expected_us"]
            ended = over(None if since is None else from_us(since), settings.auto_sign_out, zone, at.now)
            if ended is None:
                continue
            left = (VisitState.LEFT_ASSUMED, to_us(ended), LeftBy.CLOCK) if came else (VisitState.NO_SHOW, None, None)
            connection.execute("UPDATE visits SET state = ?, out_us = ?, out_by = ? WHERE id = ?", (*left, row["id"]))
            if came and row["id"] not in foreign:
                store.shares.touch(row["id"])
            done += came
        if done:
            store.audit.note(at.now, Actor.CLOCK, AuditEvent.AUTO_SIGN_OUT, at.now.date().isoformat(), done)
    return done


def remind(store: RegisterStore, at: WriteTime, settings: RegisterSection, channel: Channel) -> int:
    """Queue one reminder per host and group whose guests should have left; returns how many.

    Whose host another kiosk tells is reminded there.
    """
    if not at.trusted:
        return 0
    visits, _ = store.on_site()
    reminded = {row["id"] for row in store.rows("WHERE reminded_us IS NOT NULL")} | store.shares.told_elsewhere()
    due = [one for one in visits if one.id not in reminded and remind_now(one, settings.remind_host_after_min, at.now)]
    told: set[tuple[str, str]] = set()
    with store.transaction() as connection:
        for visit in due:
            party = (visit.group or visit.id, visit.host.ref)
            if party not in told:
                by = Channel.MAIL if channel is Channel.CHAT and not can_chat(visit.host) else channel
                store.messages.add(visit.id, Rung.REMINDER, by, at.now)
            told.add(party)
            connection.execute("UPDATE visits SET reminded_us = ? WHERE id = ?", (to_us(at.now), visit.id))
    return len(told)


def begun_here(store: RegisterStore, rows: Iterable[Row]) -> list[Row]:
    """Those that this kiosk counts; the others are counted where they began."""
    foreign = store.shares.foreign()
    return [row for row in rows if row["id"] not in foreign]


def counted(rows: Iterable[Row], zone: ZoneInfo) -> tuple[DayCount, ...]:
    """Visits by the site's day and type."""
    tally: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        day = _day(row, zone)
        tally[day, row["type"], _came(row)] += 1
    keys = sorted({(day, kind) for day, kind, _ in tally})
    return tuple(
        DayCount(
            day,
            kind,
            tally[day, kind, "came"] + tally[day, kind, "assumed"],
            tally[day, kind, "assumed"],
            tally[day, kind, "no-show"],
        )
        for day, kind in keys
    )


def keep_counts(store: RegisterStore, counts: Iterable[DayCount]) -> None:
    """Add them to what is kept; the caller holds the transaction."""
    store.connection.executemany(
        "INSERT INTO statistics (day, type, came, assumed, no_show) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (day, type) DO UPDATE SET came = came + excluded.came,"
        " assumed = assumed + excluded.assumed, no_show = no_show + excluded.no_show",
        [(one.day, one.type, one.came, one.assumed, one.no_show) for one in counts],
    )


def statistics(store: RegisterStore, first: date, last: date, zone: ZoneInfo) -> tuple[DayCount, ...]:
    """Counts of these days: of forgotten visits and of those still here together."""
    found: dict[tuple[str, str], DayCount] = {}
    kept = store.connection.execute("SELECT day, type, came, assumed, no_show FROM statistics").fetchall()
    for one in (*(DayCount(*row) for row in kept), *counted(begun_here(store, store.rows()), zone)):
        before = found.get((one.day, one.type), DayCount(one.day, one.type))
        found[one.day, one.type] = DayCount(
            one.day, one.type, before.came + one.came, before.assumed + one.assumed, before.no_show + one.no_show
        )
    return tuple(found[key] for key in sorted(found) if first.isoformat() <= key[0] <= last.isoformat())


def _day(row: Row, zone: ZoneInfo) -> str:
    instant = row["in_us"] if row["in_us"] is not None else row["expected_us"]
    return row["delete_on"] if instant is None else from_us(instant).astimezone(zone).date().isoformat()


def _came(row: Row) -> str:
    state = row["state"]
    if state == VisitState.LEFT_ASSUMED:
        return "assumed"
    return "no-show" if state in (VisitState.NO_SHOW, VisitState.EXPECTED) else "came"
