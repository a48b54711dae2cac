"""The table of serial kinds: each entry imports, is what it says, and device and emulator understand each other."""

from __future__ import annotations

import pytest

from drivers.device import SerialDevice
from drivers.emulators.emulator import Emulator, Fault
from drivers.errors import UsageError
from drivers.kinds import SERIAL_KINDS, SerialKind, serial_kind
from drivers.sensor_config import SERIAL_KINDS as SENSOR_KINDS
from drivers.session import MAX_WRITE_BYTES

ALL = pytest.mark.parametrize("kind", SERIAL_KINDS.values(), ids=SERIAL_KINDS)


def talk(device: SerialDevice, emulator: Emulator, seconds: float, *, from_s: float = 1000.0) -> int:
    """Let both talk in steps of 10 ms; returns how many values the device told."""
    told = 0
    for step in range(int(seconds * 100)):
        now_s = from_s + step / 100
        asked = device.due(now_s)
        assert len(asked) <= MAX_WRITE_BYTES
        told += len(device.feed(emulator.receive(asked, now_s) + emulator.due(now_s), now_s))
        assert (wanted_s := device.next_due_s()) is None or isinstance(wanted_s, float)
    return told


@ALL
def test_every_entry_imports_and_is_what_it_says(kind: SerialKind) -> None:
    traits = kind.traits
    assert traits.kind == kind.kind
    assert traits.baud_rates
    assert traits.confirm_frames >= 0
    assert traits.stale_s > traits.listen_s > 0
    assert kind.emulator().takes() is True
    assert kind.device() is not kind.device()


@ALL
def test_the_device_hears_its_emulator(kind: SerialKind) -> None:
    device = kind.device()
    talk(device, kind.emulator(), 30.0)
    assert device.counters.frames >= kind.traits.confirm_frames
    assert device.counters.bad_frames == 0


@ALL
def test_silence_is_silence(kind: SerialKind) -> None:
    device, emulator = kind.device(), kind.emulator()
    emulator.faults.add(Fault.SILENCE)
    assert talk(device, emulator, 30.0) == 0
    assert device.counters.frames == 0


def test_every_sensor_of_the_configuration_is_in_the_table() -> None:
    assert set(SENSOR_KINDS) <= set(SERIAL_KINDS)


def test_an_unknown_kind_names_the_known() -> None:
    assert serial_kind("mhz19") is SERIAL_KINDS["mhz19"]
    with pytest.raises(UsageError, match=r"no serial device 'ld2420'\. Known: ld2410, ld2450"):
        serial_kind("ld2420")
