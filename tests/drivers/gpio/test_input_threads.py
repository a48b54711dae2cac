"""The traps of gpiozero's threads (reference/drivers.md 3); its mock calls handlers in the thread that moves a pin."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from drivers.device import Condition
from drivers.gpio.edges import QUEUE_EDGES
from drivers.gpio.inputs import GpioInput, open_input
from drivers.readings import Level, Reading
from tests.drivers.gpio.input_kit import OFF, ON, Config
from tests.waiting import until_async


class Edges:
    """A thread that moves a pin as told, as lgpio's one thread calls handlers: an exception in one ends it."""

    def __init__(self, pin: Any, moves: int, *, pause_s: float = 0.0) -> None:
        self.fault: Exception | None = None
        self._pin, self._moves, self._pause_s = pin, moves, pause_s
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            for turn in range(self._moves):
                (self._pin.drive_high if turn % 2 == 0 else self._pin.drive_low)()
                threading.Event().wait(self._pause_s)
        except Exception as error:  # noqa: BLE001 - handed to the test
            self.fault = error

    def join(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()


def run_input(
    test: Callable[[GpioInput, list[Any]], Any], publish: Callable[[Reading], None] | None = None
) -> list[Any]:
    """Run an input in a loop with `test` beside it; returns what was published."""
    told: list[Any] = []

    async def main() -> None:
        sensor = open_input(Config(), publish or (lambda reading: told.append(reading.value)), time.monotonic)
        running = asyncio.create_task(sensor.run())
        try:
            await test(sensor, told)
        finally:
            sensor.close()
            await asyncio.wait_for(asyncio.gather(running, return_exceptions=True), 5)

    asyncio.run(main())
    return told


def test_an_edge_from_another_thread_is_published_in_the_loop(pins: MockFactory) -> None:
    threads: set[int] = set()
    told: list[Level] = []

    def publish(reading: Reading) -> None:
        threads.add(threading.get_ident())
        assert isinstance(reading.value, Level)
        told.append(reading.value)

    async def test(sensor: GpioInput, _: list[Any]) -> None:
        await until_async(lambda: len(told) == 1)
        edges = Edges(pins.pin(4), 2)
        edges.join()
        await until_async(lambda: len(told) == 3)

    run_input(test, publish)
    assert told[1:3] == [ON, OFF]
    assert threads == {threading.get_ident()}


def test_a_full_queue_does_not_stop_the_thread_of_the_edges(pins: MockFactory) -> None:
    async def test(sensor: GpioInput, told: list[Any]) -> None:
        await until_async(lambda: bool(told))
        edges = Edges(pins.pin(4), QUEUE_EDGES * 3)
        edges.join()  # the loop does not run meanwhile: nobody takes anything out
        assert edges.fault is None
        assert sensor.health().bad_frames == QUEUE_EDGES * 2
        await until_async(lambda: sensor.health().condition is Condition.STALE)

    run_input(test)


def test_edges_from_several_threads_at_once(pins: MockFactory) -> None:
    async def test(sensor: GpioInput, told: list[Any]) -> None:
        await until_async(lambda: bool(told))
        threads = [Edges(pins.pin(4), 9) for _ in range(4)]
        for edges in threads:
            await asyncio.to_thread(edges.join)
        assert [edges.fault for edges in threads] == [None] * 4
        pins.pin(4)._change_state(True)
        await until_async(lambda: told[-1].active)

    run_input(test)


def test_an_exception_in_publish_ends_run_and_not_the_thread_of_the_edges(pins: MockFactory) -> None:
    told: list[Reading] = []
    fail = [False]

    def publish(reading: Reading) -> None:
        if fail[0]:
            raise ZeroDivisionError
        told.append(reading)

    async def main() -> None:
        sensor = open_input(Config(), publish, time.monotonic)
        running = asyncio.create_task(sensor.run())
        await until_async(lambda: bool(told))
        fail[0] = True
        edges = Edges(pins.pin(4), 5, pause_s=0.005)
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(running, 5)
        await asyncio.to_thread(edges.join)
        assert edges.fault is None
        fail[0] = False
        running = asyncio.create_task(sensor.run())
        await until_async(lambda: any(isinstance(one.value, Level) and one.value.active for one in told))
        sensor.close()
        await asyncio.wait_for(running, 5)

    asyncio.run(main())


def test_close_while_edges_come(pins: MockFactory) -> None:
    for _ in range(10):
        edges: list[Edges] = []

        async def test(sensor: GpioInput, told: list[Any], edges: list[Edges] = edges) -> None:
            await until_async(lambda: bool(told))
            edges.append(Edges(pins.pin(4), 40, pause_s=0.0002))
            await until_async(lambda: len(told) > 1)

        run_input(test)
        edges[0].join()
        # gpiozero's mock pin itself may find its own handler gone; ours never raises.
        assert edges[0].fault is None or "NoneType" in str(edges[0].fault)
        assert pins.pin(4).function == "input"


def test_an_edge_after_the_loop_has_ended_is_harmless(pins: MockFactory) -> None:
    sensor = open_input(Config(), lambda reading: None, time.monotonic)

    async def main() -> None:
        running = asyncio.create_task(sensor.run())
        await until_async(lambda: sensor.health().condition is Condition.HEALTHY)
        running.cancel()

    asyncio.run(main())
    edges = Edges(pins.pin(4), 3)
    edges.join()
    assert edges.fault is None
    sensor.close()


def test_close_ends_run_at_once(pins: MockFactory) -> None:
    async def test(sensor: GpioInput, told: list[Any]) -> None:
        await until_async(lambda: bool(told))

    began_s = time.monotonic()
    run_input(test)
    assert time.monotonic() - began_s < 0.9, "before the level would be read again"
