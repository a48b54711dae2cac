"""Reading and writing the small files of /sys: one value per file, one write per change, errors in our words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from drivers.errors import DeviceError, PinBusy

VALUE_BYTES = 256


class Sysfs:
    """The kernel's files below /sys. `rights` tells, after a refusal, which line gives this user the rights.

    An attribute is set by exactly one write(2) of the whole text, so no half value ever reaches a driver.

    Raises:
        DeviceError: a file is missing, may not be used, or the kernel refused the value; with what to do.
        PinBusy: the kernel says that another user has it.
    """

    def __init__(self, rights: str) -> None:
        self._rights = rights

    def read(self, path: Path) -> str:
        """Return the text of `path` without the white space around it."""
        try:
            with path.open("rb", buffering=0) as file:
                return file.read(VALUE_BYTES).decode("ascii", "replace").strip()
        except OSError as error:
            raise self._translated(path, error) from error

    def read_number(self, path: Path) -> int:
        """Return the whole number in `path`."""
        text = self.read(path)
        try:
            return int(text)
        except ValueError as error:
            raise DeviceError(f"{path} holds {text[:20]!r} where a number belongs.") from error

    def write(self, path: Path, value: str | int) -> None:
        """Set `path` to `value`; it is never created."""
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
            try:
                os.write(descriptor, f"{value}\n".encode("ascii"))
            finally:
                os.close(descriptor)
        except OSError as error:
            raise self._translated(path, error) from error

    def _translated(self, path: Path, error: OSError) -> DeviceError | PinBusy:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return DeviceError(f"{path} may not be used by this user.", hint=self._rights)
        if error.errno == errno.EBUSY:
            return PinBusy(f"{path} is in use by another program or driver.")
        if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENOTDIR, errno.ENXIO):
            return DeviceError(f"{path} is not there (any more).")
        return DeviceError(f"{path} failed: {error.strerror}.")
