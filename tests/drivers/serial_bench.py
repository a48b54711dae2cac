"""A supervisor of a LineDevice on a port of the test's, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from drivers.device import Health
from drivers.readings import Light, Reading
from drivers.supervisor import SerialSupervisor
from tests.drivers.line_device import LineDevice
from tests.drivers.scripted_link import Port, ScriptedLink, every, run


class Bench:
    """A supervisor with a port of the test's, watched for a while. To be made inside `run`."""

    def __init__(self, port: Port, make: Callable[[], Any] = LineDevice, *, baud: int = 0) -> None:
        self.port = port
        self.readings: list[Reading] = []
        self.loop = asyncio.get_running_loop()
        self.supervisor = SerialSupervisor(
            "bench", make, "/dev/x", self.readings.append, baud=baud, monotonic_s=self.loop.time, open_link=port.open
        )
        self.task = self.loop.create_task(self.supervisor.run())

    async def until(self, at_s: float) -> Health:
        await asyncio.sleep(at_s - self.loop.time())
        return self.supervisor.health()

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])
        assert all(not link.is_open for link in self.port.links)

    @property
    def link(self) -> ScriptedLink:
        return self.port.links[-1]

    @property
    def values(self) -> list[int | None]:
        return [reading.value.raw for reading in self.readings if isinstance(reading.value, Light)]


def bench(
    script: Callable[[Bench], Any],
    at_far_end: Callable[[ScriptedLink], None] = lambda link: None,
    make: Callable[[], Any] = LineDevice,
    **options: Any,
) -> None:
    """Run `script(Bench)` in virtual time with a supervisor at work."""

    async def scene() -> None:
        made = Bench(Port(at_far_end), make, **options)
        try:
            await script(made)
        finally:
            await made.stop()

    run(scene())


def talks(link: ScriptedLink) -> None:
    every(link, 0.1, b"=1\n")
