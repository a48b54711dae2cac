"""The CO2 sensors with their emulators: what is told, when, and what each fault does to it."""

from collections.abc import Callable
from typing import Any

import pytest

from drivers.emulators.emulator import Fault
from drivers.emulators.mhz19 import Mhz19Emulator
from drivers.emulators.scd30 import Scd30Emulator
from drivers.emulators.senseair import SenseairS8Emulator
from drivers.kinds import SERIAL_KINDS
from drivers.mhz19 import Mhz19Device, read_co2
from drivers.modbus_rtu import crc16
from drivers.readings import Climate
from drivers.scd30 import Scd30Device, read_measurement, start_measuring
from drivers.senseair import SenseairS8Device
from drivers.senseair import read_co2 as read_s8_co2
from tests.drivers.conversation import Conversation

PAIRS: dict[str, tuple[Callable[[], Any], Callable[[], Any], Climate]] = {
    "mhz19": (Mhz19Device, Mhz19Emulator, Climate(612)),
    "senseair-s8": (SenseairS8Device, SenseairS8Emulator, Climate(655)),
    "scd30": (Scd30Device, Scd30Emulator, Climate(439, 27.24, 48.81)),
}
WARM_S = 200.0


def talk(kind: str, *faults: Fault, warm: bool = True) -> Conversation:
    device, emulator, _ = PAIRS[kind]
    conversation = Conversation(device(), emulator())
    if warm:
        conversation.run(WARM_S)
    conversation.emulator.faults.update(faults)
    return conversation


@pytest.mark.parametrize("kind", PAIRS)
def test_one_value_every_ten_seconds(kind: str) -> None:
    assert talk(kind).run(100.0) in ([PAIRS[kind][2]] * 10, [PAIRS[kind][2]] * 9)


@pytest.mark.parametrize("kind", PAIRS)
def test_the_kind_of_the_table(kind: str) -> None:
    entry = SERIAL_KINDS[kind]
    assert (type(entry.device()), type(entry.emulator())) == PAIRS[kind][:2]
    assert entry.traits.kind == kind


@pytest.mark.parametrize("kind", PAIRS)
def test_heard_soon_after_opening(kind: str) -> None:
    """The supervisor knows within `listen_s` whether the device is there."""
    conversation = talk(kind, warm=False)
    conversation.run(conversation.device.traits.listen_s)
    assert conversation.device.counters.frames >= conversation.device.traits.confirm_frames


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("fault", [Fault.SILENCE, Fault.WRONG_CHECKSUM])
def test_nothing_is_told_and_the_first_good_answer_is(kind: str, fault: Fault) -> None:
    conversation = talk(kind, fault)
    counters = conversation.device.counters
    frames, bad = counters.frames, counters.bad_frames
    assert conversation.run(300.0) == []
    assert counters.frames == frames
    assert (counters.bad_frames > bad) is (fault is Fault.WRONG_CHECKSUM)
    conversation.emulator.faults.clear()
    assert PAIRS[kind][2] in conversation.run(WARM_S + 60)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("fault", [Fault.NOISE, Fault.TRUNCATED])
def test_noise_and_torn_answers_cost_some_values_and_make_none(kind: str, fault: Fault) -> None:
    told = talk(kind, fault).run(600.0)
    assert set(told) == {PAIRS[kind][2]}
    assert len(told) >= 25


@pytest.mark.parametrize("kind", PAIRS)
def test_no_value_while_it_warms_up(kind: str) -> None:
    conversation = talk(kind, warm=False)
    conversation.emulator.faults.add(Fault.WARMING_UP)
    assert conversation.run(600.0) == []
    conversation.emulator.faults.clear()
    assert PAIRS[kind][2] in conversation.run(WARM_S)


@pytest.mark.parametrize("kind", PAIRS)
def test_a_stuck_sensor_repeats_itself(kind: str) -> None:
    conversation = talk(kind, Fault.STUCK)
    conversation.emulator.co2_ppm = 2000  # type: ignore[attr-defined]
    assert set(conversation.run(60.0)) == {PAIRS[kind][2]}
    conversation.emulator.faults.clear()
    assert {value.co2_ppm for value in conversation.run(60.0) if isinstance(value, Climate)} == {2000}


@pytest.mark.parametrize("kind", PAIRS)
def test_never_writes_more_than_about_once_a_second(kind: str) -> None:
    """Also where nobody answers, or with nonsense."""
    for fault in (Fault.SILENCE, Fault.WRONG_CHECKSUM, Fault.WARMING_UP):
        conversation = talk(kind, fault)
        conversation.written.clear()
        conversation.run(100.0)
        assert 5 <= len(conversation.written) <= 110


