"""The two clocks of a run: the tenant's, which is right, and the panel's, which may be wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from common.clock import Evidence, ManualClock


class PanelClock:
    """The wall clock of the unit: `offset_s` ahead of the true one; the monotonic clock never errs."""

    def __init__(self, true: ManualClock) -> None:
        self._true = true
        self._evidence = Evidence()
        self.offset_s = 0.0
        self.moved_at = true.now() - timedelta(days=1)
        """When it was last set, by the true clock."""
        self.moved_by_s = 0.0

    def now(self) -> datetime:
        return self._true.now() + timedelta(seconds=self.offset_s)

    def monotonic_s(self) -> float:
        return self._true.monotonic_s()

    def synchronised(self) -> bool:
        return not self._evidence.disagrees

    def compare(self, server_time: datetime) -> None:
        self._evidence.note((self.now() - server_time).total_seconds(), self.monotonic_s())

    def set_wrong(self, offset_s: float) -> None:
        """Jump so that it is `offset_s` ahead of the truth."""
        self.moved_by_s = abs(offset_s - self.offset_s)
        self.offset_s = offset_s
        self.moved_at = self._true.now()


@contextmanager
def stepped_time(clock: PanelClock) -> Iterator[None]:
    """`time.time()` follows `clock`: msal reads it by itself, and remembers errors for 60 s by it."""
    before = time.time
    time.time = lambda: clock.now().timestamp()
    try:
        yield
    finally:
        time.time = before
