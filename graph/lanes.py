"""Who may send when: one background and one user request in flight, the user's first, nobody before Retry-After.

Microsoft counts four requests in flight per app and mailbox (or, some say, per app): we stay at two per device.
Source: reference/graph.md 3.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.clock import Clock
from graph.errors import Throttled


class Lanes:
    """Two lanes of one request each. A background request does not start while the user's is waiting or under way."""

    def __init__(self) -> None:
        self._user = asyncio.Lock()
        self._background = asyncio.Lock()
        self._users = 0
        self._no_user = asyncio.Event()
        self._no_user.set()

    @asynccontextmanager
    async def enter(self, *, user: bool) -> AsyncIterator[None]:
        """Hold a lane for the length of the block; waiting is bounded by the caller's deadline."""
        if not user:
            async with self._background:
                await self._no_user.wait()
                yield
            return
        self._users += 1
        self._no_user.clear()
        try:
            async with self._user:
                yield
        finally:
            self._users -= 1
            if not self._users:
                self._no_user.set()


class RetryAfterGate:
    """Keeps requests of one kind back until the instant Graph named. Kinds: calendar, places, people, ..."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until_s: dict[str, float] = {}

    def close(self, kind: str, seconds: float) -> None:
        """No request of `kind` for `seconds`; a shorter order does not undo a longer one."""
        until_s = self._clock.monotonic_s() + seconds
        self._until_s[kind] = max(until_s, self._until_s.get(kind, 0.0))

    def remaining_s(self, kind: str) -> float:
        """Return how long `kind` still has to wait, in seconds; 0 when it may go."""
        return max(0.0, self._until_s.get(kind, 0.0) - self._clock.monotonic_s())

    def check(self, kind: str) -> None:
        """Raise Throttled while the gate of `kind` is closed."""
        remaining_s = self.remaining_s(kind)
        if remaining_s > 0:
            raise Throttled(f"Microsoft 365 asked us to wait {remaining_s:.0f} s more.", retry_after_s=remaining_s)
