"""Sends the discovery payload: once (the link repeats what is retained with each connect), and to a new-born HA."""

from __future__ import annotations

import asyncio
import random

import msgspec

from telemetry.bus import Bus
from telemetry.discovery import discovery
from telemetry.settings import AgentUnit
from telemetry.topics import HA_STATUS, Topics

SPREAD_S = 30.0
"""Home Assistant should not hear of a thousand units in the second it starts."""


class DiscoverySender:
    """`enabled` False takes the unit out of Home Assistant again."""

    def __init__(
        self, unit: AgentUnit, version: str, bus: Bus, *, enabled: bool = True, spread_s: float = SPREAD_S
    ) -> None:
        self._topic = Topics(unit.id).discovery
        self._payload = msgspec.json.encode(discovery(unit, version)) if enabled else b""
        self._bus = bus
        self._spread_s = spread_s
        self._born = asyncio.Event()
        self._random = random.Random()  # noqa: S311 - spreads messages, guards nothing

    def listen(self) -> None:
        """Publish, and hear when Home Assistant starts."""
        self._send()
        self._bus.hear(HA_STATUS, self._heard)

    async def run(self) -> None:
        """Send again a moment after each birth of Home Assistant, for ever."""
        while True:
            await self._born.wait()
            await asyncio.sleep(self._random.uniform(0, self._spread_s))
            self._born.clear()
            self._send()

    async def _heard(self, topic: str, payload: bytes) -> None:
        if payload == b"online" and self._payload:
            self._born.set()

    def _send(self) -> None:
        self._bus.publish(self._topic, self._payload, retain=True)
