"""Light sensors on I2C: one measurement each second, in a thread, so that a bus that hangs does not stop the screen.

Wiring: SDA - GPIO2, SCL - GPIO3, VCC - 3V3, GND. `dtparam=i2c_arm=on` in /boot/firmware/config.txt.

>>> config = SensorConfig(name="corridor", kind="bh1750")            # doctest: +SKIP
>>> sensor = open_light(config, publish, clock.monotonic_s)          # doctest: +SKIP
>>> await sensor.run()                                               # doctest: +SKIP
>>> sensor.close()                                                   # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from common.tasks import RestartPolicy
from drivers.device import Condition, Health
from drivers.errors import DeviceProtocolError, DeviceSilent, DriverError
from drivers.i2c import I2cDevice, Kernel
from drivers.light_chips import Bh1750, Chip, Veml7700
from drivers.readings import Light, Reading
from drivers.sensor_config import USUAL_ADDRESS
from drivers.standing import Standing

PERIOD_S = 1.0
STALE_S = 10.0
REOPEN = RestartPolicy(first_s=1.0, most_s=30.0)
CHIPS: dict[str, Callable[[], Chip]] = {"bh1750": Bh1750, "veml7700": Veml7700}


class LightConfig(Protocol):
    """What a light sensor needs of drivers.sensor_config.SensorConfig."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def driver(self) -> str: ...
    @property
    def i2c_bus(self) -> int: ...
    @property
    def i2c_address(self) -> int: ...


class LightSensor:
    """One light sensor; it opens its bus in `run`, and opens it again after a failure, 1 to 30 s later.

    `publish` is called in the event loop; what it raises ends `run`, which may be started again.
    """

    def __init__(
        self,
        config: LightConfig,
        publish: Callable[[Reading], object],
        monotonic_s: Callable[[], float],
        *,
        kernel: Kernel | None = None,
        period_s: float = PERIOD_S,
    ) -> None:
        self._config, self._publish, self._monotonic_s = config, publish, monotonic_s
        self._kernel, self._period_s = kernel, period_s
        self._chip = CHIPS[config.kind]()
        self._standing = Standing(config.name, config.kind)
        self._bus: I2cDevice | None = None
        self._closed = False
        self._closing: Callable[[], object] = lambda: None
        self._heard_s: float | None = None
        self._frames = self._bad = self._opened = self._failures = 0

    async def run(self) -> None:
        """Publish until `close`. Never raises DriverError: what is wrong is in `health`."""
        loop, closing = asyncio.get_running_loop(), asyncio.Event()
        self._closing = lambda: loop.call_soon_threadsafe(closing.set)
        try:
            while not self._closed:
                wait_s = await self._turn()
                try:
                    await asyncio.wait_for(closing.wait(), wait_s)
                except TimeoutError:
                    continue
        finally:
            self._closing = lambda: None

    def health(self) -> Health:
        """How it is, at any time."""
        age_s = None if self._heard_s is None else self._monotonic_s() - self._heard_s
        condition = self._standing.condition
        if condition is Condition.HEALTHY and age_s is not None and age_s > STALE_S:
            condition = Condition.STALE
        return Health(
            name=self._config.name,
            kind=self._config.kind,
            condition=condition,
            frame_age_s=age_s,
            problem=self._standing.problem,
            frames=self._frames,
            bad_frames=self._bad,
            reopened=max(0, self._opened - 1),
        )

    def close(self) -> None:
        """Give the bus back and let `run` end; may be called again."""
        self._closed = True
        self._drop()
        self._closing()

    @property
    def emulator(self) -> Any:
        """The emulated bus; None for a real one."""
        return self._kernel if self._config.driver == "emulated" else None

    async def _turn(self) -> float:
        """Measure once; return the seconds until the next time."""
        try:
            light = await self._measured()
        except DriverError as error:
            return self._failed(error)
        if self._closed:
            return 0.0
        if light is None:
            self._bad += 1
            return self._period_s
        self._frames += 1
        self._failures = 0
        self._heard_s = self._monotonic_s()
        self._standing.change(Condition.HEALTHY)
        self._publish(Reading(self._config.name, self._heard_s, light))
        return self._period_s

    async def _measured(self) -> Light | None:
        if self._bus is None:
            address = self._config.i2c_address or USUAL_ADDRESS[self._config.kind]
            self._bus = await asyncio.to_thread(I2cDevice, self._config.i2c_bus, address, self._kernel)
            self._opened += 1
        bus = self._bus
        await asyncio.to_thread(self._chip.prepare, bus)
        await asyncio.sleep(self._chip.wait_s)
        return await asyncio.to_thread(self._chip.light, bus)

    def _failed(self, error: DriverError) -> float:
        self._drop()
        if self._closed:
            return 0.0
        self._bad += isinstance(error, DeviceProtocolError)
        self._failures += 1
        self._standing.change(self._meaning(error), str(error), cause=type(error).__name__)
        return REOPEN.delay_s(self._failures)

    def _meaning(self, error: DriverError) -> Condition:
        if isinstance(error, DeviceProtocolError):
            return Condition.FOREIGN
        heard = self._heard_s is not None
        return Condition.STALE if heard and isinstance(error, DeviceSilent) else Condition.ABSENT

    def _drop(self) -> None:
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.close()


def open_light(
    config: LightConfig, publish: Callable[[Reading], object], monotonic_s: Callable[[], float]
) -> LightSensor:
    """Return the light sensor that `config` names, to be run; with driver = "emulated" it has an `emulator`."""
    if config.driver == "emulated":
        from drivers.emulators.light import EmulatedI2c  # imported here: a unit loads no emulator

        address = config.i2c_address or USUAL_ADDRESS[config.kind]
        return LightSensor(config, publish, monotonic_s, kernel=EmulatedI2c(config.kind, address, config.i2c_bus))
    return LightSensor(config, publish, monotonic_s)
