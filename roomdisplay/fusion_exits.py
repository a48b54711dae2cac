"""When a room that is not being entered may be called empty: the exit times, by which kinds of sensor are healthy.

Two things must hold. Nobody was seen for the exit time of the sensors that are left: with a radar and a PIR healthy
30 s and 120 s, with a radar alone 60 s, with a PIR alone 15 min (defaults). And what says so has itself been watched
for that time since it was last unknown: a sensor that has just come back cannot vouch for what it did not see.

A sensor that fails takes nothing back: what it saw last still counts, by the exit times of those that are left, and
these are never shorter than before. So the loss of a sensor never empties a room.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from roomdisplay.fusion_inputs import InputState
from roomdisplay.presence_settings import OccupancySection


@dataclass(frozen=True, slots=True)
class Exit:
    """How long nobody may have been seen, by what saw them last: a radar or tracker; a PIR, button or door."""

    radar_s: float
    pir_s: float


@dataclass(frozen=True, slots=True)
class Exits:
    """The exit times in force, by the kinds that are healthy."""

    both: Exit
    radar_alone: Exit
    pir_alone: Exit

    @classmethod
    def of(cls, settings: OccupancySection) -> Exits:
        """As configured, but never shorter with a sensor less."""
        both = Exit(settings.exit_radar_s, settings.exit_pir_s)
        radar_s = max(settings.exit_radar_only_s, both.radar_s)
        pir_s = max(settings.exit_pir_only_min * 60, both.pir_s, both.radar_s)
        return cls(both, Exit(radar_s, max(radar_s, both.pir_s)), Exit(pir_s, pir_s))

    def vacant_at_s(
        self, radars: Sequence[InputState], pirs: Sequence[InputState], others: Sequence[InputState]
    ) -> float:
        """From when on the room is empty if nothing more is heard; infinite when nothing can vouch for it.

        `radars` are radars and trackers, `others` buttons and doors.
        """
        radar_since_s, pir_since_s = _healthy_since(radars), _healthy_since(pirs)
        if math.isinf(radar_since_s) and math.isinf(pir_since_s):
            return math.inf
        in_force = self._in_force(radar_since_s, pir_since_s)
        by_radar_s = max((state.occupied_until_s for state in radars), default=-math.inf)
        by_pir_s = max((state.occupied_until_s for state in pirs), default=-math.inf)
        by_other_s = max((state.held_s for state in others), default=-math.inf)
        return max(
            by_radar_s + in_force.radar_s,
            max(by_pir_s, by_other_s) + in_force.pir_s,
            self._watched_at_s(radar_since_s, pir_since_s),
        )

    def _in_force(self, radar_since_s: float, pir_since_s: float) -> Exit:
        if math.isinf(pir_since_s):
            return self.radar_alone
        return self.pir_alone if math.isinf(radar_since_s) else self.both

    def _watched_at_s(self, radar_since_s: float, pir_since_s: float) -> float:
        """When one kind has been healthy for its exit time alone, or both for theirs together."""
        return min(
            radar_since_s + self.radar_alone.radar_s,
            pir_since_s + self.pir_alone.pir_s,
            max(radar_since_s + self.both.radar_s, pir_since_s + self.both.pir_s),
        )


def _healthy_since(states: Iterable[InputState]) -> float:
    """Since when the longest healthy one is; infinite when none is."""
    return min((state.healthy_since_s for state in states if state.healthy_since_s is not None), default=math.inf)
