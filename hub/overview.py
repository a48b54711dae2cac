"""What `mydesk-hub status`, `units` and `export` print, read from the database."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

from sqlalchemy import Row, Select, func, select

from hub.store import Store
from hub.tables import ALARMS, LATEST, ROWS, UNITS

_PORTION = 1000


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which rows are exported; "" and None: all. A topic that ends in "/" is a kind of topics, `e/`."""

    unit: str = ""
    topic: str = ""
    begin_ms: int | None = None
    end_ms: int | None = None


def status(store: Store, now_ms: int) -> dict[str, Any]:
    """How the hub is doing, in numbers."""
    states = [unit["state"] for unit in units(store)]
    with store.reading() as connection:
        alarms = connection.execute(select(func.count()).select_from(ALARMS).where(ALARMS.c.cleared_ms.is_(None)))
        newest = connection.execute(select(func.max(UNITS.c.last_seen_ms))).scalar_one_or_none()
        ends = select(func.count()).select_from(UNITS)
        soon = ends.where(UNITS.c.cert_expires_ms < now_ms + 14 * 86_400_000, UNITS.c.revoked_ms.is_(None))
        return {
            "database": store.dialect,
            "database_bytes": store.size_bytes(),
            "units": len(states),
            "online": states.count("online"),
            "lost": states.count("lost"),
            "open_alarms": alarms.scalar_one(),
            "last_heard_s": None if newest is None else max(0, (now_ms - newest) // 1000),
            "certificates_ending_in_14_days": connection.execute(soon).scalar_one(),
        }


def units(store: Store) -> list[dict[str, Any]]:
    """All units by site, floor and id; `state` is online, lost, offline or "" for one that told nothing yet."""
    told = LATEST.c.topic == "status"
    joined = UNITS.outerjoin(LATEST, (LATEST.c.unit == UNITS.c.unit) & told)
    columns = [column for column in UNITS.columns if column.name != "cert_serial"]
    query = select(*columns, LATEST.c.body).select_from(joined).order_by(UNITS.c.site, UNITS.c.floor, UNITS.c.unit)
    with store.reading() as connection:
        return [_unit(dict(row._mapping)) for row in connection.execute(query)]


def _unit(found: dict[str, Any]) -> dict[str, Any]:
    body = found.pop("body")
    state = json.loads(body).get("s", "") if body else ""
    times = {key[:-3]: instant(found.pop(key)) for key in list(found) if key.endswith("_ms")}
    return {**found, "state": state, **times}


def instant(ms: int | None) -> str | None:
    """ISO 8601 in UTC, to the millisecond."""
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def query(chosen: Chosen) -> Select[Any]:
    """The rows that were chosen, by time."""
    found = select(ROWS.c.unit, ROWS.c.topic, ROWS.c.at_ms, ROWS.c.epoch, ROWS.c.seq, ROWS.c.synced, ROWS.c.body)
    if chosen.unit:
        found = found.where(ROWS.c.unit == chosen.unit)
    if chosen.topic.endswith("/"):
        found = found.where(ROWS.c.topic.startswith(chosen.topic, autoescape=True))
    elif chosen.topic:
        found = found.where(ROWS.c.topic == chosen.topic)
    if chosen.begin_ms is not None:
        found = found.where(ROWS.c.at_ms >= chosen.begin_ms)
    if chosen.end_ms is not None:
        found = found.where(ROWS.c.at_ms < chosen.end_ms)
    return found.order_by(ROWS.c.at_ms, ROWS.c.id)


@contextmanager
def _rows(store: Store, chosen: Chosen) -> Iterator[Iterator[Row[Any]]]:
    """In portions: the history of a large site does not fit into memory."""
    with store.reading() as connection:
        streamed = connection.execution_options(stream_results=True, yield_per=_PORTION)
        yield iter(streamed.execute(query(chosen)))


def export_jsonl(store: Store, chosen: Chosen, out: IO[str]) -> int:
    """One JSON object a line; returns how many."""
    count = 0
    with _rows(store, chosen) as rows:
        for row in rows:
            count += 1
            head = {"unit": row.unit, "topic": row.topic, "at": instant(row.at_ms), "epoch": row.epoch}
            told = {**head, "seq": row.seq, "synced": bool(row.synced), "v": json.loads(row.body)}
            out.write(json.dumps(told, ensure_ascii=False) + "\n")
    return count


def export_csv(store: Store, chosen: Chosen, out: IO[str]) -> int:
    """A head line, then a line for each row, its values as JSON in the last column; returns how many."""
    writer, count = csv.writer(out), 0
    writer.writerow(("unit", "topic", "at", "epoch", "seq", "synced", "v"))
    with _rows(store, chosen) as rows:
        for row in rows:
            count += 1
            when = instant(row.at_ms)
            writer.writerow((row.unit, row.topic, when, row.epoch, row.seq, int(row.synced), row.body))
    return count
