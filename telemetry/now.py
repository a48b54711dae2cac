"""What the app is at this moment: `now/room` or `now/kiosk`, on change and each minute, and the facts of `twin/room`.

Made of the app's status, which carries no subject and no name; unknown is a value here too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from common.clock import Clock
from telemetry.app_client import AppClient
from telemetry.bus import Bus
from telemetry.now_values import changed, kiosk_now, room_now, room_twin
from telemetry.settings import AgentUnit
from telemetry.topics import Topics

AGAIN_S = 60.0


class Now:
    """Tells what `app` looks like. `alarms` counts what the unit's health complains of."""

    def __init__(
        self,
        unit: AgentUnit,
        app: AppClient,
        topics: Topics,
        bus: Bus,
        clock: Clock,
        *,
        alarms: Callable[[], int] = lambda: 0,
        again_s: float = AGAIN_S,
    ) -> None:
        self._unit = unit
        self._values = room_now if unit.role == "room" else kiosk_now
        self._app = app
        self._topics = topics
        self._bus = bus
        self._clock = clock
        self._alarms = alarms
        self._again_s = again_s
        self._told: Mapping[str, Any] = {}
        self._twin: Mapping[str, Any] = {}

    def listen(self) -> None:
        """Tell each change of the app's status from now on."""
        self._app.listen(self.look)
        self._tell_twin(self._app.latest)

    def look(self, status: Mapping[str, Any] | None) -> None:
        """Tell what `status` says, if it is another thing than was told before."""
        values = self._now(status)
        if changed(self._told, values):
            self._tell(values)
        self._tell_twin(status)

    async def run(self) -> None:
        """Tell it again each minute, for ever: Home Assistant forgets what it has not heard for long."""
        while True:
            await asyncio.sleep(self._again_s)
            self._tell(self._now(self._app.latest))

    def _now(self, status: Mapping[str, Any] | None) -> dict[str, Any]:
        return self._values(status) | {"alarms": self._alarms()}

    def _tell(self, values: Mapping[str, Any]) -> None:
        self._told = values
        payload = msgspec.json.encode({**values, "ts": int(self._clock.now().timestamp() * 1000)})
        self._bus.publish(self._topics.now(self._unit.role), payload, retain=True, qos=0)

    def _tell_twin(self, status: Mapping[str, Any] | None) -> None:
        unit = self._unit
        values = room_twin(unit.role, unit.name, unit.site, unit.floor, status)
        if status is None and self._twin:
            return  # an app that is away for a moment has not lost its sensors
        if values != self._twin:
            self._twin = values
            self._bus.publish(self._topics.twin("room"), msgspec.json.encode(values), retain=True)
