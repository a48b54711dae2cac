"""Exchange's limits: four requests in flight and 10,000 per ten minutes, for each app and mailbox.

Source: Graph throttling-limits, Outlook service (reference/graph.md 3).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from simulator.office import Behaviour

WINDOW_S = 600
CONCURRENCY_RETRY_S = 1

Key = tuple[str, str]


class Throttle:
    """Counts by app id and mailbox. The limits may be changed while it runs."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.concurrency_limit = behaviour.concurrency_limit
        self.window_limit = behaviour.window_limit
        self.refused = 0
        self.most_in_flight = 0
        self._in_flight: Counter[Key] = Counter()
        self._window = 0
        self._counts: Counter[Key] = Counter()

    def enter(self, key: Key, now: datetime) -> int | None:
        """Begin a request; returns the seconds of Retry-After if it must not begin."""
        stamp = now.timestamp()
        window = int(stamp // WINDOW_S)
        if window != self._window:
            self._window = window
            self._counts.clear()
        self._counts[key] += 1
        if self._counts[key] > self.window_limit:
            self.refused += 1
            return max(1, int((window + 1) * WINDOW_S - stamp))
        if self._in_flight[key] >= self.concurrency_limit:
            self.refused += 1
            return CONCURRENCY_RETRY_S
        self._in_flight[key] += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight[key])
        return None

    def leave(self, key: Key) -> None:
        """End a request that began."""
        self._in_flight[key] -= 1
        if not self._in_flight[key]:
            del self._in_flight[key]
