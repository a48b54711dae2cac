"""One device on an I2C bus through /dev/i2c-N, by ioctl alone (linux/i2c-dev.h, Documentation/i2c/dev-interface.rst).

Enable the bus with `dtparam=i2c_arm=on` in /boot/firmware/config.txt: bus 1 is GPIO2 (SDA) and GPIO3 (SCL).
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from drivers.errors import DeviceError, DeviceSilent, DriverError, PortBusy, PortMissing, UsageError

I2C_SLAVE = 0x0703
I2C_RDWR = 0x0707
I2C_M_RD = 0x0001
_SILENT = (errno.EREMOTEIO, errno.ENXIO, errno.ETIMEDOUT, errno.EIO)
"""No acknowledge, as the bus drivers of Raspberry Pis say it, or a bus that hangs."""


class Message(ctypes.Structure):
    """struct i2c_msg"""

    _fields_ = (
        ("addr", ctypes.c_uint16),
        ("flags", ctypes.c_uint16),
        ("len", ctypes.c_uint16),
        ("buf", ctypes.POINTER(ctypes.c_char)),
    )


class Transfer(ctypes.Structure):
    """struct i2c_rdwr_ioctl_data"""

    _fields_ = (("msgs", ctypes.POINTER(Message)), ("nmsgs", ctypes.c_uint32))


class Kernel(Protocol):
    """The system calls that are used, so that an emulated bus can stand behind a file descriptor."""

    def open(self, path: str) -> int: ...

    def ioctl(self, descriptor: int, request: int, argument: int | Transfer) -> int: ...

    def read(self, descriptor: int, size: int) -> bytes: ...

    def write(self, descriptor: int, data: bytes) -> int: ...

    def close(self, descriptor: int) -> None: ...


class LinuxKernel:
    """The real ones."""

    def open(self, path: str) -> int:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def ioctl(self, descriptor: int, request: int, argument: int | Transfer) -> int:
        return fcntl.ioctl(descriptor, request, argument)

    def read(self, descriptor: int, size: int) -> bytes:
        return os.read(descriptor, size)

    def write(self, descriptor: int, data: bytes) -> int:
        return os.write(descriptor, data)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)


class I2cDevice:
    """The device at `address` of bus `bus`. Calls take a millisecond, or a second on a bus that hangs.

    Safe from any thread; a call that runs is waited for by `close`, so that no descriptor changes its meaning under it.

    Raises:
        PortMissing: there is no such bus.
        PortBusy: a driver of the kernel has the address.
        DeviceError: no rights, or the bus failed.
        DeviceSilent: nothing answers at the address.
    """

    def __init__(self, bus: int, address: int, kernel: Kernel | None = None) -> None:
        self._kernel = kernel or LinuxKernel()
        self._path, self._address = f"/dev/i2c-{bus}", address
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        with self._translated():
            self._descriptor = self._kernel.open(self._path)
        try:
            with self._translated():
                self._kernel.ioctl(self._descriptor, I2C_SLAVE, address)
        except DriverError:
            self.close()
            raise

    def write(self, data: bytes) -> None:
        """Send `data`."""
        with self._lock, self._translated():
            self._kernel.write(self._opened(), data)

    def read(self, size: int) -> bytes:
        """Return `size` bytes."""
        with self._lock, self._translated():
            return self._whole(self._kernel.read(self._opened(), size), size)

    def exchange(self, data: bytes, size: int) -> bytes:
        """Send `data` and read `size` bytes in one transfer, with a repeated start between them."""
        sent, received = ctypes.create_string_buffer(data, len(data)), ctypes.create_string_buffer(size)
        messages = (Message * 2)(
            Message(self._address, 0, len(data), _pointer(sent)),
            Message(self._address, I2C_M_RD, size, _pointer(received)),
        )
        with self._lock, self._translated():
            done = self._kernel.ioctl(self._opened(), I2C_RDWR, Transfer(messages, len(messages)))
        if done != len(messages):
            raise DeviceSilent(f"{self._place} broke off a transfer.", hint=_WIRES)
        return received.raw

    def close(self) -> None:
        """Give the bus back; may be called again."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is not None:
                self._kernel.close(descriptor)

    @property
    def _place(self) -> str:
        return f"address 0x{self._address:02x} of {self._path}"

    def _opened(self) -> int:
        if self._descriptor is None:
            raise UsageError(f"{self._place} is closed.")
        return self._descriptor

    def _whole(self, data: bytes, size: int) -> bytes:
        if len(data) != size:
            raise DeviceSilent(f"{self._place} sent {len(data)} of {size} bytes.", hint=_WIRES)
        return data

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._meaning(error) from error

    def _meaning(self, error: OSError) -> DeviceError:
        if error.errno in _SILENT and self._descriptor is not None:
            return DeviceSilent(f"nothing answers at {self._place}.", hint=_WIRES)
        if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
            hint = "Put dtparam=i2c_arm=on into /boot/firmware/config.txt, i2c-dev into /etc/modules, and restart;"
            return PortMissing(f"{self._path} is not there.", hint=f"{hint} or set i2c_bus to one of: ls /dev/i2c-*")
        if error.errno in (errno.EACCES, errno.EPERM):
            return DeviceError(f"{self._path} may not be used by this user.", hint="Add the user to the group i2c.")
        if error.errno == errno.EBUSY:
            hint = "Remove the overlay of that device from /boot/firmware/config.txt, or set another i2c_address."
            return PortBusy(f"a driver of the kernel has {self._place}.", hint=hint)
        return DeviceError(f"{self._place} failed: {error.strerror}.", hint=_WIRES)


_WIRES = "Are SDA, SCL, 3.3 V and GND connected, and is i2c_address right? Try: i2cdetect -y 1"


def _pointer(buffer: ctypes.Array[ctypes.c_char]) -> ctypes._Pointer[ctypes.c_char]:
    return ctypes.cast(buffer, ctypes.POINTER(ctypes.c_char))
