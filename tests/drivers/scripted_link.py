"""Serial ports without serial ports: the seam `open_link`, in virtual time. What is at the far end is the test's."""

from __future__ import annotations

import asyncio
import os
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from drivers.errors import DeviceError, LinkLost, UsageError

T = TypeVar("T")


class ScriptedLink:
    """Bytes come by `arrive`; `room` is what the kernel still takes; `lose` pulls the plug."""

    def __init__(self, name: str, baud: int) -> None:
        self.name, self.baud = name, baud
        self.written: list[bytes] = []
        self.room = 1 << 20
        self.is_open = True
        self._waiting = b""
        self._lost = False
        self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def arrive(self, data: bytes) -> None:
        if self.is_open:
            self._waiting += data
            os.eventfd_write(self._fd, 1)

    def lose(self) -> None:
        self._lost = True
        self.arrive(b"")

    def fileno(self) -> int:
        if not self.is_open:
            raise UsageError("closed")
        return self._fd

    def read_available(self) -> bytes:
        os.eventfd_read(self.fileno())
        self._check()
        data, self._waiting = self._waiting, b""
        return data

    def write(self, data: bytes) -> int:
        self.fileno()
        self._check()
        taken = data[: self.room]
        self.room -= len(taken)
        self.written.append(taken)
        return len(taken)

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            os.close(self._fd)

    def _check(self) -> None:
        if self._lost:
            raise LinkLost(f"{self.name} went away.")


class Port:
    """What `open_link` opens. `at_far_end(link)` is called for each opening; `refusal` refuses them."""

    def __init__(self, at_far_end: Callable[[ScriptedLink], None] = lambda link: None) -> None:
        self.openings: list[tuple[float, int]] = []
        self.links: list[ScriptedLink] = []
        self.refusal: DeviceError | None = None
        self._at_far_end = at_far_end

    async def open(self, name: str, baud: int) -> ScriptedLink:
        self.openings.append((asyncio.get_running_loop().time(), baud))
        if self.refusal is not None:
            raise self.refusal
        link = ScriptedLink(name, baud)
        self.links.append(link)
        self._at_far_end(link)
        return link


def every(link: ScriptedLink, period_s: float, data: bytes, *, until_s: float = float("inf")) -> None:
    """Let `data` arrive at `link` each `period_s`, while it is open and before `until_s`."""
    loop = asyncio.get_running_loop()

    def send() -> None:
        if link.is_open and loop.time() < until_s:
            link.arrive(data)
            loop.call_later(period_s, send)

    loop.call_later(period_s, send)


class _Selector(selectors.DefaultSelector):
    """As that of tests.virtual_time, but what is ready now is told before time moves."""

    loop: _Loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("the loop waits for something that no timer will bring")
        if not ready and timeout:
            self.loop.now_s += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.now_s = 0.0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now_s


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run `coroutine` in virtual time, from 0 s on."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(coroutine)
