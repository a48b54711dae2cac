"""Told of changes by the kernel: a real attribute that notifies POLLPRI | POLLERR, as sysfs_notify does.

The host name is one (kernel/utsname_sysctl.c): it is changed in a namespace of its own, and this machine's stays, but
whoever polls the file is woken all the same, also by other tests that do so.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from telemetry.health.kernel_event import KernelEvent
from tests.waiting import until_async

HOSTNAME = Path("/proc/sys/kernel/hostname")


def in_loop(story: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await story()

    asyncio.run(run())


def rename_elsewhere() -> None:
    subprocess.run(["unshare", "-U", "-r", "-u", "hostname", "elsewhere"], check=True, timeout=10)


async def rename_and_hear(told: list[str]) -> None:
    before = len(told)
    await asyncio.to_thread(rename_elsewhere)
    await until_async(lambda: len(told) > before)


def test_each_change_is_told() -> None:
    async def story() -> None:
        told: list[str] = []
        event = KernelEvent(HOSTNAME, told.append)
        assert told == [os.uname().nodename]
        for _ in range(2):
            await rename_and_hear(told)
        event.close()
        event.close()
        after = len(told)
        await asyncio.to_thread(rename_elsewhere)
        assert told == [os.uname().nodename] * after
        assert event.closed

    in_loop(story)


def test_a_file_that_is_always_readable_does_not_keep_the_loop_busy() -> None:
    async def story(reader: Callable[[], object]) -> float:
        reader()
        began_s = time.process_time()
        await asyncio.sleep(0.2)
        return time.process_time() - began_s

    async def ours() -> None:
        events: list[KernelEvent] = []
        assert await story(lambda: events.append(KernelEvent(HOSTNAME, lambda text: None))) < 0.05
        events[0].close()

    async def control() -> None:
        """What a plain reader of the same file costs: all there is."""
        loop, handle = asyncio.get_running_loop(), os.open(HOSTNAME, os.O_RDONLY)
        assert await story(lambda: loop.add_reader(handle, lambda: None)) > 0.05
        loop.remove_reader(handle)
        os.close(handle)

    in_loop(ours)
    in_loop(control)


def test_an_attribute_that_goes_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        told: list[str] = []
        event = KernelEvent(HOSTNAME, lambda text: None, lambda: told.append("gone"))

        def unloaded() -> str:
            raise OSError(19, "No such device")

        monkeypatch.setattr(event, "_text", unloaded)
        await asyncio.to_thread(rename_elsewhere)
        await until_async(lambda: told == ["gone"])
        assert event.closed

    in_loop(story)


def test_what_cannot_be_polled_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "file").write_text("0")
        with pytest.raises(PermissionError):
            KernelEvent(tmp_path / "file", lambda text: None)
        with pytest.raises(FileNotFoundError):
            KernelEvent(tmp_path / "missing", lambda text: None)

    in_loop(story)


def test_a_dip_between_two_looks_is_counted(tmp_path: Path) -> None:
    """The whole way, in a namespace whose host name goes 0, 1, 0 as in0_lcrit_alarm does."""
    command = ["unshare", "-U", "-r", "-u", sys.executable, "-m", "tests.telemetry.health.dips", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout, done.stderr) == ("False 0\nFalse 2\n", "")
