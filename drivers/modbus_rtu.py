"""Modbus RTU as a master needs it for small sensors: functions 3, 4 and 6 and their exceptions.

    read request      addr 03|04 register u16 count u16    crc u16 LE
    its answer        addr 03|04 bytes u8 values u16 ...   crc
    write, and answer addr 06    register u16 value u16    crc
    exception         addr 83|84|86 code                   crc

Nothing in a frame says whether it is a request or an answer, nor where it ends. The codec tries what the first bytes
allow, shortest first, and takes the first length whose CRC is right; so it reads captures of both directions too.
After `ask` it is strict: only the answer to that request is told, echoes and strangers are not.
Source: Modbus over Serial Line 1.02, Modbus Application Protocol 1.1b3 (sections 6.3, 6.4, 6.6, 7).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from drivers.codec import Counters
from drivers.errors import UsageError

READ_HOLDING, READ_INPUT, WRITE = 3, 4, 6
_EXCEPTION = 0x80
_EXCEPTION_CODES = range(1, 12)
REQUEST_BYTES = 8


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """Asks for `count` registers from `register` on."""

    address: int
    function: int
    register: int
    count: int


@dataclass(frozen=True, slots=True)
class RegisterWrite:
    """A request to write, or the answer to it: both are the same bytes."""

    address: int
    register: int
    value: int


@dataclass(frozen=True, slots=True)
class Registers:
    """The answer to a read; `register` is that of the first value, None where the request is not known."""

    address: int
    function: int
    values: tuple[int, ...]
    register: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An exception: the device does not do what it was asked."""

    address: int
    function: int
    code: int


Request = ReadRequest | RegisterWrite
ModbusEvent = ReadRequest | RegisterWrite | Registers | Refusal


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ 0xA001 if byte & 1 else byte >> 1
    return byte


_CRC = tuple(_crc_of_byte(byte) for byte in range(256))


