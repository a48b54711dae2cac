"""Who in the agent hears what comes: each listener has its own bounded queue, so that a slow one delays no other."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from paho.mqtt.client import topic_matches_sub

from common.errors import MyDeskError
from telemetry.bus import Heard

MOST_WAITING = 100

_log = logging.getLogger(__name__)

Taken = Callable[[], None]


class Listeners:
    """Belongs to the agent's loop."""

    def __init__(self) -> None:
        self._all: list[_Listener] = []
        self.dropped = 0

    def add(self, filter_: str, heard: Heard) -> None:
        self._all.append(_Listener(filter_, heard))

    def offer(self, topic: str, payload: bytes, taken: Taken) -> None:
        """Queue a message for everybody whose filter fits. `taken` is called once all of them have begun with it, which
        is what bounds the messages that come; it is not called for one that found a queue full (it comes again)."""
        fitting = [one for one in self._all if topic_matches_sub(one.filter, topic)]
        if any(one.full for one in fitting):
            self.dropped += 1
            return
        left = len(fitting)

        def begun() -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                taken()

        for one in fitting:
            one.put(topic, payload, begun)
        if not fitting:
            taken()

    async def close(self) -> None:
        """Cancel what is being heard, and forget what waits."""
        tasks = [task for one in self._all if (task := one.stop())]
        if tasks:
            await asyncio.wait(tasks, timeout=5.0)


class _Listener:
    def __init__(self, filter_: str, heard: Heard) -> None:
        self.filter = filter_
        self._heard = heard
        self._waiting: deque[tuple[str, bytes, Taken]] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        return len(self._waiting) >= MOST_WAITING

    def put(self, topic: str, payload: bytes, begun: Taken) -> None:
        self._waiting.append((topic, payload, begun))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._work(), name=f"hear {self.filter}")

    def stop(self) -> asyncio.Task[None] | None:
        self._waiting.clear()
        if self._task is not None and not self._task.done():
            self._task.cancel()
            return self._task
        return None

    async def _work(self) -> None:
        while self._waiting:
            topic, payload, begun = self._waiting.popleft()
            begun()
            try:
                await self._heard(topic, payload)
            except MyDeskError as error:
                _log.warning("link: a message on %s is of no use: %s", topic, error)
            except Exception as error:  # noqa: BLE001 - a retained message that kills its listener would come for ever
                _log.error("link: hearing %s failed of %s", topic, type(error).__name__)
