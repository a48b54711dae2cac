"""What emulated Modbus RTU devices share: they answer functions 3, 4 and 6 from registers, or refuse."""

from __future__ import annotations

from drivers.emulators.answering import ANSWER_FAULTS, Requests, Wire
from drivers.emulators.emulator import Fault
from drivers.modbus_rtu import REQUEST_BYTES, WRITE, crc16

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS = 1, 2


class ModbusEmulator:
    """A device at `address`; a subclass says what its registers hold and what a write does."""

    FAULTS = ANSWER_FAULTS | {Fault.STUCK, Fault.WARMING_UP}

    def __init__(self, address: int) -> None:
        self.faults: set[Fault] = set()
        self._wire = Wire()
        self._requests = Requests(
            REQUEST_BYTES, lambda byte: byte == address, lambda frame: crc16(frame[:-2]) == frame[-2:]
        )

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Answer requests."""
        return b"".join(
            self._wire.carry(self._answer(request, now_s), self.faults) for request in self._requests.take(data)
        )

    def due(self, now_s: float) -> bytes:
        """It sends nothing by itself."""
        return b""

    def takes(self) -> bool:
        """It has no flow control."""
        return True

    def read(self, function: int, register: int, now_s: float) -> int | None:
        """The value of a register, None where there is none."""
        raise NotImplementedError

    def write(self, register: int, value: int, now_s: float) -> bool:
        """Take a value; False where there is no such register."""
        raise NotImplementedError

    def _answer(self, request: bytes, now_s: float) -> bytes:
        function = request[1]
        first, second = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
        if function == WRITE:
            return request if self.write(first, second, now_s) else _refusal(request, ILLEGAL_ADDRESS)
        if function not in (3, 4):
            return _refusal(request, ILLEGAL_FUNCTION)
        values = [self.read(function, register, now_s) for register in range(first, first + min(second, 125))]
        if not values or None in values:
            return _refusal(request, ILLEGAL_ADDRESS)
        data = b"".join((value or 0).to_bytes(2, "big") for value in values)
        return _framed(request[:2] + bytes((len(data),)) + data)


def _framed(body: bytes) -> bytes:
    return body + crc16(body)


def _refusal(request: bytes, code: int) -> bytes:
    return _framed(bytes((request[0], request[1] | 0x80, code)))
