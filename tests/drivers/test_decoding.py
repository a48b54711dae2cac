"""What `mydesk-drivers decode` prints, of frames that are built here from the manuals and not by our own encoders."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

from drivers.decoding import CODECS, decode


def told(device: str, data: bytes) -> list[dict[str, Any]]:
    """As it is read back from the lines."""
    lines = [json.dumps(line) for line in decode(device, [data.hex(" ")])]
    assert all(line.isascii() for line in lines)
    return [json.loads(line) for line in lines]


def hilink(body: bytes) -> bytes:
    return b"\xf4\xf3\xf2\xf1" + struct.pack("<H", len(body)) + body + b"\xf8\xf7\xf6\xf5"


def answer(word: int, payload: bytes = b"", status: int = 0) -> bytes:
    body = struct.pack("<HH", word | 0x100, status) + payload
    return b"\xfd\xfc\xfb\xfa" + struct.pack("<H", len(body)) + body + b"\x04\x03\x02\x01"


def basic(state: int, *values: int) -> bytes:
    return hilink(struct.pack("<BBBHBHBH", 2, 0xAA, state, *values) + b"\x55\0")


def engineering(state: int, light: int, out: int) -> bytes:
    gates = bytes((8, 6, *range(10, 19), *range(30, 39), light, out))
    return hilink(struct.pack("<BBBHBHBH", 1, 0xAA, state, 260, 71, 410, 88, 255) + gates + b"\x55\0")


def slot(*signed: int, resolution_mm: int) -> bytes:
    """Bit 15 set is positive."""
    return struct.pack("<4H", *(0x8000 | value if value > 0 else -value for value in signed), resolution_mm)


def mhz19(*body: int) -> bytes:
    frame = bytes((0xFF, *body)).ljust(8, b"\0")
    return frame + bytes((256 - sum(frame[1:]) % 256 & 0xFF,))


def modbus(*body: int) -> bytes:
    crc = 0xFFFF
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return bytes(body) + struct.pack("<H", crc)


def brother(**at: int) -> bytes:
    status = bytearray(b"\x80\x20\x424\x410").ljust(32, b"\0")
    for place, value in at.items():
        status[int(place[1:])] = value
    return bytes(status)


FRAMES: list[tuple[str, bytes, dict[str, Any]]] = [
    ("ld2410", basic(2, 81, 0, 0, 59, 0), {
        "event": "basic-report", "state": "still", "presence": "unknown", "moving_cm": 81, "moving_energy": 0,
        "still_cm": 0, "still_energy": 59, "detection_cm": 0,
    }),
    ("ld2410", engineering(3, 120, 1), {
        "event": "engineering-report", "state": "both", "moving_cm": 260, "moving_energy": 71, "still_cm": 410,
        "still_energy": 88, "detection_cm": 255, "max_moving_gate": 8, "max_still_gate": 6,
        "moving_energies": [*range(10, 19)], "still_energies": [*range(30, 39)], "light": 120, "out": True,
    }),
    ("ld2410", answer(0xA0, bytes.fromhex("0001 0402 11502223")), {
        "event": "ack", "command": "firmware", "status": 0,
        "value": {
            "type": "firmware", "version": "V2.04.23225011", "major": 2, "minor": 4, "build": 0x23225011, "kind": 1,
        },
    }),
    ("ld2410", answer(0xA0, bytes.fromhex("0001 0701 16150922")), {
        "value": {
            "type": "firmware", "version": "V1.07.22091516", "major": 1, "minor": 7, "build": 0x22091516, "kind": 1,
        },
    }),
    ("ld2410", answer(0x64, status=1), {"event": "ack", "command": "sensitivity-set", "status": 1, "value": None}),
    ("ld2410", answer(0xA5, bytes.fromhex("8f272eb80f65")), {"value": {"type": "mac", "address": "8f:27:2e:b8:0f:65"}}),
    ("ld2450", b"\xaa\xff\x03\0" + slot(-782, 1713, -16, resolution_mm=320) + bytes(16) + b"\x55\xcc", {
        "event": "track-report", "presence": "unknown",
        "targets": [{"x_mm": -782, "y_mm": 1713, "speed_cm_s": -16, "resolution_mm": 320}],
    }),
    ("mhz19", mhz19(0x86, 0x02, 0x60, 0x47), {
        "event": "mhz19-measurement", "co2_ppm": 608, "temperature_c": 31, "status": 0, "booting": False,
    }),
    ("mhz19", mhz19(0x79, 1), {"event": "mhz19-acknowledgement", "command": 0x79, "accepted": True}),
    ("senseair-s8", modbus(0xFE, 4, 2, 1, 0x90), {"event": "s8-measurement", "co2_ppm": 400, "faults": None}),
    ("senseair-s8", modbus(0xFE, 4, 8, 0, 0x20, 0, 0, 0, 0, 2, 0x58), {"co2_ppm": 600, "faults": ["out-of-range"]}),
    ("senseair-s8", modbus(0xFE, 0x84, 2), {"event": "refusal", "address": 0xFE, "function": 4, "code": 2}),
    ("scd30", modbus(0x61, 3, 12, *struct.pack(">fff", 439.09, 27.24, 48.8)), {
        "event": "scd30-measurement", "co2_ppm": 439.09, "temperature_c": 27.24, "humidity_percent": 48.8,
    }),
    ("scd30", modbus(0x61, 0x83, 2), {"event": "refusal", "address": 0x61, "function": 3, "code": 2}),
    ("gm65", "]Q3https://x.y/æ\r".encode(), {"event": "code", "text": "https://x.y/æ", "symbology": "qr"}),
    ("escpos", b"\x72", {
        "event": "real-time-status", "n": None, "raw": 0x72, "flags": [],
        "if_asked": {
            "1": ["recovering", "feed-button"], "2": ["paper-end-stop", "error"],
            "3": ["unrecoverable", "auto-recoverable"], "4": ["paper-out"],
        },
    }),
    ("zpl", (
        b"\x02030,1,1,1245,007,0,0,0,000,0,0,1\x03\r\n"
        b"\x02000,0,1,1,1,3,4,0,00000012,1,000\x03\r\n"
        b"\x021234,0\x03\r\n"
    ), {
        "event": "host-status", "paper_out": True, "paused": True, "label_length_dots": 1245, "formats_waiting": 7,
        "too_hot": True, "too_cold": False, "head_open": True, "ribbon_out": True, "print_mode": "cutter",
        "labels_to_go": 12,
    }),
    ("brother-ql", brother(_8=0x05, _9=0x51, _10=62, _11=0x0B, _17=100, _18=2, _19=1), {
        "event": "brother-ql-status", "type": "error", "phase": "printing", "media": "die-cut", "media_width_mm": 62,
        "media_length_mm": 100, "model": "QL-820NWB",
        "errors": ["no-media", "cutter-jam", "wrong-media", "cover-open", "cannot-feed"],
    }),
]  # fmt: skip


@pytest.mark.parametrize(("device", "frame", "expected"), FRAMES, ids=[f"{row[0]} {row[1].hex()}" for row in FRAMES])
def test_a_frame_is_one_line_and_the_counters_the_last(device: str, frame: bytes, expected: dict[str, Any]) -> None:
    line, counters = told(device, frame)
    assert {name: line.get(name) for name in expected} == expected
    assert counters == {"event": "counters", "frames": 1, "bad_frames": 0, "junk_bytes": 0, "held_bytes": 0}


def test_every_device_has_a_frame_here() -> None:
    assert {device for device, _, _ in FRAMES} == set(CODECS)


@pytest.mark.parametrize(
    ("device", "good", "bad"),
    [
        ("mhz19", mhz19(0x86, 2, 0x60, 0x47), mhz19(0x86, 2, 0x60, 0x47)[:-1] + b"\0"),
        ("senseair-s8", modbus(0xFE, 4, 2, 1, 0x90), modbus(0xFE, 4, 2, 1, 0x90)[:-1] + b"\0"),
        ("scd30", modbus(0x61, 3, 2, 0, 1), modbus(0x61, 3, 12, *struct.pack(">fff", float("nan"), 20.0, 50.0))),
        ("ld2410", basic(1, 100, 50, 0, 0, 100), basic(1, 100, 101, 0, 0, 100)),
        ("brother-ql", brother(_10=62, _11=0x0A), brother(_10=62, _11=0x0A, _18=9)),
    ],
)
def test_what_is_refused_is_counted_and_not_told(device: str, good: bytes, bad: bytes) -> None:
    *events, counters = told(device, good + bad + good)
    assert len(events) == 2
    assert (counters["frames"], counters["bad_frames"], counters["held_bytes"]) == (2, 1, 0)


def test_no_torn_bit_of_a_report_changes_the_presence_that_is_told() -> None:
    for frame in (basic(0, 81, 30, 0, 59, 0), basic(1, 81, 60, 0, 9, 81), engineering(2, 5, 1)):
        for at in range(len(frame) * 8):
            mutant = bytearray(frame)
            mutant[at // 8] ^= 1 << at % 8
            _, before, *told_after = told("ld2410", frame * 2 + bytes(mutant) + frame * 5)[:-1]
            assert {line["presence"] for line in told_after} == {before["presence"]} != {"unknown"}


def test_a_code_cannot_end_a_line() -> None:
    """Some readers split lines at more than LF."""
    (line,) = told("gm65", "a\u2028b\x85c\u2029d\r".encode())[:-1]
    assert line["text"] == "abcd"
