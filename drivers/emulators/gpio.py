"""Emulated inputs and an emulated relay, for the demo and for tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from drivers.emulators.emulator import Fault
from drivers.errors import DeviceSilent, UsageError
from drivers.relay import pulse_length

FLAPS = 60
"""Edges at each read of a flapping input: more than any storm limit when read each second."""


class EmulatedInput:
    """A line that a hand moves, with the faults STUCK, NOISE (flapping) and SILENCE.

    >>> edges: list[bool] = []
    >>> line = EmulatedInput(edges.append)
    >>> line.open()
    >>> line.set(True)
    >>> edges, line.active()
    ([True], True)
    """

    FAULTS = frozenset({Fault.STUCK, Fault.NOISE, Fault.SILENCE})

    def __init__(self, on_edge: Callable[[bool], None]) -> None:
        self.faults: set[Fault] = set()
        self._on_edge = on_edge
        self._lock = threading.Lock()
        self._active = False
        self._open = self._edges = False

    def set(self, active: bool) -> None:
        """Make the line active or not, from any thread; a stuck one stays as it is, a silent one is not heard."""
        with self._lock:
            if Fault.STUCK in self.faults or active is self._active:
                return
            self._active = active
            heard = self._edges and Fault.SILENCE not in self.faults
        if heard:
            self._on_edge(active)

    def open(self, *, edges: bool = True) -> None:
        self._open, self._edges = True, edges

    def active(self) -> bool:
        """Read the level.

        Raises:
            DeviceSilent: the fault SILENCE is on.
        """
        if not self._open:
            raise UsageError("the emulated input is closed.")
        if Fault.SILENCE in self.faults:
            raise DeviceSilent("the emulated input is silent.", hint="Take the fault away.")
        if Fault.NOISE in self.faults:
            self._flap()
        return self._active

    def close(self) -> None:
        self._open = self._edges = False

    def _flap(self) -> None:
        for _ in range(FLAPS):
            self.set(not self._active)


class EmulatedRelay:
    """A relay that remembers; a pulse ends when `monotonic_s` has passed its end.

    >>> now_s = 0.0
    >>> relay = EmulatedRelay(lambda: now_s)
    >>> relay.pulse(3.0)
    >>> relay.is_on
    True
    >>> now_s = 3.0
    >>> relay.is_on
    False
    """

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._on_until_s = float("-inf")
        self._closed = False

    @property
    def is_on(self) -> bool:
        return self._monotonic_s() < self._on_until_s

    def on(self) -> None:
        self._until(float("inf"))

    def off(self) -> None:
        self._until(float("-inf"))

    def pulse(self, seconds: float) -> None:
        self._until(self._monotonic_s() + pulse_length(seconds))

    def close(self) -> None:
        self._on_until_s = float("-inf")
        self._closed = True

    def _until(self, end_s: float) -> None:
        if self._closed:
            raise UsageError("the relay is closed.")
        self._on_until_s = end_s
