"""An emulated device on a pty: for the app in this process, and for any other program, with its cable in hand."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.device import Condition
from drivers.emulators.emulator import Fault
from drivers.emulators.pty_device import MAX_UNREAD_BYTES, PtyDevice
from drivers.errors import DeviceSilent, LinkLost, PortMissing
from drivers.exchange import ask, receive, send
from drivers.link import SerialLink
from drivers.readings import Light, Reading
from drivers.supervisor import SerialSupervisor
from tests.drivers.line_device import LineDevice, LineEmulator
from tests.waiting import until

WITHIN_S = 10.0
Line = PtyDevice[LineEmulator]


def heard(link: SerialLink, wanted: bytes) -> bytes:
    data, end_s = b"", time.monotonic() + WITHIN_S
    while wanted not in data and time.monotonic() < end_s:
        data += receive(link, 0.1)
    return data


def answer(data: bytes) -> bytes | None:
    return data if b"=7\n" in data else None


@pytest.fixture
def quiet() -> Iterator[Line]:
    """A device that speaks only when asked."""
    with PtyDevice(LineEmulator(period_s=None)) as made:
        yield made


@pytest.fixture
def talking() -> Iterator[Line]:
    with PtyDevice(LineEmulator()) as made:
        yield made


@pytest.fixture
def link(quiet: Line) -> Iterator[SerialLink]:
    made = SerialLink(quiet.path, 9600)
    yield made
    made.close()


# --- the device


def test_it_answers_and_sends_by_itself(talking: Line) -> None:
    link = SerialLink(talking.path, 9600)
    send(link, b"?", 1.0)
    assert b"=7\n" in heard(link, b"=7\n")
    assert b"\n=" in heard(link, b"\n=")
    link.close()


def test_what_nobody_has_open_to_hear_is_forgotten(talking: Line) -> None:
    until(lambda: talking.emulator.sent > 5)
    link = SerialLink(talking.path, 9600)
    first = int(heard(link, b"\n").partition(b"\n")[0].lstrip(b"="))
    assert first > 5
    link.close()


def test_another_program_may_use_it(quiet: Line) -> None:
    script = (
        "import sys; from drivers.exchange import ask; from drivers.link import SerialLink;"
        "print(ask(SerialLink(sys.argv[1], 9600), b'?', lambda data: data or None, timeout_s=5))"
    )
    command = [sys.executable, "-c", script, quiet.path]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "b'=7\\n'\n"


def test_a_program_that_sets_nothing_hears_it_too_and_there_is_no_echo(quiet: Line) -> None:
    fd = os.open(quiet.path, os.O_RDWR | os.O_NOCTTY)
    os.write(fd, b"?\r")
    assert os.read(fd, 100) == b"=7\n"
    os.write(fd, b"!")
    until(lambda: quiet.emulator.received.endswith(b"!"))
    assert quiet.emulator.received == b"?\r!"
    os.close(fd)


def test_the_cable_comes_out_and_back_at_the_same_path(quiet: Line, link: SerialLink) -> None:
    path = quiet.path
    seen = [quiet.plugged]
    for _ in range(2):
        quiet.unplug()
    assert [*seen, quiet.plugged] == [True, False]
    with pytest.raises(LinkLost):
        link.read_available()
    with pytest.raises(PortMissing):
        SerialLink(path, 9600)
    for _ in range(2):
        quiet.replug()
    again = SerialLink(path, 9600)
    assert ask(again, b"?", answer, timeout_s=2.0) == b"=7\n"
    again.close()


def test_a_device_that_takes_nothing_stalls_the_host_until_it_takes_again(quiet: Line, link: SerialLink) -> None:
    quiet.emulator.faults.add(Fault.STALL)
    job = b"x" * 500_000
    with pytest.raises(DeviceSilent, match="takes no bytes"):
        send(link, job, 0.2)
    assert len(quiet.emulator.received) <= 8192
    quiet.emulator.faults.clear()
    quiet.emulator.received.clear()
    send(link, job, 2.0)
    until(lambda: len(quiet.emulator.received) >= len(job))


class Slow(LineEmulator):
    """Takes 4 KiB at most each 20 ms, as a printer does."""

    took_s = 0.0

    def takes(self) -> bool:
        return time.monotonic() >= self.took_s + 0.02

    def receive(self, data: bytes, now_s: float) -> bytes:
        self.took_s = time.monotonic()
        return super().receive(data, now_s)


def test_a_slow_device_is_waited_for_as_long_as_it_takes_something() -> None:
    with PtyDevice(Slow(period_s=None)) as device:
        link = SerialLink(device.path, 9600)
        began_s, job = time.monotonic(), b"x" * 200_000
        send(link, job, 0.4)
        assert time.monotonic() - began_s > 0.6
        until(lambda: len(device.emulator.received) == len(job))
        link.close()


def test_a_lost_cable_ends_a_write_that_stalls(quiet: Line, link: SerialLink) -> None:
    quiet.emulator.faults.add(Fault.STALL)
    timer = threading.Timer(0.1, quiet.unplug)
    timer.start()
    with pytest.raises(LinkLost):
        send(link, b"x" * 500_000, WITHIN_S)
    timer.join()


def test_a_silent_device_is_asked_so_often_and_no_more(quiet: Line, link: SerialLink) -> None:
    quiet.emulator.faults.add(Fault.SILENCE)
    with pytest.raises(DeviceSilent, match=r"did not answer \(3 tries of 0.05 s\)"):
        ask(link, b"?", answer, timeout_s=0.05, tries=3)
    until(lambda: quiet.emulator.received == b"???")


def test_a_host_that_does_not_read_costs_no_memory() -> None:
    emulator = LineEmulator(period_s=0.001)
    with PtyDevice(emulator) as device:
        link = SerialLink(device.path, 9600)
        for _ in range(5):
            emulator.faults.add(Fault.FLOOD)
            until(lambda: not emulator.faults)
        assert device._plug is not None
        assert len(device._plug._unread) <= MAX_UNREAD_BYTES
        link.close()


def test_closing_leaves_nothing_behind() -> None:
    before = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    device = PtyDevice(LineEmulator())
    folder = Path(device.path).parent
    device.unplug()
    device.replug()
    device.close()
    device.close()
    assert not folder.exists()
    assert (len(list(Path("/proc/self/fd").iterdir())), threading.active_count()) == before


# --- with a supervisor, on the real clock


class Watched:
    """A supervisor of a LineDevice on `port`, for a test inside a running loop."""

    def __init__(self, port: str, **options: float) -> None:
        self.readings: list[Reading] = []
        self.supervisor = SerialSupervisor("x", lambda: LineDevice(**options), port, self.readings.append)  # type: ignore[arg-type]
        self.task = asyncio.create_task(self.supervisor.run())

    @property
    def condition(self) -> Condition:
        return self.supervisor.health().condition

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not condition():
                assert not self.task.done()
                await asyncio.sleep(0.002)

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])


@pytest.mark.parametrize("poll_s", [None, 0.01], ids=["while reading", "while writing"])
def test_unplug_and_replug_under_a_supervisor(poll_s: float | None) -> None:
    async def scene() -> None:
        with PtyDevice(LineEmulator(period_s=0.01 if poll_s is None else None)) as device:
            watched = Watched(device.path, **({} if poll_s is None else {"poll_s": poll_s}))
            await watched.until(lambda: len(watched.readings) > 20)
            device.unplug()
            await watched.until(lambda: watched.condition is Condition.ABSENT)
            seen = len(watched.readings)
            device.replug()
            await watched.until(lambda: len(watched.readings) > seen + 20)
            assert watched.condition is Condition.HEALTHY
            assert watched.supervisor.health().reopened == 1
            await watched.stop()

    asyncio.run(scene())


def test_unplug_while_a_write_stalls() -> None:
    async def scene() -> None:
        emulator = LineEmulator(period_s=None)
        emulator.faults.add(Fault.STALL)
        with PtyDevice(emulator) as device:
            watched = Watched(device.path, poll_s=0.0, question=b"?" * 4096)  # type: ignore[arg-type]
            await watched.until(lambda: watched.supervisor._session and watched.supervisor._session._unsent)
            device.unplug()
            await watched.until(lambda: watched.condition is Condition.ABSENT)
            emulator.faults.clear()
            device.replug()
            await watched.until(lambda: watched.condition is Condition.HEALTHY)
            await watched.stop()

    asyncio.run(scene())


def test_a_megabyte_of_junk_hurts_nobody() -> None:
    async def scene() -> None:
        emulator = LineEmulator()
        with PtyDevice(emulator) as device:
            watched = Watched(device.path)
            await watched.until(lambda: watched.readings)
            emulator.faults.add(Fault.FLOOD)
            await watched.until(lambda: Fault.FLOOD not in emulator.faults)
            longest_s, before_s = 0.0, time.monotonic()
            while watched.supervisor.health().junk_bytes < 1_000_000:
                await asyncio.sleep(0)
                longest_s, before_s = max(longest_s, time.monotonic() - before_s), time.monotonic()
            assert longest_s < 0.5, "others had no turn"
            seen = len(watched.readings)
            await watched.until(lambda: len(watched.readings) > seen + 5)
            assert watched.condition is Condition.HEALTHY
            await watched.stop()

    asyncio.run(scene())


def test_the_second_supervisor_on_a_port_is_told_and_takes_over_when_the_first_ends() -> None:
    async def scene() -> None:
        with PtyDevice(LineEmulator()) as device:
            first = Watched(device.path)
            await first.until(lambda: first.readings)
            second = Watched(device.path)
            await second.until(lambda: second.condition is Condition.ABSENT)
            assert "held by another program" in second.supervisor.health().problem
            assert first.condition is Condition.HEALTHY
            await first.stop()
            await second.until(lambda: second.condition is Condition.HEALTHY)
            assert isinstance(second.readings[0].value, Light)
            await second.stop()

    asyncio.run(scene())


def test_a_supervisor_that_is_cancelled_at_any_moment_leaves_nothing_open() -> None:
    async def scene(turns: int) -> None:
        with PtyDevice(LineEmulator()) as device:
            watched = Watched(device.path)
            for _ in range(turns):
                await asyncio.sleep(0)
            await watched.stop()

    def open_ports() -> list[str]:
        links = [str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
        return [link for link in links if link.startswith(("/dev/pts/", "/dev/ptmx"))]

    before = open_ports()
    for turns in (0, 1, 2, 3, 5, 10, 100, 1000):
        asyncio.run(scene(turns))
        assert open_ports() == before
