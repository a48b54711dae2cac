"""An event loop whose time jumps to the next timer: minutes of back-off pass in no time, in the right order.

>>> run(asyncio.sleep(3600))            # returns at once

Only for code without sockets, threads or child processes: nothing outside the loop can wake it.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("the loop waits for something that no timer will bring")
        self._loop.now_s += timeout
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its `time()` starts at 0 and moves only when everything waits."""

    def __init__(self) -> None:
        self.now_s = 0.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self.now_s


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run `coroutine` as asyncio.run does, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)
