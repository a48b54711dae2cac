"""SenseAir S8: CO2 over Modbus RTU at 9600 8N1, asked at the address FE that every sensor answers to.

    input register 0    status, a bit per fault
    input register 3    CO2 in ppm
    holding register 31 period of the automatic baseline correction (ABC) in hours, 0 off

Source: "Modbus on SenseAir S8". Writes are answered by their own bytes. A zero byte sent 5 ms before a
request wakes the sensor's UART.

Wiring: G+ to 5 V, G0 to GND, UART_TxD to RXD (pin 10), UART_RxD to TXD (pin 8); its levels are 3.3 V.

>>> device = SenseairS8Device()
>>> device.due(0.0), device.due(0.005).hex(" ")
(b'\\x00', 'fe 04 00 00 00 04 e5 c6')
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from drivers.codec import Counters
from drivers.device import Traits
from drivers.errors import UsageError
from drivers.modbus_rtu import (
    READ_HOLDING,
    READ_INPUT,
    ModbusEvent,
    Refusal,
    Registers,
    read_request,
    write_request,
)
from drivers.readings import Climate, Value
from drivers.register_codec import RegisterCodec

ANY_ADDRESS, OWN_ADDRESS = 0xFE, 0x68
HIGHEST_PPM = 10_000
"""end of the extended range; above, and 0, are no values"""
ABC_HOURS = range(4, 4801)

_STATUS, _CO2, _ABC_PERIOD = 0, 3, 0x1F
_WAKE, _WAKE_S, _ANSWER_S = b"\0", 0.005, 1.0


class S8Fault(StrEnum):
    """Bits of the status, from bit 0 on."""

    FATAL = "fatal"
    OFFSET_REGULATION = "offset-regulation"
    ALGORITHM = "algorithm"
    OUTPUT = "output"
    SELF_DIAGNOSTICS = "self-diagnostics"
    OUT_OF_RANGE = "out-of-range"
    MEMORY = "memory"


_HARMLESS = frozenset((S8Fault.OUTPUT, S8Fault.OUT_OF_RANGE))
"""the PWM output alone, and beyond the range for which the accuracy is promised"""


@dataclass(frozen=True, slots=True)
class S8Measurement:
    """A value; `faults` is None where the answer holds no status."""

    co2_ppm: int
    faults: tuple[S8Fault, ...] | None = None


S8Event = S8Measurement | ModbusEvent


def read_co2() -> bytes:
    """Ask for the CO2 alone."""
    return read_request(ANY_ADDRESS, READ_INPUT, _CO2, 1)


def read_status_and_co2() -> bytes:
    """Ask for the registers 0 to 3: status first, CO2 last."""
    return read_request(ANY_ADDRESS, READ_INPUT, _STATUS, 4)


def read_abc_hours() -> bytes:
    """Ask for the period of the automatic baseline correction."""
    return read_request(ANY_ADDRESS, READ_HOLDING, _ABC_PERIOD, 1)


def set_abc_hours(hours: int) -> bytes:
    """Set the period of the automatic baseline correction; 0 turns it off, 180 is the factory's.

    Raises:
        UsageError: not 0, and not 4 to 4800.
    """
    if hours and hours not in ABC_HOURS:
        raise UsageError(f"An S8 cannot correct its baseline every {hours} hours.", hint="Use 0, or 4 to 4800.")
    return write_request(ANY_ADDRESS, _ABC_PERIOD, hours)


def clear_acknowledgement() -> bytes:
    """Clear the register that shows that a calibration is done; to be sent before `calibrate_background`."""
    return write_request(ANY_ADDRESS, 0, 0)


def calibrate_background() -> bytes:
    """Take the present air for 400 ppm; only after some minutes in outdoor air."""
    return write_request(ANY_ADDRESS, 1, 0x7C06)


def read_acknowledgement() -> bytes:
    """Ask whether the calibration is done: bit 5 (0x20) of the answer."""
    return read_request(ANY_ADDRESS, READ_HOLDING, 0, 1)


def faults_of(status: int) -> tuple[S8Fault, ...]:
    """Return the faults whose bits are set."""
    return tuple(fault for bit, fault in enumerate(S8Fault) if status >> bit & 1)


class SenseairS8Codec(RegisterCodec[S8Event]):
    """Frames of an S8. Without knowing the request, one input register is taken for CO2, four for status to CO2."""

    def __init__(self) -> None:
        super().__init__((ANY_ADDRESS, OWN_ADDRESS), max_registers=8)

    def _meaning(self, event: ModbusEvent) -> S8Event | None:
        if not isinstance(event, Registers) or event.function != READ_INPUT:
            return event
        first = event.register if event.register is not None else {1: _CO2, 4: _STATUS}.get(len(event.values))
        if first is None or not first <= _CO2 < first + len(event.values):
            return event
        co2_ppm = event.values[_CO2 - first]
        if not 0 < co2_ppm <= HIGHEST_PPM:
            self._modbus.refuse()
            return None
        return S8Measurement(co2_ppm, faults_of(event.values[0]) if first == _STATUS else None)


class SenseairS8Device:
    """One opening of the port of an S8: asks every 10 s and tells `Climate(co2_ppm=...)`.

    It asks for status and CO2; a sensor that does not answer that twice, or refuses it, is asked for CO2 alone. With a
    fault in its status nothing is told, and `problem` names the fault.
    """

    traits = Traits("senseair-s8", baud_rates=(9600,), confirm_frames=1, stale_s=35.0, listen_s=3.0)

    def __init__(self, *, poll_s: float = 10.0) -> None:
        self.problem = ""
        """one sentence when the sensor reports a fault; else empty"""
        self._codec = SenseairS8Codec()
        self._poll_s = poll_s
        self._next_s = 0.0
        self._awake = False
        self._with_status = True
        self._unanswered = 0

    @property
    def counters(self) -> Counters:
        return self._codec.counters

    def due(self, now_s: float) -> bytes:
        """A wake-up byte, and 5 ms later the request."""
        if now_s < self._next_s:
            return b""
        self._awake = not self._awake
        if self._awake:
            self._next_s = now_s + _WAKE_S
            return _WAKE
        if self._unanswered >= 2:
            self._other_request()
        self._unanswered += 1
        self._next_s = now_s + (_ANSWER_S if self._unanswered == 1 else self._poll_s)
        return self._codec.ask(read_status_and_co2() if self._with_status else read_co2())

    def next_due_s(self) -> float:
        """When the next byte is due."""
        return self._next_s

    def feed(self, data: bytes, now_s: float) -> list[Value]:
        """CO2, where the sensor finds no fault in itself."""
        values: list[Value] = []
        for event in self._codec.feed(data):
            match event:
                case S8Measurement():
                    self._answered(now_s)
                    values += self._told(event)
                case Refusal():
                    self._other_request()
        return values

    def _answered(self, now_s: float) -> None:
        self._unanswered = 0
        self._next_s = now_s + self._poll_s

    def _other_request(self) -> None:
        self._with_status = not self._with_status
        self._unanswered = 0

    def _told(self, event: S8Measurement) -> list[Value]:
        serious = [fault for fault in event.faults or () if fault not in _HARMLESS]
        self.problem = f"The S8 reports a fault ({', '.join(serious)}); replace it if this stays." if serious else ""
        return [] if serious else [Climate(co2_ppm=event.co2_ppm)]
