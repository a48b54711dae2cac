"""A link to a real broker, in a loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from common.clock import SystemClock
from telemetry.link import LinkPace, MqttLink
from telemetry.settings import AgentUnit, HubSection
from tests.mqtt_kit.broker import Broker
from tests.mqtt_kit.certificates import Identity

SOON = LinkPace(least_s=0.05, most_s=1.0, look_s=0.05)


def hub_section(broker: Broker, identity: Identity, **changes: object) -> HubSection:
    settings = {
        "host": broker.host,
        "port": broker.port,
        "ca_file": str(broker.ca.ca_file),
        "cert_file": str(identity.cert_file),
        "key_file": str(identity.key_file),
        "keepalive_s": 5,
        "first_spread_s": 0.0,
        **changes,
    }
    return msgspec.convert(settings, HubSection)


def make_link(
    broker: Broker,
    identity: Identity,
    folder: Path,
    pace: LinkPace = SOON,
    chance: random.Random | None = None,
    **changes: object,
) -> MqttLink:
    state = folder / f"state-{identity.name}"
    state.mkdir(exist_ok=True)
    return MqttLink(
        AgentUnit(id=identity.name, role="room"),
        hub_section(broker, identity, **changes),
        version="1.4.0",
        clock=SystemClock(),
        state_folder=state,
        pace=pace,
        chance=chance,
    )


@contextlib.asynccontextmanager
async def running(link: MqttLink) -> AsyncIterator[asyncio.Task[None]]:
    """`link.run()` as a task, cancelled at the end and waited for."""
    task = asyncio.get_running_loop().create_task(link.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
