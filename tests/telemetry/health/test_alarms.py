"""Hysteresis: by a table of stories, and by laws over any stream of readings."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.health.alarms import FLAP_WINDOW_S, IDLE, Change, Moment, Rule, State, judge, step
from telemetry.health.readings import Readings, Temperature

HOT = Rule("cpu-hot", lambda found: found.temperature.cpu_c if found.temperature else None, 80, 75, 60, 120)
LOW = Rule("disk-low", lambda found: found.disk.free_percent if found.disk else None, 10, 12, 60, 120)

Stream = list[tuple[float, float | None]]
"""Seconds since the reading before, and the value."""


def run(rule: Rule, stream: Stream, state: State = IDLE) -> list[tuple[float, Change]]:
    """The changes, each with the moment at which it came."""
    at_s, changes = 0.0, []
    for gap_s, value in stream:
        at_s += gap_s
        state, change = step(rule, state, value, Moment(at_s, round(at_s * 1000)))
        if change:
            changes.append((at_s, change))
    return changes


HOT_MINUTE: Stream = [(0, 81), (30, 85), (30, 90)]

STORIES: list[tuple[str, Rule, Stream, list[float]]] = [
    ("hot for a minute", HOT, HOT_MINUTE, [60]),
    ("hot, but not for long enough", HOT, [(0, 81), (59, 85), (1, 80)], []),
    ("exactly at the threshold is not above it", HOT, [(0, 80), (600, 80)], []),
    ("hot, between, hot: the minute begins anew", HOT, [(0, 81), (30, 78), (30, 81), (59, 81)], []),
    ("between keeps a raised alarm", HOT, [*HOT_MINUTE, (600, 76), (600, 80)], [60]),
    ("cool for two minutes", HOT, [*HOT_MINUTE, (10, 75), (60, 74), (60, 70)], [60, 190]),
    ("cool, hot again, cool: two minutes anew", HOT, [*HOT_MINUTE, (1, 70), (60, 81), (1, 70), (119, 70)], [60]),
    ("unknown does not raise", HOT, [(0, 81), (30, None), (600, None)], []),
    ("the time of the unknown does not count", HOT, [(0, 81), (30, 81), (1, None), (500, 81), (29, 81)], []),
    ("but what was seen before it does", HOT, [(0, 81), (30, 81), (1, None), (500, 81), (30, 81)], [561]),
    ("unknown does not clear", HOT, [*HOT_MINUTE, *[(600.0, None)] * 10], [60]),
    ("not a number is unknown", HOT, [(0, float("nan")), (600, float("nan"))], []),
    ("little is bad where the threshold says so", LOW, [(0, 9.9), (60, 3)], [60]),
    ("and between is not enough", LOW, [(0, 9), (60, 9), (60, 11), (200, 11), (1, 12), (120, 50)], [60, 441]),
]


@pytest.mark.parametrize(("rule", "stream", "at_s"), [story[1:] for story in STORIES], ids=[one[0] for one in STORIES])
def test_when_it_is_raised_and_cleared(rule: Rule, stream: Stream, at_s: list[float]) -> None:
    assert [at for at, _ in run(rule, stream)] == at_s


def test_a_change_tells_since_when_and_how_long() -> None:
    raised, cleared = (change for _, change in run(HOT, [*HOT_MINUTE, (10, 75), (120, 70)]))
    assert raised == Change("cpu-hot", True, 60_000, 90.0, 0)
    assert cleared == Change("cpu-hot", False, 60_000, 70.0, 130)


def test_an_alarm_that_comes_back_takes_longer_to_end() -> None:
    again: Stream = [(1, 90), (60, 90), (1, 70), *[(60.0, 70.0)] * 40]
    lasted = [change.lasted_s for _, change in run(HOT, again * 7) if not change.raised]
    assert lasted == [121, 241, 481, 961, 1921, 1921, 1921]


def test_a_quiet_hour_forgives() -> None:
    twice = run(HOT, [*HOT_MINUTE, (1, 70), (120, 70), (FLAP_WINDOW_S, 90), (61, 90), (1, 70), (120, 70)])
    assert [change.lasted_s for _, change in twice if not change.raised] == [121, 121]


def test_an_alarm_must_take_time_to_clear() -> None:
    with pytest.raises(ValueError, match="clears after some time"):
        Rule("flapping", lambda found: None, 1, 1, 0, 0)


def test_each_alarm_has_its_own_state() -> None:
    states, changes = judge((HOT, LOW), {}, Readings(temperature=Temperature(90)), Moment(0, 0))
    assert (states["cpu-hot"].held_s, states["disk-low"].held_s, changes) == (0.0, None, [])
    states, changes = judge((HOT, LOW), states, Readings(temperature=Temperature(90)), Moment(60, 60))
    assert [change.kind for change in changes] == ["cpu-hot"]


# --- laws ---

RULES = st.builds(
    lambda low, width, above, raise_after, clear_after: Rule(
        "any", lambda found: None, *((low + width, low) if above else (low, low + width)), raise_after, clear_after
    ),
    st.integers(0, 50),
    st.integers(0, 20),
    st.booleans(),
    st.sampled_from([0, 1, 60, 300]),
    st.sampled_from([1, 60, 600]),
)
VALUES = st.one_of(st.none(), st.integers(-5, 80).map(float))
STREAMS = st.lists(st.tuples(st.sampled_from([0.0, 1.0, 30.0, 60.0, 700.0]), VALUES), max_size=60)


@dataclass
class Seen:
    """What an onlooker who keeps everything would say: how long, without a break, the value was on one side."""

    bad_s: float = 0.0
    good_s: float = 0.0
    bad: bool = False
    good: bool = False
    unknown: bool = True

    def look(self, rule: Rule, gap_s: float, value: float | None) -> None:
        if value is None:
            self.unknown = True
            return
        above = rule.raise_at >= rule.clear_at
        bad = value > rule.raise_at if above else value < rule.raise_at
        good = value <= rule.clear_at if above else value >= rule.clear_at
        passed_s = 0.0 if self.unknown else gap_s
        self.bad_s = self.bad_s + passed_s if bad and self.bad else 0.0
        self.good_s = self.good_s + passed_s if good and self.good else 0.0
        self.bad, self.good, self.unknown = bad, good, False


@settings(max_examples=300, deadline=None)
@given(RULES, STREAMS)
def test_exactly_what_was_seen_long_enough_changes_an_alarm(rule: Rule, stream: Stream) -> None:
    seen, state, at_s, raised_at_s = Seen(), IDLE, 0.0, 0.0
    for gap_s, value in stream:
        at_s += gap_s
        seen.look(rule, gap_s, value)
        was, (state, change) = state, step(rule, state, value, Moment(at_s, int(at_s)))
        assert state.raised == (was.raised != bool(change))
        if value is None:
            assert change is None
        elif was.raised:
            assert bool(change) == (seen.good and seen.good_s >= rule.clear_after_s * 2**was.flaps)
            assert not change or at_s - raised_at_s >= rule.clear_after_s
        else:
            assert bool(change) == (seen.bad and seen.bad_s >= rule.raise_after_s)
            raised_at_s = at_s


@settings(max_examples=200, deadline=None)
@given(RULES, STREAMS)
def test_unknown_readings_in_between_only_delay(rule: Rule, stream: Stream) -> None:
    """With unknown readings put between all others no alarm is ever raised for shorter evidence: the gap is lost."""
    holes = [pair for one in stream for pair in ((0.0, None), one)]
    assert run(rule, holes) == [] or rule.raise_after_s == 0


@settings(max_examples=100, deadline=None)
@given(RULES, st.lists(st.booleans(), min_size=1, max_size=400))
def test_flapping_is_bounded(rule: Rule, flips: list[bool]) -> None:
    """However it flickers, every second for minutes on end: no more changes than the durations allow."""
    bad = rule.raise_at + (1 if rule.above else -1)
    good = rule.clear_at - (1 if rule.above else -1)
    changes = run(rule, [(1.0, bad if flip else good) for flip in flips])
    assert len(changes) <= 2 * (1 + len(flips) / (rule.raise_after_s + rule.clear_after_s))


def test_the_worst_day_has_few_changes() -> None:
    """A supply that is bad whenever the alarm has just cleared, all day: without damping 480 alarms."""
    rule, state, raises = Rule("under-voltage", lambda found: None, 0.5, 0.5, 60, 120), IDLE, 0
    for at_s in range(0, 86_400, 10):
        value = 0.0 if state.raised else 1.0
        state, change = step(rule, state, value, Moment(at_s, at_s))
        raises += bool(change and change.raised)
    assert 40 <= raises <= 50
