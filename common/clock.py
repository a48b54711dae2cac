"""Time, passed in: a wall clock that may be wrong, a monotonic one that is not, what is known of the first.

Decisions take the instant as an argument; only the edges hold a `Clock`.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

TIMESYNCD_STAMP = Path("/run/systemd/timesync/synchronized")
AGREEMENT_S = 5.0
"""How far the wall clock may be from a trusted server's Date header (DESIGN.md 4.1)."""

EVIDENCE_LIFE_S = 3600.0
"""How long one agreeing Date header vouches for the clock; a free Pi drifts far less than 1 s in that."""


class Clock(Protocol):
    """Where a program takes the time from."""

    def now(self) -> datetime:
        """The wall clock as an aware UTC instant."""
        ...

    def monotonic_s(self) -> float:
        """Seconds on a clock that never jumps, for deadlines and ages."""
        ...

    def synchronised(self) -> bool:
        """Whether the wall clock may be believed."""
        ...

    def compare(self, server_time: datetime) -> None:
        """Note the time that a trusted server (Graph over TLS) claims it is."""
        ...


class Evidence:
    """What Date headers have said of the wall clock: agreeing, disagreeing or nothing lately."""

    def __init__(self) -> None:
        self._agreed_at_s: float | None = None
        self._disagrees = False

    def note(self, difference_s: float, monotonic_s: float) -> None:
        """Take in one comparison; `difference_s` is wall clock minus server."""
        self._disagrees = abs(difference_s) > AGREEMENT_S
        self._agreed_at_s = None if self._disagrees else monotonic_s

    @property
    def disagrees(self) -> bool:
        """The last server that told us the time told us another one."""
        return self._disagrees

    def agrees(self, monotonic_s: float) -> bool:
        """A server agreed within the last hour."""
        return self._agreed_at_s is not None and monotonic_s - self._agreed_at_s <= EVIDENCE_LIFE_S


class SystemClock:
    """The machine's own clocks; synchronised by timesyncd, or by Date headers that agree within 5 s."""

    def __init__(self, stamp: Path = TIMESYNCD_STAMP) -> None:
        self._stamp = stamp
        self._evidence = Evidence()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def synchronised(self) -> bool:
        if self._evidence.disagrees:
            return False
        return self._evidence.agrees(self.monotonic_s()) or self._stamp.exists()

    def compare(self, server_time: datetime) -> None:
        difference = self.now() - server_time
        self._evidence.note(difference.total_seconds(), self.monotonic_s())


class ManualClock:
    """A clock that stands still until it is told to move, or runs on from where it was put.

    Ships in the package: the demo, the previews and the tests live by it.

    >>> clock = ManualClock(datetime(2026, 11, 23, 8, 0, tzinfo=UTC))
    >>> clock.step(60)
    >>> clock.now().minute
    1
    """

    def __init__(self, start: datetime, *, running: bool = False, synchronised: bool = True) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware instant, for example datetime(2026, 1, 1, tzinfo=UTC)")
        self._wall = start.astimezone(UTC)
        self._monotonic_s = 1000.0
        self._real_since_s = time.monotonic() if running else None
        self.sync = synchronised
        self._evidence = Evidence()

    def _run(self) -> float:
        return 0.0 if self._real_since_s is None else time.monotonic() - self._real_since_s

    def now(self) -> datetime:
        return self._wall + timedelta(seconds=self._run())

    def monotonic_s(self) -> float:
        return self._monotonic_s + self._run()

    def synchronised(self) -> bool:
        return (self.sync or self._evidence.agrees(self.monotonic_s())) and not self._evidence.disagrees

    def compare(self, server_time: datetime) -> None:
        self._evidence.note((self.now() - server_time).total_seconds(), self.monotonic_s())

    def step(self, seconds: float) -> None:
        """Let `seconds` pass on both clocks."""
        self._wall += timedelta(seconds=seconds)
        self._monotonic_s += seconds

    def jump(self, seconds: float) -> None:
        """Move the wall clock alone, as NTP or a wrong hand does."""
        self._wall += timedelta(seconds=seconds)