def test_mhz19_tells_nothing_for_three_minutes() -> None:
    conversation = talk("mhz19", warm=False)
    assert conversation.run(179.0) == []
    assert conversation.device.counters.frames > 10
    assert conversation.run(3.0) == [Climate(612)]


def test_mhz19_warms_up_again_after_its_power_was_away() -> None:
    conversation = talk("mhz19", Fault.SILENCE)
    conversation.run(45.0)
    conversation.emulator.faults.clear()
    conversation.emulator.co2_ppm = 1215  # type: ignore[attr-defined]
    assert conversation.run(170.0) == []
    conversation.emulator.co2_ppm = 700  # type: ignore[attr-defined]
    assert set(conversation.run(60.0)) == {Climate(700)}


def test_mhz19_names_a_dust_sensor_and_an_echo() -> None:
    device = Mhz19Device()
    device.feed(bytes.fromhex("424d098108c8033401" * 3), 0.0)
    assert device.foreign == "PMS dust sensor"
    device.feed(bytes.fromhex("ff86026047000000d1"), 1.0)
    assert device.foreign == ""
    device.feed(read_co2(), 2.0)
    assert "TX and RX" in device.problem
    assert device.counters.frames == 1


def test_s8_that_does_not_know_its_status_is_asked_for_co2_alone() -> None:
    refused = bytes.fromhex("fe8402f2f1")
    device = SenseairS8Device()
    assert device.due(0.0) == b"\0"
    assert device.next_due_s() == 0.005
    assert device.due(0.004) == b""
    assert device.due(0.005).hex() == "fe0400000004e5c6"
    assert device.feed(refused, 0.1) == []
    assert device.due(1.005) == b"\0"
    assert device.due(1.010) == read_s8_co2()
    assert device.feed(bytes.fromhex("fe04020190acd8"), 1.1) == [Climate(400)]


def test_s8_silent_on_one_request_is_asked_the_other() -> None:
    conversation = talk("senseair-s8", Fault.SILENCE)
    conversation.written.clear()
    conversation.run(60.0)
    assert {request[:6].hex() for request in conversation.written} == {"00", "fe0400000004", "fe0400030001"}


def test_s8_with_a_fault_tells_nothing_and_names_it() -> None:
    conversation = talk("senseair-s8")
    device, emulator = conversation.device, conversation.emulator
    assert isinstance(device, SenseairS8Device)
    assert isinstance(emulator, SenseairS8Emulator)
    emulator.status = 0x41
    assert conversation.run(60.0) == []
    assert "fatal, memory" in device.problem
    emulator.status = 0x28  # output and out of range
    assert set(conversation.run(30.0)) == {Climate(655)}
    assert device.problem == ""


def test_strict_once_it_has_asked() -> None:
    """An answer of the wrong size, of another function, or unasked, is no value."""
    device = SenseairS8Device()
    device.due(0.0)
    device.due(0.01)
    one_register, four = bytes.fromhex("fe04020190acd8"), bytes.fromhex("fe0408000000000000019016e6")
    assert device.feed(one_register, 0.1) == []
    assert device.feed(four, 0.2) == [Climate(400)]
    assert device.feed(four, 0.3) == []
    assert (device.counters.frames, device.counters.bad_frames) == (1, 2)


def test_scd30_is_started_asked_and_fetched() -> None:
    conversation = talk("scd30", warm=False)
    assert conversation.run(1.0) == []
    assert conversation.written[0] == start_measuring()
    conversation.run(60.0)
    assert read_measurement() in conversation.written
    assert conversation.written.count(start_measuring()) == 1


def test_scd30_tells_nothing_of_its_first_two_measurements() -> None:
    conversation = talk("scd30", warm=False)
    conversation.run(60.0)
    fetched = conversation.written.count(read_measurement())
    assert len(conversation.told) == fetched - 2 > 0


def test_scd30_that_lost_its_power_is_started_again() -> None:
    conversation = talk("scd30", Fault.SILENCE)
    conversation.run(30.0)
    assert conversation.written[-1] == start_measuring()
    conversation.emulator = Scd30Emulator()
    assert conversation.run(60.0)


def test_scd30_refusing_is_started_again() -> None:
    device = Scd30Device()
    device.feed(device.due(0.0), 0.01)
    device.due(1.0)
    refusal = bytes.fromhex("618302")
    device.feed(refusal + crc16(refusal), 1.1)
    assert device.due(4.0) == start_measuring()
