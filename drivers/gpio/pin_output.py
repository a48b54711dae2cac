"""One digital output on gpiozero, with errors in our words."""

from __future__ import annotations

import contextlib
import traceback
from typing import Any

from gpiozero import DigitalOutputDevice

from drivers.errors import DriverError
from drivers.gpio.board import pin_factory, translated


class PinOutput:
    """GPIO `pin`, off at first, an input again after `close`. Not thread-safe: its owner has a lock.

    `what`, `busy_hint` and `instead` are for errors: "the relay", which line to change, how to do without pins.

    Raises:
        NoPinFactory: no GPIO on this machine.
        PinBusy: the pin has an owner already.
        DeviceError: the GPIO may not be used by this user, or failed.
    """

    def __init__(self, pin: int, *, active_high: bool, what: str, busy_hint: str, instead: str) -> None:
        self._what, self._busy_hint, self._instead = what, busy_hint, instead
        try:
            with self._translated():
                factory = pin_factory(instead)
                self._device: Any = DigitalOutputDevice(
                    pin, active_high=active_high, initial_value=False, pin_factory=factory
                )
        except DriverError as error:
            # A half-made device lives on in the traceback and would keep its pin from the next attempt.
            traceback.clear_frames(error.__cause__.__traceback__ if error.__cause__ else None)
            raise

    @property
    def is_on(self) -> bool:
        with self._translated():
            return bool(self._device.value)

    def set(self, share: float) -> None:
        """Switch on for any `share` above 0, off for 0."""
        with self._translated():
            self._device.value = share > 0

    def close(self) -> None:
        """Make the pin an input and give it back; may be called again. One that is gone cannot be closed."""
        with contextlib.suppress(DriverError), self._translated():
            self._device.close()

    def _translated(self) -> contextlib.AbstractContextManager[None]:
        return translated(self._what, busy_hint=self._busy_hint, instead=self._instead)
