"""What has just changed, for pages that are open: ingest tells it from its thread, each page has a bounded queue."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

MOST_WAITING = 200


@dataclass(frozen=True, slots=True)
class Change:
    """Something of `unit` changed: `topic` is relative (`status`, `now/room`, `e/room`, `a/storage`, `cmd`)."""

    unit: str
    topic: str


class Live:
    """Tells changes to all who listen. A page that cannot keep up is told None: read all anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[asyncio.Queue[Change | None], asyncio.AbstractEventLoop] = {}

    def tell(self, change: Change) -> None:
        """From any thread; never blocks."""
        with self._lock:
            for queue, loop in self._listeners.items():
                with contextlib.suppress(RuntimeError):  # that loop is closing
                    loop.call_soon_threadsafe(_put, queue, change)

    @contextlib.contextmanager
    def listening(self) -> Iterator[asyncio.Queue[Change | None]]:
        """A queue of all changes from now on, for the running loop."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue(MOST_WAITING)
        with self._lock:
            self._listeners[queue] = asyncio.get_running_loop()
        try:
            yield queue
        finally:
            with self._lock:
                del self._listeners[queue]


def _put(queue: asyncio.Queue[Change | None], change: Change) -> None:
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
        return
    queue.put_nowait(change)
