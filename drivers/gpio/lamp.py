"""An RGB LED on three GPIO pins as a lamp.

Wiring (common cathode): GPIO17 - 330 ohm - red, GPIO27 - 330 ohm - green, GPIO22 - 330 ohm - blue, cathode - GND.
With a common anode: anode - 3V3 and ``active_high = false``. A strip or a bar needs a transistor per colour.

>>> lamp = GpioLamp(LampConfig(driver="gpiozero"))      # doctest: +SKIP
>>> lamp.show(LampColour.BUSY)                          # doctest: +SKIP
>>> lamp.show(LampColour.ATTENTION, pulse=True)         # doctest: +SKIP
>>> lamp.close()                                        # doctest: +SKIP
"""

from __future__ import annotations

import contextlib
import threading
import traceback
from typing import Any

from gpiozero import RGBLED

from drivers.errors import DriverError, UsageError
from drivers.gpio.board import pin_factory, translated
from drivers.lamp import LampColour, LampConfig

_DIGITAL = {
    LampColour.OFF: (0, 0, 0),
    LampColour.FREE: (0, 1, 0),
    LampColour.BUSY: (1, 0, 0),
    LampColour.ATTENTION: (1, 1, 0),
    LampColour.NEUTRAL: (0, 0, 1),
}
_PWM = _DIGITAL | {LampColour.ATTENTION: (1, 0.4, 0), LampColour.NEUTRAL: (0.1, 0.1, 0.16)}
_BLINK_S = 0.8
_FADE_S = 1.2


class GpioLamp:
    """The lamp of `config`, dark at first. RGBLED is not thread-safe by itself, so a lock stands before it.

    A lamp that fails is closed, which makes it dark; the next `show` opens it again.

    Raises:
        DriverError: as `drivers.lamp.open_lamp`.
    """

    def __init__(self, config: LampConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._state = (LampColour.OFF, False)
        self._closed = False
        self._led: Any = self._open()

    @property
    def shown(self) -> LampColour:
        return self._state[0]

    def show(self, colour: LampColour, *, pulse: bool = False) -> None:
        with self._lock:
            if self._closed:
                raise UsageError("the lamp is closed.")
            if self._led is not None and (colour, pulse) == self._state:
                return
            try:
                self._write(colour, pulse)
            except DriverError:
                self._drop()
                raise
            self._state = (colour, pulse)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._drop()

    def _write(self, colour: LampColour, pulse: bool) -> None:
        if self._led is None:
            self._led = self._open()
        levels = (_PWM if self._config.pwm else _DIGITAL)[colour]
        with self._translated():
            if not pulse or colour is LampColour.OFF:
                self._led.value = levels
            elif self._config.pwm:
                dim = tuple(level / 5 for level in levels)
                self._led.pulse(fade_in_time=_FADE_S, fade_out_time=_FADE_S, on_color=levels, off_color=dim)
            else:
                self._led.blink(on_time=_BLINK_S, off_time=_BLINK_S, on_color=levels)

    def _open(self) -> Any:
        config = self._config
        options = {"active_high": config.active_high, "pwm": config.pwm, "pin_factory": pin_factory()}
        try:
            with self._translated():
                return RGBLED(config.red_pin, config.green_pin, config.blue_pin, **options)
        except DriverError as error:
            # A half-made LED lives on in the traceback and would keep its pin from the next attempt.
            traceback.clear_frames(error.__cause__.__traceback__ if error.__cause__ else None)
            raise

    def _drop(self) -> None:
        """Close the pins, which then are inputs: dark. A device that is gone cannot be closed and is dark already."""
        led, self._led = self._led, None
        self._state = (LampColour.OFF, False)
        if led is not None:
            with contextlib.suppress(DriverError), self._translated():
                led.close()

    def _translated(self) -> contextlib.AbstractContextManager[None]:
        config = self._config
        pins = f"red_pin = {config.red_pin}, green_pin = {config.green_pin}, blue_pin = {config.blue_pin}"
        return translated("the lamp", busy_hint=f"Choose free pins in [lamp], now {pins}; gpioinfo names their users.")
