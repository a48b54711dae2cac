"""How long not to ask the sign-in service again after it said no: by outcome, growing for faults, with jitter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from secrets import SystemRandom

from common.clock import Clock
from graph.msal_engine import as_error
from graph.outcomes import Outcome

MAX_FAULT_HOLD_S = 300.0
_JITTER = 0.2
_random = SystemRandom()


class Hold:
    """Remembers the last refusal and answers with it until its time is over. A person's sign-in releases it."""

    def __init__(self, clock: Clock, jitter: Callable[[], float] = _random.random) -> None:
        self._clock = clock
        self._jitter = jitter
        self._until_s = 0.0
        self._failed: Outcome | None = None
        self._faults = 0

    def check(self) -> None:
        """Raise the error of the remembered refusal while its time runs; nothing is sent."""
        remaining_s = self._until_s - self._clock.monotonic_s()
        if self._failed is not None and remaining_s > 0:
            raise as_error(replace(self._failed, retry_after_s=remaining_s))

    def set(self, failed: Outcome, retry_after_s: float | None = None) -> None:
        """Hold back for as long as the service said in `retry_after_s`, else as `failed` says."""
        seconds = failed.retry_after_s
        if failed.growing:
            seconds = min(seconds * 2**self._faults, MAX_FAULT_HOLD_S)
            self._faults = min(self._faults + 1, 10)
        if retry_after_s is not None:
            seconds = retry_after_s
        self._until_s = self._clock.monotonic_s() + seconds * (1 + _JITTER * self._jitter())
        self._failed = failed

    def release(self) -> None:
        """Forget it: somebody signed in."""
        self._until_s, self._failed, self._faults = 0.0, None, 0
