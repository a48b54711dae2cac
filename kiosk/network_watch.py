"""Whether Microsoft 365 can be reached, known before a guest's message fails.

Every request tells (graph.reach): the list of hosts, presence, messages. Only when none has said anything for a while
Graph is asked something light: each 40 to 60 s while the screen is lit, each 4 to 6 min while it is dark; and after a
loss ever less often, so that the notice is gone soon after the network is back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import SystemRandom
from typing import Protocol

from common.clock import Clock
from graph.reach import Contact, Seen

_random = SystemRandom()
LOOK_S = 1.0
LIT_S, DARK_S = 50.0, 300.0
LOST_FIRST_S, LOST_LIT_S, LOST_DARK_S = 4.0, 16.0, 120.0
JITTER = 0.2
"""A floor of kiosks that lost the same network does not come back in one second."""
PROBE_TIMEOUT_S = 15.0
FRESH_S = 20.0
"""Somebody woke the screen: what was seen before that is asked again."""


class Line(Protocol):
    """What is needed of graph.session.Session."""

    @property
    def seen(self) -> Seen: ...

    async def probe(self, timeout_s: float) -> Seen: ...


class NetworkWatch:
    """`up` for the screen. `lit` says whether the screen is; `on_back` is called when the network is back.

    Off-line is known within 76 s of the network going while the screen is lit, and on-line within 36 s of its return.
    """

    def __init__(
        self,
        line: Line,
        clock: Clock,
        *,
        lit: Callable[[], bool],
        on_back: Callable[[], None],
        chance: Callable[[], float] = _random.random,
    ) -> None:
        self._line = line
        self._clock = clock
        self._lit = lit
        self._on_back = on_back
        self._chance = chance
        self._asked_s = clock.monotonic_s()
        self._spread = self._new_spread()
        self._losses = 0
        self._up = True
        self._wanted = False
        self._woken = asyncio.Event()
        self.working = False
        """Graph is being asked"""

    @property
    def up(self) -> bool:
        """Nothing says that Microsoft 365 cannot be used."""
        return self._line.seen.reachable

    def wake(self) -> None:
        """The screen woke, or somebody signed in: ask now, unless something was seen just now."""
        if self._line.seen.contact is not Contact.ANSWERED or self._clock.monotonic_s() - self._last_s > FRESH_S:
            self._wanted = True
        self._woken.set()

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            self._woken.clear()
            await self.look()
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Ask if it is time to, and tell of a network that is back."""
        if self._wanted or self._clock.monotonic_s() - self._last_s >= self._wait_s():
            self._wanted, self.working = False, True
            try:
                await self._line.probe(PROBE_TIMEOUT_S)
            finally:
                self.working = False
                self._asked_s = self._clock.monotonic_s()
                self._spread = self._new_spread()
                self._losses = 0 if self.up else min(self._losses + 1, 16)
        before, self._up = self._up, self.up
        if self._up and not before:
            self._losses = 0
            self._on_back()

    @property
    def _last_s(self) -> float:
        return max(self._line.seen.at_s, self._asked_s)

    def _wait_s(self) -> float:
        lit = self._lit()
        if self._line.seen.contact is Contact.LOST:
            most_s = LOST_LIT_S if lit else LOST_DARK_S
            return min(LOST_FIRST_S * 2.0**self._losses, most_s) * self._spread
        return (LIT_S if lit else DARK_S) * self._spread

    def _new_spread(self) -> float:
        return 1.0 + JITTER * (2.0 * self._chance() - 1.0)
