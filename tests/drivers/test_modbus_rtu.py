"""The Modbus RTU master: CRC, what a stream holds, and what it does not believe once it has asked."""

import random

import pytest

from drivers.errors import UsageError
from drivers.modbus_rtu import (
    ModbusRtuCodec,
    ReadRequest,
    Refusal,
    Registers,
    RegisterWrite,
    crc16,
    read_request,
    write_request,
)

ANSWER = bytes.fromhex("fe 04 02 01 90 ac d8")
WRITE = write_request(0xFE, 31, 0)


def codec() -> ModbusRtuCodec:
    return ModbusRtuCodec((0xFE,), max_registers=8)


def test_crc_is_that_of_the_definition() -> None:
    noise = random.Random(3)
    for length in range(64):
        data = noise.randbytes(length)
        assert crc16(data) == _crc_bit_by_bit(data)


def _crc_bit_by_bit(data: bytes) -> bytes:
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return bytes((crc & 0xFF, crc >> 8))


@pytest.mark.parametrize(
    ("body", "crc"),
    [("fe0400030001", "d5c5"), ("fe0400000004", "e5c6"), ("610600360000", "6064"), ("610300280006", "4c60")],
)
def test_crc_of_the_reference(body: str, crc: str) -> None:
    assert crc16(bytes.fromhex(body)).hex() == crc


@pytest.mark.parametrize(
    "build",
    [
        lambda: read_request(0x1FE, 4, 0, 1),
        lambda: read_request(0xFE, 6, 0, 1),
        lambda: read_request(0xFE, 4, -1, 1),
        lambda: read_request(0xFE, 4, 0, 0),
        lambda: read_request(0xFE, 4, 0, 126),
        lambda: write_request(0xFE, 0, 0x10000),
        lambda: codec().ask(ANSWER),
    ],
)
def test_what_no_frame_holds_is_refused(build: object) -> None:
    assert callable(build)
    with pytest.raises(UsageError):
        build()


def test_a_request_never_counts_as_an_answer() -> None:
    modbus = codec()
    assert modbus.feed(read_request(0xFE, 4, 3, 1)) == [ReadRequest(0xFE, 4, 3, 1)]
    assert modbus.counters.frames == 0


def test_a_seen_request_names_the_registers_of_its_answer_alone() -> None:
    modbus = codec()
    stream = read_request(0xFE, 4, 3, 1) + ANSWER + ANSWER
    assert modbus.feed(stream)[1:] == [Registers(0xFE, 4, (400,), 3), Registers(0xFE, 4, (400,))]


def test_asked_for_a_read_only_its_answer_is_told() -> None:
    modbus = codec()
    asked = modbus.ask(read_request(0xFE, 4, 3, 1))
    strangers = asked + WRITE + bytes.fromhex("fe0408000000000000019016e6") + b"\x01\x02"
    assert modbus.feed(strangers) == []
    assert modbus.feed(ANSWER) == [Registers(0xFE, 4, (400,), 3)]
    assert modbus.feed(ANSWER) == []
    assert (modbus.counters.frames, modbus.counters.bad_frames, modbus.counters.junk_bytes) == (1, 3, 2)


def test_asked_for_a_write_its_echo_is_the_answer_once() -> None:
    modbus = codec()
    assert modbus.feed(modbus.ask(WRITE) + WRITE) == [RegisterWrite(0xFE, 31, 0)]


def test_a_write_of_another_value_is_not_the_answer() -> None:
    modbus = codec()
    modbus.ask(WRITE)
    assert modbus.feed(write_request(0xFE, 31, 180)) == []


@pytest.mark.parametrize("asked", [read_request(0xFE, 4, 0, 1), WRITE])
def test_an_exception_answers_its_own_function(asked: bytes) -> None:
    function = asked[1]
    for answered in (3, 4, 6):
        modbus = codec()
        modbus.ask(asked)
        refusal = bytes((0xFE, 0x80 | answered, 2))
        told = modbus.feed(refusal + crc16(refusal))
        assert told == ([Refusal(0xFE, function, 2)] if answered == function else [])


def test_what_is_left_of_an_answer_does_not_delay_the_next() -> None:
    modbus = codec()
    modbus.ask(read_request(0xFE, 4, 3, 1))
    modbus.feed(ANSWER[:5])
    assert modbus.held == 5
    modbus.ask(read_request(0xFE, 4, 3, 1))
    assert modbus.feed(ANSWER) == [Registers(0xFE, 4, (400,), 3)]
    assert modbus.counters.junk_bytes == 5


def test_a_wrong_crc_is_noticed_at_once_when_the_answer_is_known() -> None:
    modbus = codec()
    modbus.ask(read_request(0xFE, 4, 3, 1))
    modbus.feed(ANSWER[:-1] + b"\0")
    assert modbus.counters.bad_frames == 1
