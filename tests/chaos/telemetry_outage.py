"""Hours without network, then a real drain: an agent, Mosquitto and the hub as processes, the outbox filled by itself.

The hours are not waited for: rows get the stamps that they would have, one commit for every ten seconds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from hub.store import Store
from hub.tables import ROWS, WATERMARKS
from telemetry.outbox_store import DEFAULT_LIMITS, Limits, OutboxStore
from telemetry.payloads import NoShow, Record, RoomSample, Stamp, record
from tests.chaos.telemetry_judge import LAST_SEQ
from tests.chaos.telemetry_site import Options, Site
from tests.chaos.telemetry_writer import number_of
from tests.waiting import until

UNIT = "unit-01"
SAMPLE_EVERY_S = 10
EVENT_EVERY_S = 60
SPAN_S = 5
"""The rate is looked at over so long."""

_BOOT = "the-boot-before"


@dataclass(frozen=True, slots=True)
class Outage:
    """How long there is no network, how much the outbox may hold, and at most how fast it is sent."""

    hours: float = 8.0
    limits: Limits = DEFAULT_LIMITS
    rows_per_s: float = 50.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of it. `most_in_span` rows came within SPAN_S, `back_rows` is how far a row came behind a later one,
    `wrong_times` rows are in the store under another time than they were made at."""

    events: int
    samples: int
    events_stored: int
    samples_stored: int
    evicted: int
    most_rows: int
    most_disk_bytes: int
    drained_s: float
    most_in_span: int
    back_rows: int
    wrong_times: int
    memory_before_kib: int
    memory_most_kib: int
    watermark_behind: int


@dataclass(frozen=True, slots=True)
class _Filled:
    events: int
    samples: int
    evicted: int
    most_rows: int
    most_disk_bytes: int
    made_ms: dict[tuple[str, int], int]


def run(folder: Path, outage: Outage) -> Figures:
    """Run it in `folder`, which is empty. Raises AssertionError when the outbox does not empty in time."""
    with Site(folder, [UNIT], Options(rows_per_s=outage.rows_per_s)) as site:
        path = site.outbox(UNIT)
        until(lambda: path.exists() and _watermark(site) > 0, 60, "the first acknowledgement")
        site.broker.kill()
        memory_kib = _memory_kib(site, "VmRSS")
        filled = _fill(site, outage)
        with site.reading(UNIT) as outbox:
            (last,) = outbox.execute(LAST_SEQ).fetchone()
        site.broker.start()
        until(lambda: _watermark(site) >= last, 120 + 2 * _rows(site) / outage.rows_per_s, "an empty outbox")
        most_kib = _memory_kib(site, "VmHWM")
    return _figures(site, filled, (memory_kib, most_kib), last)


def _fill(site: Site, outage: Outage) -> _Filled:
    path = site.outbox(UNIT)
    store = OutboxStore(path, outage.limits)
    span_ms = int(outage.hours * 3_600_000)
    begin_ms = int(time.time() * 1000) - span_ms
    events = samples = most_rows = most_disk_bytes = 0
    evicted = store.evicted
    made_ms: dict[tuple[str, int], int] = {}
    try:
        for at_ms in range(0, span_ms, SAMPLE_EVERY_S * 1000):
            stamp = Stamp(begin_ms + at_ms, at_ms, _BOOT, synced=True)
            samples += 1
            made: list[Record] = [record(RoomSample(light=samples), stamp)]
            if at_ms % (EVENT_EVERY_S * 1000) == 0:
                events += 1
                made.append(record(NoShow("kept", freed_min=events), stamp))
            for one in made:
                made_ms[one.topic, number_of(one.topic, one.body) or 0] = stamp.wall_ms
            store.append(made)
            most_disk_bytes = max(most_disk_bytes, _disk_bytes(path))
            most_rows = max(most_rows, _rows(site))
        return _Filled(events, samples, store.evicted - evicted, most_rows, most_disk_bytes, made_ms)
    finally:
        store.close()


def _figures(site: Site, filled: _Filled, memory_kib: tuple[int, int], last: int) -> Figures:
    store = Store.open(site.url)
    try:
        with store.reading() as connection:
            query = select(ROWS.c.seq, ROWS.c.topic, ROWS.c.body, ROWS.c.at_ms, ROWS.c.received_ms)
            rows = connection.execute(query.where(ROWS.c.unit == UNIT, ROWS.c.boot == _BOOT).order_by(ROWS.c.id)).all()
    finally:
        store.close()
    at_ms = {(row.topic, number_of(row.topic, row.body) or 0): row.at_ms for row in rows}
    received_ms = [row.received_ms for row in rows]
    return Figures(
        events=filled.events,
        samples=filled.samples,
        events_stored=sum(topic == NoShow.TOPIC for topic, _ in at_ms),
        samples_stored=sum(topic == RoomSample.TOPIC for topic, _ in at_ms),
        evicted=filled.evicted,
        most_rows=filled.most_rows,
        most_disk_bytes=filled.most_disk_bytes,
        drained_s=(max(received_ms) - min(received_ms)) / 1000,
        most_in_span=_most_in_span(sorted(received_ms)),
        back_rows=_back_rows([row.seq for row in rows]),
        wrong_times=sum(filled.made_ms[key] != told_ms for key, told_ms in at_ms.items()),
        memory_before_kib=memory_kib[0],
        memory_most_kib=memory_kib[1],
        watermark_behind=max(0, last - _watermark(site)),
    )


def _most_in_span(received_ms: list[int]) -> int:
    most = begin = 0
    for end, at_ms in enumerate(received_ms):
        while received_ms[begin] < at_ms - SPAN_S * 1000:
            begin += 1
        most = max(most, end - begin + 1)
    return most


def _back_rows(sequences: list[int]) -> int:
    highest = back = 0
    for seq in sequences:
        highest = max(highest, seq)
        back = max(back, highest - seq)
    return back


def _watermark(site: Site) -> int:
    store = Store.open(site.url)
    try:
        with store.reading() as connection:
            found = connection.execute(select(WATERMARKS.c.seq).where(WATERMARKS.c.unit == UNIT)).scalar_one_or_none()
            return int(found or 0)
    finally:
        store.close()


def _rows(site: Site) -> int:
    with site.reading(UNIT) as outbox:
        return int(outbox.execute("SELECT count(*) FROM outbox").fetchone()[0])


def _disk_bytes(path: Path) -> int:
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))


def _memory_kib(site: Site, field: str) -> int:
    text = Path(f"/proc/{site.agents[UNIT].pid}/status").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(f"{field}:"))
