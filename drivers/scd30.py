"""Sensirion SCD30: CO2, temperature and humidity over Modbus RTU at 19200 8N1, address 61.

    register 36 w    start measuring; value: air pressure in mbar, or 0
    register 27 r    1 when a measurement can be fetched
    register 28 r    six registers: CO2 in ppm, temperature in C, relative humidity in %, each a big-endian float

Source: Sensirion "Interface Description SCD30" 1.0 (May 2020), sections 1.2 and 1.4. All registers are holding ones.

Wiring: VDD to 3.3 V, GND, SEL to 3.3 V (chooses Modbus at power-up), TX/SCL to RXD (pin 10), RX/SDA to TXD (pin 8).

>>> device = Scd30Device()
>>> device.due(0.0).hex(" ")
'61 06 00 36 00 00 60 64'
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from drivers.codec import Counters
from drivers.device import Traits
from drivers.errors import UsageError
from drivers.modbus_rtu import (
    READ_HOLDING,
    ModbusEvent,
    Refusal,
    Registers,
    RegisterWrite,
    read_request,
    write_request,
)
from drivers.readings import Climate, Value
from drivers.register_codec import RegisterCodec

ADDRESS = 0x61
_FIRMWARE, _INTERVAL, _READY, _MEASUREMENT = 0x20, 0x25, 0x27, 0x28
_RESET, _START, _STOP, _ALTITUDE, _FRC, _ASC, _OFFSET = 0x34, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x3B

CO2_PPM = (1.0, 40_000.0)
TEMPERATURE_C = (-40.0, 70.0)
HUMIDITY_PERCENT = (0.0, 100.0)
"""limits of the datasheet; CO2 is 0.0 before the first measurement"""


@dataclass(frozen=True, slots=True)
class Scd30Ready:
    """Whether a measurement can be fetched."""

    ready: bool


@dataclass(frozen=True, slots=True)
class Scd30Measurement:
    """One measurement."""

    co2_ppm: float
    temperature_c: float
    humidity_percent: float


Scd30Event = Scd30Ready | Scd30Measurement | ModbusEvent


def _checked(what: str, value: int, limits: range) -> int:
    if value not in limits:
        raise UsageError(f"{what} of an SCD30 cannot be {value}.", hint=f"Use {limits.start} to {limits.stop - 1}.")
    return value


def start_measuring(pressure_mbar: int = 0) -> bytes:
    """Measure from now on, also after a loss of power; 0 for no compensation by air pressure.

    Raises:
        UsageError: not 0, and not 700 to 1400.
    """
    value = _checked("The air pressure (mbar)", pressure_mbar, range(700, 1401)) if pressure_mbar else 0
    return write_request(ADDRESS, _START, value)


def stop_measuring() -> bytes:
    """Measure no longer, also after a loss of power."""
    return write_request(ADDRESS, _STOP, 1)


def read_ready() -> bytes:
    """Ask whether a measurement can be fetched."""
    return read_request(ADDRESS, READ_HOLDING, _READY, 1)


def read_measurement() -> bytes:
    """Fetch the measurement."""
    return read_request(ADDRESS, READ_HOLDING, _MEASUREMENT, 6)


def read_firmware() -> bytes:
    """Ask for the firmware: major version in the upper byte, minor in the lower."""
    return read_request(ADDRESS, READ_HOLDING, _FIRMWARE, 1)


def set_interval_s(interval_s: int) -> bytes:
    """Measure every `interval_s`; kept over a loss of power.

    Raises:
        UsageError: not 2 to 1800.
    """
    return write_request(ADDRESS, _INTERVAL, _checked("The interval (s)", interval_s, range(2, 1801)))


def set_self_calibration(on: bool) -> bytes:
    """Automatic self-calibration (ASC): wants an hour of outdoor air a day, and its first 7 days without a break."""
    return write_request(ADDRESS, _ASC, int(on))


def calibrate_to(co2_ppm: int) -> bytes:
    """Forced recalibration (FRC): take the present air for `co2_ppm`; only after 2 minutes in it.

    Raises:
        UsageError: not 400 to 2000.
    """
    return write_request(ADDRESS, _FRC, _checked("The reference (ppm)", co2_ppm, range(400, 2001)))


def set_altitude_m(altitude_m: int) -> bytes:
    """Compensate for the altitude above the sea; without meaning while a pressure is given.

    Raises:
        UsageError: not 0 to 5000.
    """
    return write_request(ADDRESS, _ALTITUDE, _checked("The altitude (m)", altitude_m, range(5001)))


def set_temperature_offset_c(offset_c: float) -> bytes:
    """Subtract the heat of the board from the temperature.

    Raises:
        UsageError: not 0 to 20.
    """
    hundredths = _checked("The temperature offset (0.01 C)", round(100 * offset_c), range(2001))
    return write_request(ADDRESS, _OFFSET, hundredths)


def reset() -> bytes:
    """Restart the sensor; what is stored stays."""
    return write_request(ADDRESS, _RESET, 1)


class Scd30Codec(RegisterCodec[Scd30Event]):
    """Frames of an SCD30. Without knowing the request, six registers are a measurement, one of 0 or 1 is `ready`."""

    def __init__(self) -> None:
        super().__init__((ADDRESS,), max_registers=6)

    def _meaning(self, event: ModbusEvent) -> Scd30Event | None:
        if not isinstance(event, Registers) or event.function != READ_HOLDING:
            return event
        match event.register, event.values:
            case ((0x28 | None), (_, _, _, _, _, _)):
                return self._measured(event.values)
            case ((0x27 | None), (0 | 1 as ready,)):
                return Scd30Ready(bool(ready))
        return event

    def _measured(self, registers: tuple[int, ...]) -> Scd30Measurement | None:
        co2_ppm, temperature_c, humidity_percent = struct.unpack(">fff", struct.pack(">6H", *registers))
        limits = ((co2_ppm, CO2_PPM), (temperature_c, TEMPERATURE_C), (humidity_percent, HUMIDITY_PERCENT))
        if not all(math.isfinite(value) and low <= value <= high for value, (low, high) in limits):
            self._modbus.refuse()
            return None
        return Scd30Measurement(co2_ppm, temperature_c, humidity_percent)


class Scd30Device:
    """One opening of the port of an SCD30: fetches every 10 s and tells `Climate` with all three values.

    It starts the measuring, and again after three unanswered polls or a refusal. The first two measurements after a
    start are not told: they may be from before.
    """

    traits = Traits("scd30", baud_rates=(19200,), confirm_frames=1, stale_s=35.0, listen_s=3.0)

    SETTLING = 2
    RETRY_S = 2.0
    PAUSE_S = 0.05

    def __init__(self, *, poll_s: float = 10.0) -> None:
        self._codec = Scd30Codec()
        self._poll_s = poll_s
        self._next_s = 0.0
        self._started = False
        self._ready = False
        self._unanswered = 0
        self._settling = self.SETTLING

    @property
    def counters(self) -> Counters:
        return self._codec.counters

    def due(self, now_s: float) -> bytes:
        """Start, then ask whether there is a measurement, then fetch it."""
        if now_s < self._next_s:
            return b""
        self._next_s = now_s + self.RETRY_S
        if self._unanswered >= 3:
            self._restart()
        self._unanswered += 1
        if not self._started:
            return self._codec.ask(start_measuring())
        if self._ready:
            self._ready = False
            return self._codec.ask(read_measurement())
        return self._codec.ask(read_ready())

    def next_due_s(self) -> float:
        """When the next request is due."""
        return self._next_s

    def feed(self, data: bytes, now_s: float) -> list[Value]:
        """Measurements, rounded to what the sensor can resolve."""
        values: list[Value] = []
        for event in self._codec.feed(data):
            self._unanswered = 0
            match event:
                case RegisterWrite():
                    self._started, self._next_s = True, now_s + self.PAUSE_S
                case Scd30Ready(ready=True):
                    self._ready, self._next_s = True, now_s + self.PAUSE_S
                case Refusal():
                    self._restart()
                case Scd30Measurement():
                    self._next_s = now_s + self._poll_s
                    values += self._told(event)
        return values

    def _restart(self) -> None:
        self._started = self._ready = False
        self._unanswered = 0
        self._settling = self.SETTLING

    def _told(self, event: Scd30Measurement) -> list[Value]:
        if self._settling:
            self._settling -= 1
            return []
        return [Climate(round(event.co2_ppm), round(event.temperature_c, 2), round(event.humidity_percent, 2))]
