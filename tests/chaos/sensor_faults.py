"""What goes wrong with one sensor, and when: faults that the fusion can know of, and faults that nobody can."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

KEPT_S = 6 * 3600.0
BETWEEN_S, TOGETHER_S = 7 * 3600.0, 12 * 3600.0
"""A sensor is well for so long on average; and after so long all fall silent at once, as when their hub fails."""


class FaultKind(StrEnum):
    """How a sensor fails."""

    SILENT = "silent"
    REBOOT = "reboot"
    """silent for some seconds"""
    NO_STATEMENT = "no-statement"
    """a radar that calibrates"""
    STUCK_LOW = "stuck-low"
    """"nobody" for ever, a dead PIR, a door that seems closed: no fusion can tell it from an empty room"""
    STUCK_HIGH = "stuck-high"
    FLAPPING = "flapping"
    NOISE = "noise"


BLIND = (FaultKind.STUCK_LOW,)
"""It looks healthy and sees nobody: with no other sensor, a room may be given back over people's heads."""

TELLING_NOTHING = (FaultKind.SILENT, FaultKind.REBOOT, FaultKind.NO_STATEMENT)
"""It tells that it knows nothing, or tells nothing: unknown after ten seconds at the latest."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault over [from_s, to_s); `beat_s` is the half period of a flapping one."""

    kind: FaultKind
    from_s: float
    to_s: float
    beat_s: int = 2


class Faults:
    """The faults of one sensor, one after another, and those that it has in `common` with others; own dice."""

    def __init__(
        self,
        dice: Random,
        kinds: tuple[FaultKind, ...] = tuple(FaultKind),
        between_s: float = BETWEEN_S,
        common: Faults | None = None,
    ) -> None:
        self._dice, self._kinds, self._between_s, self._common = dice, kinds, between_s, common
        self._waiting: list[FaultKind] = []
        self._past: deque[Fault] = deque()
        self._next: Fault | None = None
        self.counts: dict[str, int] = {}
        """Of those that are over, by kind."""

    def now(self, at_s: float) -> Fault | None:
        """The fault of that instant; ask in the order of time."""
        if self._next is None:
            self._next = self._roll(at_s)
        while at_s >= self._next.to_s:
            self._past.append(self._next)
            self.counts[self._next.kind] = self.counts.get(self._next.kind, 0) + 1
            self._next = self._roll(self._next.to_s)
        while self._past and self._past[0].to_s < at_s - KEPT_S:
            self._past.popleft()
        shared = self._common.now(at_s) if self._common else None
        return self._next if at_s >= self._next.from_s else shared

    def _roll(self, after_s: float) -> Fault:
        dice = self._dice
        if not self._waiting:
            self._waiting = list(self._kinds)
        kind = self._waiting.pop(dice.randrange(len(self._waiting)))
        lasts_s = dice.choices(
            (dice.uniform(2, 9), dice.uniform(10, 60), dice.uniform(60, 900), dice.uniform(900, 14_400)),
            (15, 30, 35, 20),
        )[0]
        if kind is FaultKind.REBOOT:
            lasts_s = dice.uniform(2, 8)
        from_s = after_s + dice.expovariate(1 / self._between_s)
        return Fault(kind, from_s, from_s + lasts_s, dice.randint(1, 4))

    def between(self, from_s: float, to_s: float) -> Iterator[Fault]:
        """Those that touch that time, which lies within the last six hours; of a common one what shows of it: a sensor
        that fails in its own way goes on so while the others fall silent."""
        found = (*self._past, self._next) if self._next else tuple(self._past)
        own = [fault for fault in found if fault.from_s < to_s and from_s < fault.to_s]
        yield from own
        for shared in self._common.between(from_s, to_s) if self._common else ():
            yield from (part for part in _without(shared, found) if part.from_s < to_s and from_s < part.to_s)

    def well(self, from_s: float, to_s: float) -> bool:
        """Nothing was wrong with it."""
        return next(self.between(from_s, to_s), None) is None


def _without(shared: Fault, own: tuple[Fault, ...]) -> Iterator[Fault]:
    """The parts of `shared` that none of `own`, which follow one another, covers."""
    from_s = shared.from_s
    for fault in own:
        if from_s < min(fault.from_s, shared.to_s):
            yield replace(shared, from_s=from_s, to_s=min(fault.from_s, shared.to_s))
        from_s = max(from_s, fault.to_s)
    if from_s < shared.to_s:
        yield replace(shared, from_s=from_s)
