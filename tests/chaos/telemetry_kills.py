"""When what is killed and for how long it is gone: by chance, from a seed. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Target(StrEnum):
    """MACHINE is the hub's: broker and hub die together, and the broker is back first, as when its power comes back."""

    BROKER = "broker"
    HUB = "hub"
    MACHINE = "machine"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many kills of each."""

    broker: int
    hub: int
    machine: int
    agent: int

    def targets(self) -> list[Target]:
        counts = (self.broker, self.hub, self.machine, self.agent)
        return [target for target, count in zip(Target, counts, strict=True) for _ in range(count)]


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL at `at_s` for `unit` or one of the site's two, which come back `down_s` later; the hub `hub_later_s`."""

    at_s: float
    target: Target
    down_s: float
    unit: str = ""
    hub_later_s: float = 0.0


def kills(seed: int, units: Sequence[str], counts: Counts, within_s: float) -> list[Kill]:
    """All kills, by time, within the first `within_s` seconds."""
    chance = random.Random(seed)
    targets = counts.targets()
    chance.shuffle(targets)
    slot_s = within_s / len(targets)
    return [_kill(chance, target, units, (index + chance.random()) * slot_s) for index, target in enumerate(targets)]


def _kill(chance: random.Random, target: Target, units: Sequence[str], at_s: float) -> Kill:
    down_s = chance.uniform(0.1, 3.0)
    unit = chance.choice(units) if target is Target.AGENT else ""
    later_s = chance.uniform(1.0, 5.0) if target is Target.MACHINE else 0.0
    return Kill(at_s, target, down_s, unit, later_s)
