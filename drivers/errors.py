"""All that can go wrong on a wire, as one small tree.

DriverError                    the base
    UsageError                 our own fault: a closed device, a pin that the board does not have, a wrong parameter
    NoPinFactory               no GPIO library, or no Raspberry Pi that it knows
    PinBusy                    a pin is in use, by us or by another program
    DeviceError                the pin or device failed, or may not be used by this user
        PortMissing            the port is not there: unplugged, or a wrong name
        PortBusy               another program holds the port
        LinkLost               the port went away while it was in use
        DeviceSilent           the device did not answer in time
        DeviceProtocolError    the device answered, but not what its protocol allows, or it refused
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


class PortMissing(DeviceError):
    """Error raised when a port is not there: unplugged, or wrongly named."""


class PortBusy(DeviceError):
    """Error raised when another program holds the port."""


class LinkLost(DeviceError):
    """Error raised when a port went away while it was in use."""


class DeviceSilent(DeviceError):
    """Error raised when a device did not answer in time."""


class DeviceProtocolError(DeviceError):
    """Error raised when a device answered what its protocol does not allow, or refused a command."""
