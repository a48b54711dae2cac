"""Auto-dim: its steps as a table, and what must hold for every light."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.auto_dim import AutoDim, AutoDimConfig
from drivers.readings import Light

SETTINGS = AutoDimConfig(enabled=True, floor_percent=20, bright_percent=100, dark_below=20, bright_above=150, hold_s=10)
steady = settings(derandomize=True, deadline=None, database=None, max_examples=300)

CASES: dict[str, tuple[list[tuple[float, float | None]], int]] = {
    "bright before anything is known": ([], 100),
    "bright when no sensor tells the light": ([(0, None), (100, None)], 100),
    "dark for less than the hold time": ([(0, 5), (9.9, 5)], 100),
    "dark for the hold time is one step": ([(0, 5), (10, 5)], 60),
    "the floor takes two": ([(0, 5), (10, 5), (19.9, 5), (20, 5)], 20),
    "and is the end": ([(0, 0), (10, 0), (20, 0), (30, 0), (1000, 0)], 20),
    "a flash of light begins the wait anew": ([(0, 5), (5, 200), (6, 5), (15.9, 5)], 100),
    "between the thresholds it is half bright": ([(0, 80), (10, 80), (1000, 80)], 60),
    "just below bright is within the hysteresis": ([(0, 126), (1000, 126)], 100),
    "a fifth below bright is not": ([(0, 124), (1000, 124)], 60),
    "back to bright needs more than the threshold": ([(0, 80), (10, 80), (20, 150), (1000, 150)], 60),
    "and gets it": ([(0, 80), (10, 80), (20, 151), (30, 151)], 100),
    "out of the dark needs a fifth more": ([(0, 5), (10, 5), (20, 5), (30, 24), (1000, 24)], 20),
    "and gets that": ([(0, 5), (10, 5), (20, 5), (30, 24.1), (40, 24.1)], 60),
    "a sensor that falls silent makes it bright": ([(0, 5), (10, 5), (20, 5), (30, None), (40, None), (50, None)], 100),
    "a clock that stands still changes nothing": ([(0, 5), (0, 5), (0, 5)], 100),
}


def shown(config: AutoDimConfig, lights: list[tuple[float, float | None]]) -> list[int]:
    dim = AutoDim.start(config)
    percents = [dim.percent]
    for now_s, lux in lights:
        dim = dim.step(None if lux is None else Light(lux=lux), now_s)
        percents.append(dim.percent)
    return percents


@pytest.mark.parametrize("name", CASES)
def test_steps(name: str) -> None:
    lights, expected = CASES[name]
    assert shown(SETTINGS, lights)[-1] == expected


def test_the_raw_brightness_of_a_radar_does_as_well() -> None:
    dim = AutoDim.start(SETTINGS).step(Light(raw=3), 0).step(Light(raw=3), 10).step(Light(), 11)
    assert (dim.percent, dim.asked) == (60, 1), "a reading that tells no light is none"


def test_off_is_bright() -> None:
    config = AutoDimConfig(enabled=False, bright_percent=80)
    assert shown(config, [(0, 0), (10, 0), (20, 0)]) == [80] * 4


@st.composite
def sections(draw: st.DrawFn) -> AutoDimConfig:
    floor, bright = sorted((draw(st.integers(5, 100)), draw(st.integers(10, 100))))
    dark, light = sorted((draw(st.integers(0, 300)), draw(st.integers(0, 300))))
    return AutoDimConfig(
        enabled=True,
        floor_percent=floor,
        bright_percent=max(bright, 10),
        dark_below=dark,
        bright_above=light + 1,
        hold_s=draw(st.integers(1, 30)),
    )


amounts = st.floats(0, 400) | st.sampled_from((0.0, 20.0, 150.0, 1e5))
histories = st.lists(st.tuples(st.floats(0, 20), st.none() | amounts), max_size=60).map(
    lambda rows: list(zip(itertools.accumulate(row[0] for row in rows), (row[1] for row in rows), strict=True))
)


@steady
@given(sections(), histories)
def test_never_below_the_floor_nor_above_bright(
    config: AutoDimConfig, lights: list[tuple[float, float | None]]
) -> None:
    assert all(config.floor_percent <= percent <= config.bright_percent for percent in shown(config, lights))


@steady
@given(sections(), histories)
def test_between_two_changes_there_is_the_hold_time(
    config: AutoDimConfig, lights: list[tuple[float, float | None]]
) -> None:
    percents = shown(config, lights)
    changes = [
        now_s for (now_s, _), (one, other) in zip(lights, itertools.pairwise(percents), strict=True) if one != other
    ]
    assert all(later - earlier >= config.hold_s for earlier, later in itertools.pairwise([0.0, *changes]))


@steady
@given(sections(), histories, st.data())
def test_where_it_is_never_darker_it_is_never_shown_darker(
    config: AutoDimConfig, lights: list[tuple[float, float | None]], data: st.DataObject
) -> None:
    more = [(now_s, None if lux is None else lux + data.draw(st.floats(0, 100))) for now_s, lux in lights]
    assert all(one <= other for one, other in zip(shown(config, lights), shown(config, more), strict=True))


@steady
@given(sections(), amounts)
def test_a_light_that_stays_settles_for_ever(config: AutoDimConfig, lux: float) -> None:
    percents = shown(config, [(now_s * config.hold_s, lux) for now_s in range(8)])
    assert len(set(percents[3:])) == 1
    assert (percents[-1] == config.floor_percent) or not lux < config.dark_below
    assert (percents[-1] == config.bright_percent) or not lux > config.bright_above


@steady
@given(sections(), histories, st.integers(-1000, 1000))
def test_when_it_is_does_not_matter(
    config: AutoDimConfig, lights: list[tuple[float, float | None]], shift_s: int
) -> None:
    whole = [(float(int(now_s)), lux) for now_s, lux in lights]
    assert shown(config, whole) == shown(config, [(now_s + shift_s, lux) for now_s, lux in whole])
