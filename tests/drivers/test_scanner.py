"""Scanners: hostile codes, repetitions, silence as an end, GM65 settings, and a flood."""

import random
import unicodedata

import pytest

from drivers import gm65
from drivers.emulators.emulator import Fault
from drivers.emulators.scanner import FLOOD_BYTES, ScannerEmulator
from drivers.errors import UsageError
from drivers.kinds import SERIAL_KINDS
from drivers.readings import Scan, Value
from drivers.scanner import LONGEST_LINE, Code, ScannerCodec, ScannerDevice, ScannerReply
from tests.drivers.conversation import Conversation

NOISE = random.Random(5)
HOSTILE = {
    "every byte": bytes(range(256)),
    "NULs": b"\0" * 5000,
    "a megabyte of one letter": b"A" * 1_000_000,
    "a megabyte of NULs": b"\0" * 1_000_000,
    "a megabyte of anything": NOISE.randbytes(1_000_000),
    "a megabyte of STX": b"\x02" * 1_000_000,
    "a megabyte of ETX and NUL": b"\x03\0" * 500_000,
    "a megabyte of answers without an end": b"\x02\0\0\x40" * 250_000,
    "broken UTF-8": b"\xc3\x28\xff\xfe\xf0\x28\x8c\xbc",
    "overlong UTF-8": b"\xc0\xaf\xe0\x80\xaf",
    "UTF-8 of a surrogate": b"\xed\xa0\x80",
    "escape sequences": b"\x1b[2J\x1b]0;title\x07",
    "markup": b"[color=ff0000]x[/color]<script>",
    "reordering": "\u202egpj.exe".encode(),
    "a setting of the module": gm65.factory_settings(),
    "an answer of the module": b"x" + bytes.fromhex("02000001003331"),
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("size", [7, 4096, 65536])
def test_hostile_codes_end_as_clean_text_or_not_at_all(code: bytes, size: int) -> None:
    codec = ScannerCodec()
    events: list[Code | ScannerReply] = []
    stream = code + b"\r"
    for at in range(0, len(stream), size):
        events += codec.feed(stream[at : at + size])
        assert codec.held <= LONGEST_LINE + gm65.LONGEST_DATA + 6
    events += codec.flush()
    for event in events:
        if isinstance(event, Code):
            assert 1 <= len(event.text) <= LONGEST_LINE
            assert not {unicodedata.category(sign) for sign in event.text} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert codec.feed(b"MD1:ABC\r") == [Code("MD1:ABC")]
    assert codec.held == 0
    assert not codec.pending


@pytest.mark.parametrize(("length", "told"), [(LONGEST_LINE, 1), (LONGEST_LINE + 1, 0), (1_000_000, 0)])
@pytest.mark.parametrize("end", ["CR", "silence"])
def test_of_a_longer_line_nothing_is_told(length: int, told: int, end: str) -> None:
    codec = ScannerCodec()
    events = codec.feed(b"A" * length + b"\r" * (end == "CR"))
    events += codec.flush() if end == "silence" else []
    assert len(events) == told
    assert codec.counters.bad_frames == 1 - told
    assert codec.counters.junk_bytes == (0 if told else length)
    assert codec.feed(b"B\r") == [Code("B")]


def test_an_answer_that_is_cut_off_is_given_up_by_silence() -> None:
    codec = ScannerCodec()
    assert codec.feed(bytes.fromhex("0200000100")) == []
    assert codec.pending
    assert codec.flush() == []
    assert codec.feed(b"AB\r") == [Code("AB")]


@pytest.mark.parametrize(
    "build",
    [
        lambda: gm65.read_zones(0, 0),
        lambda: gm65.read_zones(0, 65),
        lambda: gm65.read_zones(-1),
        lambda: gm65.read_zones(0x10000),
        lambda: gm65.write_zones(0, b""),
        lambda: gm65.write_zones(0, bytes(65)),
        lambda: gm65.set_baud(57600),
    ],
)
def test_settings_that_no_module_has_are_refused(build: object) -> None:
    assert callable(build)
    with pytest.raises(UsageError):
        build()


def test_a_module_takes_and_tells_settings() -> None:
    module, codec = ScannerEmulator(), ScannerCodec()
    assert codec.feed(module.receive(gm65.write_zones(0x60, b"\x01\x02"), 0.0)) == [ScannerReply((0,))]
    assert codec.feed(module.receive(gm65.read_zones(0x60, 3), 0.0)) == [ScannerReply((1, 2, 0))]
    assert codec.feed(module.receive(gm65.keep_zones() + gm65.heartbeat(), 0.0)) == [
        ScannerReply((0,)),
        ScannerReply((0,), heartbeat=True),
    ]
    without_crc = bytes.fromhex("7e00080100 0201 abcd")
    assert codec.feed(module.receive(without_crc[:4], 0.0) + module.receive(without_crc[4:], 0.0))
    assert module.zones[2] == 1
    assert module.receive(gm65.heartbeat()[:-1] + b"\0", 0.0) == b""


def joined() -> tuple[Conversation, ScannerEmulator]:
    emulator = ScannerEmulator()
    return Conversation(ScannerDevice(), emulator), emulator


def test_the_kind_of_the_table() -> None:
    entry = SERIAL_KINDS["gm65"]
    assert isinstance(entry.device(), ScannerDevice)
    assert isinstance(entry.emulator(), ScannerEmulator)


def test_a_code_is_told_at_once() -> None:
    conversation, emulator = joined()
    assert conversation.run(60.0) == []
    emulator.scan("]Q1MD1:ABC")
    assert conversation.run(0.05) == [Scan("MD1:ABC")]
    assert conversation.device.next_due_s() is None


@pytest.mark.parametrize(
    ("gaps_s", "told"),
    [([0.0], 1), ([0.3, 0.3, 0.3], 1), ([2.4] * 10, 1), ([2.6], 2), ([2.6, 1.0, 2.6], 3)],
)
def test_a_code_held_before_the_glass_is_told_once(gaps_s: list[float], told: int) -> None:
    device, now_s, values = ScannerDevice(), 100.0, 0
    values = len(device.feed(b"AB\r", now_s))
    for gap_s in gaps_s:
        now_s += gap_s
        values += len(device.feed(b"AB\r", now_s))
    assert values == told


def test_two_codes_in_turn_are_each_told_once() -> None:
    device = ScannerDevice()
    told: list[Value] = []
    for step in range(20):
        told += device.feed(b"A\r" if step % 2 else b"B\r", 100.0 + 0.3 * step)
    assert told == [Scan("B"), Scan("A")]


def test_it_remembers_a_few_codes_only() -> None:
    device = ScannerDevice()
    for step in range(1000):
        device.feed(b"%d\r" % step, 100.0)
    assert len(device.feed(b"999\r998\r0\r", 100.0)) == 1


def test_silence_ends_a_line_after_200_ms() -> None:
    device = ScannerDevice()
    assert device.feed(b"AB", 100.0) == []
    assert device.feed(b"CD", 100.15) == []
    assert device.next_due_s() == pytest.approx(100.35)
    assert (device.due(100.3), device.feed(b"", 100.3)) == (b"", [])
    assert (device.due(100.36), device.feed(b"", 100.36)) == (b"", [Scan("ABCD")])
    assert device.next_due_s() is None


def test_a_line_ended_by_silence_is_told_by_feed_alone_too() -> None:
    device = ScannerDevice()
    device.feed(b"ABCD", 100.0)
    assert device.feed(b"", 100.25) == [Scan("ABCD")]


def test_bytes_after_silence_begin_a_new_line() -> None:
    device = ScannerDevice()
    device.feed(b"AB", 100.0)
    assert device.feed(b"CD\r", 100.5) == [Scan("AB"), Scan("CD")]


def test_a_code_that_nobody_fetched_in_time_is_dropped() -> None:
    """It would be taken for that of the next person."""
    device = ScannerDevice()
    device.feed(b"AB", 100.0)
    device.due(100.2)
    assert device.next_due_s() is None
    assert device.feed(b"CD\r", 130.0) == [Scan("CD")]


def test_without_a_suffix_through_the_emulator() -> None:
    conversation, emulator = joined()
    emulator.suffix = b""
    emulator.scan("ÆØÅ")
    assert conversation.run(0.15) == []
    assert conversation.run(0.15) == [Scan("ÆØÅ")]


def test_a_flood_tells_nothing_and_ends() -> None:
    conversation, emulator = joined()
    emulator.faults.add(Fault.FLOOD)
    assert conversation.run(6.0) == []
    counters = conversation.device.counters
    assert counters.junk_bytes == FLOOD_BYTES
    assert (counters.frames, counters.bad_frames) == (0, 1)
    emulator.faults.clear()
    emulator.scan("AB")
    assert conversation.run(1.0) == [Scan("AB")]


def test_silent_and_torn() -> None:
    conversation, emulator = joined()
    emulator.faults.add(Fault.SILENCE)
    emulator.scan("AB")
    assert conversation.run(1.0) == []
    assert emulator.receive(gm65.heartbeat(), 0.0) == b""
    emulator.faults = {Fault.TRUNCATED}
    for _ in range(3):
        emulator.scan("ABCDEF")
        conversation.run(3.0)
    assert [value for _, value in conversation.told].count(Scan("ABCDEF")) == 2


def test_noise_around_codes_never_stops_them() -> None:
    conversation, emulator = joined()
    emulator.faults.add(Fault.NOISE)
    for number in range(50):
        emulator.scan(f"code-{number}")
        conversation.run(1.0)
    texts = [value.text for _, value in conversation.told if isinstance(value, Scan)]
    assert sum(text.endswith(f"code-{number}") for number in range(50) for text in texts) >= 40


def test_the_emulator_keeps_no_more_than_64_kib_of_codes() -> None:
    emulator = ScannerEmulator()
    for _ in range(13):
        emulator.scan(b"A" * 5000)
    with pytest.raises(UsageError, match="64 KiB"):
        emulator.scan(b"A" * 5000)
