"""An RGB LED on hardware PWM as a lamp: mixed colours and pulses that do not flicker, at next to no CPU.

Wiring (common cathode; a common anode would light up when the program ends): each PWM pin - 330 ohm - its colour,
cathode - GND. The stock overlay has two channels: red and green, for all that pulses; blue is then a plain pin.

>>> config = LampConfig(driver="sysfs-pwm", pwm_chip=0, pwm_channels=(0, 1), blue_pin=22)
>>> lamp = SysfsPwmLamp(config)                         # doctest: +SKIP
>>> lamp.show(LampColour.ATTENTION, pulse=True)         # doctest: +SKIP
>>> lamp.close()                                        # doctest: +SKIP
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from drivers.errors import DriverError
from drivers.gpio.led_lamp import DIGITAL, DIM, FADE_S, PWM, LedLamp, Levels
from drivers.gpio.sysfs_pwm import FOLDER, SysfsPwm
from drivers.lamp import LampColour, LampConfig
from drivers.sysfs import Sysfs

FADE_STEPS = 20
DARK: Levels = (0, 0, 0)

_log = logging.getLogger(__name__)


class Output(Protocol):
    """One colour of the LED."""

    def set(self, share: float) -> None: ...

    def close(self) -> None: ...


class SysfsPwmLamp(LedLamp):
    """The lamp of `config`.

    Raises:
        DeviceError: no such PWM chip or channel, or no rights.
        PinBusy: a channel, or blue's pin, has an owner already.
        NoPinFactory: no GPIO for blue on this machine.
    """

    _led: PwmLed | None

    def __init__(self, config: LampConfig, *, folder: Path = FOLDER, sysfs: Sysfs | None = None) -> None:
        self._config, self._folder, self._sysfs = config, folder, sysfs
        self._table = PWM if len(config.pwm_channels) == 3 else PWM | {LampColour.NEUTRAL: DIGITAL[LampColour.NEUTRAL]}
        super().__init__()

    def _open(self) -> PwmLed:
        config = self._config
        with ExitStack() as stack:
            outputs: list[Output] = []
            for channel in config.pwm_channels:
                outputs.append(SysfsPwm(config.pwm_chip, channel, folder=self._folder, sysfs=self._sysfs))
                stack.callback(outputs[-1].close)
            if len(outputs) < 3:
                outputs.append(_blue_pin(config))
            stack.pop_all()
        return PwmLed(outputs)

    def _write(self, colour: LampColour, pulse: bool) -> None:
        if self._led is not None:
            self._led.show(self._table[colour], pulse=pulse and colour is not LampColour.OFF)

    def _close_led(self, led: PwmLed) -> None:
        led.close()

    def _broken(self) -> bool:
        return self._led is not None and self._led.broken


class PwmLed:
    """Three outputs as one light. Not thread-safe: the lamp has a lock; only its own fading runs in a thread."""

    def __init__(self, outputs: list[Output]) -> None:
        self._outputs = outputs
        self._levels = DARK
        self._fading: _Fading | None = None
        self.broken = False
        """A fade could not go on; what is shown is not what it was told."""

    def show(self, levels: Levels, *, pulse: bool) -> None:
        """Show `levels`, steady or fading between them and a fifth of them."""
        self._stop()
        self._set(levels)
        if pulse:
            self._fading = _Fading(lambda share: self._set(_scaled(levels, share)), self._failed)
            self._fading.start()

    def close(self) -> None:
        """Go dark and give everything back."""
        self._stop()
        for output in self._outputs:
            output.close()

    def _set(self, levels: Levels) -> None:
        """What gets darker comes first: between red and green nothing else flashes."""
        changes = [row for row in zip(levels, self._levels, self._outputs, strict=True) if row[0] != row[1]]
        for level, _, output in sorted(changes, key=lambda row: row[0] - row[1]):
            output.set(level)
        self._levels = levels

    def _failed(self, error: DriverError) -> None:
        self.broken = True
        _log.warning("the lamp stopped fading: %s", error)

    def _stop(self) -> None:
        fading, self._fading = self._fading, None
        if fading is not None:
            fading.stop()


class _Fading(threading.Thread):
    """Goes down and up between 1 and DIM until it is stopped, or fails and says so."""

    def __init__(self, set_share: Callable[[float], None], failed: Callable[[DriverError], None]) -> None:
        super().__init__(name="lamp-fading", daemon=True)
        self._set_share, self._on_failure = set_share, failed
        self._ended = threading.Event()

    def run(self) -> None:
        step = 0
        while not self._ended.wait(FADE_S / FADE_STEPS):
            step = (step + 1) % (2 * FADE_STEPS)
            try:
                self._set_share(1 - (1 - DIM) * (1 - abs(1 - step / FADE_STEPS)))
            except DriverError as error:
                self._on_failure(error)
                return

    def stop(self) -> None:
        self._ended.set()
        self.join()


def _scaled(levels: Levels, share: float) -> Levels:
    red, green, blue = levels
    return red * share, green * share, blue * share


def _blue_pin(config: LampConfig) -> Output:
    # Imported here: with three channels no GPIO library is needed.
    from drivers.gpio.pin_output import PinOutput

    return PinOutput(
        config.blue_pin,
        active_high=True,
        what="blue of the lamp",
        busy_hint=f"Choose a free pin in [lamp], now blue_pin = {config.blue_pin}; gpioinfo names its user.",
        instead='set [lamp] driver = "emulated" or "none"',
    )
