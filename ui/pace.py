"""When the next round of the screen is due: many a second while something moves, few while nobody is there."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable

LIVELY_S = 1 / 40
"""Between two rounds while something moves."""
RESTING_S = 0.2
"""At rest; what nobody told us of waits for so long at most."""
LINGER_S = 1.0
"""After the last input it stays lively for so long."""
HAND_OVER_S = 0.004
"""Kivy's own thread hears the same finger as we do: give it the time to say so."""


class Pace:
    """Waits between rounds.

    `hears` says whether every input is listened to (`heard` is called); otherwise there is no rest, as each round asks.
    """

    def __init__(self, hears: Callable[[], bool], *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._hears = hears
        self._now_s = now_s
        self._began_s = self._lively_until_s = now_s()
        self._due_s = math.inf
        self._woken = asyncio.Event()

    def heard(self) -> None:
        """Something was touched: a round now, and many for a while."""
        now_s = self._now_s()
        if now_s >= self._lively_until_s:
            self._bring_forward(now_s + HAND_OVER_S)
        self._lively_until_s = now_s + LINGER_S

    def wake(self) -> None:
        """There is something to draw: a round as soon as one may follow the last."""
        self._bring_forward(self._began_s + LIVELY_S)

    def _bring_forward(self, due_s: float) -> None:
        if due_s < self._due_s:
            self._due_s = due_s
            self._woken.set()

    async def until_due(self, timer_s: float) -> None:
        """Wait for the next round. `timer_s`: from the beginning of the last round to Kivy's next timer, in seconds."""
        self._due_s = min(self._due_s, self._began_s + self._gap_s(timer_s))
        await asyncio.sleep(0)
        while (left_s := self._due_s - self._now_s()) > 0:
            self._woken.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._woken.wait()
        self._began_s, self._due_s = self._now_s(), math.inf

    def _gap_s(self, timer_s: float) -> float:
        lively = self._now_s() < self._lively_until_s or not self._hears()
        return LIVELY_S if lively else min(max(timer_s, LIVELY_S), RESTING_S)
