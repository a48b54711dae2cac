"""When an alarm is raised and when it is cleared, from a stream of readings. Pure.

Each alarm has two thresholds and two durations: hot is above 80 for a minute, cool again below 75 for two. What is
unknown neither raises nor clears, and the time in which it was unknown does not count; but what was unknown for a whole
day has ended. An alarm that comes back within
an hour of its end needs twice as long to end, up to sixteen times: a supply that flickers is one alarm, not a hundred.

>>> hot = Rule("cpu-hot", lambda found: found.temperature and found.temperature.cpu_c, 80, 75, 60, 120)
>>> state, change = step(hot, IDLE, 91.0, Moment(0, 0))
>>> step(hot, state, 91.0, Moment(60, 60_000))[1]
Change(kind='cpu-hot', raised=True, since_ms=60000, value=91.0, lasted_s=0)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from telemetry.health.readings import Readings

FLAP_WINDOW_S = 3600.0
MOST_FLAPS = 4
"""2**4: what clears after 2 minutes takes 32 then."""

UNKNOWN_ENDS_S = 24 * 3600.0
"""What has not been seen for so long (a Wi-Fi that was taken out) is nobody's alarm any more."""

Measure = Callable[[Readings], float | bool | None]


@dataclass(frozen=True, slots=True)
class Moment:
    """Now: on the clock that never jumps, and on the wall (ms since 1970), which is only told, never reckoned with."""

    mono_s: float
    wall_ms: int


@dataclass(frozen=True, slots=True)
class Rule:
    """Raised when `measure` is beyond `raise_at` for `raise_after_s`, cleared when it is back within `clear_at` for
    `clear_after_s`. Beyond is above when `raise_at` >= `clear_at`, else below. True counts as 1, False as 0.

    Raises ValueError for an alarm that would clear at once: it would flap.
    """

    kind: str
    measure: Measure
    raise_at: float
    clear_at: float
    raise_after_s: float
    clear_after_s: float

    def __post_init__(self) -> None:
        if self.raise_after_s < 0 or self.clear_after_s <= 0:
            raise ValueError(f"{self.kind}: an alarm clears after some time")

    @property
    def above(self) -> bool:
        """Whether too much is bad, and not too little."""
        return self.raise_at >= self.clear_at


class Side(Enum):
    """Where a value lies."""

    BAD = "bad"
    BETWEEN = "between"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class State:
    """Of one alarm. `held_s` is how long the other side was seen without a break, `seen_s` the last known reading,
    `value` the one that raised it, `unknown_s` since when a raised one is unknown."""

    raised: bool = False
    since_ms: int = 0
    since_s: float = 0.0
    held_s: float | None = None
    seen_s: float | None = None
    cleared_s: float | None = None
    flaps: int = 0
    value: float | None = None
    unknown_s: float | None = None


IDLE = State()


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm was raised, or cleared after `lasted_s`."""

    kind: str
    raised: bool
    since_ms: int
    value: float | None = None
    lasted_s: int = 0


def judge(
    rules: Sequence[Rule], states: Mapping[str, State], readings: Readings, now: Moment
) -> tuple[dict[str, State], list[Change]]:
    """One look at everything: the new states and what changed."""
    stepped = {rule.kind: step(rule, states.get(rule.kind, IDLE), rule.measure(readings), now) for rule in rules}
    return {kind: state for kind, (state, _) in stepped.items()}, [change for _, change in stepped.values() if change]


def step(rule: Rule, state: State, value: float | bool | None, now: Moment) -> tuple[State, Change | None]:
    """One reading of one alarm."""
    side = _side(rule, value)
    if value is None or side is None:
        return _unseen(rule, state, now)
    state = replace(state, unknown_s=None)
    if side is not (Side.GOOD if state.raised else Side.BAD):
        return replace(state, held_s=None, seen_s=now.mono_s), None
    passed_s = 0.0 if state.held_s is None or state.seen_s is None else max(0.0, now.mono_s - state.seen_s)
    held = replace(state, held_s=(state.held_s or 0.0) + passed_s, seen_s=now.mono_s)
    return _cleared(rule, held, float(value), now) if state.raised else _raised(rule, held, float(value), now)


def _unseen(rule: Rule, state: State, now: Moment) -> tuple[State, Change | None]:
    """The gap does not count: `held_s` stays as it is."""
    since_s = now.mono_s if state.unknown_s is None else state.unknown_s
    if not state.raised or now.mono_s - since_s < UNKNOWN_ENDS_S:
        return replace(state, seen_s=None, unknown_s=since_s if state.raised else None), None
    return _ended(rule, replace(state, seen_s=None, unknown_s=None), None, now)


def _side(rule: Rule, value: float | bool | None) -> Side | None:
    if value is None or value != value:  # not a number: unknown
        return None
    sign = 1 if rule.above else -1
    distance = sign * (value - rule.raise_at)
    if distance > 0:
        return Side.BAD
    return Side.GOOD if sign * (value - rule.clear_at) <= 0 else Side.BETWEEN


def _raised(rule: Rule, state: State, value: float, now: Moment) -> tuple[State, Change | None]:
    if (state.held_s or 0.0) < rule.raise_after_s:
        return state, None
    again = state.cleared_s is not None and now.mono_s - state.cleared_s <= FLAP_WINDOW_S
    flaps = min(state.flaps + 1, MOST_FLAPS) if again else 0
    raised = State(True, now.wall_ms, now.mono_s, None, now.mono_s, state.cleared_s, flaps, value)
    return raised, Change(rule.kind, True, now.wall_ms, value)


def _cleared(rule: Rule, state: State, value: float, now: Moment) -> tuple[State, Change | None]:
    if (state.held_s or 0.0) < rule.clear_after_s * 2**state.flaps:
        return state, None
    return _ended(rule, state, value, now)


def _ended(rule: Rule, state: State, value: float | None, now: Moment) -> tuple[State, Change]:
    cleared = State(False, 0, 0.0, None, state.seen_s, now.mono_s, state.flaps)
    lasted_s = round(max(0.0, now.mono_s - state.since_s))
    return cleared, Change(rule.kind, False, state.since_ms, value, lasted_s)
