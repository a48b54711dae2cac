"""The other rooms on the demo's board: units that tell what the simulated tenant knows of their rooms."""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import Any
from urllib.parse import quote

from common.clock import ManualClock, SystemClock
from scripts.demo_hub import DemoHub, Neighbour
from simulator.server import Simulator
from telemetry.health.alarm_texts import TEXTS
from telemetry.link import MqttLink
from telemetry.messages import Alarm, encode
from telemetry.settings import AgentUnit, HubSection
from telemetry.topics import Topics

LOOK_EVERY_S = 2.0


async def live(hub: DemoHub, sim: Simulator, clock: ManualClock) -> None:
    """Run them all until cancelled."""
    async with asyncio.TaskGroup() as group:
        for number, neighbour in enumerate(hub.neighbours):
            link = _link(hub, neighbour)
            group.create_task(link.run(), name=neighbour.unit)
            group.create_task(_tell(link, neighbour, sim, clock, ill=number == 1), name=f"{neighbour.unit} tells")


def _link(hub: DemoHub, neighbour: Neighbour) -> MqttLink:
    folder = hub.unit_folder(neighbour.unit)
    section = HubSection(
        host="localhost",
        port=hub.broker_port,
        ca_file=str(folder / "site-ca.pem"),
        cert_file=str(folder / "unit.pem"),
        key_file=str(folder / "unit.key"),
        first_spread_s=0.0,
    )
    unit = AgentUnit(id=neighbour.unit, role="room", name=neighbour.room.name)
    return MqttLink(unit, section, version="demo", clock=SystemClock(), state_folder=folder)


async def _tell(link: MqttLink, neighbour: Neighbour, sim: Simulator, clock: ManualClock, *, ill: bool) -> None:
    topics, told = Topics(neighbour.unit), b""

    def connected() -> None:
        nonlocal told
        told = b""
        if ill:
            link.publish(topics.alarm("sensor-silent"), _alarm(), retain=True)

    link.at_connect(connected)
    while True:
        at = quote(clock.now().isoformat())
        path = f"/_sim/rooms/{neighbour.room.address}/truth?at={at}"
        busy = bool((await asyncio.to_thread(sim.control, "GET", path))["busy"])
        now = json.dumps(_now(neighbour, busy=busy)).encode()
        if link.state.connected and now != told:
            link.publish(topics.now("room"), now, retain=True)
            told = now
        await asyncio.sleep(LOOK_EVERY_S)


def _now(neighbour: Neighbour, *, busy: bool) -> dict[str, Any]:
    """Air as people leave it: a room has its own, by its name."""
    chance = zlib.crc32(neighbour.room.name.encode())
    return {
        "state": "busy" if busy else "free",
        "presence": "occupied" if busy else "vacant",
        "temperature_c": 20.5 + chance % 20 / 10 + busy,
        "co2_ppm": 480 + chance % 150 + 420 * busy,
        "calendar_ok": True,
    }


def _alarm() -> bytes:
    since_ms = round(SystemClock().now().timestamp() * 1000)
    text = TEXTS["sensor-silent"]
    return encode(Alarm(since=since_ms, severity=text.severity, text=text.text, do=text.do))
