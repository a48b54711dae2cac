"""What printers say, from the files in tests/cases/drivers, and what their codecs must survive."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest

from drivers.errors import UsageError
from drivers.printers import brother_ql, escpos, escpos_commands, zpl, zpl_commands
from drivers.printers.brother_ql import BrotherQlStatusCodec
from drivers.printers.escpos import MAX_ASKED, Cleared, EscposStatusCodec, RealTimeStatus, meanings
from drivers.printers.status import FlowControl
from drivers.printers.zpl import MAX_LINE, ZplStatusCodec
from tests.drivers.case_files import arguments, load, plain
from tests.drivers.codec_kit import (
    bit_flips,
    check_chunking,
    check_junk_before,
    check_random_bytes,
    check_truncation,
    events,
)

CODECS: dict[str, tuple[Any, Any]] = {
    "escpos": (EscposStatusCodec, escpos_commands),
    "zpl": (ZplStatusCodec, zpl_commands),
    "brother-ql": (BrotherQlStatusCodec, None),
}
CASES = [(name, case) for name in CODECS for case in load(name)["cases"]]
COMMANDS = [(name, call) for name in CODECS for call in load(name)["commands"]]
HELD = {"escpos": 6, "zpl": 2 * MAX_LINE + MAX_LINE, "brother-ql": 31}


def made(name: str, case: dict[str, Any]) -> Any:
    """A codec that was told what the case says was asked."""
    codec = CODECS[name][0]()
    for n in case.get("asked", ()):
        codec.asked(n)
    return codec


def stream(name: str, called: str) -> bytes:
    return bytes.fromhex(next(case["bytes"] for owner, case in CASES if (owner, case["name"]) == (name, called)))


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {case['name']}" for name, case in CASES])
def test_bytes_mean_this_however_they_arrive(name: str, case: dict[str, Any]) -> None:
    data, codec = bytes.fromhex(case["bytes"]), made(name, case)
    assert [plain(event) for event in codec.feed(data)] == case["events"]
    assert list(dataclasses.astuple(codec.counters)) == case["counters"]
    check_chunking(lambda: made(name, case), data)


@pytest.mark.parametrize(("name", "call"), COMMANDS, ids=[f"{name}: {call['call']}" for name, call in COMMANDS])
def test_commands_are_these_bytes(name: str, call: dict[str, Any]) -> None:
    build = getattr(CODECS[name][1], call["call"])
    assert build(*arguments(call), **call.get("kwargs", {})) == bytes.fromhex(call["bytes"])


@pytest.mark.parametrize(
    ("name", "called"),
    [("brother-ql", "QL-820NWB, 62 mm endless"), ("brother-ql", "62 x 100 mm labels")],
)
def test_junk_before_costs_nothing(name: str, called: str) -> None:
    check_junk_before(CODECS[name][0], stream(name, called))


@pytest.mark.parametrize(
    ("name", "called", "innocent"),
    [
        # In these languages a single byte may be a statement, so only what cannot be one is junk.
        ("escpos", "ASB, no paper", bytes(range(0x80, 0x100))),
        ("zpl", "out of paper", bytes(byte for byte in range(256) if byte not in (0x02, 0x11, 0x13))),
    ],
)
def test_junk_that_means_nothing_costs_nothing(name: str, called: str, innocent: bytes) -> None:
    frame, noise = stream(name, called), random.Random(1)
    expected = events(CODECS[name][0], frame)
    for _ in range(200):
        junk = bytes(noise.choices(innocent, k=noise.randrange(1, 60)))
        assert events(CODECS[name][0], junk + frame) == expected, junk.hex()


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("escpos", "ASB, no paper"),
        ("zpl", "out of paper"),
        ("brother-ql", "62 x 100 mm labels"),
        ("brother-ql", "QL-820NWB, cover open"),
    ],
)
def test_a_frame_that_is_cut_off_harms_no_other(name: str, called: str) -> None:
    check_truncation(CODECS[name][0], stream(name, called))


@pytest.mark.parametrize("name", CODECS)
def test_flipped_bits_never_raise(name: str) -> None:
    for owner, case in CASES:
        if owner == name:
            for mutant in bit_flips(bytes.fromhex(case["bytes"])):
                codec = made(name, case)
                codec.feed(mutant)
                assert codec.held <= HELD[name]


def test_half_of_the_flips_of_a_status_line_are_seen() -> None:
    """~HS has no check sum, but flags are 0 or 1 and lengths are fixed: most flips are no valid line."""
    frame = stream("zpl", "ready")
    mutants = list(bit_flips(frame))
    told = sum(bool(set(events(ZplStatusCodec, mutant)) - set(events(ZplStatusCodec, frame))) for mutant in mutants)
    assert told / len(mutants) < 0.2


@pytest.mark.parametrize("name", CODECS)
def test_ten_megabytes_of_noise(name: str) -> None:
    check_random_bytes(CODECS[name][0], held=lambda codec: codec.held, bound=HELD[name])


def test_answers_belong_to_questions_in_their_order() -> None:
    codec = EscposStatusCodec()
    for n in (1, 2, 3, 4):
        codec.asked(n)
    assert [event.n for event in codec.feed(b"\x12\x11\x12\x13\x12\x12\x12") if isinstance(event, RealTimeStatus)] == [
        1, 2, 3, 4, None,
    ]  # fmt: skip
    codec.asked(4)
    codec.forget_asked()
    assert codec.feed(b"\x72") == [RealTimeStatus(None, 0x72)]


def test_open_questions_are_bounded() -> None:
    codec = EscposStatusCodec()
    for _ in range(1000):
        codec.asked(2)
    told = codec.feed(b"\x12" * 1000)
    assert sum(event.n == 2 for event in told if isinstance(event, RealTimeStatus)) == MAX_ASKED
    with pytest.raises(UsageError, match="DLE EOT 5"):
        codec.asked(5)


def test_what_an_unasked_answer_might_mean() -> None:
    assert meanings(0x72)[4] == ("paper-out",)
    assert meanings(0x72)[2] == ("paper-end-stop", "error")
    assert not any(meanings(0x12).values())
    assert meanings(0x41) == {}


def test_no_byte_is_of_two_kinds() -> None:
    """Each single byte alone is an answer, flow control, the beginning of something, or junk."""
    kinds = {"answer": 0, "flow": 0, "begins": 0, "junk": 0}
    for byte in range(256):
        codec = EscposStatusCodec()
        told = codec.feed(bytes((byte,)))
        kinds["answer"] += any(isinstance(event, RealTimeStatus) for event in told)
        kinds["flow"] += any(isinstance(event, FlowControl) for event in told)
        kinds["begins"] += bool(codec.held)
        kinds["junk"] += codec.counters.junk_bytes
    assert kinds == {"answer": 16, "flow": 2, "begins": 17, "junk": 221}


def test_public_names_exist() -> None:
    for module in (escpos, zpl, brother_ql, escpos_commands, zpl_commands):
        assert all(hasattr(module, name) for name in module.__all__)
    assert EscposStatusCodec().feed(b"\x37\x25\x00") == [Cleared()]
