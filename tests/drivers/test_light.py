"""BH1750 and VEML7700: counts to lux as in the data sheets, the bus behind its system calls, the sensor in a loop."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from common.tasks import RestartPolicy
from drivers.device import Condition
from drivers.emulators.emulator import Fault
from drivers.emulators.light import EmulatedI2c
from drivers.errors import DeviceError, DeviceProtocolError, DeviceSilent, PortBusy, PortMissing, UsageError
from drivers.i2c import I2C_SLAVE, I2cDevice, LinuxKernel, Transfer
from drivers.light import STALE_S, LightSensor, open_light
from drivers.light_chips import Bh1750, Veml7700, bh1750_lux, veml7700_lux
from drivers.readings import Light, Reading
from drivers.sensor_config import USUAL_ADDRESS, SensorConfig

BH1750 = [
    (0x0000, 0.0),
    (0x0001, 0.83),
    (0x8390, 28066.67),  # the example of the data sheet: "10000011 10010000" is 28067 lx
    (0x0110, 226.67),
    (0xFFFF, 54612.5),
]
VEML7700 = [
    (0, 0.0),
    (1, 0.5376),
    (37, 19.89),
    (279, 149.99),
    (1860, 999.94),
    (1861, 1075.54),
    (9301, 6250.8),
    (65535, 120000.0),
]


@pytest.mark.parametrize(("count", "lux"), BH1750)
def test_bh1750(count: int, lux: float) -> None:
    assert bh1750_lux(count) == pytest.approx(lux, abs=0.01)


@pytest.mark.parametrize(("count", "lux"), VEML7700)
def test_veml7700(count: int, lux: float) -> None:
    assert veml7700_lux(count) == pytest.approx(lux, rel=0.001)


@pytest.mark.parametrize("lux", [bh1750_lux, veml7700_lux])
def test_more_counts_are_never_less_light(lux: Callable[[int], float]) -> None:
    told = [lux(count) for count in range(65536)]
    assert told == sorted(told)
    assert told[0] == 0


class Wire:
    """A bus that plays a script: what must be written, and what is read then."""

    def __init__(self, *script: tuple[bytes, bytes]) -> None:
        self.script = list(script)

    def write(self, data: bytes) -> None:
        assert self.script.pop(0) == (data, b"")

    def read(self, size: int) -> bytes:
        return self.exchange(b"", size)

    def exchange(self, data: bytes, size: int) -> bytes:
        expected, answer = self.script.pop(0)
        assert (data, size) == (expected, len(answer))
        return answer

    def close(self) -> None:
        raise AssertionError("a chip does not close its bus")


def test_what_a_bh1750_is_told() -> None:
    wire = Wire((b"\x01", b""), (b"\x20", b""), (b"", b"\x83\x90"))
    chip = Bh1750()
    chip.prepare(wire)
    assert chip.light(wire) == Light(lux=28066.67)
    assert (wire.script, chip.wait_s) == ([], 0.18)


def test_what_a_veml7700_is_told() -> None:
    fresh = [(b"\x00", b"\x01\x00"), (b"\x03\x00\x00", b""), (b"\x00\x00\x10", b""), (b"\x00", b"\x00\x10")]
    measured = [(b"\x04", b"\x25\x00"), (b"\x00", b"\x00\x10")]
    running = [(b"\x00", b"\x00\x10")]
    wire = Wire(*fresh, *measured, *running)
    chip = Veml7700()
    chip.prepare(wire)
    assert chip.light(wire) == Light(lux=19.89)
    chip.prepare(wire)
    assert wire.script == []


def test_a_veml7700_that_lost_power_tells_no_darkness() -> None:
    assert Veml7700().light(Wire((b"\x04", b"\x00\x00"), (b"\x00", b"\x01\x00"))) is None


def test_another_chip_at_the_address() -> None:
    answers = [(b"\x00", b"\xff\xff"), (b"\x03\x00\x00", b""), (b"\x00\x00\x10", b""), (b"\x00", b"\xff\xff")]
    with pytest.raises(DeviceProtocolError, match="0xffff to its set-up: not a VEML7700"):
        Veml7700().prepare(Wire(*answers))


@pytest.mark.parametrize("kind", USUAL_ADDRESS)
@pytest.mark.parametrize("lux", [0.0, 1.0, 20.0, 149.0, 999.0, 5000.0, 50000.0])
def test_the_emulated_chips_tell_the_light_they_are_in(kind: str, lux: float) -> None:
    bus = EmulatedI2c(kind, USUAL_ADDRESS[kind])
    bus.chip.lux = lux
    device = I2cDevice(1, USUAL_ADDRESS[kind], bus)
    chip: Any = {"bh1750": Bh1750, "veml7700": Veml7700}[kind]()
    for _ in range(2):
        chip.prepare(device)
        light = chip.light(device)
        assert light is not None
        assert light.lux == pytest.approx(lux, rel=0.01, abs=0.6)
        bus.chip.brown_out()
    device.close()
    device.close()
    assert bus.open_descriptors == 0


@dataclass
class Failing(LinuxKernel):
    """System calls on /dev/null, of which some fail."""

    opening: int = 0
    choosing: int = 0
    moving: int = 0
    done: int = 2
    size: int = 2

    def open(self, path: str) -> int:
        return self._fail(self.opening) or super().open("/dev/null")

    def ioctl(self, descriptor: int, request: int, argument: int | Transfer) -> int:
        if request == I2C_SLAVE:
            return self._fail(self.choosing)
        return self._fail(self.moving) or self.done

    def read(self, descriptor: int, size: int) -> bytes:
        self._fail(self.moving)
        return bytes(self.size)

    def _fail(self, number: int) -> int:
        if number:
            raise OSError(number, os.strerror(number))
        return 0


OPENING: list[tuple[Failing, type[DeviceError], str]] = [
    (Failing(opening=errno.ENOENT), PortMissing, "dtparam=i2c_arm=on"),
    (Failing(opening=errno.ENXIO), PortMissing, "ls /dev/i2c-*"),
    (Failing(opening=errno.EACCES), DeviceError, "group i2c"),
    (Failing(choosing=errno.EBUSY), PortBusy, "overlay"),
    (Failing(choosing=errno.EINVAL), DeviceError, "i2cdetect"),
]


@pytest.mark.parametrize(("kernel", "kind", "hint"), OPENING, ids=repr)
def test_what_the_kernel_says_at_opening(kernel: Failing, kind: type[DeviceError], hint: str) -> None:
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with pytest.raises(kind) as caught:
        I2cDevice(1, 0x23, kernel)
    assert type(caught.value) is kind
    assert hint in caught.value.hint
    assert set(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


@pytest.mark.parametrize("number", [errno.EREMOTEIO, errno.ENXIO, errno.ETIMEDOUT, errno.EIO])
def test_no_acknowledge_is_silence(number: int) -> None:
    device = I2cDevice(1, 0x23, Failing(moving=number))
    calls: tuple[Callable[[], bytes], ...] = (lambda: device.read(2), lambda: device.exchange(b"\x04", 2))
    for call in calls:
        with pytest.raises(DeviceSilent, match="nothing answers at address 0x23 of /dev/i2c-1"):
            call()
    device.close()


def test_half_an_answer_is_silence() -> None:
    device = I2cDevice(1, 0x10, Failing(done=1, size=1))
    with pytest.raises(DeviceSilent, match="broke off"):
        device.exchange(b"\x04", 2)
    with pytest.raises(DeviceSilent, match="1 of 2 bytes"):
        device.read(2)
    device.close()
    with pytest.raises(UsageError, match="is closed"):
        device.write(b"\x01")


def test_the_real_system_calls() -> None:
    """A device that is no I2C bus: the ioctl of this machine's kernel refuses it, and nothing is left open."""
    kernel = LinuxKernel()
    descriptor = kernel.open("/dev/null")
    assert fcntl.fcntl(descriptor, fcntl.F_GETFD) == fcntl.FD_CLOEXEC
    assert (kernel.write(descriptor, b"\x01"), kernel.read(descriptor, 2)) == (1, b"")
    with pytest.raises(OSError, match="Inappropriate ioctl"):
        kernel.ioctl(descriptor, I2C_SLAVE, 0x23)
    kernel.close(descriptor)
    with pytest.raises(PortMissing, match=r"/dev/i2c-250 is not there"):
        I2cDevice(250, 0x23)


