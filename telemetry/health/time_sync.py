"""Whether the wall clock may be believed, and whether it jumps.

A Pi 4 has no clock of its own: it starts in the past, and the first synchronisation is one large jump that says
nothing. Those after it say that two time servers disagree, or that somebody sets the clock by hand.
"""

from __future__ import annotations

from common.clock import Clock
from telemetry.health import readings

JUMP_S = 2.0
"""NTP slews what is less than 0.4 s; a free Pi drifts 0.01 s a minute."""


class TimeSync:
    """Compares the wall clock with the monotonic one at each look."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_s = self._offset()
        self._trusted = clock.synchronised()
        self._jumps = 0
        self._jump_s: float | None = None
        self._jumped_at_s = 0.0

    def read(self) -> readings.TimeSync:
        offset_s, now_s, trusted = self._offset(), self._clock.monotonic_s(), self._clock.synchronised()
        if self._trusted and abs(offset_s - self._offset_s) >= JUMP_S:
            self._jumps += 1
            self._jump_s = round(offset_s - self._offset_s, 1)
            self._jumped_at_s = now_s
        self._offset_s, self._trusted = offset_s, trusted
        since_s = None if self._jump_s is None else round(now_s - self._jumped_at_s, 1)
        return readings.TimeSync(trusted, self._jumps, self._jump_s, since_s)

    def _offset(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic_s()
