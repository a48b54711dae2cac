"""The devices: reports to readings, one torn frame never believed, set-up, ways out of silence, other models."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from drivers.hilink import commands
from drivers.hilink.device import HilinkDevice
from drivers.hilink.ld2410 import ENGINEERING_TRIES, Ld2410Device
from drivers.hilink.ld2450 import Ld2450Device
from drivers.readings import Light, Radar, Target, Targets, Value
from tests.drivers import codec_kit
from tests.drivers.hilink.vectors import REPORTS, report, stream_of

NOBODY, MOVING, STILL, BOTH = (report(state) for state in range(4))
SEEN = stream_of("ld2450", "one target, as in the manual")
EMPTY = stream_of("ld2450", "nobody")

MakeDevice = Callable[[], HilinkDevice[Any]]


def readings(device: HilinkDevice[Any], *chunks: bytes) -> list[Value]:
    """Fed ten times a second."""
    return [value for number, chunk in enumerate(chunks) for value in device.feed(chunk, number / 10)]


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([NOBODY], []),
        ([NOBODY, NOBODY], [Radar.NONE]),
        ([NOBODY, NOBODY, MOVING, NOBODY], [Radar.NONE, Radar.NONE]),
        ([NOBODY, NOBODY, MOVING, MOVING], [Radar.NONE, Radar.MOVING]),
        ([MOVING, BOTH, STILL, MOVING], [Radar.BOTH, Radar.STILL, Radar.MOVING]),
        ([STILL, STILL, NOBODY, STILL, NOBODY, NOBODY], [Radar.STILL, Radar.STILL, Radar.NONE]),
        ([STILL, STILL, report(4), report(5)], [Radar.STILL, Radar.NO_STATEMENT]),
        ([report(6), report(6), MOVING, MOVING], [Radar.NO_STATEMENT, Radar.NO_STATEMENT, Radar.MOVING]),
    ],
)
def test_presence_changes_with_the_second_equal_frame(frames: list[bytes], expected: list[Radar]) -> None:
    assert readings(Ld2410Device(), *frames) == expected


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([EMPTY, EMPTY], [Targets()]),
        ([SEEN, SEEN, EMPTY, SEEN], [Targets((Target(-782, 1713, -16),))] * 2),
        ([SEEN, SEEN, EMPTY, EMPTY], [Targets((Target(-782, 1713, -16),)), Targets()]),
    ],
)
def test_targets(frames: list[bytes], expected: list[Targets]) -> None:
    assert readings(Ld2450Device(), *frames) == expected


def test_no_single_torn_bit_ever_changes_what_is_told() -> None:
    """The state byte of a report has no protection of its own; the frames around it are it."""
    for frame in REPORTS:
        for mutant in codec_kit.bit_flips(frame):
            values = readings(Ld2410Device(), *[frame] * 3, mutant, *[frame] * 3)
            told = {value for value in values if isinstance(value, Radar)}
            assert len({value is Radar.NONE for value in told}) == 1
            assert Radar.NO_STATEMENT not in told


def test_light_once_a_second() -> None:
    device = Ld2410Device()
    values = readings(device, *[report(1, engineering=True)] * 25)
    assert [value for value in values if isinstance(value, Light)] == [Light(raw=0x60)] * 3
    assert values.count(Radar.MOVING) == 24


def due_at(device: HilinkDevice[Any], now_s: float, until_s: float) -> Iterator[tuple[float, bytes]]:
    """What the device writes when it is called as it asks to be."""
    while (due_s := device.next_due_s()) is not None and due_s <= until_s:
        now_s = max(now_s, due_s)
        if data := device.due(now_s):
            yield round(now_s, 2), data


OPEN, CLOSE, RESTART = commands.open_config(), commands.close_config(), commands.restart()


@pytest.mark.parametrize("device_of", [Ld2410Device, Ld2450Device])
def test_ways_out_of_silence(device_of: MakeDevice) -> None:
    """FE early, FE after 3 s, then FF and restart; again and again, but ever more seldom."""
    device = device_of()
    assert device.due(0.0) == b""
    written = list(due_at(device, 0.0, 200.0))
    assert written[:3] == [(0.5, CLOSE), (3.0, CLOSE), (4.0, OPEN)]
    closes = [at for at, data in written if data == CLOSE]
    assert {0.5, 3.0, 19.0, 50.0, 111.0, 172.0} <= set(closes)
    assert len(written) < 60


def test_a_module_that_answers_is_restarted() -> None:
    device = Ld2450Device()
    device.feed(SEEN * 3, 0.0)
    assert list(due_at(device, 0.0, 2.99)) == []
    assert device.due(3.0) == CLOSE
    assert device.due(4.0) == OPEN
    device.feed(stream_of("ld2410", "configuration opened"), 4.01)
    assert device.due(4.1) == RESTART
    device.feed(stream_of("ld2410", "restart"), 4.11)
    assert device.next_due_s() == pytest.approx(19.0)
    assert len(device.feed(SEEN * 2, 5.5)) == 2
    assert device.next_due_s() == pytest.approx(8.5)


def test_engineering_mode_is_asked_for_and_given_up() -> None:
    """Firmware that never does it stays a presence sensor."""
    device, opens, now_s = Ld2410Device(), 0, 0.0
    for _ in range(3000):
        now_s += 0.1
        device.feed(NOBODY, now_s)
        opens += device.due(now_s) == OPEN
    assert opens == 3 * ENGINEERING_TRIES, "each conversation opens three times without an answer"
    assert Ld2410Device(light=False).feed(NOBODY * 5, 0.0)[-1] is Radar.NONE


def test_a_conversation_asks_for_its_next_call() -> None:
    device = Ld2410Device()
    device.feed(NOBODY * 3, 10.0)
    assert device.due(10.0) == OPEN
    assert device.next_due_s() == pytest.approx(10.3)
    device.feed(stream_of("ld2410", "configuration opened"), 10.1)
    assert device.next_due_s() == pytest.approx(10.15)


def test_no_commands_before_it_is_confirmed() -> None:
    device = Ld2410Device()
    device.feed(NOBODY * 2, 0.0)
    assert device.due(0.0) == b""
    device.feed(NOBODY, 0.1)
    assert device.due(0.1) == OPEN


@pytest.mark.parametrize(
    ("device_of", "case", "name"),
    [
        (Ld2410Device, "LD2412, basic", "HiLink LD2412"),
        (Ld2410Device, "LD2410S, short frames", "HiLink LD2410S"),
        (Ld2410Device, "LD2410D", "HiLink LD2410D"),
        (Ld2410Device, "an LD2450 is another codec's", "HiLink LD2450"),
        (Ld2450Device, "LD2412, basic", "HiLink LD2412"),
        (Ld2450Device, "basic report of the manual", "HiLink LD2410"),
    ],
)
def test_another_model_is_named_and_left_alone(device_of: MakeDevice, case: str, name: str) -> None:
    device = device_of()
    device.feed(stream_of("ld2410", case), 0.0)
    assert device.foreign == name
    assert device.counters.frames == 0
    assert device.due(100.0) == b""
    assert device.next_due_s() is None


def test_the_right_model_after_all() -> None:
    device = Ld2410Device()
    device.feed(stream_of("ld2410", "LD2412, basic") + NOBODY, 0.0)
    assert device.foreign == ""
    assert device.next_due_s() is not None