def crc16(data: bytes | bytearray) -> bytes:
    """Return the CRC-16 (polynomial A001 reflected, start FFFF) in the order of the wire."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 0xFF]
    return crc.to_bytes(2, "little")


def read_request(address: int, function: int, register: int, count: int) -> bytes:
    """Build a request for `count` (1 to 125) registers.

    Raises:
        UsageError: a number that the frame cannot hold.
    """
    if function not in (READ_HOLDING, READ_INPUT) or not 1 <= count <= 125:
        raise UsageError(f"Function {function} cannot read {count} registers.", hint="Use 3 or 4, and 1 to 125.")
    return _framed(address, function, register, count)


def write_request(address: int, register: int, value: int) -> bytes:
    """Build a request to write one holding register.

    Raises:
        UsageError: a number that the frame cannot hold.
    """
    return _framed(address, WRITE, register, value)


def _framed(address: int, function: int, first: int, second: int) -> bytes:
    if not 0 <= address <= 0xFF or not 0 <= first <= 0xFFFF or not 0 <= second <= 0xFFFF:
        raise UsageError(f"No Modbus frame holds address {address}, register {first} and value {second}.")
    body = bytes((address, function)) + first.to_bytes(2, "big") + second.to_bytes(2, "big")
    return body + crc16(body)


class ModbusRtuCodec:
    """Frames of devices at `addresses` with at most `max_registers` values an answer.

    `counters.frames` counts answers (and writes, which look the same), never read requests.
    """

    def __init__(self, addresses: Iterable[int], max_registers: int) -> None:
        self.counters = Counters()
        self._max_bytes = 2 * max_registers
        self._buffer = bytearray()
        self._strict = False
        self._asked: Request | None = None
        known = b"".join(re.escape(bytes((address,))) for address in addresses)
        self._header = re.compile(rb"[" + known + rb"](?:[\x03\x04\x06\x83\x84\x86]|\Z)", re.DOTALL)

    @property
    def held(self) -> int:
        """Bytes kept for the next call: at most one answer."""
        return len(self._buffer)

    def ask(self, request: bytes) -> bytes:
        """Expect the answer to `request`, one of the frames built here, and nothing else; returns it for the wire.

        What is left of an earlier answer is dropped.
        """
        asked = _decoded(request)
        if not isinstance(asked, ReadRequest | RegisterWrite):
            raise UsageError("Only a request can be asked.")
        self.counters.junk_bytes += len(self._buffer)
        self._buffer.clear()
        self._strict, self._asked = True, asked
        return request

    def feed(self, data: bytes) -> list[ModbusEvent]:
        """What is complete now, in order."""
        self._buffer += data
        events: list[ModbusEvent] = []
        while self._seek():
            length = self._length()
            if length is None:
                break
            if length == 0:
                self.counters.bad_frames += 1
                self._drop(1)
                continue
            frame = bytes(self._buffer[:length])
            del self._buffer[:length]
            events += self._told(_decoded(frame))
        return events

    def refuse(self) -> None:
        """Count the last frame told as bad: its values are none."""
        self.counters.frames -= 1
        self.counters.bad_frames += 1

    def _seek(self) -> bool:
        header = self._header.search(self._buffer)
        self._drop(header.start() if header else len(self._buffer))
        return header is not None

    def _drop(self, count: int) -> None:
        self.counters.junk_bytes += count
        del self._buffer[:count]

    def _length(self) -> int | None:
        """Length of the valid frame in front; 0 when there is none, None when more bytes may make it one."""
        buffer = self._buffer
        if len(buffer) < 3:
            return None
        for length in self._lengths(buffer[1], buffer[2]):
            if len(buffer) < length:
                return None
            if crc16(buffer[: length - 2]) == buffer[length - 2 : length]:
                return length
        return 0

    def _lengths(self, function: int, third: int) -> list[int]:
        if function & _EXCEPTION:
            return [5] if third in _EXCEPTION_CODES else []
        if function == WRITE or third % 2 or not 2 <= third <= self._max_bytes:
            return [REQUEST_BYTES]
        if self._strict and isinstance(self._asked, ReadRequest) and third == 2 * self._asked.count:
            return [5 + third]
        return sorted((REQUEST_BYTES, 5 + third))

    def _told(self, event: ModbusEvent) -> list[ModbusEvent]:
        if isinstance(event, ReadRequest):
            return self._request_seen(event)
        answer = self._matched(event)
        if answer is None and self._strict:
            self.counters.bad_frames += 1
            return []
        self.counters.frames += 1
        return [answer or event]

    def _request_seen(self, request: ReadRequest) -> list[ModbusEvent]:
        """A read request comes back: an echo on the bus, or a capture of both directions."""
        if self._strict:
            return []
        self._asked = request
        return [request]

    def _matched(self, event: ModbusEvent) -> ModbusEvent | None:
        """The answer to what was asked, which is asked no longer then."""
        asked = self._asked
        match event, asked:
            case Registers(), ReadRequest() if (event.function, len(event.values)) == (asked.function, asked.count):
                answer: ModbusEvent = replace(event, register=asked.register)
            case RegisterWrite(), RegisterWrite() if (event.register, event.value) == (asked.register, asked.value):
                answer = event
            case Refusal(), ReadRequest() if event.function == asked.function:
                answer = event
            case Refusal(), RegisterWrite() if event.function == WRITE:
                answer = event
            case _:
                return None
        self._asked = None
        return answer


def _decoded(frame: bytes) -> ModbusEvent:
    """A frame whose CRC is right."""
    address, function = frame[0], frame[1]
    if function & _EXCEPTION:
        return Refusal(address, function & ~_EXCEPTION, frame[2])
    first, second = int.from_bytes(frame[2:4], "big"), int.from_bytes(frame[4:6], "big")
    if function == WRITE:
        return RegisterWrite(address, first, second)
    if len(frame) == REQUEST_BYTES:  # answers hold pairs of bytes, and so are of odd length
        return ReadRequest(address, function, first, second)
    values = zip(frame[3:-2:2], frame[4:-2:2], strict=True)
    return Registers(address, function, tuple(high << 8 | low for high, low in values))
