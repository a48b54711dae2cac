"""All that can go wrong on a wire, as one small tree.

DriverError                the base
    UsageError             our own fault: a closed device, a pin that the board does not have
    NoPinFactory           no GPIO library, or no Raspberry Pi that it knows
    PinBusy                a pin is in use, by us or by another program
    DeviceError            the pin or device failed, or may not be used by this user
"""

# ruff: noqa: N818 - names of a tree: what happened, not "...Error" five times

from __future__ import annotations

from common.errors import MyDeskError


class DriverError(MyDeskError):
    """Error raised when a pin, a port or a device cannot be used."""


class UsageError(DriverError):
    """Error raised when a driver is used wrongly, by our code or by the configuration."""


class NoPinFactory(DriverError):
    """Error raised when this machine has no GPIO that can be driven."""


class PinBusy(DriverError):
    """Error raised when a pin has an owner already."""


class DeviceError(DriverError):
    """Error raised when a device failed, or may not be used by this user."""
