"""A byte pipe to a device: four methods, so that what lies behind it can be replaced in one file.

SerialLink is the one over pyserial 3.5 (its last release is of 2020). What pyserial, the kernel and termios raise
becomes a DeviceError at `translated`, nowhere else (reference/drivers.md 4).
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import serial

from drivers.errors import DeviceError, LinkLost, PortBusy, PortMissing, UsageError

READ_BYTES = 65536
"""As much as one `read_available` returns."""


class Link(Protocol):
    """An open port. All methods raise LinkLost once the device is gone, and UsageError after `close`."""

    @property
    def name(self) -> str:
        """The port as configured, for messages."""
        ...

    def read_available(self) -> bytes:
        """What has arrived, without waiting; at most 64 KiB, b"" when there is nothing."""
        ...

    def write(self, data: bytes) -> int:
        """Hand bytes to the kernel without waiting; how many were taken (0 when its buffer is full)."""
        ...

    def close(self) -> None:
        """Give the port back; may be called again."""
        ...


class FileLink(Link, Protocol):
    """A link that an event loop or `select` can wait for."""

    def fileno(self) -> int:
        """Readable when bytes have arrived, and when the device is gone."""
        ...


class SerialLink:
    """A serial port (8N1, no flow control), ours alone while it is open.

    Ours alone: flock keeps out other programs that ask for it, TIOCEXCL everybody but root. DTR and RTS are raised
    and stay so when the port is closed (HUPCL off), so that opening it again gives no edge that resets a device.

    Raises:
        PortMissing: nothing is there.
        PortBusy: another program holds it.
        DeviceError: it may not be used by this user, is no serial port, or cannot do this baud rate.
    """

    def __init__(self, port: str, baud: int) -> None:
        self._name = port
        with _opening(port, baud):
            # inter_byte_timeout=0 makes VMIN 1: a read then tells "nothing yet" (EAGAIN) from "gone" (b"").
            self._serial = serial.Serial(port, baud, timeout=0, write_timeout=0, inter_byte_timeout=0, exclusive=True)
        try:
            with _opening(port, baud):
                fcntl.ioctl(self.fileno(), termios.TIOCEXCL)
                _keep_lines_up(self.fileno())
        except DeviceError:
            self._serial.close()
            raise

    @property
    def name(self) -> str:
        return self._name

    def fileno(self) -> int:
        if not self._serial.is_open:
            raise UsageError(f"{self._name} is closed.")
        return int(self._serial.fileno())

    def read_available(self) -> bytes:
        with translated(self._name):
            try:
                data = os.read(self.fileno(), READ_BYTES)
            except BlockingIOError:
                return b""
            if not data:
                raise OSError(errno.EIO, "hung up")
            return data

    def write(self, data: bytes) -> int:
        with translated(self._name):
            try:
                return os.write(self.fileno(), data)
            except BlockingIOError:
                return 0

    @property
    def unsent_bytes(self) -> int:
        """What the kernel has taken and the device has not."""
        with translated(self._name):
            return int.from_bytes(fcntl.ioctl(self.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)

    def close(self) -> None:
        """Give the port back at once: what the device has not taken yet is dropped, for the kernel would wait 30 s."""
        if not self._serial.is_open:
            return
        with suppress(OSError, termios.error):  # after an unplug there is nothing to drop or to unlock
            termios.tcflush(self.fileno(), termios.TCOFLUSH)
            fcntl.ioctl(self.fileno(), termios.TIOCNXCL)
        self._serial.close()


def _keep_lines_up(fd: int) -> None:
    attributes = termios.tcgetattr(fd)
    attributes[2] &= ~termios.HUPCL
    termios.tcsetattr(fd, termios.TCSANOW, attributes)


@contextmanager
def translated(port: str) -> Iterator[None]:
    """Turn all that an unplugged port raises into LinkLost; termios.error is no OSError, SerialException is one."""
    try:
        yield
    except (OSError, termios.error) as error:
        hint = "Check the plug and the cable."
        raise LinkLost(f"{port} went away while it was in use.", hint=hint) from error


@contextmanager
def _opening(port: str, baud: int) -> Iterator[None]:
    try:
        yield
    except (OSError, termios.error, ValueError, OverflowError) as error:
        raise _why_not(port, baud, error) from error


def _why_not(port: str, baud: int, error: Exception) -> DeviceError:
    """Say why a port did not open. pyserial hides the number of a termios.error in `__context__`."""
    number = _errno(error) or _errno(error.__context__)
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO):
        return PortMissing(f"{port} is not there.", hint="Is it plugged in? `mydesk-drivers list` shows the ports.")
    if number in (errno.EAGAIN, errno.EBUSY):
        return PortBusy(f"{port} is held by another program.", hint=f"Find it with: fuser -v {port}")
    if number in (errno.EACCES, errno.EPERM):
        hint = "Put the user of this service into the group: adduser USER dialout"
        return DeviceError(f"{port} may not be used by this user.", hint=hint)
    if isinstance(error, ValueError | OverflowError):
        return DeviceError(f"{port} cannot do {baud} baud.", hint="Set another baud rate, or use another adapter.")
    hint = "Name a serial port; `mydesk-drivers list` shows them."
    return DeviceError(f"{port} cannot be used as a serial port.", hint=hint)


def _errno(error: BaseException | None) -> int | None:
    if error is None or not error.args or not isinstance(error, OSError | termios.error):
        return None
    return error.args[0] if isinstance(error.args[0], int) else None


def unstable_name(port: str, folder: Path = Path("/dev/serial")) -> str:
    """Warn of a name such as /dev/ttyUSB0, which another adapter may have after a restart; "" where it is steady.

    The warning names the steady ones that this adapter has below `folder`, by-path (the socket) and by-id.
    """
    if not port.startswith(("/dev/ttyUSB", "/dev/ttyACM")):
        return ""
    steady = [str(link) for kind in ("by-path", "by-id") for link in _links_to(port, folder / kind)]
    better = f"Use {' or '.join(steady)}." if steady else "Use its name in /dev/serial/by-path or by-id."
    return f"{port} may be another device after a restart. {better}"


def _links_to(port: str, folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(link for link in folder.iterdir() if os.path.realpath(link) == os.path.realpath(port))
