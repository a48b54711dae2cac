"""Section 4 of the hardware issue for the CO2 sensors and scanners: whatever bytes come, and however they are cut."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.mhz19 import Mhz19Acknowledgement, Mhz19Codec, Mhz19Measurement
from drivers.scanner import Code, ScannerCodec
from drivers.scd30 import Scd30Codec, Scd30Measurement, Scd30Ready
from drivers.senseair import S8Measurement, SenseairS8Codec
from tests.drivers import codec_kit, mutants
from tests.drivers.case_files import load

CODECS: dict[str, Callable[[], Any]] = {
    "mhz19": Mhz19Codec,
    "senseair-s8": SenseairS8Codec,
    "scd30": Scd30Codec,
    "gm65": ScannerCodec,
}
BOUND = {"mhz19": 8, "senseair-s8": 20, "scd30": 16, "gm65": 4096 + 69}
"""most bytes a codec may keep: one short of its longest frame"""
VALUES = (Mhz19Measurement, S8Measurement, Scd30Measurement, Scd30Ready, Code)


def streams(device: str) -> list[bytes]:
    return [bytes.fromhex(case["bytes"]) for case in load(device)["cases"]]


def frames(device: str) -> list[bytes]:
    """Published streams of one frame that holds a value."""
    told = [(stream, codec_kit.events(CODECS[device], stream)) for stream in streams(device)]
    return [stream for stream, events in told if len(events) == 1 and isinstance(events[0], VALUES)]


@pytest.mark.parametrize("device", CODECS)
def test_however_it_is_cut(device: str) -> None:
    codec_kit.check_chunking(CODECS[device], b"".join(streams(device)))


@pytest.mark.parametrize("device", ["mhz19", "senseair-s8", "scd30"])
def test_junk_before_costs_nothing(device: str) -> None:
    for frame in frames(device):
        codec_kit.check_junk_before(CODECS[device], frame)


@pytest.mark.parametrize("device", ["mhz19", "senseair-s8", "scd30"])
def test_a_truncated_frame_costs_no_good_one(device: str) -> None:
    for frame in frames(device):
        codec_kit.check_truncation(CODECS[device], frame, may_lose=0)


def test_a_truncated_code_between_stx_and_etx_costs_no_good_one() -> None:
    codec_kit.check_truncation(ScannerCodec, b"\x02MD1:ABCDEF\x03", may_lose=0)


def test_a_truncated_plain_code_is_told_apart_by_silence() -> None:
    for at in range(1, 8):
        codec = ScannerCodec()
        codec.feed(b"MD1:ABC\r"[:at])
        assert codec.flush() == [Code("MD1:ABC"[:at])]
        assert codec.feed(b"MD1:ABC\r") == [Code("MD1:ABC")]


@pytest.mark.parametrize("device", ["mhz19", "senseair-s8", "scd30"])
def test_one_flipped_bit_never_makes_another_value(device: str) -> None:
    """Both check sums find every single flipped bit: the share of false values is 0, not 0.5 %."""
    meant = frames(device)
    assert len(meant) >= 2
    assert codec_kit.false_share(CODECS[device], meant, _value) == 0.0


def test_two_flipped_bits_of_an_mh_z19_may_pass() -> None:
    """Its check sum is a sum: two opposite flips in the same column cancel. CRC-16 finds all of those."""
    frame = bytes.fromhex("ff 86 02 60 47 00 00 00 d1")
    assert 0 < _double_flips_passed(Mhz19Codec, frame) < 0.06
    assert _double_flips_passed(SenseairS8Codec, bytes.fromhex("fe 04 02 01 90 ac d8")) == 0
    assert _double_flips_passed(Scd30Codec, bytes.fromhex("61 03 0c 43 db 8c 2e 41 d9 e7 ff 42 43 3a 1b 50 07")) == 0


def _double_flips_passed(make: Callable[[], Any], frame: bytes) -> float:
    true = {_value(event) for event in codec_kit.events(make, frame)}
    doubles = [twice for once in codec_kit.bit_flips(frame) for twice in codec_kit.bit_flips(once) if twice != frame]
    false = [twice for twice in doubles if {_value(event) for event in codec_kit.events(make, twice)} - true]
    return len(false) / len(doubles)


def _value(event: Any) -> Any:
    return event if isinstance(event, (*VALUES, Mhz19Acknowledgement)) else None


@pytest.mark.parametrize("device", CODECS)
def test_a_megabyte_of_noise_in_bounded_memory(device: str) -> None:
    codec_kit.check_random_bytes(CODECS[device], 1_000_000, held=lambda codec: codec.held, bound=BOUND[device])


@pytest.mark.slow
@pytest.mark.parametrize("device", CODECS)
def test_ten_megabytes_of_noise_in_bounded_memory(device: str) -> None:
    codec_kit.check_random_bytes(CODECS[device], held=lambda codec: codec.held, bound=BOUND[device])


@pytest.mark.parametrize("device", CODECS)
@given(chunks=st.lists(st.binary(max_size=40), max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_bytes_in_any_chunks(device: str, chunks: list[bytes]) -> None:
    make = CODECS[device]
    whole, cut = make(), make()
    assert [event for chunk in chunks for event in cut.feed(chunk)] == whole.feed(b"".join(chunks))
    assert cut.counters == whole.counters
    assert cut.held <= BOUND[device]


@pytest.mark.parametrize("device", CODECS)
@given(seed=st.integers(0, 2**64))
@settings(max_examples=20, deadline=None)
def test_mutants_of_published_frames(device: str, seed: int) -> None:
    mutants.check(CODECS[device], streams(device), seed, inputs=50, bound=BOUND[device])


@pytest.mark.slow
@pytest.mark.parametrize("device", CODECS)
@given(seed=st.integers(0, 2**64))
@settings(max_examples=1000, deadline=None)
def test_a_million_mutants_of_published_frames(device: str, seed: int) -> None:
    mutants.check(CODECS[device], streams(device), seed, inputs=1000, bound=BOUND[device])
