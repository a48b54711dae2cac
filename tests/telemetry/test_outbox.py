"""Events reach the file in order; a bad disk never troubles the caller and is survived without a restart."""

from __future__ import annotations

import functools
import logging
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from common.clock import ManualClock
from common.database import StoreError, StoreFault, connect
from telemetry import outbox_store
from telemetry.outbox import NullOutbox, Outbox, OutboxState, Pace, boot_id, open_outbox
from telemetry.outbox_store import Limits
from telemetry.payloads import RoomSample, Started, Trouble
from tests.ordinary_user import ordinary_user

QUICK = Pace(commit_interval_s=0.0, retry_first_s=0.005, retry_most_s=0.02)
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


def opened(path: Path, **options: Any) -> Outbox:
    return Outbox(path, ManualClock(START), **{"pace": QUICK, **options})


def rows(path: Path, columns: str = "body") -> list[Any]:
    reader = connect(path)
    found = reader.execute(f"SELECT {columns} FROM outbox ORDER BY seq").fetchall()
    reader.close()
    return [row[0] if len(row) == 1 else row for row in found]


def wait_for(condition: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until_s, "did not happen"
        threading.Event().wait(0.002)


def lights(path: Path) -> list[int]:
    return rows(path, "json_extract(body, '$.light')")


def test_events_are_written_in_order(path: Path) -> None:
    outbox = opened(path)
    for number in range(50):
        outbox.put(RoomSample(light=number))
    outbox.close()
    assert lights(path) == list(range(50))
    assert outbox.state == OutboxState(waiting=0, written=50, lost=0)


def test_a_row_is_stamped_when_it_is_put(path: Path) -> None:
    clock = ManualClock(START, synchronised=False)
    outbox = Outbox(path, clock, pace=QUICK)
    outbox.put(Started("a", "1"))
    clock.step(60)
    clock.sync = True
    outbox.put(Started("b", "1"))
    outbox.close()
    first, second = rows(path, "created_ms, mono_ms, boot, synced")
    assert second[0] - first[0] == second[1] - first[1] == 60_000
    assert (first[0], first[3], second[3]) == (int(START.timestamp() * 1000), 0, 1)
    assert first[2] == second[2] == boot_id()


def test_the_first_event_is_written_at_once_and_the_next_ones_together(path: Path, mocker: MockerFixture) -> None:
    append = mocker.spy(outbox_store.OutboxStore, "append")
    outbox = opened(path, pace=Pace(commit_interval_s=3600))
    outbox.put(RoomSample(light=0))
    wait_for(lambda: outbox.state.written == 1)
    for number in range(1, 30):
        outbox.put(RoomSample(light=number))
    outbox.close()
    assert append.call_count == 2
    assert lights(path) == list(range(30))


def test_many_threads_may_put(path: Path) -> None:
    outbox = opened(path)

    def produce() -> None:
        for number in range(100):
            outbox.put(RoomSample(light=number))

    threads = [threading.Thread(target=produce) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    outbox.close()
    assert sorted(lights(path)) == sorted(list(range(100)) * 5)


class Gate:
    """Holds the worker inside `append` until it is opened."""

    def __init__(self, mocker: MockerFixture) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()
        real = outbox_store.OutboxStore.append

        def held(store: Any, records: Any) -> None:
            self.reached.set()
            assert self.open.wait(10)
            real(store, records)

        mocker.patch.object(outbox_store.OutboxStore, "append", held)


def test_a_slow_disk_does_not_hold_the_caller_and_overflow_is_counted_and_told(
    path: Path, mocker: MockerFixture
) -> None:
    gate = Gate(mocker)
    outbox = opened(path, most_waiting=10)
    outbox.put(RoomSample(light=0))
    assert gate.reached.wait(5)
    began_s = time.monotonic()
    for number in range(1, 100):
        outbox.put(RoomSample(light=number))
    assert time.monotonic() - began_s < 2
    assert outbox.state == OutboxState(waiting=10, written=0, lost=90)
    gate.open.set()
    outbox.close()
    assert rows(path, "json_extract(body, '$.light')")[:10] == list(range(10))
    assert rows(path, "topic, body")[-1] == ("e/lost", '{"count":90,"reason":"overflow"}')
    assert outbox.state == OutboxState(waiting=0, written=10, lost=90)


def test_a_disk_that_never_answers_does_not_hold_the_end(
    path: Path, mocker: MockerFixture, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate(mocker)
    outbox = opened(path)
    outbox.put(RoomSample())
    assert gate.reached.wait(5)
    outbox.close(timeout_s=0.02)
    assert "the disk did not answer within 0.02 s" in caplog.text
    gate.open.set()
    outbox.close()


def test_after_the_end_events_are_counted_as_lost(path: Path) -> None:
    outbox = opened(path)
    outbox.close()
    outbox.put(RoomSample())
    outbox.close()
    assert outbox.state.lost == 1


def test_bounds_of_the_file_are_kept(path: Path) -> None:
    outbox = opened(path, limits=Limits(rows=20), most_waiting=10_000)
    for number in range(200):
        outbox.put(RoomSample(light=number))
    outbox.put(Trouble("lamp", "PinBusy"))
    outbox.close()
    assert len(rows(path)) <= 20
    assert rows(path, "topic").count("e/trouble") == 1
    assert lights(path)[-2] == 199


class Ailment:
    """Makes the disk ill and well again, by real means."""

    def __init__(self, mocker: MockerFixture, path: Path) -> None:
        self.path = path
        self.mocker = mocker

    def missing_folder(self) -> Callable[[], object]:
        away = self.path.parent.rename(self.path.parent.with_name("away"))
        return lambda: away.rename(self.path.parent)

    def full(self) -> Callable[[], object]:
        def small(*args: Any, **options: Any) -> sqlite3.Connection:
            connection = connect(*args, **options)
            connection.execute("PRAGMA max_page_count = 1")
            return connection

        patch = self.mocker.patch("telemetry.outbox_store.connect", side_effect=small)
        return lambda: self.mocker.stop(patch)

    def busy(self) -> Callable[[], object]:
        impatient = functools.partial(connect, busy_timeout_s=0.001)
        self.mocker.patch("telemetry.outbox_store.connect", impatient)
        holder = connect(self.path)
        holder.execute("BEGIN IMMEDIATE")
        return holder.close

    def folder_in_its_place(self) -> Callable[[], object]:
        self.path.mkdir()
        return self.path.rmdir


AILMENTS = [
    ("missing_folder", "missing"),
    ("full", "full"),
    ("busy", "busy"),
    ("folder_in_its_place", "denied"),
]


@pytest.mark.parametrize(("name", "fault"), AILMENTS)
def test_an_ill_disk_is_told_once_and_survived(
    tmp_path: Path, mocker: MockerFixture, caplog: pytest.LogCaptureFixture, name: str, fault: str
) -> None:
    folder = tmp_path / "outbox"
    folder.mkdir()
    path = folder / "outbox.db"
    heal = getattr(Ailment(mocker, path), name)()
    outbox = opened(path, most_waiting=5)
    for number in range(8):
        outbox.put(RoomSample(light=number))
    wait_for(lambda: outbox.state.fault == fault)
    tries = mocker.spy(outbox, "_failed")
    wait_for(lambda: tries.call_count >= 3)
    assert outbox.state == OutboxState(waiting=5, written=0, lost=3, fault=fault)
    heal()
    wait_for(lambda: outbox.state.waiting == 0)
    outbox.close()
    assert rows(path, "coalesce(json_extract(body, '$.light'), body)") == [
        *range(5),
        f'{{"count":3,"reason":"{fault}"}}',
    ]
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]
    assert caplog.records[0].message.endswith("Events wait in memory.")
    assert caplog.records[1].message == "outbox: works again"


def test_a_folder_that_may_not_be_written_is_survived(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    folder.mkdir(mode=0o555)
    path = folder / "outbox.db"
    with ordinary_user(folder):
        outbox = opened(path)
        outbox.put(RoomSample(light=1))
        wait_for(lambda: outbox.state.fault == "denied")
    folder.chmod(0o777)
    wait_for(lambda: outbox.state.written == 1)
    outbox.close()
    assert lights(path) == [1]


def test_a_file_that_is_garbage_is_set_aside(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.write_bytes(b"not a database" * 1000)
    outbox = opened(path)
    outbox.put(RoomSample(light=1))
    outbox.close()
    assert lights(path) == [1]
    assert path.with_name("outbox.db.damaged").exists()
    assert "damaged" in caplog.text


def test_a_file_that_is_damaged_while_in_use_is_set_aside(path: Path) -> None:
    outbox = opened(path)
    outbox.put(RoomSample(light=1))
    wait_for(lambda: outbox.state.written == 1)
    agent = connect(path)
    agent.execute("DELETE FROM outbox")
    agent.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    agent.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    outbox.put(RoomSample(light=2))
    outbox.close()
    assert outbox.state.lost == 0
    assert lights(path) == [2]


def test_a_file_that_was_taken_away_is_made_anew(path: Path) -> None:
    outbox = opened(path)
    outbox.put(RoomSample(light=1))
    wait_for(lambda: outbox.state.written == 1)
    for file in list(path.parent.iterdir()):
        file.unlink()
    outbox.put(RoomSample(light=2))
    outbox.close()
    assert lights(path) == [2]


def test_what_could_not_be_written_at_the_end_is_counted_as_lost(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "none" / "outbox.db")
    for _ in range(3):
        outbox.put(RoomSample())
    outbox.close()
    assert outbox.state == OutboxState(waiting=0, written=0, lost=3, fault="missing")


def test_a_worker_that_stopped_is_seen(path: Path, mocker: MockerFixture) -> None:
    mocker.patch.object(threading, "excepthook")
    mocker.patch.object(Outbox, "_write", side_effect=MemoryError)
    outbox = opened(path)
    outbox.put(RoomSample())
    wait_for(lambda: outbox.state.fault == "stopped")
    outbox.close()


def test_retries_come_ever_later(path: Path) -> None:
    outbox = opened(path.parent / "none" / "x.db", pace=Pace(retry_first_s=1, retry_most_s=60))
    outbox.close()
    missing = StoreError(path, StoreFault.MISSING, "")
    assert [outbox._failed(missing) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_without_a_hub_nothing_is_kept(tmp_path: Path) -> None:
    for path in ("", None):
        outbox = open_outbox(path, ManualClock(START))
        assert isinstance(outbox, NullOutbox)
        outbox.put(RoomSample())
        outbox.close()
        assert outbox.state == OutboxState(0, 0, 0)
    assert list(tmp_path.iterdir()) == []


def test_with_a_hub_there_is_an_outbox(path: Path) -> None:
    outbox = open_outbox(str(path), ManualClock(START))
    outbox.put(RoomSample(light=1))
    outbox.close()
    assert lights(path) == [1]


def test_boot_id_is_the_kernel_s() -> None:
    assert boot_id() == Path("/proc/sys/kernel/random/boot_id").read_text().strip()


PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from common.clock import ManualClock
from telemetry.outbox import Outbox, Pace
from telemetry.payloads import RoomSample
outbox = Outbox(Path(sys.argv[1]), ManualClock(datetime(2026, 11, 23, tzinfo=UTC)), pace=Pace(commit_interval_s=0))
number = told = 0
while True:
    if outbox.state.waiting < 100:
        outbox.put(RoomSample(light=number))
        number += 1
    if outbox.state.written > told:
        told = outbox.state.written
        print(told, flush=True)
"""


def test_a_killed_program_loses_nothing_that_it_had_counted_as_written(path: Path) -> None:
    program = subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)], stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    told = 0
    while told < 50:
        told = int(program.stdout.readline())
    program.kill()
    told = max([told, *map(int, program.stdout.read().split())])
    program.stdout.close()
    program.wait(10)
    found = lights(path)
    assert len(found) >= told
    assert found == list(range(len(found)))
    outbox = opened(path)
    outbox.put(RoomSample(light=-1))
    outbox.close()
    assert rows(path, "seq")[-1] == len(found) + 1
