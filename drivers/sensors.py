"""All sensors of a panel: opened from the configuration, each in a task of its own, their readings in one stream.

    sensors = Sensors(config.sensors, publish)
    await sensors.run()                     # until cancelled
    sensors.health()

One that fails, or whose driver has a fault, never stops the others.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from common.tasks import Supervisor, TaskEvent
from drivers.device import Condition, Health
from drivers.emulators.emulator import Emulator
from drivers.errors import DriverError, UsageError
from drivers.gpio.pins import check_pins
from drivers.kinds import serial_kind
from drivers.lamp import LampConfig
from drivers.link import unstable_name
from drivers.readings import Reading
from drivers.sensor_config import GPIO_KINDS, SERIAL_KINDS, SensorConfig, list_problems
from drivers.standing import Standing
from drivers.supervisor import SerialSupervisor

if TYPE_CHECKING:
    from drivers.emulators.pty_device import PtyDevice

__all__ = ["SensorConfig", "Sensors", "list_problems"]

OPEN_AGAIN_S = 30.0
"""What cannot be opened at all (no library, no bus) is tried again after this."""

Publish = Callable[[Reading], None]

_log = logging.getLogger(__name__)


class Sensor(Protocol):
    """One sensor in use. `run` raises no DriverError: what is wrong with the wire is in `health`."""

    async def run(self) -> None:
        """Publish readings until cancelled or closed."""
        ...

    def health(self) -> Health:
        """How it is, at this instant."""
        ...

    def close(self) -> None:
        """Give everything back; may be called again."""
        ...


class SerialSensor:
    """A SerialSupervisor, and the emulated device at the other end of its port where the configuration says so."""

    def __init__(self, config: SensorConfig, publish: Publish, monotonic_s: Callable[[], float]) -> None:
        kind = serial_kind(config.kind)
        self.pty: PtyDevice[Emulator] | None = None
        if config.driver == "emulated":  # imported here: a unit loads no emulator
            from drivers.emulators.pty_device import PtyDevice

            self.pty = PtyDevice(kind.emulator(), monotonic_s)
        port = self.pty.path if self.pty else config.port
        if warning := unstable_name(port):
            _log.warning("%s (%s): %s", config.name, config.kind, warning)
        self._supervisor = SerialSupervisor(
            config.name, kind.device, port, publish, baud=config.baud, monotonic_s=monotonic_s
        )

    @property
    def emulator(self) -> Any:
        """The emulated device; None for a real one."""
        return self.pty.emulator if self.pty else None

    async def run(self) -> None:
        await self._supervisor.run()

    def health(self) -> Health:
        return self._supervisor.health()

    def close(self) -> None:
        if self.pty is not None:
            self.pty.close()


def open_sensor(config: SensorConfig, publish: Publish, monotonic_s: Callable[[], float]) -> Sensor:
    """Return the sensor of `config`, to be run.

    Raises:
        DriverError: it cannot be opened now.
    """
    # Imported here: a panel without GPIO or I2C needs no library for them.
    if config.kind in SERIAL_KINDS:
        return SerialSensor(config, publish, monotonic_s)
    if config.kind in GPIO_KINDS:
        from drivers.gpio.inputs import open_input

        return open_input(config, publish, monotonic_s)
    from drivers.light import open_light

    return open_light(config, publish, monotonic_s)


class _Slot:
    """One configured sensor, also while it cannot be opened."""

    def __init__(self, config: SensorConfig, opening: Callable[[SensorConfig], Sensor]) -> None:
        self.config = config
        self._opening = opening
        self._standing = Standing(config.name, config.kind)
        self.sensor: Sensor | None = None
        self._open()

    async def run(self) -> None:
        """Open the sensor if that failed before, again and again, and use it."""
        while self.sensor is None:
            await asyncio.sleep(OPEN_AGAIN_S)
            self._open()
        await self.sensor.run()

    def health(self) -> Health:
        if self.sensor is not None:
            return self.sensor.health()
        condition, problem = self._standing.condition, self._standing.problem
        return Health(self.config.name, self.config.kind, condition, problem=problem)

    def close(self) -> None:
        if self.sensor is not None:
            self.sensor.close()

    def _open(self) -> None:
        try:
            self.sensor = self._opening(self.config)
        except DriverError as error:
            self._standing.change(Condition.ABSENT, str(error), cause=type(error).__name__)


def _told_by_its_log_line(event: TaskEvent) -> None:
    """common.tasks logs each death by itself."""


def _in_the_way(configs: tuple[SensorConfig, ...]) -> Iterator[tuple[str, str]]:
    yield from ((f"sensors{key}", message) for key, message in list_problems(configs))
    yield from check_pins(LampConfig(), configs)


class Sensors:
    """The sensors of `configs`; `publish` is called on the loop with each reading.

    A driver that dies of a fault of ours is started again; `on_event` is told. `opening` is the seam for tests.

    Raises:
        UsageError: two tables are in each other's way (`list_problems`, `check_pins`).
    """

    def __init__(
        self,
        configs: Iterable[SensorConfig],
        publish: Publish,
        monotonic_s: Callable[[], float] = time.monotonic,
        *,
        on_event: Callable[[TaskEvent], None] = _told_by_its_log_line,
        opening: Callable[[SensorConfig, Publish, Callable[[], float]], Sensor] = open_sensor,
    ) -> None:
        configs = tuple(configs)
        for key, message in _in_the_way(configs):
            raise UsageError(f"{key} {message}.")
        self._on_event = on_event
        self._slots: dict[str, _Slot] = {}
        try:
            for config in configs:
                self._slots[config.name] = _Slot(config, lambda its: opening(its, publish, monotonic_s))
        except BaseException:
            self.close()
            raise

    async def run(self) -> None:
        """Use them all until cancelled; without any it waits just so."""
        async with Supervisor(self._on_event) as supervisor:
            for name, slot in self._slots.items():
                supervisor.start(f"sensor {name}", slot.run)
            await asyncio.get_running_loop().create_future()

    def health(self) -> tuple[Health, ...]:
        """How each is, at this instant, in the order of the configuration."""
        return tuple(slot.health() for slot in self._slots.values())

    def emulator(self, name: str) -> Any:
        """The emulated device or line behind the sensor `name`, to be told what to do.

        Raises:
            UsageError: there is no such sensor, or it is a real one.
        """
        sensor = self._emulated(name)
        return getattr(sensor, "emulator", None) or getattr(sensor, "wire", None)

    def pty(self, name: str) -> PtyDevice[Emulator]:
        """The port of an emulated serial sensor, to be unplugged and plugged in again.

        Raises:
            UsageError: as `emulator`, or it has no serial port.
        """
        sensor = self._emulated(name)
        if not isinstance(sensor, SerialSensor) or sensor.pty is None:
            raise UsageError(f"The sensor {name!r} has no serial port.")
        return sensor.pty

    def close(self) -> None:
        """Give all pins and ports back, after `run` has ended; may be called again."""
        for slot in self._slots.values():
            slot.close()

    def _emulated(self, name: str) -> Sensor:
        slot = self._slots.get(name)
        if slot is None or slot.sensor is None:
            raise UsageError(f"There is no sensor {name!r}.", hint=f"There are: {', '.join(self._slots) or 'none'}.")
        if slot.config.driver != "emulated":
            raise UsageError(f"The sensor {name!r} is a real one.", hint='Set driver = "emulated" to try things out.')
        return slot.sensor
