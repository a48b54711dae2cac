"""A lamp that remembers what it was told, for the demo and for tests."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from drivers.errors import UsageError
from drivers.lamp import LampColour

HISTORY = 1000


class Shown(NamedTuple):
    """One change of the lamp."""

    monotonic_s: float
    colour: LampColour
    pulse: bool = False


class EmulatedLamp:
    """Keeps its last 1000 changes in `history`, oldest first; closing is a change to OFF.

    >>> lamp = EmulatedLamp(monotonic_s=lambda: 0.0)
    >>> lamp.show(LampColour.FREE)
    >>> lamp.history[0].colour
    <LampColour.FREE: 'free'>
    """

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self.history: deque[Shown] = deque(maxlen=HISTORY)
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._state = (LampColour.OFF, False)
        self._closed = False

    @property
    def shown(self) -> LampColour:
        return self._state[0]

    def show(self, colour: LampColour, *, pulse: bool = False) -> None:
        with self._lock:
            if self._closed:
                raise UsageError("the lamp is closed.")
            self._change(colour, pulse)

    def close(self) -> None:
        with self._lock:
            self._change(LampColour.OFF, pulse=False)
            self._closed = True

    def _change(self, colour: LampColour, pulse: bool) -> None:
        if (colour, pulse) != self._state:
            self._state = (colour, pulse)
            self.history.append(Shown(self._monotonic_s(), colour, pulse))
