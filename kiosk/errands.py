"""Things that take time, begun by the flow: one asyncio task each; what fails is told by its kind alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger(__name__)

MOST = 40


class Errands:
    """Runs coroutines. `failed` is called with the type of an exception of ours; its text may name a guest."""

    def __init__(self, failed: Callable[[str, str], None]) -> None:
        self._failed = failed
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def busy(self) -> bool:
        """Something is under way."""
        return bool(self._tasks)

    def run(self, name: str, errand: Coroutine[Any, Any, Any]) -> None:
        """Begin `errand`; more than a few at once are a stuck finger, and are dropped."""
        if len(self._tasks) >= MOST:
            errand.close()
            log.warning("%s was dropped: %d errands wait already", name, MOST)
            return
        task = asyncio.get_running_loop().create_task(errand, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.error("%s died of %s", task.get_name(), type(error).__name__)
            self._failed(task.get_name(), type(error).__name__)
