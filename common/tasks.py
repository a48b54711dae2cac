"""Supervised asyncio tasks: what dies is started again, ever later, and reported; a storm is reported once.

>>> async with Supervisor(report) as supervisor:        # doctest: +SKIP
...     supervisor.start("calendar", poll_calendar)
...     await until_told_to_stop()
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

CLOSE_TIMEOUT_S = 10.0
"""How long a cancelled task may take to end before it is given up."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """A task died. `deaths` counts since the start; `storm` marks the one report of a series too dense to report."""

    name: str
    exception_type: str
    deaths: int
    restart_in_s: float
    storm: bool = False


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """How soon a dead task starts again, and how many deaths are reported one by one."""

    first_s: float = 1.0
    most_s: float = 60.0
    jitter: float = 0.2
    healthy_after_s: float = 300.0
    storm_deaths: int = 5
    storm_window_s: float = 600.0

    def delay_s(self, failures: int) -> float:
        """Return the back-off before jitter after `failures` deaths in a row (1 = the first)."""
        return float(min(self.first_s * 2 ** min(failures - 1, 30), self.most_s))


class Supervisor:
    """Runs coroutine functions for ever; `on_event` is told of each death, from the loop.

    A coroutine function that returns is done and stays so. All times are of the loop's own monotonic clock.
    """

    def __init__(self, on_event: Callable[[TaskEvent], None], policy: RestartPolicy = RestartPolicy()) -> None:
        self._on_event = on_event
        self._policy = policy
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._random = random.Random()  # noqa: S311 - spreads restarts, guards nothing

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def running(self) -> tuple[str, ...]:
        """Names of the tasks that have not ended (one that waits for its restart counts)."""
        return tuple(name for name, task in self._tasks.items() if not task.done())

    def start(self, name: str, function: Callable[[], Awaitable[object]]) -> None:
        """Run `function()` under `name`.

        Raises:
            ValueError: a task of that name is running.
        """
        if name in self.running:
            raise ValueError(f"a task named {name!r} is running already")
        self._tasks[name] = asyncio.get_running_loop().create_task(self._watch(name, function), name=name)

    async def stop(self, name: str) -> None:
        """Cancel one task and wait until it has ended; an unknown name is nothing to do."""
        if task := self._tasks.pop(name, None):
            await _cancelled([task])

    async def close(self) -> None:
        """Cancel all tasks, the youngest first, and wait until they have ended."""
        tasks = list(reversed(self._tasks.values()))
        self._tasks.clear()
        await _cancelled(tasks)

    async def _watch(self, name: str, function: Callable[[], Awaitable[object]]) -> None:
        record = _Record(self._policy)
        loop = asyncio.get_running_loop()
        while True:
            started_s = loop.time()
            error = await _outcome(function)
            if error is None:
                return
            delay_s = record.died(started_s, loop.time()) * self._jitter()
            self._report(name, error, record, delay_s)
            await asyncio.sleep(delay_s)

    def _jitter(self) -> float:
        return 1 + self._random.uniform(-self._policy.jitter, self._policy.jitter)

    def _report(self, name: str, error: BaseException, record: _Record, delay_s: float) -> None:
        if not record.worth_reporting:
            return
        storm = record.storm
        event = TaskEvent(name, type(error).__name__, record.deaths, round(delay_s, 3), storm)
        # The text of an exception may hold a subject or a name: only its kind and place are logged.
        place = _place(error)
        _log.error("task %s died of %s at %s (death %d)", name, event.exception_type, place, event.deaths)
        try:
            self._on_event(event)
        except Exception:  # noqa: BLE001 - a reporter that fails must not take the task with it
            _log.error("the reporter of task deaths failed")


class _Record:
    """The deaths of one task: how many, how many in a row, and whether there are too many to tell."""

    def __init__(self, policy: RestartPolicy) -> None:
        self._policy = policy
        self._recent_s: deque[float] = deque(maxlen=policy.storm_deaths)
        self._in_a_row = 0
        self.deaths = 0
        self.storm = False
        self.worth_reporting = True

    def died(self, started_s: float, now_s: float) -> float:
        """Note a death and return the seconds to wait."""
        if now_s - started_s >= self._policy.healthy_after_s:
            self._in_a_row = 0
        self.deaths += 1
        self._in_a_row += 1
        full = len(self._recent_s) == self._policy.storm_deaths
        stormy = full and now_s - self._recent_s[0] <= self._policy.storm_window_s
        self._recent_s.append(now_s)
        self.worth_reporting = not (stormy and self.storm)
        self.storm = stormy
        return self._policy.delay_s(self._in_a_row)


async def _outcome(function: Callable[[], Awaitable[object]]) -> BaseException | None:
    try:
        await function()
    except asyncio.CancelledError as error:
        # Nobody cancelled this task: it awaited something that was, which is a death like any other.
        if (task := asyncio.current_task()) is not None and not task.cancelling():
            return error
        raise
    except Exception as error:  # noqa: BLE001 - whatever a task dies of, the panel lives on; nowhere else do we say so
        return error
    return None


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "an unknown place"


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    others = [task for task in tasks if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    if not others:
        return
    _, stuck = await asyncio.wait(others, timeout=CLOSE_TIMEOUT_S)
    for task in stuck:
        _log.error("task %s does not end although it was cancelled %g s ago", task.get_name(), CLOSE_TIMEOUT_S)
