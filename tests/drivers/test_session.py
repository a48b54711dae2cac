"""What a device may do to its session, and what a session costs: partial writes, floods, faults of ours."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from drivers.device import Condition
from drivers.errors import UsageError
from drivers.readings import Reading
from drivers.session import REST_S
from drivers.supervisor import SerialSupervisor, open_in_thread
from tests.drivers.line_device import LINE_TRAITS, LineDevice
from tests.drivers.scripted_link import Port, ScriptedLink, every, run
from tests.drivers.serial_bench import Bench, bench, talks


def test_a_poll_goes_out_when_it_is_due() -> None:
    async def script(bench: Bench) -> None:
        await bench.until(20.5)
        assert bench.link.written == [b"?", b"?", b"?"]

    bench(script, make=lambda: LineDevice(replace(LINE_TRAITS, stale_s=100.0), poll_s=10.0))


def test_what_the_kernel_does_not_take_is_kept_in_order_and_nothing_is_added_meanwhile() -> None:
    def narrow(link: ScriptedLink) -> None:
        link.room = 3

    async def script(bench: Bench) -> None:
        await bench.until(2.5)
        assert b"".join(bench.link.written) == b"abc"
        bench.link.room = 4
        await bench.until(2.6)
        assert b"".join(bench.link.written) == b"abcdefg"
        bench.link.room = 100
        await bench.until(2.7)
        assert b"".join(bench.link.written) == b"abcdefgh" * 2
        await bench.until(5.0)
        assert b"".join(bench.link.written) == b"abcdefgh" * 4

    bench(script, narrow, lambda: LineDevice(poll_s=1.0, question=b"abcdefgh"))


def test_a_device_that_never_takes_bytes_goes_stale_and_costs_little() -> None:
    def full(link: ScriptedLink) -> None:
        link.room = 0

    async def script(bench: Bench) -> None:
        assert (await bench.until(6.0)).condition is Condition.STALE
        assert len(bench.link.written) <= 6 / 0.05 + 1
        every(bench.link, 0.1, b"=1\n")
        assert (await bench.until(7.0)).condition is Condition.HEALTHY

    bench(script, full, lambda: LineDevice(poll_s=1.0))


def test_a_lost_link_while_writing_is_an_unplug() -> None:
    async def script(bench: Bench) -> None:
        await bench.until(0.5)
        bench.link._lost = True
        assert (await bench.until(1.1)).condition is Condition.ABSENT
        await bench.until(3.0)
        assert len(bench.port.openings) == 2

    bench(script, make=lambda: LineDevice(poll_s=1.0))


# --- our own faults, and what it costs


class Faulty(LineDevice):
    fault = ""

    def feed(self, data: bytes, now_s: float) -> list[Any]:
        if self.fault == "feed":
            raise ZeroDivisionError
        return super().feed(data, now_s)

    def due(self, now_s: float) -> bytes:
        return b"x" * 4097 if self.fault == "due" else b""


@pytest.mark.parametrize(("where", "error"), [("feed", ZeroDivisionError), ("due", UsageError)])
def test_a_fault_of_ours_leaves_run_which_may_be_started_again(where: str, error: type[Exception]) -> None:
    async def script(bench: Bench) -> None:
        await asyncio.wait([bench.task], timeout=5)
        with pytest.raises(error):
            bench.task.result()
        assert not bench.link.is_open
        health = bench.supervisor.health()
        assert (health.condition, health.problem) == (Condition.ABSENT, "It is not being read; the log says why.")
        Faulty.fault = ""
        bench.task = bench.loop.create_task(bench.supervisor.run())
        assert (await bench.until(10.0)).condition is Condition.HEALTHY

    Faulty.fault = where
    bench(script, talks, Faulty)


def test_a_fault_of_the_listener_leaves_run() -> None:
    async def scene() -> None:
        port = Port(talks)

        def publish(reading: Reading) -> None:
            raise KeyError(reading.source)

        now = asyncio.get_running_loop().time
        supervisor = SerialSupervisor("x", LineDevice, "/dev/x", publish, monotonic_s=now, open_link=port.open)
        with pytest.raises(KeyError):
            await supervisor.run()
        assert not port.links[0].is_open

    run(scene())


class Endless(ScriptedLink):
    """Has 4 KiB of junk at each read, 500 times."""

    reads = 0

    def read_available(self) -> bytes:
        super().read_available()
        self.reads += 1
        if self.reads < 500:
            self.arrive(b"")
        return b"#" * 4096


def test_a_flood_leaves_the_loop_to_others_and_leaves_no_timer_behind(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        loop, link = asyncio.get_running_loop(), Endless("/dev/x", 9600)

        async def opened(name: str, baud: int) -> Endless:
            link.arrive(b"")
            return link

        made = SerialSupervisor("x", LineDevice, "/dev/x", print, monotonic_s=loop.time, open_link=opened)
        task = asyncio.create_task(made.run())
        await asyncio.sleep(1.005)  # in the middle of a rest
        assert 50 < link.reads <= 1.0 / REST_S + 1
        task.cancel()
        await asyncio.wait([task])
        await asyncio.sleep(1.0)

    run(scene())
    assert caplog.messages == []


def test_a_port_that_opens_after_we_gave_up_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    let_open, closed = threading.Event(), threading.Event()

    class Late:
        def __init__(self, port: str, baud: int) -> None:
            let_open.wait(10)

        def close(self) -> None:
            closed.set()

    async def scene() -> None:
        opening = asyncio.create_task(open_in_thread("/dev/x", 9600))
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        let_open.set()
        assert await asyncio.to_thread(closed.wait, 10)

    monkeypatch.setattr("drivers.supervisor.SerialLink", Late)
    asyncio.run(scene())


def test_three_sensors_at_10_hz_wake_the_loop_for_their_bytes_and_for_little_else() -> None:
    async def scene() -> int:
        ports = [Port(talks) for _ in range(3)]
        benches = [Bench(port) for port in ports]
        loop = asyncio.get_running_loop()
        timers = 0
        real = loop.call_later

        def counted(delay: float, callback: Any, *args: Any, **kwargs: Any) -> Any:
            nonlocal timers
            timers += "Session" in getattr(callback, "__qualname__", "")
            return real(delay, callback, *args, **kwargs)

        loop.call_later = counted  # type: ignore[assignment, method-assign]
        await benches[0].until(1000.0)
        assert all(len(each.readings) == 9999 for each in benches)
        for each in benches:
            await each.stop()
        return timers

    began_s = time.thread_time()
    timers = run(scene())
    assert timers <= 3 * 1000 / (LINE_TRAITS.stale_s - 0.1) + 3
    # 1000 s of three sensors, with the whole bench around them: far below 1 % of a core, i.e. 10 s.
    assert time.thread_time() - began_s < 5.0
