"""What the codecs of all Modbus sensors share: a sensor says what its registers mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from drivers.codec import Counters
from drivers.modbus_rtu import ModbusEvent, ModbusRtuCodec

M = TypeVar("M")
"""an event of the sensor, or a frame as it is"""


class RegisterCodec(Generic[M]):
    """Frames of a sensor at `addresses` with at most `max_registers` values an answer. A sensor adds `_meaning`."""

    def __init__(self, addresses: Iterable[int], max_registers: int) -> None:
        self._modbus = ModbusRtuCodec(addresses, max_registers)

    @property
    def counters(self) -> Counters:
        return self._modbus.counters

    @property
    def held(self) -> int:
        """Bytes kept for the next call."""
        return self._modbus.held

    def ask(self, request: bytes) -> bytes:
        """Expect only the answer to `request`, from now on; returns it for the wire."""
        return self._modbus.ask(request)

    def feed(self, data: bytes) -> list[M]:
        """What is complete now, in order; registers that have no meaning here as they are."""
        return [event for raw in self._modbus.feed(data) if (event := self._meaning(raw)) is not None]

    def _meaning(self, event: ModbusEvent) -> M | None:
        """What a frame tells; None, after `self._modbus.refuse()`, for values that the sensor cannot mean."""
        raise NotImplementedError
