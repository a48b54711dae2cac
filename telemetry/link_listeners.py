"""Who in the agent hears what comes: each listener has its own bounded queue, so that a slow one delays no other.

Mosquitto 2.0 sends all that it has queued for us once some was acknowledged, whatever our receive maximum (its issue
2301), so a queue can overflow. What finds it full is not acknowledged; when the queue is empty again the session is
taken up anew (`again`), and the broker sends it once more.
"""

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
    """Belongs to the agent's loop. `again` makes the broker send anew what was not acknowledged."""

    def __init__(self, again: Callable[[], None]) -> None:
        self._all: list[_Listener] = []
        self._again = again

    def add(self, filter_: str, heard: Heard) -> None:
        self._all.append(_Listener(filter_, heard, self._again))

    def offer(self, topic: str, payload: bytes, taken: Taken) -> None:
        """Queue a message for everybody whose filter fits. `taken` is called once all of them have begun with it, which
        is what bounds the messages that come; it is not called for one that found a queue full (it comes again)."""
        fitting = [one for one in self._all if topic_matches_sub(one.filter, topic)]
        if full := [one for one in fitting if one.full]:
            for one in full:
                one.missed = True
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

    def session_taken_up(self) -> None:
        """A new connection: what was not acknowledged comes again."""
        for one in self._all:
            one.missed = False

    async def close(self) -> None:
        """Cancel what is being heard, and forget what waits."""
        tasks = [task for one in self._all if (task := one.stop())]
        if tasks:
            await asyncio.wait(tasks, timeout=5.0)


class _Listener:
    def __init__(self, filter_: str, heard: Heard, again: Callable[[], None]) -> None:
        self.filter = filter_
        self.missed = False
        self._heard = heard
        self._again = again
        self._waiting: deque[tuple[str, bytes, Taken]] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """Also after an overflow, until the session was taken up anew: else what comes would be out of order."""
        return self.missed or len(self._waiting) >= MOST_WAITING

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
        if self.missed:
            _log.info("link: more came for %s than could wait; asking for it again", self.filter)
            self._again()
