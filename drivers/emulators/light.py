"""An I2C bus with a light sensor on it, behind the system calls that drivers.i2c makes."""

from __future__ import annotations

import ctypes
import errno
import os
import threading
from abc import ABC, abstractmethod

from drivers.emulators.emulator import Fault
from drivers.i2c import I2C_M_RD, I2C_RDWR, I2C_SLAVE, Transfer
from drivers.light_chips import BH1750_COUNTS_PER_LUX, COUNT_MOST, veml7700_lux

FIRST_DESCRIPTOR = 10_000
"""Beyond what a process has by itself, so that a mix-up is noticed."""


class EmulatedChip(ABC):
    """A chip in `lux` of light; `brown_out` is a moment without power."""

    def __init__(self) -> None:
        self.lux = 300.0
        self.brown_out()

    @abstractmethod
    def brown_out(self) -> None:
        """Become as after power-on."""

    @abstractmethod
    def written(self, data: bytes) -> None:
        """A host wrote `data`."""

    @abstractmethod
    def read(self, size: int) -> bytes:
        """What a host reads."""


class EmulatedBh1750(EmulatedChip):
    """Answers 0 until it was told to measure; each measurement powers it down."""

    def brown_out(self) -> None:
        self._on = False
        self._count = 0

    def written(self, data: bytes) -> None:
        if data in (b"\x00", b"\x01"):
            self._on = data == b"\x01"
        elif data == b"\x20":
            self._count = min(COUNT_MOST, round(self.lux * BH1750_COUNTS_PER_LUX))
            self._on = False

    def read(self, size: int) -> bytes:
        return self._count.to_bytes(2, "big")[:size].ljust(size, b"\xff")


class EmulatedVeml7700(EmulatedChip):
    """Shut down after power-on, when its counts are 0."""

    def brown_out(self) -> None:
        self._registers = {0x00: 0x0001, 0x03: 0x0000, 0x07: 0xC481}
        self._selected = 0

    def written(self, data: bytes) -> None:
        self._selected = data[0]
        if len(data) == 3 and self._selected in (0x00, 0x01, 0x02, 0x03):
            self._registers[self._selected] = int.from_bytes(data[1:], "little")

    def read(self, size: int) -> bytes:
        value = self._registers.get(self._selected, 0)
        if self._selected == 0x04 and not self._registers[0x00] & 1:
            value = self._count()
        return value.to_bytes(2, "little")[:size].ljust(size, b"\xff")

    def _count(self) -> int:
        """The least count that means at least `lux`, by halving."""
        low, high = 0, COUNT_MOST
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if veml7700_lux(middle) < self.lux else (low, middle)
        return low


CHIPS: dict[str, type[EmulatedChip]] = {"bh1750": EmulatedBh1750, "veml7700": EmulatedVeml7700}


class EmulatedI2c:
    """Bus `bus` with one chip of `kind` at `address`. Faults: SILENCE (no acknowledge), TRUNCATED.

    >>> bus = EmulatedI2c("bh1750", 0x23)
    >>> bus.chip.lux = 120.0
    """

    FAULTS = frozenset({Fault.SILENCE, Fault.TRUNCATED})

    def __init__(self, kind: str, address: int, bus: int = 1) -> None:
        self.chip = CHIPS[kind]()
        self.faults: set[Fault] = set()
        self._address, self._path = address, f"/dev/i2c-{bus}"
        self._lock = threading.Lock()
        self._slaves: dict[int, int] = {}
        self._next = FIRST_DESCRIPTOR

    @property
    def open_descriptors(self) -> int:
        return len(self._slaves)

    def open(self, path: str) -> int:
        if path != self._path:
            raise _error(errno.ENOENT)
        with self._lock:
            self._next += 1
            self._slaves[self._next] = 0
            return self._next

    def ioctl(self, descriptor: int, request: int, argument: int | Transfer) -> int:
        if descriptor not in self._slaves:
            raise _error(errno.EBADF)
        if request == I2C_SLAVE and isinstance(argument, int):
            self._slaves[descriptor] = argument
            return 0
        if request == I2C_RDWR and isinstance(argument, Transfer):
            return self._transfer(argument)
        raise _error(errno.ENOTTY)

    def read(self, descriptor: int, size: int) -> bytes:
        self._acknowledge(self._slave(descriptor))
        return self._told(size)

    def write(self, descriptor: int, data: bytes) -> int:
        self._acknowledge(self._slave(descriptor))
        self.chip.written(data)
        return len(data)

    def close(self, descriptor: int) -> None:
        if self._slaves.pop(descriptor, None) is None:
            raise _error(errno.EBADF)

    def _slave(self, descriptor: int) -> int:
        if descriptor not in self._slaves:
            raise _error(errno.EBADF)
        return self._slaves[descriptor]

    def _transfer(self, transfer: Transfer) -> int:
        for index in range(transfer.nmsgs):
            message = transfer.msgs[index]
            self._acknowledge(message.addr)
            if message.flags & I2C_M_RD:
                ctypes.memmove(message.buf, self._told(message.len).ljust(message.len, b"\xff"), message.len)
            else:
                self.chip.written(ctypes.string_at(message.buf, message.len))
        return int(transfer.nmsgs) - (Fault.TRUNCATED in self.faults)

    def _acknowledge(self, address: int) -> None:
        if address != self._address or Fault.SILENCE in self.faults:
            raise _error(errno.EREMOTEIO)

    def _told(self, size: int) -> bytes:
        data = self.chip.read(size)
        return data[: size // 2] if Fault.TRUNCATED in self.faults else data


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
