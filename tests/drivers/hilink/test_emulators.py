"""The emulated radars, heard by the real devices and tuned by real conversations."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from drivers.emulators.emulator import Fault
from drivers.emulators.hilink import HilinkEmulator
from drivers.emulators.ld2410 import Ld2410Emulator
from drivers.emulators.ld2450 import Ld2450Emulator
from drivers.errors import DeviceProtocolError, DeviceSilent, UsageError
from drivers.hilink import commands
from drivers.hilink.acks import Ack
from drivers.hilink.commands import command
from drivers.hilink.device import HilinkDevice
from drivers.hilink.ld2410 import EngineeringReport, Ld2410Codec, Ld2410Device
from drivers.hilink.ld2450 import OLDEST_FIRMWARE, Ld2450Device
from drivers.hilink.protocol import (
    FACTORY,
    Command,
    Firmware,
    LightFunction,
    LightMode,
    Mac,
    Resolution,
    Tracking,
    Zone,
    ZoneMode,
    Zones,
)
from drivers.hilink.session import Session
from drivers.readings import Light, Radar, Targets, Value

STEP_S = 0.05
MakeRadar = Callable[[], HilinkEmulator]
MakeDevice = Callable[[], HilinkDevice[Any]]
BOTH_KINDS = pytest.mark.parametrize(
    ("radar_of", "device_of"), [(Ld2410Emulator, Ld2410Device), (Ld2450Emulator, Ld2450Device)], ids=["2410", "2450"]
)


class Bench:
    """An emulator wired to a device; the time is ours."""

    def __init__(self, radar: HilinkEmulator, device: HilinkDevice[Any]) -> None:
        self.radar, self.device, self.now_s = radar, device, 100.0

    def run(self, seconds: float) -> list[Value]:
        """What the device tells in that time."""
        return [value for values in self._steps(seconds) for value in values]

    def _steps(self, seconds: float) -> Iterator[list[Value]]:
        for _ in range(round(seconds / STEP_S)):
            self.now_s += STEP_S
            yield self.device.feed(self.radar.due(self.now_s), self.now_s)
            if data := self.device.due(self.now_s):
                yield self.device.feed(self.radar.receive(data, self.now_s), self.now_s)


def converse(radar: HilinkEmulator, *frames: bytes, lost: Sequence[int] = (), start_s: float = 50.0) -> tuple[Ack, ...]:
    """A conversation with reports in between; writes with these numbers are lost on the way."""
    session, codec, now_s, written = Session(frames), Ld2410Codec(), start_s, 0
    while not session.done:
        now_s += 0.01
        answer = radar.due(now_s)
        if data := session.due(now_s):
            answer += b"" if written in lost else radar.receive(data, now_s)
            written += 1
        for event in codec.feed(answer):
            if isinstance(event, Ack):
                session.take(event, now_s)
    return session.result()


def radars(values: list[Value]) -> list[Radar]:
    return [value for value in values if isinstance(value, Radar)]


def test_a_person_comes_and_goes() -> None:
    radar = Ld2410Emulator()
    bench = Bench(radar, Ld2410Device())
    assert set(radars(bench.run(3))) == {Radar.NONE}
    radar.person(150)
    assert set(radars(bench.run(2))[2:]) == {Radar.BOTH}
    radar.person(150, moving=False)
    assert set(radars(bench.run(2))[2:]) == {Radar.STILL}
    radar.leave()
    assert Radar.NONE not in radars(bench.run(FACTORY.timeout_s - 0.5)), "the module's own timeout"
    assert radars(bench.run(2))[-1] is Radar.NONE
    assert radar.engineering, "the device has switched it on, for the light"
    assert Light(raw=96) in bench.run(2)
    assert bench.device.counters.bad_frames == bench.device.counters.junk_bytes == 0


def test_beyond_the_last_gate_and_in_a_gate_that_is_off_nobody_is_seen() -> None:
    for distance_cm, frames in (
        (700, ()),
        (380, (commands.set_range(4, 4, 0),)),
        (380, (commands.set_sensitivity(None, 100, 100),)),
    ):
        radar = Ld2410Emulator()
        converse(radar, *frames)
        radar.person(distance_cm)
        assert set(radars(Bench(radar, Ld2410Device()).run(3))) == {Radar.NONE}, distance_cm


def test_the_ld2450_holds_people_for_long() -> None:
    radar = Ld2450Emulator()
    bench = Bench(radar, Ld2450Device())
    radar.person(200)
    radar.person(300, moving=False, x_cm=-50)
    last = bench.run(2)[-1]
    assert isinstance(last, Targets)
    assert [(t.x_mm, t.y_mm, t.speed_cm_s) for t in last.targets] == [(0, 2000, -32), (-500, 3000, 0)]
    radar.leave()
    assert Targets() not in bench.run(35)
    assert bench.run(2)[-1] == Targets()
    radar.person(100)
    radar.person(100)
    radar.person(100)
    with pytest.raises(UsageError):
        radar.person(100)


@BOTH_KINDS
@pytest.mark.parametrize("fault", [Fault.NOISE, Fault.TRUNCATED])
def test_noise_and_cut_frames_cost_frames_but_tell_nothing_false(
    radar_of: MakeRadar, device_of: MakeDevice, fault: Fault
) -> None:
    bench = Bench(radar_of(), device_of())
    bench.radar.faults.add(fault)
    values = [value for value in bench.run(20) if not isinstance(value, Light)]
    assert set(values) in ({Radar.NONE}, {Targets()})
    assert bench.device.counters.junk_bytes > 0
    assert bench.device.counters.frames >= 120


def test_calibration_makes_no_statement_and_keeps_the_link() -> None:
    radar = Ld2410Emulator()
    bench = Bench(radar, Ld2410Device())
    bench.run(1)
    radar.faults.add(Fault.CALIBRATING)
    frames = bench.device.counters.frames
    assert set(radars(bench.run(5))[1:]) == {Radar.NO_STATEMENT}
    assert bench.device.counters.frames - frames >= 49
    radar.faults.clear()
    assert radars(bench.run(1))[-1] is Radar.NONE


def test_stuck() -> None:
    radar = Ld2410Emulator()
    bench = Bench(radar, Ld2410Device())
    radar.person(150)
    bench.run(2)
    radar.faults.add(Fault.STUCK)
    radar.leave()
    assert set(radars(bench.run(60))) == {Radar.BOTH}
    radar.faults.clear()
    assert radars(bench.run(6))[-1] is Radar.NONE


@BOTH_KINDS
def test_silence_ends_and_a_module_left_in_configuration_is_brought_back(
    radar_of: MakeRadar, device_of: MakeDevice
) -> None:
    radar = radar_of()
    bench = Bench(radar, device_of())
    radar.receive(commands.open_config(), 0.0)
    values = bench.run(1.5)
    assert values, "FE half a second after opening"
    radar.faults.add(Fault.SILENCE)
    assert len(bench.run(10)) == 0
    radar.faults.clear()
    restarts = radar.restarts
    bench.run(30)
    assert radar.restarts <= restarts + 1
    assert bench.run(1)


@BOTH_KINDS
def test_late_calls_give_one_second_at_most(radar_of: MakeRadar, device_of: MakeDevice) -> None:
    fresh = radar_of()
    assert len(device_of().feed(fresh.due(1000.0) * 2, 1000.0)) <= 3
    frame = len(fresh.due(1000.1))
    assert 9 * frame <= len(fresh.due(5000.0)) <= 11 * frame


def test_parameters_are_read_and_written() -> None:
    radar = Ld2410Emulator()
    (read,) = converse(radar, commands.read_parameters())
    assert read.value == FACTORY
    written = converse(
        radar,
        commands.set_sensitivity(None, 60, 55),
        commands.set_sensitivity(2, 100, 100),
        commands.set_range(6, 5, 12),
        commands.read_parameters(),
    )
    parameters = written[-1].value
    assert parameters == radar.parameters
    assert radar.parameters.moving_sensitivity == (60, 60, 100, *(60,) * 6)
    assert radar.parameters.still_sensitivity == (0, 0, 100, *(55,) * 6), "gates 0 and 1 are not settable"
    assert (radar.parameters.max_moving_gate, radar.parameters.max_still_gate, radar.parameters.timeout_s) == (6, 5, 12)


def test_baud_bluetooth_and_resolution_wait_for_the_restart() -> None:
    radar = Ld2410Emulator()
    asked = converse(
        radar, commands.read_mac(), commands.set_baud(115200), commands.bluetooth(on=False), commands.set_resolution(20)
    )
    assert asked[0].value == Mac("8f:27:2e:b8:0f:65")
    assert (radar.baud, radar.bluetooth, radar.gate_cm) == (256000, True, 75)
    converse(radar, commands.engineering(on=True), commands.restart())
    assert (radar.baud, radar.bluetooth, radar.gate_cm, radar.engineering) == (115200, False, 20, False)
    again = converse(radar, commands.read_mac(), commands.read_resolution(), start_s=60.0)
    assert [ack.value for ack in again] == [Mac(None), Resolution(20)]
    converse(radar, commands.factory_reset(), commands.restart(), start_s=70.0)
    assert (radar.baud, radar.bluetooth, radar.gate_cm) == (256000, True, 75)


def test_the_other_commands() -> None:
    light = LightFunction(LightMode.ABOVE, 60, out_idle_high=True)
    acks = converse(
        Ld2410Emulator(),
        commands.read_firmware(),
        commands.bluetooth_password("secret"),
        commands.set_light_function(LightMode.ABOVE, 60, out_idle_high=True),
        commands.read_light_function(),
        commands.engineering(on=False),
    )
    assert [ack.value for ack in acks] == [Firmware(2, 4, 0x23022511, 1), None, None, light, None]
    zone = Zone(1000, 1000, -1000, 5000)
    acks = converse(
        Ld2450Emulator(),
        commands.read_firmware(),
        commands.track(multi=False),
        commands.read_tracking(),
        commands.set_zones(ZoneMode.ONLY, zone),
        commands.read_zones(),
    )
    assert acks[0].value == OLDEST_FIRMWARE
    radar = Ld2450Emulator()
    converse(radar, commands.track(multi=False), commands.set_zones(ZoneMode.ONLY, zone))
    converse(radar, commands.factory_reset(), start_s=60.0)
    assert (radar.multi, radar.zones) == (True, bytes(26))
    assert OLDEST_FIRMWARE.version == "V2.02.23090617"
    assert [ack.value for ack in acks[2::2]] == [Tracking(multi=False), Zones(ZoneMode.ONLY, (zone, Zone(), Zone()))]


@pytest.mark.parametrize(("mode", "seen"), [(ZoneMode.OFF, 2), (ZoneMode.ONLY, 1), (ZoneMode.EXCLUDE, 1)])
def test_zones_of_the_ld2450(mode: ZoneMode, seen: int) -> None:
    radar = Ld2450Emulator()
    converse(radar, commands.set_zones(mode, Zone(-500, 0, 500, 2500)))
    radar.person(200)
    radar.person(400)
    told = Bench(radar, Ld2450Device()).run(1)[-1]
    assert isinstance(told, Targets)
    assert len(told.targets) == seen


def test_engineering_reports_show_the_person_in_its_gate() -> None:
    radar, codec = Ld2410Emulator(), Ld2410Codec()
    radar.person(320)
    converse(radar, commands.engineering(on=True))
    reports = [event for event in codec.feed(radar.due(60.0)) if isinstance(event, EngineeringReport)]
    assert reports[-1].moving_energies.index(max(reports[-1].moving_energies)) == 4
    assert reports[-1].out


def test_lost_writes_are_repeated_and_too_many_are_told() -> None:
    assert converse(Ld2410Emulator(), commands.read_mac(), lost=(0, 2))[0].ok
    with pytest.raises(DeviceSilent):
        converse(Ld2410Emulator(), commands.read_mac(), lost=(1, 2, 3))


WRONG = [
    command(Command.BAUD_SET, b"\x09\x00"),
    command(Command.RANGE_SET, b"\x00"),
    command(Command.SENSITIVITY_SET, bytes.fromhex("0000 09000000 0100 28000000 0200 28000000")),
    command(Command.RESOLUTION_SET, b"\x02\x00"),
    command(Command.LIGHT_SET, b"\x03\x00\x00\x00"),
    command(Command.BLUETOOTH_SET, b""),
    command(Command.ZONES_SET, bytes(26)),
]


@pytest.mark.parametrize("frame", WRONG)
def test_the_module_refuses_what_it_does_not_take(frame: bytes) -> None:
    radar = Ld2410Emulator()
    with pytest.raises(DeviceProtocolError):
        converse(radar, frame)
    assert not radar.configuring, "the session has closed it"


def test_outside_of_configuration_commands_do_nothing() -> None:
    radar = Ld2410Emulator()
    assert radar.receive(commands.engineering(on=True), 0.0) == b""
    assert not radar.engineering
    radar.receive(commands.open_config(), 0.0)
    assert radar.due(0.0) + radar.due(1.0) == b"", "no reports in configuration"
    assert radar.takes()


@pytest.mark.parametrize("radar_of", [Ld2410Emulator, Ld2450Emulator])
def test_any_bytes_from_the_host(radar_of: MakeRadar) -> None:
    radar, noise = radar_of(), random.Random(3)
    words = [bytes((word, 0)) for word in (0x60, 0x61, 0x64, 0xA1, 0xA3, 0xA4, 0xAA, 0xAD, 0xC2, 0xFF)]
    for number in range(3000):
        value = noise.randbytes(noise.randrange(30))
        body = noise.choice(words) + value
        radar.receive(bytes.fromhex("FDFCFBFA") + bytes((len(body), 0)) + body + bytes.fromhex("04030201"), number / 10)
        radar.receive(value, number / 10)
        assert len(radar.due(number / 10)) <= 450
