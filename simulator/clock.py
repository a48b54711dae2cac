"""The time in the simulated office: frozen, running, or running faster than ours."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable

from common.clock import Clock


@runtime_checkable
class SteppingClock(Clock, Protocol):
    """A clock that can be moved by hand: `SimulatedClock`, or `common.clock.ManualClock`."""

    def step(self, seconds: float) -> None:
        """Let `seconds` pass."""
        ...


class SimulatedClock:
    """A clock that starts anywhere and passes `rate` seconds for each real one; rate 0 is frozen.

    >>> clock = SimulatedClock(datetime(2026, 11, 23, 8, 0, tzinfo=UTC), rate=0)
    >>> clock.step(90)
    >>> clock.now().isoformat()
    '2026-11-23T08:01:30+00:00'
    """

    def __init__(self, start: datetime | None = None, *, rate: float = 1.0) -> None:
        self._wall = datetime.now(UTC) if start is None else start.astimezone(UTC)
        self._elapsed_s = 0.0
        self._anchor_s = time.monotonic()
        self._rate = rate

    @property
    def rate(self) -> float:
        """Simulated seconds for each real one."""
        return self._rate

    def _run(self) -> float:
        return (time.monotonic() - self._anchor_s) * self._rate

    def now(self) -> datetime:
        return self._wall + timedelta(seconds=self._run())

    def monotonic_s(self) -> float:
        return self._elapsed_s + self._run()

    def synchronised(self) -> bool:
        return True

    def compare(self, server_time: datetime) -> None:
        """Nothing: this clock is the truth of its own office."""

    def step(self, seconds: float) -> None:
        """Let `seconds` pass at once; a negative number goes back."""
        self._wall += timedelta(seconds=seconds)
        self._elapsed_s += seconds

    def set_rate(self, rate: float) -> None:
        """Run on from here at another rate.

        Raises:
            ValueError: the rate is negative.
        """
        if rate < 0:
            raise ValueError("rate is 0 (frozen) or more, for example 1 or 60")
        run_s = self._run()
        self._anchor_s = time.monotonic()
        self._rate = rate
        self.step(run_s)
