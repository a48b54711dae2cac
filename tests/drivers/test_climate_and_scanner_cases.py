"""What the published frames mean, and the bytes of the commands, from the files in tests/cases/drivers."""

import dataclasses
from typing import Any

import pytest

from drivers import gm65, mhz19, scanner, scd30, senseair
from tests.drivers.case_files import arguments, load, plain

CODECS: dict[str, tuple[Any, Any]] = {
    "mhz19": (mhz19.Mhz19Codec, mhz19),
    "senseair-s8": (senseair.SenseairS8Codec, senseair),
    "scd30": (scd30.Scd30Codec, scd30),
    "gm65": (scanner.ScannerCodec, gm65),
}
CASES = [(device, case) for device in CODECS for case in load(device)["cases"]]
COMMANDS = [(device, call) for device in CODECS for call in load(device)["commands"]]


@pytest.mark.parametrize(("device", "case"), CASES, ids=[f"{device}: {case['name']}" for device, case in CASES])
def test_frames_mean_this(device: str, case: dict[str, Any]) -> None:
    codec = CODECS[device][0]()
    events = codec.feed(bytes.fromhex(case["bytes"]))
    if case.get("flush"):
        events += codec.flush()
    assert [plain(event) for event in events] == case["events"]
    assert list(dataclasses.astuple(codec.counters)) == case["counters"]


@pytest.mark.parametrize(
    ("device", "call"), COMMANDS, ids=[f"{device}: {call['call']}{call['args']}" for device, call in COMMANDS]
)
def test_commands_are_these_bytes(device: str, call: dict[str, Any]) -> None:
    build = getattr(CODECS[device][1], call["call"])
    assert build(*arguments(call)) == bytes.fromhex(call["bytes"])


def test_every_byte_belongs_somewhere() -> None:
    """Bytes of frames told and junk together are never more than what came."""
    for device, case in CASES:
        codec = CODECS[device][0]()
        data = bytes.fromhex(case["bytes"])
        codec.feed(data)
        assert codec.counters.junk_bytes + codec.held <= len(data), case["name"]
