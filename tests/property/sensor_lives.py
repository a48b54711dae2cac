"""Random lives of sensors: segments of one statement each, on a grid of eighths of a second, so that sums are exact."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from hypothesis import strategies as st

from drivers.readings import Level, Radar, Reading, Target, Targets, Value
from roomdisplay.occupancy import Fusion, Input, InputKind, Presence
from roomdisplay.presence_settings import OccupancySection
from tests.roomdisplay.occupancy_kit import run

INPUTS = (
    Input("pir", InputKind.PIR),
    Input("pir-2", InputKind.PIR),
    Input("radar", InputKind.RADAR),
    Input("tracker", InputKind.TRACKER),
    Input("door", InputKind.DOOR),
    Input("button", InputKind.BUTTON),
)
MOTION = frozenset({InputKind.PIR, InputKind.RADAR, InputKind.TRACKER})
NOBODY: tuple[Value, ...] = (Radar.NONE, Targets(), Level(active=False), Level(active=False, edge=False))
SOMEBODY = Targets((Target(100, 2000, 0),))
TICK_S = 0.125
REPEAT_S = 4.0
"""Between two equal statements, after four in a row; shorter than any `stale_s` below."""

settings_ = st.sampled_from(
    (
        OccupancySection(exit_pir_only_min=5, pir_stuck_min=5, door_closed_max_min=5),
        OccupancySection(
            stale_s=5, exit_pir_only_min=5, exit_pir_s=30, exit_radar_s=10, exit_radar_only_s=30, pir_stuck_min=5
        ),
        OccupancySection(stale_s=120, exit_radar_s=300, exit_radar_only_s=30, exit_pir_s=600, exit_pir_only_min=5),
        OccupancySection(radar_enter_frames=1, radar_enter_ms=0, door_closed_max_min=0),
    )
)
lengths = st.sampled_from((0.125, 0.5, 2.0, 6.0, 11.0, 35.0, 65.0, 125.0, 320.0))
_SAYS: dict[InputKind, tuple[Value | None, ...]] = {
    InputKind.RADAR: (Radar.NONE, Radar.NONE, Radar.MOVING, Radar.STILL, Radar.BOTH, Radar.NO_STATEMENT, None),
    InputKind.TRACKER: (Targets(), Targets(), SOMEBODY, None),
    InputKind.PIR: (Level(active=False), Level(active=False), Level(active=True), None),
    InputKind.DOOR: (Level(active=False), Level(active=False), Level(active=True), None),
    InputKind.BUTTON: (Level(active=False), Level(active=False), Level(active=True), None),
}

Lives = tuple[tuple[Input, ...], list[Reading]]


@st.composite
def lives(draw: st.DrawFn, inputs: Sequence[Input] = INPUTS, *, most: int = 6) -> Lives:
    """Some of `inputs`, and what they tell in the order of time; None is a sensor that is silent."""
    chosen = draw(st.lists(st.sampled_from(inputs), min_size=1, max_size=4, unique=True))
    found: list[Reading] = []
    for each in chosen:
        segments = draw(st.lists(st.tuples(st.sampled_from(_SAYS[each.kind]), lengths), min_size=1, max_size=most))
        found += _told(each.name, segments)
    return tuple(chosen), sorted(found, key=lambda reading: reading.monotonic_s)


def _told(name: str, segments: Sequence[tuple[Value | None, float]]) -> Iterator[Reading]:
    at_s = 0.0
    last: Value | None = None
    for value, length_s in segments:
        if value is not None:
            for index, when_s in enumerate(_times(at_s, length_s)):
                yield Reading(name, when_s, _as_told(value, new=index == 0 and value != last))
        at_s, last = at_s + length_s, value


def _as_told(value: Value, *, new: bool) -> Value:
    """A level that does not change is re-read, and is no edge."""
    return Level(value.active, edge=new) if isinstance(value, Level) else value


def _times(from_s: float, length_s: float) -> Iterator[float]:
    burst = [from_s + index * TICK_S for index in range(4)]
    rest = [from_s + REPEAT_S * index for index in range(1, int(length_s / REPEAT_S) + 1)]
    return (at_s for at_s in (*burst, *rest) if at_s < from_s + length_s)


class Story:
    """The presence of a life at each instant, and the fusion at its end, `after_s` later."""

    def __init__(
        self, inputs: tuple[Input, ...], found: Sequence[Reading], settings: OccupancySection, after_s: float = 900.0
    ) -> None:
        self.end_s = max((reading.monotonic_s for reading in found), default=0.0) + after_s
        start = Fusion.start(inputs, settings, 0.0)
        self.steps = [start, *run(start, found, self.end_s)]
        self.times = [fusion.now_s for fusion in self.steps]

    @property
    def end(self) -> Fusion:
        return self.steps[-1]

    def at(self, at_s: float) -> Presence:
        """At an instant, after all that happened at it."""
        return self.steps[bisect_right(self.times, at_s) - 1].presence


def moments(*stories: Story) -> list[float]:
    """Every instant at which one of them may change."""
    end_s = min(story.end_s for story in stories)
    return sorted({at_s for story in stories for at_s in story.times if at_s <= end_s})
