"""Told of each change of a kernel attribute (sysfs_notify: POLLPRI), without a thread.

An attribute is always readable, so the loop's own epoll would spin on it. It is put into an epoll of its own that
listens for EPOLLPRI only, and that one, which is readable while something is in it, is given to the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
from collections.abc import Callable
from pathlib import Path

_MOST_BYTES = 4096


class KernelEvent:
    """Calls `changed` with the text of the attribute at `path`, once at the start and after each of its changes.

    `gone` is called, once, when it can be read no more (the driver was unloaded); nothing is told after that.
    Belongs to the loop in which it is made. Raises OSError: it cannot be opened or not be read.
    """

    def __init__(self, path: Path, changed: Callable[[str], None], gone: Callable[[], None] = lambda: None) -> None:
        self._changed = changed
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        self._epoll = select.epoll()
        try:
            text = self._text()  # before it is polled: the kernel notes by it what we have seen
            self._epoll.register(self._file, select.EPOLLPRI)
            self._loop.add_reader(self._epoll.fileno(), self._ready)
        except BaseException:
            self._end()
            raise
        changed(text)

    @property
    def closed(self) -> bool:
        return self._epoll.closed

    def close(self) -> None:
        """Listen no more; may be called again."""
        if not self._epoll.closed:
            self._loop.remove_reader(self._epoll.fileno())
            self._end()

    def _ready(self) -> None:
        # Not asked by poll() whether it has changed: for some files the answer is given once, and the loop had it.
        try:
            text = self._text()
        except OSError:
            self.close()
            self._gone()
            return
        self._changed(text)

    def _text(self) -> str:
        with contextlib.suppress(OSError):  # a pipe or a socket has no place to go back to
            os.lseek(self._file, 0, os.SEEK_SET)
        return os.read(self._file, _MOST_BYTES).decode("utf-8", "replace").strip()

    def _end(self) -> None:
        self._epoll.close()
        os.close(self._file)
