"""MH-Z19B and MH-Z19C: CO2 by infrared over a UART, asked for each value.

    to the sensor    FF 01 cmd p1 p2 p3 p4 p5 chk
    from the sensor  FF cmd hi lo t+40 status u u chk      (cmd 86: ppm, temperature of the board)
                     FF cmd 01 00 ...            chk       (other commands: taken)

chk is what makes the sum of bytes 1 to 8 zero. A right check sum is not a right value: limits are checked as well.
Source: Winsen MH-Z19B manual 1.0 and 1.6; the commands 79 and 99 as used in the field.

Wiring: Vin to 5 V, GND, Tx of the sensor to RXD (pin 10), Rx to TXD (pin 8); its levels are 3.3 V. 9600 8N1.

>>> device = Mhz19Device()
>>> device.due(0.0).hex(" ")
'ff 01 86 00 00 00 00 00 79'
>>> device.feed(bytes.fromhex("ff8602603d000000 db"), 200.0)
[Climate(co2_ppm=608, temperature_c=None, humidity_percent=None)]
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from drivers.codec import Counters
from drivers.device import Traits
from drivers.errors import UsageError
from drivers.readings import Climate, Value

FRAME_BYTES = 9
PLAUSIBLE_PPM = range(300, 10_001)
"""outdoor air less twice the error (50 ppm and 5 %), to the end of the largest range that was made"""
RANGES_PPM = (2000, 5000)
SPANS_PPM = range(1000, 5001)

READ, ABC, ZERO, SPAN, RANGE = 0x86, 0x79, 0x87, 0x88, 0x99
_BOOTING_U = 15000
"""bytes 6 and 7 while older firmware starts"""
_HEADER = re.compile(rb"\xff(?:[\x01\x79\x86\x87\x88\x99]|\Z)")


@dataclass(frozen=True, slots=True)
class Mhz19Measurement:
    """An answer to the command 86. The temperature is that of the board, about 4 degrees above the room's."""

    co2_ppm: int
    temperature_c: int
    status: int
    booting: bool
    """older firmware says so; newer ones do not"""


@dataclass(frozen=True, slots=True)
class Mhz19Acknowledgement:
    """The sensor took the command, or did not."""

    command: int
    accepted: bool


@dataclass(frozen=True, slots=True)
class Mhz19Request:
    """What a host sends, in a capture of both directions or where TX and RX are connected; counts as no frame."""

    command: int


@dataclass(frozen=True, slots=True)
class UnexpectedDevice:
    """Another device sends here; told once."""

    name: str


Mhz19Event = Mhz19Measurement | Mhz19Acknowledgement | Mhz19Request | UnexpectedDevice


def checksum(frame: bytes) -> int:
    """Return the last byte that belongs to a frame of which at least 8 bytes are given."""
    return -sum(frame[1:8]) & 0xFF


def _command(command: int, *values: int) -> bytes:
    body = bytes((0xFF, 0x01, command, *values)).ljust(8, b"\0")
    return body + bytes((checksum(body),))


def read_co2() -> bytes:
    """Ask for one value."""
    return _command(READ)


def set_abc(on: bool) -> bytes:
    """Automatic baseline correction: takes the lowest of each day for 400 ppm; off where rooms are never empty."""
    return _command(ABC, 0xA0 if on else 0x00)


def calibrate_zero() -> bytes:
    """Take the present air for 400 ppm; only after 20 minutes in outdoor air."""
    return _command(ZERO)


def calibrate_span(co2_ppm: int) -> bytes:
    """Take the present gas for `co2_ppm`; only after 20 minutes in it, and after `calibrate_zero`.

    Raises:
        UsageError: a span below 1000 or above 5000 ppm.
    """
    if co2_ppm not in SPANS_PPM:
        raise UsageError(f"An MH-Z19 cannot be calibrated to {co2_ppm} ppm.", hint="Use 1000 to 5000, best 2000.")
    return _command(SPAN, *co2_ppm.to_bytes(2, "big"))


def set_range(co2_ppm: int) -> bytes:
    """Choose the measuring range; the value stands in bytes 6 and 7, where firmware reads it.

    Raises:
        UsageError: neither 2000 nor 5000.
    """
    if co2_ppm not in RANGES_PPM:
        raise UsageError(f"An MH-Z19 has no range of {co2_ppm} ppm.", hint="Use 2000 or 5000.")
    return _command(RANGE, 0, 0, 0, *co2_ppm.to_bytes(2, "big"))


