"""What is wrong with an app, from its status, so that new settings can be judged by what they break. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

FRAME_LATE_S = 15.0
"""An app asks for a frame each 5 s."""

_WELL = frozenset({"healthy", "starting", ""})
_BAD_STATES = frozenset({"needs-sign-in", "no-room"})


def troubles(status: Mapping[str, Any]) -> frozenset[str]:
    """Each trouble as a word or two.

    Nothing that settings cannot cause: a network that is away says nothing about them.

    >>> sorted(troubles({"state": "needs-sign-in", "sensors": [{"name": "door", "condition": "absent"}]}))
    ['needs-sign-in', 'sensor door absent']
    """
    return frozenset(_found(status))


def _found(status: Mapping[str, Any]) -> Iterator[str]:
    if status.get("state") in _BAD_STATES:
        yield str(status["state"])
    age_s = status.get("frame_age_s")
    if isinstance(age_s, int | float) and age_s > FRAME_LATE_S:
        yield "no frame is drawn"
    if status.get("register") not in (None, "ok"):
        yield f"register {status['register']}"
    if status.get("printer_trouble"):
        yield f"printer {status['printer_trouble']}"
    for name, condition in _devices(status):
        if condition not in _WELL:
            yield f"{name} {condition}"


def _devices(status: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    listed = status.get("sensors")
    for sensor in listed if isinstance(listed, list) else ():
        if isinstance(sensor, Mapping):
            yield f"sensor {sensor.get('name')}", str(sensor.get("condition", ""))
    for key in ("printer", "scanner"):
        if isinstance(device := status.get(key), Mapping):
            yield key, str(device.get("condition", ""))