@pytest.mark.parametrize("address", [0x24, 0x00])
def test_the_emulated_bus_is_as_strict_as_a_real_one(address: int) -> None:
    bus = EmulatedI2c("bh1750", 0x23)
    with pytest.raises(PortMissing):
        I2cDevice(2, 0x23, bus)
    device = I2cDevice(1, address, bus)
    with pytest.raises(DeviceSilent):
        device.write(b"\x01")
    device.close()
    for call in (lambda: bus.close(10_001), lambda: bus.read(10_001, 2), lambda: bus.ioctl(10_001, I2C_SLAVE, 1)):
        with pytest.raises(OSError, match="Bad file descriptor"):
            call()


# --- the sensor in a loop ---------------------------------------------------------------------------------------------


class Site:
    """A sensor on an emulated bus, with a clock that stands still."""

    def __init__(self, kind: str = "bh1750", *, period_s: float = 0.001, failing: Failing | None = None) -> None:
        self.now_s = 50.0
        self.told: list[Reading] = []
        self.bus = EmulatedI2c(kind, USUAL_ADDRESS[kind])
        config = SensorConfig(name="corridor", kind=kind)  # type: ignore[arg-type]
        kernel = failing or self.bus
        self.sensor = LightSensor(config, self.told.append, lambda: self.now_s, kernel=kernel, period_s=period_s)
        self.sensor._chip.wait_s = 0.0

    def run(self, test: Callable[[Site], Awaitable[None]]) -> None:
        async def main() -> None:
            running = asyncio.create_task(self.sensor.run())
            try:
                await test(self)
            finally:
                self.sensor.close()
                await asyncio.wait_for(running, 5)

        asyncio.run(main())
        assert self.bus.open_descriptors == 0

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0.001)