class Mhz19Codec:
    """Frames of an MH-Z19; a dust sensor of the PMS family on its port is named."""

    def __init__(self) -> None:
        self.counters = Counters()
        self._buffer = bytearray()
        self._dust = _DustSensor()

    @property
    def held(self) -> int:
        """Bytes kept for the next call."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Mhz19Event]:
        """What is complete now, in order."""
        self._buffer += data
        events: list[Mhz19Event] = []
        while self._seek(events) and len(self._buffer) >= FRAME_BYTES:
            frame = bytes(self._buffer[:FRAME_BYTES])
            if checksum(frame) != frame[8]:
                self.counters.bad_frames += 1
                self._drop(1, events)
                continue
            del self._buffer[:FRAME_BYTES]
            event = self._decoded(frame)
            if event is not None:
                events.append(event)
        return events

    def _seek(self, events: list[Mhz19Event]) -> bool:
        """Bring the next possible beginning to the front; False when there is none."""
        header = _HEADER.search(self._buffer)
        self._drop(header.start() if header else len(self._buffer), events)
        return header is not None

    def _drop(self, count: int, events: list[Mhz19Event]) -> None:
        if count:
            self.counters.junk_bytes += count
            if self._dust.sends(bytes(self._buffer[:count])):
                events.append(UnexpectedDevice("PMS dust sensor"))
            del self._buffer[:count]

    def _decoded(self, frame: bytes) -> Mhz19Event | None:
        command = frame[1]
        if command == 0x01:
            return Mhz19Request(frame[2])
        self._dust.interrupted()
        if command != READ:
            self.counters.frames += 1
            return Mhz19Acknowledgement(command, accepted=frame[2] == 1)
        return self._measured(frame)

    def _measured(self, frame: bytes) -> Mhz19Measurement | None:
        co2_ppm = int.from_bytes(frame[2:4], "big")
        if co2_ppm not in PLAUSIBLE_PPM:
            self.counters.bad_frames += 1
            return None
        self.counters.frames += 1
        booting = int.from_bytes(frame[6:8], "big") == _BOOTING_U
        return Mhz19Measurement(co2_ppm, frame[4] - 40, frame[5], booting)


class _DustSensor:
    """Watches junk for frames of a PMS dust sensor: "BM" three times in a row, 9 to 64 bytes apart, and no CO2."""

    def __init__(self) -> None:
        self._tail = b""
        self._read = 0
        self._last_at = 0
        self._in_a_row = 0
        self._named = False

    def sends(self, junk: bytes) -> bool:
        """Whether `junk`, after the junk before, shows such a sensor; True once."""
        start, text = self._read - len(self._tail), self._tail + junk
        for match in re.finditer(b"BM", text):
            at = start + match.start()
            self._in_a_row = self._in_a_row + 1 if 9 <= at - self._last_at <= 64 else 1
            self._last_at = at
            if self._in_a_row == 3 and not self._named:
                self._named = True
                return True
        self._read += len(junk)
        self._tail = text[-1:]
        return False

    def interrupted(self) -> None:
        """A frame of the right sensor stood in between."""
        self._in_a_row = 0


class Mhz19Device:
    """One opening of the port of an MH-Z19: asks every 10 s and tells `Climate(co2_ppm=...)`.

    What it says in its first 3 minutes means nothing, so nothing is told then: after opening, after a silence of three
    polls (its power may have been away), and while it says that it starts. Its temperature is not told: it is the
    board's, not the room's.
    """

    traits = Traits("mhz19", baud_rates=(9600,), confirm_frames=1, stale_s=35.0, listen_s=3.0)

    def __init__(self, *, poll_s: float = 10.0, warm_up_s: float = 180.0) -> None:
        self.foreign = ""
        """what sends on this port instead, where it is known"""
        self.problem = ""
        """one sentence about the wires, where something is known; else empty"""
        self._codec = Mhz19Codec()
        self._poll_s = poll_s
        self._warm_up_s = warm_up_s
        self._next_s = 0.0
        self._heard_s: float | None = None
        self._warm_from_s: float | None = None

    @property
    def counters(self) -> Counters:
        return self._codec.counters

    def due(self, now_s: float) -> bytes:
        """The next request, when its time has come."""
        self._begin(now_s)
        if now_s < self._next_s:
            return b""
        self._next_s = now_s + self._poll_s
        return read_co2()

    def next_due_s(self) -> float:
        """When the next request is due."""
        return self._next_s

    def feed(self, data: bytes, now_s: float) -> list[Value]:
        """Values of a sensor that is warm."""
        self._begin(now_s)
        values: list[Value] = []
        for event in self._codec.feed(data):
            match event:
                case Mhz19Measurement():
                    values += self._told(event, now_s)
                case UnexpectedDevice(name):
                    self.foreign = name
                case Mhz19Request():
                    self.problem = "Our own requests come back: TX and RX are connected to each other; check the wires."
        return values

    def _begin(self, now_s: float) -> None:
        if self._warm_from_s is None:
            self._warm_from_s = now_s + self._warm_up_s

    def _told(self, event: Mhz19Measurement, now_s: float) -> list[Value]:
        self.foreign = self.problem = ""
        gap_s = 0.0 if self._heard_s is None else now_s - self._heard_s
        self._heard_s = now_s
        if event.booting or gap_s > 3 * self._poll_s:
            self._warm_from_s = now_s + self._warm_up_s
        warm = self._warm_from_s is not None and now_s >= self._warm_from_s
        return [Climate(co2_ppm=event.co2_ppm)] if warm else []
