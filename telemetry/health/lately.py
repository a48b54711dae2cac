"""How much a counter grew within the last hour."""

from __future__ import annotations

from collections import deque

from common.clock import Clock

HOUR_S = 3600.0
MOST_LOOKS = 720
"""An hour of looks every 5 s, the densest that health.interval_s allows."""


class Lately:
    """What came to a total since the oldest look of the last hour. A total that falls (a new file, a unit that was
    reset) begins anew: nothing is known to have come."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._looks: deque[tuple[float, int]] = deque(maxlen=MOST_LOOKS)

    def note(self, total: int) -> int:
        """Take in the total of now and return the growth."""
        now_s = self._clock.monotonic_s()
        if self._looks and total < self._looks[-1][1]:
            self._looks.clear()
        while self._looks and now_s - self._looks[0][0] > HOUR_S:
            self._looks.popleft()
        self._looks.append((now_s, total))
        return total - self._looks[0][1]
