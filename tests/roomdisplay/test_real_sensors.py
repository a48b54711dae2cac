"""The configured sensors themselves, emulated on ptys: from the bytes of a radar to the colour of the lamp."""

from __future__ import annotations

import asyncio
from pathlib import Path

from common.clock import SystemClock
from drivers.device import Condition
from drivers.sensors import Sensors
from roomdisplay.assembly import assembled
from roomdisplay.control import status_of
from roomdisplay.occupancy import Presence
from simulator.server import Simulator
from tests.roomdisplay.site import OFFICE, settings

RADAR = [{"name": "ceiling", "kind": "ld2410", "driver": "emulated"}]


def test_an_emulated_radar_is_heard_by_the_panel(tmp_path: Path) -> None:
    async def story(sim: Simulator) -> None:
        async with assembled(settings(sim, tmp_path, sensors=RADAR), SystemClock()) as panel:
            assert isinstance(panel.sensors, Sensors)
            task = asyncio.create_task(panel.run())
            try:
                async with asyncio.timeout(8):
                    while panel.people.sensor_health()[0].condition is not Condition.HEALTHY:
                        await asyncio.sleep(0.02)
                    panel.sensors.emulator("ceiling").person(150)
                    while panel.presence is not Presence.OCCUPIED:
                        await asyncio.sleep(0.02)
                status = status_of(panel)
                assert status["sensors"][0]["condition"] == "healthy"
                assert status["presence_evidence"][0]["sensor"] == "ceiling"
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    with Simulator.start(OFFICE) as sim:
        asyncio.run(story(sim))
