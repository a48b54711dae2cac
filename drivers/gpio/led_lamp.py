"""What all lamps made of light-emitting diodes have in common: one owner, one lock, dark after a failure."""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from typing import Any

from drivers.errors import DriverError, UsageError
from drivers.lamp import LampColour

Levels = tuple[float, float, float]
"""red, green, blue: 0 to 1"""

DIGITAL: dict[LampColour, Levels] = {
    LampColour.OFF: (0, 0, 0),
    LampColour.FREE: (0, 1, 0),
    LampColour.BUSY: (1, 0, 0),
    LampColour.ATTENTION: (1, 1, 0),
    LampColour.NEUTRAL: (0, 0, 1),
}
PWM: dict[LampColour, Levels] = DIGITAL | {
    LampColour.ATTENTION: (1, 0.4, 0),
    LampColour.NEUTRAL: (0.1, 0.1, 0.16),
}
BLINK_S = 0.8
FADE_S = 1.2
DIM = 0.2
"""A pulse goes down to this share of the colour, not to dark: dark means that the controller is off."""


class LedLamp(ABC):
    """A lamp over an LED that `_open` makes; dark at first. No LED here is thread-safe by itself: a lock stands before.

    A lamp that fails is closed, which makes it dark; the next `show` opens it again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = (LampColour.OFF, False)
        self._closed = False
        self._led: Any = self._open()

    @property
    def shown(self) -> LampColour:
        return LampColour.OFF if self._broken() else self._state[0]

    def show(self, colour: LampColour, *, pulse: bool = False) -> None:
        with self._lock:
            if self._closed:
                raise UsageError("the lamp is closed.")
            if self._broken():
                self._drop()
            if self._led is not None and (colour, pulse) == self._state:
                return
            try:
                if self._led is None:
                    self._led = self._open()
                self._write(colour, pulse)
            except DriverError:
                self._drop()
                raise
            self._state = (colour, pulse)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._drop()

    def _drop(self) -> None:
        """Give the LED back, which makes it dark. One that is gone cannot be closed and is dark already."""
        led, self._led = self._led, None
        self._state = (LampColour.OFF, False)
        if led is not None:
            with contextlib.suppress(DriverError):
                self._close_led(led)

    def _broken(self) -> bool:
        """What is shown is not what was told, because a thread of the LED failed."""
        return False

    @abstractmethod
    def _open(self) -> Any:
        """Return a new LED, dark; raises DriverError and then holds nothing."""

    @abstractmethod
    def _write(self, colour: LampColour, pulse: bool) -> None:
        """Make `self._led` show; raises DriverError."""

    @abstractmethod
    def _close_led(self, led: Any) -> None:
        """Raises DriverError."""
