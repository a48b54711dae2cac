"""The sensors of a panel: what the configuration may say, and that each lives and dies alone."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest

from common.config import ConfigError, parse
from common.tasks import TaskEvent
from drivers.device import Condition, Health
from drivers.emulators.emulator import Fault
from drivers.errors import DeviceError, NoPinFactory, UsageError
from drivers.readings import Level, Light, Radar, Reading
from drivers.sensor_config import GPIO_KINDS, I2C_KINDS, SERIAL_KINDS
from drivers.sensors import SensorConfig, Sensors, list_problems, open_sensor

WITHIN_S = 10.0


class Panel(msgspec.Struct, frozen=True):
    """A file with sensors."""

    sensors: tuple[SensorConfig, ...] = ()

    def problems(self) -> Any:
        for key, message in list_problems(self.sensors):
            yield f"sensors{key}", message


def table(**keys: object) -> str:
    lines = [f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}" for key, value in keys.items()]
    return "\n".join(["[[sensors]]", *lines, ""])


RADAR = table(name="radar", kind="ld2410", port="/dev/serial/by-id/x")
PIR = table(name="pir", kind="pir", pin=4)
LUX = table(name="lux", kind="bh1750")

GOOD = [
    RADAR + PIR + LUX,
    table(name="co2", kind="scd30", port="/dev/ttyAMA0", baud=19200),
    table(name="call", kind="button", pin=5, active_high=False),
    table(name="call", kind="button", pin=5, pull="down"),
    table(name="door", kind="door", pin=6, pull="none", active_high=False),
    table(name="a", kind="bh1750") + table(name="b", kind="bh1750", i2c_address=0x5C),
    table(name="a", kind="bh1750") + table(name="b", kind="bh1750", i2c_bus=3),
    table(name="a", kind="ld2450", driver="emulated") + table(name="b", kind="pir", driver="emulated"),
]


@pytest.mark.parametrize("text", GOOD)
def test_good_tables_are_taken(text: str) -> None:
    assert len(parse(text, Panel).sensors) == text.count("[[sensors]]")


WRONG = [
    (table(name="Radar!", kind="pir", pin=4), "sensors[0].name", "[a-z0-9-]{1,32}"),
    (table(name="x", kind="gm65", port="/dev/x"), "sensors[0].kind", '"ld2410"'),
    (table(name="x", kind="ld2410"), "sensors[0].port", "`mydesk-drivers list` shows"),
    (table(name="x", kind="ld2410", port="ttyUSB0"), "sensors[0].port", "must name the serial port"),
    (table(name="x", kind="pir"), "sensors[0].pin", "0 to 27"),
    (table(name="x", kind="pir", pin=28), "sensors[0].pin", "28"),
    (table(name="x", kind="pir", pin=4, port="/dev/x"), "sensors[0].port", "has no meaning for kind = 'pir'"),
    (table(name="x", kind="ld2410", port="/dev/x", pin=4), "sensors[0].pin", "has no meaning"),
    (table(name="x", kind="veml7700", baud=9600), "sensors[0].baud", "has no meaning"),
    (table(name="x", kind="button", pin=4), "sensors[0].active_high", 'must be false for a button with pull = "up"'),
    (table(name="x", kind="button", pin=4, pull="down", active_high=False), "sensors[0].active_high", "must be true"),
    (table(name="x", kind="pir", pins=4), "sensors[0].pins", "did you mean sensors[0].pin"),
    (PIR + table(name="pir", kind="pir", pin=5), "sensors[1].name", "'pir' is the name of another"),
    (RADAR + RADAR.replace("radar", "b"), "sensors[1].port", "/dev/serial/by-id/x is used by the sensor 'radar'"),
    (LUX + LUX.replace("lux", "b"), "sensors[1].i2c_address", "address 0x23 of I2C bus 1 is used by the sensor 'lux'"),
]


@pytest.mark.parametrize(("text", "key", "words"), WRONG)
def test_a_wrong_table_is_told_at_its_place(text: str, key: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, Panel)
    (problem,) = caught.value.problems
    assert problem.key == key
    assert words in str(problem)


# --- in use


class Life:
    """Sensors at work inside a running loop."""

    def __init__(self, *configs: SensorConfig, **options: Any) -> None:
        self.readings: list[Reading] = []
        self.sensors = Sensors(configs, self.readings.append, **options)

    def health(self, name: str) -> Health:
        return next(health for health in self.sensors.health() if health.name == name)

    def from_(self, name: str) -> list[Reading]:
        return [reading for reading in self.readings if reading.source == name]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not condition():
                assert not self.task.done()
                await asyncio.sleep(0.005)

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self.sensors.run())
        return self

    async def __aexit__(self, *ended_by: object) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])
        self.sensors.close()
        self.sensors.close()


def emulated(name: str, kind: Any) -> SensorConfig:
    return SensorConfig(name=name, kind=kind, driver="emulated")


def test_a_panel_without_sensors_waits() -> None:
    async def scene() -> None:
        async with Life() as life:
            await asyncio.sleep(0)
            assert life.sensors.health() == ()

    asyncio.run(scene())


def test_an_emulated_radar_and_pir_tell_what_they_are_told() -> None:
    async def scene() -> None:
        async with Life(emulated("radar", "ld2410"), emulated("pir", "pir")) as life:
            await life.until(lambda: len(life.from_("radar")) > 3 and life.from_("pir"))
            assert {Radar, Light} >= {type(reading.value) for reading in life.from_("radar")} >= {Radar}
            life.sensors.emulator("pir").set(True)
            await life.until(lambda: life.from_("pir")[-1].value == Level(active=True))
            assert [health.name for health in life.sensors.health()] == ["radar", "pir"]
            assert {health.condition for health in life.sensors.health()} == {Condition.HEALTHY}

    asyncio.run(scene())


def test_one_that_is_unplugged_leaves_the_others_alone_and_comes_back() -> None:
    async def scene() -> None:
        async with Life(emulated("one", "ld2410"), emulated("two", "ld2410")) as life:
            await life.until(lambda: life.from_("one") and life.from_("two"))
            life.sensors.pty("one").unplug()
            await life.until(lambda: life.health("one").condition is Condition.ABSENT)
            seen = len(life.from_("two"))
            await life.until(lambda: len(life.from_("two")) > seen + 3)
            assert life.health("two").condition is Condition.HEALTHY
            life.sensors.pty("one").replug()
            await life.until(lambda: life.health("one").condition is Condition.HEALTHY)

    asyncio.run(scene())


def test_a_fault_of_an_emulator_is_seen_in_the_health() -> None:
    async def scene() -> None:
        async with Life(emulated("radar", "ld2410")) as life:
            await life.until(lambda: life.from_("radar"))
            life.sensors.emulator("radar").faults.add(Fault.NOISE)
            await life.until(lambda: life.health("radar").junk_bytes > 0)

    asyncio.run(scene())


class Doomed:
    """A sensor whose driver has a fault: it dies `deaths` times, then it lives."""

    def __init__(self, name: str, deaths: int) -> None:
        self._name, self._deaths = name, deaths
        self.closed = 0

    async def run(self) -> None:
        self._deaths -= 1
        if self._deaths >= 0:
            raise ZeroDivisionError
        await asyncio.get_running_loop().create_future()

    def health(self) -> Health:
        return Health(self._name, "pir", Condition.HEALTHY if self._deaths < 0 else Condition.ABSENT)

    def close(self) -> None:
        self.closed += 1


def test_a_driver_that_dies_is_started_again_and_told_and_the_others_live(caplog: pytest.LogCaptureFixture) -> None:
    doomed = Doomed("doomed", 1)

    def opening(config: SensorConfig, *rest: Any) -> Any:
        return doomed if config.name == "doomed" else open_sensor(config, *rest)

    async def scene() -> None:
        deaths: list[TaskEvent] = []
        async with Life(
            emulated("doomed", "pir"), emulated("radar", "ld2410"), opening=opening, on_event=deaths.append
        ) as life:
            await life.until(lambda: life.from_("radar") and deaths)
            assert [(event.name, event.exception_type) for event in deaths] == [("sensor doomed", "ZeroDivisionError")]
            await life.until(lambda: life.health("doomed").condition is Condition.HEALTHY)
            assert life.health("radar").condition is Condition.HEALTHY

    asyncio.run(scene())
    assert doomed.closed
    assert "task sensor doomed died of ZeroDivisionError" in caplog.text


def test_one_that_cannot_be_opened_is_tried_again_and_the_others_live(monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = [NoPinFactory("No GPIO.", hint="Install it."), DeviceError("Not allowed.")]

    def opening(config: SensorConfig, *rest: Any) -> Any:
        if config.name == "pir" and refusals:
            raise refusals.pop(0)
        return open_sensor(config, *rest)

    async def scene() -> None:
        async with Life(emulated("pir", "pir"), emulated("radar", "ld2410"), opening=opening) as life:
            assert life.health("pir") == Health("pir", "pir", Condition.ABSENT, problem="No GPIO. Install it.")
            with pytest.raises(UsageError):
                life.sensors.emulator("pir")
            await life.until(lambda: life.from_("radar"))
            await life.until(lambda: life.from_("pir"))
            assert life.health("pir").condition is Condition.HEALTHY

    monkeypatch.setattr("drivers.sensors.OPEN_AGAIN_S", 0.01)
    asyncio.run(scene())


def test_a_list_that_cannot_be_opened_at_all_is_refused_and_nothing_stays_open() -> None:
    opened: list[Doomed] = []

    def opening(config: SensorConfig, *rest: Any) -> Any:
        if config.name == "b":
            raise ZeroDivisionError
        opened.append(Doomed(config.name, 0))
        return opened[-1]

    with pytest.raises(UsageError, match=r"sensors\[1\]\.name 'a' is the name of another sensor already"):
        Sensors([emulated("a", "pir"), emulated("a", "pir")], print)
    with pytest.raises(UsageError, match=r"sensors\[1\]\.pin the door 'b' needs GPIO4, which the pir 'a' has"):
        Sensors([SensorConfig(name="a", kind="pir", pin=4), SensorConfig(name="b", kind="door", pin=4)], print)
    with pytest.raises(ZeroDivisionError):
        Sensors([emulated("a", "pir"), emulated("b", "pir")], print, opening=opening)
    assert [sensor.closed for sensor in opened] == [1]


def test_a_port_whose_name_may_change_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    for port in ("/dev/ttyUSB7", "/dev/serial/by-id/x"):
        Sensors([SensorConfig(name="co2", kind="mhz19", port=port)], print).close()
    (message,) = caplog.messages
    assert message.startswith("co2 (mhz19): /dev/ttyUSB7 may be another device after a restart.")


def test_only_emulated_sensors_have_an_emulator() -> None:
    real = SensorConfig(name="real", kind="ld2410", port="/dev/serial/by-id/none")
    sensors = Sensors([real, emulated("pir", "pir")], print)
    for ask, words in (
        (lambda: sensors.emulator("none"), "no sensor 'none'. There are: real, pir"),
        (lambda: sensors.emulator("real"), "is a real one"),
        (lambda: sensors.pty("pir"), "has no serial port"),
    ):
        with pytest.raises(UsageError) as caught:
            ask()
        assert words in str(caught.value)
    sensors.close()


@pytest.mark.parametrize("kind", [*SERIAL_KINDS, *GPIO_KINDS, *I2C_KINDS])
def test_every_kind_can_be_emulated(kind: str) -> None:
    async def scene() -> None:
        async with Life(emulated("it", kind)) as life:
            await life.until(lambda: life.health("it").condition is Condition.HEALTHY)
            assert life.health("it").kind == kind
            assert hasattr(life.sensors.emulator("it"), "faults")

    asyncio.run(scene())


def test_a_unit_with_a_real_radar_loads_no_emulator_and_no_gpio() -> None:
    script = (
        "import sys; from drivers.sensors import Sensors, SensorConfig;"
        "Sensors([SensorConfig(name='a', kind='ld2410', port='/dev/none')], print).close();"
        "print([name for name in sys.modules if name.startswith(('drivers.emulators.', 'gpiozero', 'kivy'))])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "['drivers.emulators.emulator']\n"
