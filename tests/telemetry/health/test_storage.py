"""Cards that are full, read-only, closed, frozen or damaged: real ones, but for what no disk can be made to do."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.clock import ManualClock
from telemetry.health.bounded import Bounded, HungError
from telemetry.health.readings import StorageStatus
from telemetry.health.storage import PROBE_NAME, Probe, Storage, probe
from tests.ordinary_user import ordinary_user


def sick(case: str, folder: Path, *namespaces: str) -> list[str]:
    command = ["unshare", *namespaces, sys.executable, "-m", "tests.telemetry.health.sick_disks", case, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_a_disk_that_fills_and_is_freed(tmp_path: Path) -> None:
    assert sick("full", tmp_path, "-U", "-r", "-m") == ["ok", "full no-space", "ok"]


def test_a_disk_that_turned_read_only(tmp_path: Path) -> None:
    assert sick("read-only", tmp_path, "-U", "-r", "-m") == ["failing read-only"]


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount and freeze an ext4")
def test_a_card_that_does_not_answer_and_one_with_damage(tmp_path: Path) -> None:
    found = sick("ext4", tmp_path, "-m")
    assert found == ["ok", "failing hung", "failing hung", "ok", "errors ext4"]


def test_a_good_disk_keeps_nothing_of_it(tmp_path: Path) -> None:
    found = probe((tmp_path,))
    assert (found.status, found.reason) == (StorageStatus.OK, "")
    assert found.took_ms is not None
    assert list(tmp_path.iterdir()) == []


def test_what_a_power_cut_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / PROBE_NAME).write_bytes(b"half a block")
    assert probe((tmp_path,)).status is StorageStatus.OK


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"kept")
    (tmp_path / PROBE_NAME).symlink_to(precious)
    assert probe((tmp_path,)).status is StorageStatus.OK
    assert precious.read_bytes() == b"kept"


def test_a_write_that_is_cut_short(tmp_path: Path) -> None:
    """RLIMIT_FSIZE stands for a device that ends: half a block is written, then the kernel refuses."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2048, before[1]))
        short = probe((tmp_path,))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
        none = probe((tmp_path,))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert short == Probe(StorageStatus.FULL, "no-space")
    assert none == Probe(StorageStatus.FAILING, "EFBIG")


def test_where_this_user_may_not_write_the_next_folder_is_asked(tmp_path: Path) -> None:
    closed, own = tmp_path / "closed", tmp_path / "own"
    closed.mkdir(mode=0o755)
    own.mkdir()
    own.chmod(0o777)
    with ordinary_user(tmp_path):
        closed_to_us = os.geteuid() != closed.stat().st_uid
        assert not closed_to_us or probe((closed,)) == Probe(StorageStatus.UNKNOWN, "denied")
        assert probe((closed, own)).status is StorageStatus.OK


def test_a_folder_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    assert probe((tmp_path / "gone",)) == Probe(StorageStatus.UNKNOWN, "no-folder")


def test_a_card_that_gives_back_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No disk here can be made to lie, so the reading is."""
    monkeypatch.setattr("telemetry.health.storage.os.pread", lambda handle, count, offset: bytes(4096))
    assert (probe((tmp_path,)).status, probe((tmp_path,)).reason) == (StorageStatus.FAILING, "differs")


def test_a_card_that_takes_a_block_and_cannot_keep_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a write promises only fsync shows; without dm-error no disk here fails one."""

    def fails(handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("telemetry.health.storage.os.fsync", fails)
    assert probe((tmp_path,)) == Probe(StorageStatus.FAILING, "EIO")
    assert list(tmp_path.iterdir()) == []


def test_written_seldom_and_remembered(tmp_path: Path) -> None:
    async def story() -> None:
        clock = ManualClock(datetime(2026, 11, 23, 8, 0, tzinfo=UTC))
        storage = Storage(clock, (tmp_path,), probe_every_s=900)
        assert (await storage.read()).status is StorageStatus.OK
        os.rmdir(tmp_path)  # noqa: PTH106 - at once, in a loop that has nothing else to do
        clock.step(899)
        assert (await storage.read()).status is StorageStatus.OK
        clock.step(1)
        assert ((await storage.read()).status, (await storage.read()).reason) == (StorageStatus.UNKNOWN, "no-folder")

    asyncio.run(story())


# --- looks with an end ---


def test_a_look_returns_or_raises_what_it_did() -> None:
    async def story() -> None:
        assert await Bounded("well", lambda: 5, timeout_s=5)() == 5
        failing: Bounded[int] = Bounded("ill", lambda: 1 // 0, timeout_s=5)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await failing()

    asyncio.run(story())


def test_a_look_that_hangs_is_left_and_not_doubled() -> None:
    free, calls = threading.Event(), []

    def look() -> int:
        calls.append(1)
        free.wait(10)
        return len(calls)

    async def story() -> None:
        hanging = Bounded("card", look, timeout_s=0.05)
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.001)

        ticking = asyncio.create_task(tick())
        with pytest.raises(HungError, match="longer than"):
            await hanging()
        assert ticks > 5  # the loop ran on
        for _ in range(3):
            with pytest.raises(HungError, match="still hangs"):
                await hanging()
        assert len(calls) == 1
        free.set()
        async with asyncio.timeout(5):
            while True:
                try:
                    assert await hanging() == 2
                    break
                except HungError:
                    await asyncio.sleep(0.001)
        ticking.cancel()

    asyncio.run(story())


def test_the_process_ends_although_a_look_hangs() -> None:
    program = """
import asyncio, threading
from telemetry.health.bounded import Bounded, HungError
async def story():
    try:
        await Bounded("card", threading.Event().wait, timeout_s=0.05)()
    except HungError:
        print("left")
asyncio.run(story())
"""
    began_s = time.monotonic()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("left\n", "", 0)
    assert time.monotonic() - began_s < 10
