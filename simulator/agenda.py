"""What will happen in the office by itself, and when: answers of booking attendants, deliveries of updates.

Nothing runs in the background. Whoever looks at the tenant first lets everything happen that is due by then, in
order; a frozen clock therefore gives the same office every time.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

Action = Callable[[datetime], None]

LIMIT = 100_000


class Agenda:
    """Actions in the order of their instants."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Action]] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._heap)

    def at(self, due: datetime, action: Action) -> None:
        """Do `action` at `due`; it is given that instant, however late it is called.

        Raises:
            OverflowError: 100,000 actions wait already; the clock does not move.
        """
        if len(self._heap) >= LIMIT:
            raise OverflowError("too many actions wait in the simulated office: step its clock")
        heapq.heappush(self._heap, (due, next(self._numbers), action))

    def run(self, now: datetime) -> None:
        """Let everything happen that is due."""
        while self._heap and self._heap[0][0] <= now:
            due, _, action = heapq.heappop(self._heap)
            action(due)
