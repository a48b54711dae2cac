"""What a door panel is made of: everything that touches the world, passed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from common.clock import Clock
from drivers.backlight import Backlight
from drivers.device import Health
from drivers.lamp import Lamp
from drivers.readings import Reading
from graph.session import Session
from roomdisplay.check_in_store import CheckInStore
from roomdisplay.config import RoomConfig
from roomdisplay.events import Reporter
from roomdisplay.strike_store import StrikeStore
from roomdisplay.words import Catalogue


class Sensors(Protocol):
    """The devices of a panel, as drivers.sensors opens them."""

    async def run(self) -> None:
        """Read until cancelled."""
        ...

    def health(self) -> tuple[Health, ...]:
        """How each of them is."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


OpenSensors = Callable[[Callable[[Reading], None]], Sensors]
"""Opens the sensors, which tell what they read by the function that they are given."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one panel."""

    config: RoomConfig
    session: Session
    clock: Clock
    lamp: Lamp
    reporter: Reporter
    check_ins: CheckInStore
    catalogue: Callable[[str], Catalogue]
    random: Random
    strikes: StrikeStore
    open_sensors: OpenSensors | None = None
    """without it readings may still come by `Panel.sensed`"""
    backlight: Backlight | None = None
