"""Reading and deleting beside the app that writes: order, gaps, damage, two users of one file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.database import StoreError, StoreFault
from telemetry.outbox_reader import MOST_WINDOW_BYTES, Counts, OutboxReader, Window, set_aside_if_damaged
from telemetry.outbox_store import Limits, OutboxStore
from telemetry.payloads import Event, RoomSample, Stamp, Started, Trouble, VisitSealed, record

STAMP = Stamp(wall_ms=1_795_000_000_000, mono_ms=5000, boot="b1", synced=True)
WEEK_MS = 7 * 86_400_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


@pytest.fixture
def store(path: Path) -> Iterator[OutboxStore]:
    opened = OutboxStore(path, Limits(rows=1000, size_bytes=8 << 20))
    yield opened
    opened.close()


@pytest.fixture
def reader(store: OutboxStore, path: Path) -> Iterator[OutboxReader]:
    opened = OutboxReader(path)
    yield opened
    opened.close()


def append(store: OutboxStore, *events: Event) -> None:
    store.append([record(event, STAMP) for event in events])


def links(window: Window) -> list[tuple[int, int]]:
    return [(queued.row.prev, queued.row.seq) for queued in window.rows]


def break_row(path: Path, change: str) -> None:
    other = sqlite3.connect(path)
    other.execute(f"UPDATE outbox SET {change}")
    other.commit()
    other.close()


def test_a_row_comes_as_the_app_wrote_it(store: OutboxStore, reader: OutboxReader) -> None:
    append(store, Started("mydesk-room", "1.0"))
    (queued,) = reader.read(0, 10).rows
    row = queued.row
    assert (queued.topic, bytes(row.v)) == ("e/started", b'{"program":"mydesk-room","version":"1.0"}')
    assert (row.ts, row.mono, row.boot, row.synced) == (STAMP.wall_ms, STAMP.mono_ms, "b1", True)
    assert reader.epoch == store.epoch


def test_each_row_names_the_one_before_it_that_exists(store: OutboxStore, reader: OutboxReader) -> None:
    append(store, *[Started("a", str(number)) for number in range(6)])
    assert links(reader.read(0, 3)) == [(0, 1), (1, 2), (2, 3)]
    assert links(reader.read(3, 9)) == [(3, 4), (4, 5), (5, 6)]
    reader.delete((2, 3, 5))
    assert links(reader.read(0, 9)) == [(0, 1), (1, 4), (4, 6)]
    assert links(reader.read(3, 9)) == [(1, 4), (4, 6)]
    assert reader.read(6, 9) == Window(())


def test_what_the_hub_has_is_deleted_and_the_next_row_has_none_before_it(
    store: OutboxStore, reader: OutboxReader
) -> None:
    append(store, *[Started("a", "1")] * 5)
    assert reader.delete_through(3) == 3
    assert reader.delete_through(3) == 0
    assert links(reader.read(0, 9)) == [(0, 4), (4, 5)]
    assert reader.last_seq == 5
    reader.delete_through(5)
    assert (reader.last_seq, reader.counts()) == (5, Counts(0, 0))


def test_eviction_leaves_a_gap_that_the_links_show(path: Path) -> None:
    store, limits = OutboxStore(path, Limits(rows=20, size_bytes=1 << 20)), 20
    append(store, Trouble("lamp", "PinBusy"), *[RoomSample(light=number) for number in range(25)])
    reader = OutboxReader(path)
    found = links(reader.read(0, 100))
    assert found[0] == (0, 1)
    assert found[1][0] == 1
    assert found[1][1] > 2
    assert len(found) + reader.counts().evicted == 26
    assert len(found) <= limits
    reader.close()
    store.close()


def test_counts_tell_how_long_the_oldest_waits(store: OutboxStore, reader: OutboxReader) -> None:
    append(store, Started("a", "1"), Started("b", "1"))
    assert reader.counts() == Counts(2, 0, STAMP.wall_ms, 5000, "b1")


def test_samples_whose_time_is_over_go(store: OutboxStore, reader: OutboxReader) -> None:
    append(store, RoomSample(light=1), Started("a", "1"))
    assert reader.delete_expired(STAMP.wall_ms + WEEK_MS) == 0
    assert reader.delete_expired(STAMP.wall_ms + WEEK_MS + 1) == 1
    assert links(reader.read(0, 9)) == [(0, 2)]


def test_a_read_is_bounded_in_bytes(store: OutboxStore, reader: OutboxReader) -> None:
    append(store, *[VisitSealed("x" * 8192)] * 100)
    window = reader.read(0, 100)
    assert 0 < sum(queued.size_bytes for queued in window.rows) < MOST_WINDOW_BYTES + 10_000
    assert len(window.rows) < 100
    assert reader.read(window.rows[-1].row.seq, 1).rows[0].row.prev == window.rows[-1].row.seq


BROKEN = [
    "body = '{' WHERE seq = 2",
    "body = CAST(x'ff' AS TEXT) WHERE seq = 2",
    "topic = CAST(x'652fff' AS TEXT) WHERE seq = 2",
    "topic = 'cmd/reboot/1' WHERE seq = 2",
    "boot = '' WHERE seq = 2",
    "created_ms = -5 WHERE seq = 2",
]


@pytest.mark.parametrize("change", BROKEN)
def test_a_damaged_row_does_not_stop_the_others(
    path: Path, store: OutboxStore, reader: OutboxReader, change: str
) -> None:
    append(store, *[Started("a", "1")] * 3)
    break_row(path, change)
    window = reader.read(0, 10)
    assert (links(window), window.unfit) == ([(0, 1), (1, 3)], (2,))
    assert reader.delete(window.unfit) == 1
    assert links(reader.read(0, 10)) == [(0, 1), (1, 3)]


def test_the_app_writes_on_while_the_agent_reads_and_deletes(store: OutboxStore, reader: OutboxReader) -> None:
    seen: list[int] = []
    for number in range(20):
        append(store, Started("a", str(number)), Started("b", str(number)))
        window = reader.read(seen[-1] if seen else 0, 100)
        seen += [queued.row.seq for queued in window.rows]
        reader.delete_through(seen[-1] - 1)
    assert seen == list(range(1, 41))


def test_a_new_epoch_is_the_files_own(path: Path, store: OutboxStore, reader: OutboxReader) -> None:
    old = reader.epoch
    fresh = reader.renew_epoch()
    assert fresh != old
    assert store.epoch == reader.epoch == fresh
    again = OutboxReader(path)
    assert again.epoch == fresh
    again.close()


def test_another_file_at_the_path_is_noticed(path: Path, reader: OutboxReader) -> None:
    assert not reader.replaced
    path.rename(path.with_name("elsewhere"))
    assert reader.replaced


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        OutboxReader(tmp_path / "none" / "outbox.db")
    assert caught.value.fault is StoreFault.MISSING


def test_only_a_damaged_file_is_moved_aside(path: Path, store: OutboxStore) -> None:
    append(store, Started("a", "1"))
    assert not set_aside_if_damaged(path)
    assert not set_aside_if_damaged(path.with_name("none.db").joinpath("x"))
    store.close()
    path.write_bytes(b"garbage" * 1000)
    assert set_aside_if_damaged(path)
    assert not path.exists()
    assert path.with_name("outbox.db.damaged").read_bytes().startswith(b"garbage")
    fresh = OutboxReader(path)
    assert fresh.counts() == Counts(0, 0)
    fresh.close()
