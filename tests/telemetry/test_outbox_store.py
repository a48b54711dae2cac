"""The table of the outbox: order, bounds, epoch, rights."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.database import StoreError, StoreFault, connect
from telemetry.outbox_store import Limits, OutboxStore, set_aside
from telemetry.payloads import Event, Record, RoomSample, Stamp, Started, Trouble, record
from tests.ordinary_user import ordinary_user

STAMP = Stamp(wall_ms=1_795_000_000_000, mono_ms=5000, boot="b1", synced=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


@pytest.fixture
def store(path: Path) -> Iterator[OutboxStore]:
    opened = OutboxStore(path, Limits(rows=100, size_bytes=1 << 20))
    yield opened
    opened.close()


def rows(path: Path, columns: str = "*") -> list[tuple[object, ...]]:
    reader = connect(path)
    found = reader.execute(f"SELECT {columns} FROM outbox ORDER BY seq").fetchall()
    reader.close()
    return found


def make(*events: Event) -> list[Record]:
    return [record(event, STAMP) for event in events]


def samples(count: int) -> list[Record]:
    return make(*[RoomSample(light=number) for number in range(count)])


def test_a_row_has_all_that_the_agent_needs(path: Path, store: OutboxStore) -> None:
    store.append(make(Started("mydesk-room", "1.0"), RoomSample(light=3)))
    assert rows(path) == [
        (1, 5, "e/started", '{"program":"mydesk-room","version":"1.0"}', STAMP.wall_ms, 5000, "b1", 1, None),
        (
            2,
            0,
            "m/room",
            '{"occupied":null,"temperature_c":null,"co2_ppm":null,"light":3}',
            STAMP.wall_ms,
            5000,
            "b1",
            1,
            STAMP.wall_ms + 604_800_000,
        ),
    ]


def test_a_sequence_number_is_never_used_again(path: Path, store: OutboxStore) -> None:
    store.append(samples(3))
    agent = connect(path)
    agent.execute("DELETE FROM outbox")
    agent.close()
    store.append(samples(1))
    assert rows(path, "seq") == [(4,)]


def test_the_epoch_stays_with_the_file_and_is_new_with_a_new_one(
    path: Path, tmp_path: Path, store: OutboxStore
) -> None:
    epoch = store.epoch
    again, other = OutboxStore(path), OutboxStore(tmp_path / "other.db")
    assert len(epoch) == 16
    assert again.epoch == epoch
    assert other.epoch != epoch
    again.close()
    other.close()


def test_the_lowest_priority_goes_first_and_of_that_the_oldest(path: Path, store: OutboxStore) -> None:
    store.append(make(Trouble("lamp", "PinBusy"), Started("mydesk-room", "1")) + samples(98))
    assert store.evicted == 0
    store.append(samples(1))
    left = rows(path, "seq, prio")
    assert store.evicted == 6
    assert len(left) == 95
    assert left[:3] == [(1, 9), (2, 5), (9, 0)]
    store.append(make(*[Started("mydesk-room", "2")] * 94))
    assert [seq for seq, prio in rows(path, "seq, prio") if prio == 9] == [1]
    assert not [seq for seq, prio in rows(path, "seq, prio") if prio == 0]


def test_the_bytes_are_bounded_too(path: Path) -> None:
    store = OutboxStore(path, Limits(rows=10_000, size_bytes=20_000))
    for _ in range(20):
        store.append(samples(20))
    (size,) = rows(path, "sum(length(body) + length(topic) + 120)")[0]
    store.close()
    assert isinstance(size, int)
    assert 15_000 < size <= 20_000


def test_the_bound_holds_after_reopening(path: Path) -> None:
    for _ in range(5):
        store = OutboxStore(path, Limits(rows=100))
        store.append(samples(40))
        store.close()
    assert len(rows(path)) <= 100


def test_what_the_agent_deleted_makes_room(path: Path, store: OutboxStore) -> None:
    store.append(samples(100))
    agent = connect(path)
    agent.execute("DELETE FROM outbox WHERE seq <= 90")
    agent.close()
    store.append(samples(50))
    assert store.evicted == 0
    assert len(rows(path)) == 60


def test_the_file_is_shared_with_the_group(path: Path, store: OutboxStore) -> None:
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {0o660}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
@pytest.mark.parametrize("first", [1001, 1002])
def test_app_and_agent_share_the_file_by_their_group(tmp_path: Path, first: int) -> None:
    """DESIGN.md 3: 0660 in a 2770 folder, whoever comes first and whatever the umask."""
    folder = tmp_path / "shared"
    folder.mkdir()
    os.chown(folder, 0, 4242)
    folder.chmod(0o2770)
    path = folder / "outbox.db"
    before = os.umask(0o077)
    stores = []
    try:
        for uid in (first, 2003 - first):
            with ordinary_user(tmp_path, uid=uid, gid=4242):
                stores.append(OutboxStore(path))
                stores[-1].append(samples(1))
        stores[0].append(samples(1))
    finally:
        os.umask(before)
        for store in stores:
            store.close()
    assert rows(path, "seq") == [(1,), (2,), (3,)]


def test_a_commit_is_durable(store: OutboxStore) -> None:
    assert store._connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_replaced_file_is_noticed(path: Path, store: OutboxStore) -> None:
    seen = [store.replaced]
    path.rename(path.with_name("away.db"))
    seen.append(store.replaced)
    path.write_bytes(b"")
    seen.append(store.replaced)
    assert seen == [False, True, True]


def test_a_damaged_file_is_refused_and_can_be_set_aside(path: Path) -> None:
    path.write_bytes(b"garbage" * 1000)
    with pytest.raises(StoreError) as caught:
        OutboxStore(path)
    assert caught.value.fault is StoreFault.DAMAGED
    set_aside(path)
    OutboxStore(path).close()
    assert path.with_name("outbox.db.damaged").read_bytes().startswith(b"garbage")
    path.write_bytes(b"other" * 1000)
    set_aside(path)
    assert path.with_name("outbox.db.damaged").read_bytes().startswith(b"other")


def test_a_failed_append_leaves_nothing_and_the_count_right(path: Path) -> None:
    store = OutboxStore(path, Limits(rows=100))
    store._connection.execute("PRAGMA max_page_count = 8")
    with pytest.raises(StoreError) as caught:
        store.append(samples(500))
    assert caught.value.fault is StoreFault.FULL
    store._connection.execute("PRAGMA max_page_count = 100000")
    store.append(samples(60))
    assert store.evicted == 0
    store.close()
    assert len(rows(path)) == 60


def test_a_foreign_database_with_other_tables_is_an_error_not_a_crash(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE outbox (x)")
    other.commit()
    other.close()
    with pytest.raises(StoreError):
        OutboxStore(path)
