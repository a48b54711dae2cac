"""Carries public keys between hub and kiosk, so that each can seal visits to the other (docs/decisions/0014).

    desired/sharing   the hub's keys by day      -> the kiosk's control socket, operation `sharing`
    reported/sharing  the kiosk's keys by day, and the address that invitations are sealed to  <- its answer, if new

Every five minutes, at each connect, and when the kiosk has learnt the time, for without the date it makes no keys;
sooner again while the kiosk does not answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from common.control import ControlError
from telemetry import messages
from telemetry.app_client import AppClient
from telemetry.bus import Bus
from telemetry.messages import SharingKeys
from telemetry.topics import Topics

EVERY_S = 300.0
AGAIN_S = 30.0

_log = logging.getLogger(__name__)


class SharingRelay:
    """Relays for one kiosk; a unit of another role has none. `run` for ever; `waiting` is what the kiosk said last."""

    def __init__(
        self, app: AppClient, topics: Topics, bus: Bus, *, every_s: float = EVERY_S, again_s: float = AGAIN_S
    ) -> None:
        self._app = app
        self._topics = topics
        self._bus = bus
        self._every_s = every_s
        self._again_s = again_s
        self._hub: SharingKeys | None = None
        self._reported: SharingKeys | None = None
        self._woken = asyncio.Event()
        self._answers = True
        self._clock_sure = False
        self.waiting = 0

    def listen(self) -> None:
        """Begin to hear."""
        self._bus.hear(f"{self._topics.root}/desired/+", self.heard)
        self._bus.at_connect(self._woken.set)
        self._app.listen(self.look)

    async def heard(self, topic: str, payload: bytes) -> None:
        """Take `desired/sharing`. Raises MessageError for what is none."""
        if topic != self._topics.desired("sharing") or not payload:
            return
        self._hub = messages.decode(payload, SharingKeys)
        self._woken.set()

    def look(self, status: Mapping[str, Any] | None) -> None:
        """Ask at once when the kiosk's clock has become sure."""
        sure = status is not None and status.get("clock_synchronised") is True
        if sure and not self._clock_sure:
            self._woken.set()
        self._clock_sure = sure

    async def run(self) -> None:
        """Exchange keys again and again, for ever."""
        while True:
            self._woken.clear()
            answered = await self.exchange()
            try:
                async with asyncio.timeout(self._every_s if answered else self._again_s):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def exchange(self) -> bool:
        """Ask the kiosk once; False: it does not answer, or refuses."""
        try:
            answer = await self._app.ask("sharing", keys=dict(self._hub.keys) if self._hub else {})
            own = msgspec.convert({"keys": answer.get("keys"), "address": answer.get("address", "")}, SharingKeys)
        except (ControlError, msgspec.ValidationError) as error:
            if self._answers:
                _log.warning("sharing of visits: %s", error)
            self._answers = False
            return False
        self._answers = True
        waiting = answer.get("waiting")
        self.waiting = waiting if isinstance(waiting, int) else 0
        if own != self._reported:
            self._reported = own
            self._bus.publish(self._topics.reported("sharing"), messages.encode(own), retain=True)
        return True