@pytest.mark.parametrize("kind", USUAL_ADDRESS)
def test_light_is_published_in_the_loop(kind: str) -> None:
    async def test(site: Site) -> None:
        site.bus.chip.lux = 120.0
        await site.until(lambda: len(site.told) > 2)
        light = site.told[-1].value
        assert isinstance(light, Light)
        assert light.lux == pytest.approx(120, abs=0.6)
        assert (site.told[-1].source, site.told[-1].monotonic_s) == ("corridor", 50.0)
        assert site.sensor.health().condition is Condition.HEALTHY
        site.now_s += STALE_S + 1
        await asyncio.sleep(0)

    site = Site(kind)
    assert site.sensor.health().condition is Condition.STARTING
    site.run(test)
    health = site.sensor.health()
    assert health.frames == len(site.told)
    assert (health.name, health.kind) == ("corridor", kind)
    site.now_s += STALE_S + 1
    assert site.sensor.health().condition is Condition.STALE
    site.sensor.close()


@pytest.mark.parametrize("kind", USUAL_ADDRESS)
def test_a_chip_that_loses_power_is_set_up_anew_and_tells_no_darkness(kind: str) -> None:
    async def test(site: Site) -> None:
        await site.until(lambda: len(site.told) > 1)
        for _ in range(5):
            site.bus.chip.brown_out()
            seen = len(site.told)
            await site.until(lambda seen=seen: len(site.told) > seen + 1)  # type: ignore[misc]
        assert all(isinstance(one.value, Light) and (one.value.lux or 0) > 290 for one in site.told)

    Site(kind).run(test)


def test_a_sensor_that_falls_silent_is_told_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.light.REOPEN", RestartPolicy(first_s=0.001))

    async def test(site: Site) -> None:
        await site.until(lambda: bool(site.told))
        site.bus.faults.add(Fault.SILENCE)
        await site.until(lambda: site.sensor.health().condition is Condition.STALE)
        assert "nothing answers at address 0x23 of /dev/i2c-1" in site.sensor.health().problem
        site.bus.faults.clear()
        seen = len(site.told)
        await site.until(lambda: len(site.told) > seen)
        health = site.sensor.health()
        assert (health.condition, health.problem, health.reopened > 0) == (Condition.HEALTHY, "", True)

    Site().run(test)


CONDITIONS = [
    (Failing(opening=errno.ENOENT), "bh1750", Condition.ABSENT, "dtparam=i2c_arm=on"),
    (Failing(moving=errno.EREMOTEIO), "bh1750", Condition.ABSENT, "nothing answers"),
    (Failing(), "veml7700", Condition.FOREIGN, "not a VEML7700"),
]


@pytest.mark.parametrize(("failing", "kind", "condition", "words"), CONDITIONS, ids=repr)
def test_what_is_wrong_is_in_its_health(failing: Failing, kind: str, condition: Condition, words: str) -> None:
    async def test(site: Site) -> None:
        await site.until(lambda: site.sensor.health().condition is condition)
        assert words in site.sensor.health().problem
        assert site.told == []

    Site(kind, failing=failing).run(test)


def test_what_publish_raises_ends_run_and_it_can_run_again() -> None:
    site = Site()
    publish, site.sensor._publish = site.sensor._publish, lambda reading: 1 // 0

    async def main() -> None:
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(site.sensor.run(), 5)
        site.sensor._publish = publish

    asyncio.run(main())

    async def test(site: Site) -> None:
        await site.until(lambda: bool(site.told))

    site.run(test)


def test_a_bus_that_hangs_does_not_stop_the_loop() -> None:
    hang, entered = threading.Event(), threading.Event()

    class Hanging(EmulatedI2c):
        def write(self, descriptor: int, data: bytes) -> int:
            entered.set()
            hang.wait(5)
            return super().write(descriptor, data)

    site = Site()
    site.bus = site.sensor._kernel = Hanging("bh1750", 0x23)

    async def test(site: Site) -> None:
        await site.until(entered.is_set)
        await asyncio.sleep(0.01)
        assert site.told == []
        hang.set()
        await site.until(lambda: bool(site.told))

    site.run(test)


def test_the_configuration_chooses() -> None:
    real = open_light(SensorConfig(name="a", kind="bh1750"), lambda reading: None, lambda: 0.0)
    assert real.emulator is None
    real.close()
    config = SensorConfig(name="a", kind="veml7700", driver="emulated", i2c_address=0x48)
    emulated = open_light(config, lambda reading: None, lambda: 0.0)
    assert isinstance(emulated.emulator, EmulatedI2c)
    I2cDevice(1, 0x48, emulated.emulator).close()
    emulated.close()
