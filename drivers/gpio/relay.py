"""A relay on one GPIO pin: a door opener, a light.

Wiring: pin - input of a relay board with opto-coupler, VCC, GND. Boards that switch on a low level: ``active_high =
false``. When the program ends, however it ends, the pin becomes an input and floats: a resistor of 10 kohm to the
level that means off (GND, or 3V3 with ``active_high = false``) keeps the relay off from power-up on. What must stay
open without power - an escape route - is wired to the relay's normally closed contact, and is never left to software.

>>> relay = GpioRelay(RelayConfig(driver="gpiozero", pin=23))        # doctest: +SKIP
>>> relay.pulse(3.0)                                                 # doctest: +SKIP
>>> relay.is_on                                                      # doctest: +SKIP
True
>>> relay.close()                                                    # doctest: +SKIP
"""

from __future__ import annotations

import logging
import threading

from drivers.errors import DriverError, UsageError
from drivers.gpio.pin_output import PinOutput
from drivers.relay import RelayConfig, pulse_length

_log = logging.getLogger(__name__)


class GpioRelay:
    """The relay of `config`, off at first. A relay that fails is let go, which makes it off; the next call tries anew.

    A pulse ends by a timer of its own, so that a door does not stay open because the event loop hangs.

    Raises:
        DriverError: as `drivers.relay.open_relay`.
    """

    def __init__(self, config: RelayConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._closed = False
        self._timer: threading.Timer | None = None
        self._output: PinOutput | None = self._open()

    @property
    def is_on(self) -> bool:
        with self._lock:
            return self._output is not None and self._output.is_on

    def on(self) -> None:
        self._switch(on=True)

    def off(self) -> None:
        self._switch(on=False)

    def pulse(self, seconds: float) -> None:
        length_s = pulse_length(seconds)
        timer = threading.Timer(length_s, self._pulse_ends)
        timer.daemon = True
        self._switch(on=True, timer=timer)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._drop()

    def _switch(self, *, on: bool, timer: threading.Timer | None = None) -> None:
        with self._lock:
            if self._closed:
                raise UsageError("the relay is closed.")
            self._forget_timer()
            if timer is not None:
                # Before the relay is on: where no thread can be had, the door stays shut.
                timer.start()
                self._timer = timer
            self._write(on)

    def _pulse_ends(self) -> None:
        with self._lock:
            if self._timer is not threading.current_thread():
                return  # another call came between, and this pulse is not the newest
            self._timer = None
            try:
                self._write(on=False)
            except DriverError as error:
                _log.error("the relay was let go at the end of a pulse: %s", error)

    def _forget_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _write(self, on: bool) -> None:
        try:
            if self._output is None:
                self._output = self._open()
            self._output.set(on)
        except DriverError:
            self._drop()
            raise

    def _open(self) -> PinOutput:
        config = self._config
        return PinOutput(
            config.pin,
            active_high=config.active_high,
            what="the relay",
            busy_hint=f"Choose a free pin in [relay], now pin = {config.pin}; gpioinfo names their users.",
            instead='set [relay] driver = "emulated" or "none"',
        )

    def _drop(self) -> None:
        self._forget_timer()
        output, self._output = self._output, None
        if output is not None:
            output.close()
