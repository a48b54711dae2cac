"""One opening of a serial device: moves bytes between its link and its codec, by callbacks of the running loop alone.

Nothing is polled: the loop wakes for bytes, for what the device has to say next, and for the deadlines of the
observer. Three radars at 10 Hz cost about half a percent of a core (scripts/bench/run drivers).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf
from typing import Protocol

from drivers.device import SerialDevice
from drivers.errors import UsageError
from drivers.link import FileLink
from drivers.readings import Value

MAX_WRITE_BYTES = 4096
"""A device never asks for more at once."""
RETRY_WRITE_S = 0.05
"""A full kernel buffer is tried again after this; waiting for "writable" would spin with some drivers."""
FLOOD_BYTES = 2048
REST_S = 0.01
"""After a read as large as a flood, others get the loop for so long: no device takes it for itself."""
SHORTEST_WAIT_S = 0.005


class Observer(Protocol):
    """Who judges the device while it is open."""

    def heard(self, values: list[Value], now_s: float) -> None:
        """Bytes arrived and the device made this of them."""
        ...

    def judge(self, now_s: float) -> float:
        """Look at the clock; return when to be asked again at the latest (monotonic, may be infinite)."""
        ...


class Session:
    """Pumps `link` and `device` until `end`, or until something raises."""

    def __init__(
        self, link: FileLink, device: SerialDevice, observer: Observer, monotonic_s: Callable[[], float]
    ) -> None:
        self._link = link
        self._device = device
        self._observer = observer
        self._monotonic_s = monotonic_s
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._unsent = b""
        self._timer: asyncio.TimerHandle | None = None
        self._timer_s = inf
        self._rest: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Pump until `end` is called.

        Raises:
            LinkLost: the device went away.
        """
        self._watch()
        try:
            self._guarded(self._advance)
            await self._ended
        finally:
            self._loop.remove_reader(self._link.fileno())
            for timer in (self._timer, self._rest):
                if timer is not None:
                    timer.cancel()

    def end(self) -> None:
        """Let `run` return."""
        if not self._ended.done():
            self._ended.set_result(None)

    def _watch(self) -> None:
        self._loop.add_reader(self._link.fileno(), self._guarded, self._read)

    def _guarded(self, step: Callable[[float], None]) -> None:
        if self._ended.done():
            return
        try:
            step(self._monotonic_s())
        except Exception as error:  # noqa: BLE001 - nothing is hidden: `run` raises it, where somebody waits for it
            self._ended.set_exception(error)

    def _read(self, now_s: float) -> None:
        data = self._link.read_available()
        if len(data) >= FLOOD_BYTES:
            self._loop.remove_reader(self._link.fileno())
            self._rest = self._loop.call_later(REST_S, self._watch)
        self._observer.heard(self._device.feed(data, now_s), now_s)
        self._advance(now_s)

    def _advance(self, now_s: float) -> None:
        self._write(now_s)
        judged_s = self._observer.judge(now_s)
        due_s = now_s + RETRY_WRITE_S if self._unsent else self._device.next_due_s()
        self._arm(judged_s if due_s is None else min(judged_s, due_s), now_s)

    def _write(self, now_s: float) -> None:
        if not self._unsent:
            self._unsent = self._device.due(now_s)
            if len(self._unsent) > MAX_WRITE_BYTES:
                raise UsageError(f"{self._device.traits.kind} wants to write {len(self._unsent)} bytes at once.")
        if self._unsent:
            self._unsent = self._unsent[self._link.write(self._unsent) :]

    def _arm(self, when_s: float, now_s: float) -> None:
        """Wake at `when_s` at the latest. A timer that comes earlier is left: it looks again, which is cheaper."""
        if self._timer is not None:
            if self._timer_s <= when_s:
                return
            self._timer.cancel()
        self._timer, self._timer_s = None, when_s
        if when_s < inf:
            self._timer = self._loop.call_later(max(when_s - now_s, SHORTEST_WAIT_S), self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self._guarded(self._pass)

    def _pass(self, now_s: float) -> None:
        """Time alone may end what a device says, as the line of a scanner that sends no suffix."""
        if values := self._device.feed(b"", now_s):
            self._observer.heard(values, now_s)
        self._advance(now_s)
