"""How the panel's program is, from its own `status` (which carries no subject and no name)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from common.control import ControlError
from telemetry.health import readings
from telemetry.health.readings import Sensor

AppStatus = Callable[[], Awaitable[Mapping[str, Any]]]
"""Asks the app's control socket for `status`. Raises ControlError when it does not answer."""

_WELL = frozenset({"healthy", "starting"})
_DEVICES = ("printer", "scanner")
"""Keys of a kiosk's status that hold the condition of one device each."""

_MOST_SENSORS = 32


class App:
    """Picks what is known from the answer; fields that an older or newer app does not have are unknown."""

    def __init__(self, status: AppStatus) -> None:
        self._status = status

    async def read(self) -> readings.App:
        try:
            answer = await self._status()
        except ControlError:
            return readings.App(answers=False)
        sensors = tuple(_sensors(answer))[:_MOST_SENSORS]
        signed_in = answer.get("signed_in")
        return readings.App(
            answers=True,
            state=_text(answer.get("state") or answer.get("page")),
            frame_age_s=_number(answer.get("frame_age_s")),
            calendar_age_s=_number(answer.get("calendar_age_s")),
            signed_in=signed_in if isinstance(signed_in, bool) else None,
            sensors=sensors,
            sensors_silent=sum(sensor.condition not in _WELL for sensor in sensors),
        )


def _sensors(answer: Mapping[str, Any]) -> Iterator[Sensor]:
    listed = answer.get("sensors")
    for found in listed if isinstance(listed, list) else []:
        if isinstance(found, Mapping):
            yield Sensor(
                _text(found.get("name")),
                _text(found.get("kind")),
                _text(found.get("condition")),
                _number(found.get("age_s")),
            )
    for key in _DEVICES:
        if isinstance(found := answer.get(key), Mapping):
            yield Sensor(key, key, _text(found.get("condition")))


def _text(value: object) -> str:
    return value[:64] if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
