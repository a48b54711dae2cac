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
import traceback
from typing import Any

from gpiozero import RGBLED

from drivers.errors import DriverError
from drivers.gpio.board import pin_factory, translated
from drivers.gpio.led_lamp import BLINK_S, DIGITAL, DIM, FADE_S, PWM, LedLamp
from drivers.lamp import LampColour, LampConfig


class GpioLamp(LedLamp):
    """The lamp of `config`.

    Raises:
        DriverError: as `drivers.lamp.open_lamp`.
    """

    def __init__(self, config: LampConfig) -> None:
        self._config = config
        super().__init__()

    def _write(self, colour: LampColour, pulse: bool) -> None:
        levels = (PWM if self._config.pwm else DIGITAL)[colour]
        with self._translated():
            if not pulse or colour is LampColour.OFF:
                self._led.value = levels
            elif self._config.pwm:
                dim = tuple(level * DIM for level in levels)
                self._led.pulse(fade_in_time=FADE_S, fade_out_time=FADE_S, on_color=levels, off_color=dim)
            else:
                self._led.blink(on_time=BLINK_S, off_time=BLINK_S, on_color=levels)

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

    def _close_led(self, led: Any) -> None:
        with self._translated():
            led.close()

    def _translated(self) -> contextlib.AbstractContextManager[None]:
        config = self._config
        pins = f"red_pin = {config.red_pin}, green_pin = {config.green_pin}, blue_pin = {config.blue_pin}"
        return translated("the lamp", busy_hint=f"Choose free pins in [lamp], now {pins}; gpioinfo names their users.")
