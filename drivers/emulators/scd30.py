"""An SCD30 that answers as the real one, with the values of its datasheet: 439.09 ppm, 27.24 C, 48.81 %."""

from __future__ import annotations

import struct

from drivers.emulators.emulator import Fault
from drivers.emulators.modbus import ModbusEmulator
from drivers.modbus_rtu import READ_HOLDING
from drivers.scd30 import ADDRESS

_FIRMWARE, _INTERVAL, _READY, _MEASUREMENT = 0x20, 0x25, 0x27, 0x28
_RESET, _START, _STOP, _FRC = 0x34, 0x36, 0x37, 0x39
_SETTINGS = (_START, 0x38, _FRC, 0x3A, 0x3B)


class Scd30Emulator(ModbusEmulator):
    """`co2_ppm`, `temperature_c` and `humidity_percent` may be changed while it runs.

    A measurement is ready `interval_s` after the start and after the last one was fetched. While warming up it
    measures 0 ppm.
    """

    def __init__(self) -> None:
        super().__init__(ADDRESS)
        self.co2_ppm = 439.09
        self.temperature_c = 27.24
        self.humidity_percent = 48.81
        self.interval_s = 2
        self.settings: dict[int, int] = {}
        self._next_s: float | None = None
        self._said = b""

    def read(self, function: int, register: int, now_s: float) -> int | None:
        """Firmware, readiness and the measurement."""
        if function != READ_HOLDING:
            return None
        if register in range(_MEASUREMENT, _MEASUREMENT + 6):
            return self._measured(register - _MEASUREMENT, now_s)
        ready = self._next_s is not None and now_s >= self._next_s
        return {_FIRMWARE: 0x0342, _INTERVAL: self.interval_s, _READY: int(ready), **self.settings}.get(register)

    def write(self, register: int, value: int, now_s: float) -> bool:
        """Start, stop, reset and settings."""
        if register in (_STOP, _RESET):
            self._next_s = None
        elif register == _INTERVAL:
            self.interval_s = value
        elif register in _SETTINGS:
            self.settings[register] = value
            if register == _START:
                self._next_s = now_s + self.interval_s
            if register == _FRC:
                self.co2_ppm = float(value)
        else:
            return False
        return True

    def _measured(self, index: int, now_s: float) -> int:
        if index == 0:  # fetched from its first register on
            self._measure()
            self._next_s = now_s + self.interval_s
        return int.from_bytes(self._said[2 * index : 2 * index + 2], "big")

    def _measure(self) -> None:
        if Fault.STUCK in self.faults and self._said:
            return
        co2_ppm = 0.0 if Fault.WARMING_UP in self.faults else self.co2_ppm
        self._said = struct.pack(">fff", co2_ppm, self.temperature_c, self.humidity_percent)
