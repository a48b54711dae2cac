"""Which sensors a panel of the run has, what its configuration says then, and the devices' place in the panel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from drivers.device import Health
from tests.chaos.room_sensors import KINDS

NONE = "none"
SETS = ("radar+pir", "radar", "pir", "tracker+pir", "radar+radar", "radar+pir+door")
"""What a panel may have; a seed takes one in turn unless the run is told which."""


def set_of(seed: int) -> str:
    """The sensors of that seed."""
    return SETS[seed % len(SETS)]


def sections(sensors: str, *, rules: bool) -> dict[str, Any]:
    """What the configuration of a panel needs for `sensors`, for example "radar+pir"; `rules`: all presence rules.

    Raises KeyError for a kind that there is not.
    """
    if sensors == "none":
        return {}
    return {
        "sensors": [
            {"name": f"{word}-{number}", "kind": KINDS[word].kind, "driver": "emulated"}
            for number, word in enumerate(sensors.split("+"))
        ],
        "check_in": {"enabled": True},
        "release": {"enabled": True, "exchange_auto_release": "off"},
        "presence": {"auto_book": rules, "auto_extend": rules, "end_when_empty": rules},
    }


class RunSensors:
    """Takes the place of a panel's devices: they tell by the run alone, and have their health from it."""

    def __init__(self, health: Callable[[], tuple[Health, ...]]) -> None:
        self.health = health

    async def run(self) -> None:
        await asyncio.Event().wait()

    def close(self) -> None:
        """There is nothing to give back."""
