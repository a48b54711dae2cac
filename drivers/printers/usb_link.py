"""A USB printer as the kernel's usblp driver shows it: /dev/usb/lp0, opened without waiting, ours alone."""

from __future__ import annotations

import errno
import fcntl
import os
import select
from contextlib import suppress

from drivers.errors import DeviceError, LinkLost, PortBusy, PortMissing, UsageError
from drivers.link import READ_BYTES, translated

__all__ = ["UsbPrinterLink"]


class UsbPrinterLink:
    """Both directions of a USB printer; reading nothing is normal here, for printers send empty packets.

    Raises:
        PortMissing: nothing is there.
        PortBusy: another program (CUPS, often) holds it.
        DeviceError: it may not be used by this user.
    """

    def __init__(self, port: str) -> None:
        self._name = port
        self._fd: int | None = None
        try:
            self._fd = os.open(port, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.close()
            raise _why_not(port, error) from error

    @property
    def name(self) -> str:
        return self._name

    def fileno(self) -> int:
        if self._fd is None:
            raise UsageError(f"{self._name} is closed.")
        return self._fd

    def read_available(self) -> bytes:
        with translated(self._name):
            self._check_there()
            try:
                return os.read(self.fileno(), READ_BYTES)
            except BlockingIOError:
                return b""

    def write(self, data: bytes) -> int:
        with translated(self._name):
            self._check_there()
            try:
                return os.write(self.fileno(), data)
            except BlockingIOError:
                return 0

    def close(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            with suppress(OSError):  # after an unplug; the number is free again all the same
                os.close(fd)

    def _check_there(self) -> None:
        waiting = select.poll()
        waiting.register(self.fileno(), 0)
        if any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in waiting.poll(0)):
            raise LinkLost(f"{self._name} went away while it was in use.", hint="Check the plug and the cable.")


def _why_not(port: str, error: OSError) -> DeviceError:
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO):
        return PortMissing(f"{port} is not there.", hint="Is the printer plugged in and switched on?")
    if error.errno in (errno.EAGAIN, errno.EBUSY):
        return PortBusy(f"{port} is held by another program.", hint=f"Often CUPS. Find it with: fuser -v {port}")
    if error.errno in (errno.EACCES, errno.EPERM):
        hint = "Put the user of this service into the group: adduser USER lp"
        return DeviceError(f"{port} may not be used by this user.", hint=hint)
    return DeviceError(f"{port} cannot be used as a printer.", hint="Name a port such as /dev/usb/lp0.")
