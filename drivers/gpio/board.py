"""The pins of this machine: which library drives them, and what its errors mean.

The library is chosen by GPIOZERO_PIN_FACTORY, lgpio by default: a silent fall-back to one that cannot drive a Pi 5
would only fail later (reference/drivers.md 3). Tests put gpiozero's own MockFactory into `Device.pin_factory`.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gpiozero import Device
from gpiozero.exc import (
    BadPinFactory,
    GPIOPinInUse,
    GPIOZeroError,
    PinFixedPull,
    PinInvalidPin,
    PinPWMUnsupported,
    PinUnknownPi,
)

from drivers.errors import DeviceError, DriverError, NoPinFactory, PinBusy, UsageError

_NO_LAMP = 'set [lamp] driver = "emulated" or "none"'
_LGPIO_PIPE = ".lgd-nfy"
_lock = threading.Lock()


def pin_factory(instead: str = _NO_LAMP) -> Any:
    """Return the one pin factory of this process, opened on first use. gpiozero itself would race here.

    `instead` is what an error proposes for a machine without GPIO.

    Raises:
        NoPinFactory: no GPIO library, or not a Raspberry Pi that it knows.
        DeviceError: the GPIO device may not be opened.
    """
    with _lock, translated("the GPIO of this machine", instead=instead):
        os.environ.setdefault("GPIOZERO_PIN_FACTORY", "lgpio")
        Device.ensure_pin_factory()
        return Device.pin_factory


@contextmanager
def translated(what: str, *, busy_hint: str = "", instead: str = _NO_LAMP) -> Iterator[None]:
    """Turn what gpiozero and lgpio raise into DriverErrors about `what`; `instead` says how to do without pins."""
    try:
        yield
    except DriverError:
        raise
    except (BadPinFactory, ImportError, PinUnknownPi) as error:
        hint = f"On a Raspberry Pi install python3-lgpio; on any other machine {instead}."
        raise NoPinFactory(f"{what} cannot be driven: {error}.", hint=hint) from error
    except GPIOPinInUse as error:
        raise PinBusy(f"{what} needs a pin that this program uses already: {error}.", hint=busy_hint) from error
    except PinPWMUnsupported as error:
        raise UsageError(f"{what} cannot do PWM on these pins.", hint="Set [lamp] pwm = false.") from error
    except PinInvalidPin as error:
        raise UsageError(f"{what} names a pin that this board does not have: {error}.", hint=busy_hint) from error
    except PinFixedPull as error:
        hint = 'GPIO2 and GPIO3 have a resistor to 3.3 V on the board: set pull = "up", or choose another pin.'
        raise UsageError(f"{what} cannot have this pull: {error}.", hint=hint) from error
    except (GPIOZeroError, OSError, *_lgpio_errors()) as error:
        raise _device_error(what, error, busy_hint) from error


def _lgpio_errors() -> tuple[type[Exception], ...]:
    """lgpio's own exception, if lgpio is what was loaded."""
    lgpio = sys.modules.get("lgpio")
    return (lgpio.error,) if lgpio is not None else ()


def _device_error(what: str, error: Exception, busy_hint: str) -> DriverError:
    text = str(error).strip("'\"")
    if _LGPIO_PIPE in text:
        hint = "Set WorkingDirectory=%t/mydesk in the unit, with RuntimeDirectory=mydesk: lgpio keeps a pipe there."
        return NoPinFactory(f"{what} cannot be driven: the working directory may not be written.", hint=hint)
    if "busy" in text.lower():
        return PinBusy(f"{what} needs a pin that another program or an overlay holds ({text}).", hint=busy_hint)
    hint = "Is this user in the group gpio, and is /dev/gpiochip0 there? Try: ls -l /dev/gpiochip*"
    return DeviceError(f"{what} failed: {text}.", hint=hint)
