"""A backlight that remembers what it was told, for the demo and for tests."""

from __future__ import annotations

from collections import deque

from drivers.errors import DeviceError, UsageError

HISTORY = 1000


class EmulatedBacklight:
    """Keeps its last 1000 changes in `history`, oldest first; with `gone` True it cannot be set.

    >>> backlight = EmulatedBacklight()
    >>> backlight.show(40)
    >>> backlight.show(40)
    >>> list(backlight.history)
    [40]
    """

    def __init__(self) -> None:
        self.history: deque[int] = deque(maxlen=HISTORY)
        self.gone = False
        self._percent: int | None = None
        self._closed = False

    @property
    def percent(self) -> int | None:
        return self._percent

    def show(self, percent: int) -> None:
        if self._closed:
            raise UsageError("the backlight is closed.")
        if not 0 <= percent <= 100:
            raise UsageError(f"a brightness is 0 to 100 percent, not {percent}.")
        if percent != self._percent:
            self._change(percent)

    def close(self) -> None:
        if not self._closed and not self.gone and self._percent != 100:
            self._change(100)
        self._closed = True

    def _change(self, percent: int) -> None:
        if self.gone:
            self._percent = None
            raise DeviceError("the emulated backlight is gone.", hint="Set gone to False.")
        self._percent = percent
        self.history.append(percent)
