"""Records what the sensors of a unit's configuration say, for `mydesk-drivers record`."""

from __future__ import annotations

import asyncio
import time
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from common import config
from drivers.device import Health
from drivers.errors import UsageError
from drivers.readings import Reading
from drivers.recording import RecordingError, RecordingWriter
from drivers.sensor_config import SensorConfig
from drivers.sensors import Sensors

LOOK_S = 0.2


def read_sensors(path: Path) -> tuple[SensorConfig, ...]:
    """The [[sensors]] of a configuration file; its other sections are not looked at.

    Raises:
        common.config.ConfigError: the file cannot be read, or a sensor is configured wrongly.
        UsageError: it names no sensor.
    """
    others = [name for name in _names(path) if name != "sensors"]
    fields: list[Any] = [(f"other_{place}", Any, None) for place in range(len(others))]
    kind = msgspec.defstruct(
        "SensorsOfAUnit",
        [("sensors", tuple[SensorConfig, ...], ()), *fields],
        kw_only=True,
        frozen=True,
        rename={f"other_{place}": name for place, name in enumerate(others)},
    )
    loaded: Any = config.load(path, kind)
    if not loaded.sensors:
        raise UsageError(f"{path} configures no sensor.", hint="Add a [[sensors]] table; see docs/drivers.md.")
    return tuple(loaded.sensors)


def _names(path: Path) -> list[str]:
    try:
        return list(tomllib.loads(path.read_text("utf-8-sig")))
    except (OSError, ValueError, RecursionError):
        return []  # common.config says more about it


async def record_sensors(path: Path, out: Path, seconds: float, tell: Callable[[Health], None]) -> None:
    """Record until cancelled, for `seconds` unless 0, or until the file has its full size; `tell` of each sensor's
    health as it changes.

    Raises:
        RecordingError: the file is there already, or the disk failed.
    """
    configs = read_sensors(path)
    failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    names = {one.name: one.kind for one in configs}
    with RecordingWriter(out, names, started=datetime.now(UTC), start_s=time.monotonic()) as recording:

        def write(reading: Reading) -> None:
            try:
                if not failed.done():
                    recording.write(reading)
            except RecordingError as error:
                failed.set_exception(error)

        sensors = Sensors(configs, write)
        running = asyncio.create_task(sensors.run())
        try:
            await _watched(sensors, failed, seconds, tell)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            sensors.close()


async def _watched(
    sensors: Sensors, failed: asyncio.Future[None], seconds: float, tell: Callable[[Health], None]
) -> None:
    began_s, told = time.monotonic(), dict[str, tuple[str, str]]()
    while not seconds or time.monotonic() - began_s < seconds:
        for health in sensors.health():
            now = (health.condition, health.problem)
            if told.get(health.name) != now:
                told[health.name] = now
                tell(health)
        await asyncio.wait((failed,), timeout=LOOK_S)
        if failed.done():
            failed.result()
