"""A supervised task that dies comes back later and later, is reported, and ends when told to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from common import tasks
from common.tasks import RestartPolicy, Supervisor, TaskEvent
from tests.virtual_time import run

STEADY = RestartPolicy(jitter=0.0)


class Dying:
    """Dies each time, after having lived for the next of `lives_s` (the last one again and again)."""

    def __init__(self, *lives_s: float) -> None:
        self.started_s: list[float] = []
        self._lives_s = lives_s

    async def __call__(self) -> None:
        self.started_s.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self._lives_s[min(len(self.started_s), len(self._lives_s)) - 1])
        raise OSError("secret subject")


def watch(function: Callable[[], Awaitable[object]], for_s: float, policy: RestartPolicy = STEADY) -> list[TaskEvent]:
    events: list[TaskEvent] = []

    async def main() -> None:
        async with Supervisor(events.append, policy) as supervisor:
            supervisor.start("radar", function)
            await asyncio.sleep(for_s)

    run(main())
    return events


def test_back_off_doubles_up_to_a_minute() -> None:
    dying = Dying(0)
    watch(dying, 250)
    assert dying.started_s == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]


def test_five_minutes_of_health_start_the_back_off_anew() -> None:
    dying = Dying(0, 0, 0, 300, 0)
    watch(dying, 310)
    assert dying.started_s == [0, 1, 3, 7, 308]
    almost = Dying(0, 0, 0, 299, 0)
    watch(almost, 320)
    assert almost.started_s == [0, 1, 3, 7, 314]


def test_a_death_is_reported_by_kind_and_count() -> None:
    events = watch(Dying(0), 4)
    assert events == [
        TaskEvent("radar", "OSError", 1, 1.0),
        TaskEvent("radar", "OSError", 2, 2.0),
        TaskEvent("radar", "OSError", 3, 4.0),
    ]


def test_a_storm_is_reported_once_and_its_end_makes_reports_possible_again() -> None:
    policy = RestartPolicy(jitter=0, storm_deaths=3, storm_window_s=100, most_s=10)
    events = watch(Dying(*[0] * 20, 1000, 0), 1300, policy)
    assert [(event.deaths, event.storm) for event in events] == [
        (1, False),
        (2, False),
        (3, False),
        (4, True),
        (21, False),
        (22, False),
        (23, False),
        (24, True),
    ]


def test_a_task_that_dies_every_minute_does_not_fill_the_log() -> None:
    assert len(watch(Dying(0), 24 * 3600)) <= 6


def test_jitter_spreads_restarts() -> None:
    dying = Dying(0)
    events = watch(dying, 3600, RestartPolicy(storm_deaths=100))
    late = [event.restart_in_s for event in events if event.deaths > 7]
    assert min(late) >= 48
    assert max(late) <= 72
    assert len(set(late)) > 20


def test_the_text_of_the_exception_stays_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    watch(Dying(0), 0.5)
    assert "task radar died of OSError at " in caplog.text
    assert "test_tasks.py" in caplog.text
    assert "secret subject" not in caplog.text


def test_a_task_that_returns_is_done() -> None:
    calls: list[int] = []

    async def once() -> None:
        calls.append(1)

    assert watch(once, 100) == []
    assert calls == [1]


def test_a_cancelled_thing_inside_is_a_death_not_an_end() -> None:
    async def awaits_a_cancelled_task() -> None:
        inner = asyncio.ensure_future(asyncio.sleep(1))
        inner.cancel()
        await inner

    assert [event.exception_type for event in watch(awaits_a_cancelled_task, 0.5)] == ["CancelledError"]


def test_closing_cancels_and_waits_for_the_clean_up() -> None:
    steps: list[str] = []

    async def tidy() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(2)
            steps.append("tidied")

    assert watch(tidy, 1) == []
    assert steps == ["tidied"]


def test_closing_while_a_task_waits_for_its_restart() -> None:
    assert len(watch(Dying(0), 0.5)) == 1


def test_a_task_that_will_not_end_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> float:
        release = asyncio.Event()

        async def stubborn() -> None:
            while not release.is_set():
                try:
                    await release.wait()
                except asyncio.CancelledError:
                    continue

        loop = asyncio.get_running_loop()
        async with Supervisor(lambda event: None) as supervisor:
            supervisor.start("stubborn", stubborn)
            await asyncio.sleep(0)
        took_s = loop.time()
        release.set()
        return took_s

    assert run(main()) == tasks.CLOSE_TIMEOUT_S
    assert "task stubborn does not end" in caplog.text


def test_one_task_can_be_stopped_and_started_again() -> None:
    async def main() -> None:
        async with Supervisor(lambda event: None) as supervisor:
            supervisor.start("a", asyncio.Event().wait)
            supervisor.start("b", asyncio.Event().wait)
            with pytest.raises(ValueError, match="'a' is running already"):
                supervisor.start("a", asyncio.Event().wait)
            await supervisor.stop("a")
            await supervisor.stop("never heard of")
            assert list(supervisor.running) == ["b"]
            supervisor.start("a", asyncio.Event().wait)
            assert list(supervisor.running) == ["b", "a"]
        assert list(supervisor.running) == []

    run(main())


def test_a_task_may_close_its_own_supervisor() -> None:
    async def main() -> tuple[str, ...]:
        supervisor = Supervisor(lambda event: None)
        supervisor.start("other", asyncio.Event().wait)
        supervisor.start("closer", supervisor.close)
        await asyncio.sleep(1)
        return supervisor.running

    assert run(main()) == ()


def test_a_reporter_that_fails_does_not_take_the_task_with_it(caplog: pytest.LogCaptureFixture) -> None:
    def broken(event: TaskEvent) -> None:
        raise RuntimeError("reporter")

    dying = Dying(0)

    async def main() -> None:
        async with Supervisor(broken, STEADY) as supervisor:
            supervisor.start("radar", dying)
            await asyncio.sleep(4)

    with caplog.at_level(logging.ERROR):
        run(main())
    assert len(dying.started_s) == 3
    assert "reporter of task deaths failed" in caplog.text
