"""A SenseAir S8 that answers as the real one, in an office with 655 ppm."""

from __future__ import annotations

from drivers.emulators.emulator import Fault
from drivers.emulators.modbus import ModbusEmulator
from drivers.modbus_rtu import READ_INPUT
from drivers.senseair import ANY_ADDRESS

_OUT_OF_RANGE = 0x20
_CALIBRATE, _CALIBRATED = 0x7C06, 0x20


class SenseairS8Emulator(ModbusEmulator):
    """`co2_ppm` and `status` may be changed while it runs; `abc_hours` shows what a host set."""

    def __init__(self) -> None:
        super().__init__(ANY_ADDRESS)
        self.co2_ppm = 655
        self.status = 0
        self.abc_hours = 180
        self._acknowledged = 0
        self._said_ppm: int | None = None

    def read(self, function: int, register: int, now_s: float) -> int | None:
        """Input registers 0 to 3, holding registers 0 and 31."""
        if function == READ_INPUT:
            return self._input(register)
        return {0x00: self._acknowledged, 0x1F: self.abc_hours}.get(register)

    def write(self, register: int, value: int, now_s: float) -> bool:
        """Baseline correction and background calibration."""
        if register == 0x1F:
            self.abc_hours = value
        elif register == 0x00:
            self._acknowledged = value
        elif register == 0x01 and value == _CALIBRATE:
            self._acknowledged, self.co2_ppm = _CALIBRATED, 400
        else:
            return False
        return True

    def _input(self, register: int) -> int | None:
        warming = Fault.WARMING_UP in self.faults
        if register == 3:
            return 0 if warming else self._ppm()
        status = self.status | (_OUT_OF_RANGE if warming else 0)
        return {0: status, 1: 0, 2: 0}.get(register)

    def _ppm(self) -> int:
        if Fault.STUCK not in self.faults or self._said_ppm is None:
            self._said_ppm = self.co2_ppm
        return self._said_ppm
