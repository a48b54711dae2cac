"""The people in the demo's room, and what a radar on the ceiling and a PIR in the corner see of them.

The played day lets hours pass in seconds, faster than any wire: there a small model makes the readings. On a window the
time is real, so there are emulated devices on their wires, and whoever sits before it moves the people.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from drivers.device import Condition, Health
from drivers.readings import Level, Radar, Reading
from drivers.sensors import Sensors

RADAR, PIR = "ceiling", "corner"
SENSORS = [
    {"name": RADAR, "kind": "ld2410", "driver": "emulated"},
    {"name": PIR, "kind": "pir", "driver": "emulated"},
]

FRAME_S = 0.1
LEVEL_EVERY = 10
"""An LD2410 sends ten frames a second; the level of a PIR is read once a second."""

SETTLING_S = 20.0
STIRS_EVERY_S, STIRS_FOR_S = 30.0, 2.0
HOLD_S = 5.0
"""The radar itself says so long that somebody is there."""


class SimulatedRoom:
    """The sensors of a panel whose readings are computed: people come, sit down, stir now and then, and leave."""

    def __init__(self, publish: Callable[[Reading], None], monotonic_s: Callable[[], float]) -> None:
        self._publish = publish
        self._monotonic_s = monotonic_s
        self._told_s = monotonic_s()
        self._frames = 0
        self._came_s = math.inf
        self._left_s = -math.inf

    def come(self) -> None:
        """Somebody walks in now, and sits down."""
        self._came_s = self._monotonic_s()

    def leave(self) -> None:
        """Everybody leaves now."""
        self._came_s, self._left_s = math.inf, self._monotonic_s()

    def tell(self) -> None:
        """All that the sensors said since they were last asked, as of now."""
        now_s = self._monotonic_s()
        while self._told_s + FRAME_S <= now_s:
            self._told_s += FRAME_S
            self._frame(self._told_s)

    def skip(self) -> None:
        """What happened since they were last asked was seen by nobody: the demo leaves these hours out."""
        self._told_s = self._monotonic_s()

    def _frame(self, at_s: float) -> None:
        moving = self._moving(at_s)
        here = at_s >= self._came_s or at_s - self._left_s < HOLD_S
        seen = Radar.BOTH if moving else Radar.STILL if here else Radar.NONE
        self._publish(Reading(RADAR, at_s, seen))
        if self._frames % LEVEL_EVERY == 0:
            self._publish(Reading(PIR, at_s, Level(moving, edge=False)))
        self._frames += 1

    def _moving(self, at_s: float) -> bool:
        here_s = at_s - self._came_s
        return 0 <= here_s < SETTLING_S or (here_s >= 0 and here_s % STIRS_EVERY_S < STIRS_FOR_S)

    async def run(self) -> None:
        """Go on while the day stands still for a picture."""
        while True:
            self.tell()
            await asyncio.sleep(FRAME_S)

    def health(self) -> tuple[Health, ...]:
        """Nothing ever fails here; what happens when something does is in the tests."""
        kinds = {RADAR: "ld2410", PIR: "pir"}
        return tuple(Health(name, kind, Condition.HEALTHY, frames=self._frames) for name, kind in kinds.items())

    def close(self) -> None:
        """There is nothing to give back."""


def move(sensors: Sensors, word: str) -> bool:
    """Let people walk in, sit or leave before the emulated devices; False when `word` is none of these."""
    radar, pir = sensors.emulator(RADAR), sensors.emulator(PIR)
    match word:
        case "in":
            radar.person(150)
        case "sit":
            radar.person(150, moving=False)
        case "out":
            radar.leave()
        case _:
            return False
    pir.set(word == "in")
    return True
