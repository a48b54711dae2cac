"""Laws of the fusion (reference/drivers.md 5), on random lives of random sensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from drivers.readings import Climate, Level, Light, Radar, Reading, Scan, Targets, Value
from roomdisplay.occupancy import Fusion, Input, InputKind, Occupancy, Presence
from roomdisplay.presence_settings import OccupancySection
from tests.property.sensor_lives import INPUTS, MOTION, NOBODY, SOMEBODY, Lives, Story, lives, moments, settings_
from tests.property.strategies import steady

STILL_ONLY = tuple(each for each in INPUTS if each.kind is InputKind.RADAR)


def picked(found: Sequence[Reading], data: st.DataObject, wanted: Callable[[Reading], bool]) -> set[int]:
    """Indices of some readings: single ones, and stretches."""
    able = [index for index, reading in enumerate(found) if wanted(reading)]
    if not able:
        return set()
    places = st.integers(0, len(able) - 1)
    chosen = {able[at] for at in data.draw(st.sets(places, max_size=8))}
    for from_, to in data.draw(st.lists(st.tuples(places, places), max_size=2)):
        chosen.update(able[min(from_, to) : max(from_, to) + 1])
    return chosen


def is_nobody(inputs: Sequence[Input]) -> Callable[[Reading], bool]:
    motion = {each.name for each in inputs if each.kind in MOTION}
    return lambda reading: reading.source in motion and reading.value in NOBODY


# --- safety --------------------------------------------------------------------------------------------------------


@given(lives(), settings_, st.data())
@steady
def test_more_evidence_never_makes_a_room_vacant_sooner(
    life: Lives, settings: OccupancySection, data: st.DataObject
) -> None:
    inputs, found = life
    chosen = picked(found, data, is_nobody(inputs))
    told = data.draw(st.sampled_from((Radar.MOVING, Radar.STILL, Radar.BOTH)))
    less = Story(inputs, found, settings)
    more = Story(inputs, [seen(each, told) if n in chosen else each for n, each in enumerate(found)], settings)
    for at_s in moments(less, more):
        assert not (more.at(at_s) is Presence.VACANT and less.at(at_s) is not Presence.VACANT), at_s


def seen(reading: Reading, told: Radar) -> Reading:
    """The same reading, had somebody been there."""
    value: Value = told
    if isinstance(reading.value, Level):
        value = Level(active=True)
    if isinstance(reading.value, Targets):
        value = SOMEBODY
    return replace(reading, value=value)


@given(lives(), settings_, st.data())
@steady
def test_a_sensor_that_falls_silent_never_makes_a_room_vacant(
    life: Lives, settings: OccupancySection, data: st.DataObject
) -> None:
    """Take away any of what says "nobody", up to all of it for ever: nothing is vacant that was not so with it."""
    inputs, found = life
    gone = picked(found, data, is_nobody(inputs))
    whole = Story(inputs, found, settings)
    gaps = Story(inputs, [each for n, each in enumerate(found) if n not in gone], settings)
    for at_s in moments(whole, gaps):
        assert not (gaps.at(at_s) is Presence.VACANT and whole.at(at_s) is not Presence.VACANT), at_s


@given(lives(), settings_, st.data())
@steady
def test_a_door_contact_that_falls_silent_lets_nobody_out(
    life: Lives, settings: OccupancySection, data: st.DataObject
) -> None:
    """From any motion behind closed doors on, a door that says nothing more leaves the room occupied as long."""
    inputs, found = life
    doors = {each.name for each in inputs if each.kind is InputKind.DOOR}
    from_s = data.draw(st.sampled_from([each.monotonic_s for each in found] or [0.0]))
    whole = Story(inputs, found, settings)
    boxed_s = whole.steps[0].boxed_s
    for fusion in whole.steps:
        if fusion.now_s <= from_s:
            boxed_s = fusion.boxed_s
    silent = [each for each in found if each.source not in doors or each.monotonic_s <= from_s]
    until_s = min(boxed_s + settings.door_closed_max_min * 60, whole.end_s)
    for fusion in Story(inputs, silent, settings).steps:
        if from_s <= fusion.now_s < until_s:
            assert fusion.presence is not Presence.VACANT


@given(lives(), settings_)
@steady
def test_vacant_is_vouched_for_and_silence_is_unknown(life: Lives, settings: OccupancySection) -> None:
    inputs, found = life
    story = Story(inputs, found, settings)
    for fusion in story.steps:
        if fusion.presence is Presence.VACANT:
            healthy = [
                state.healthy_since_s
                for each, state in zip(inputs, fusion.states, strict=True)
                if each.kind in MOTION and state.healthy_since_s is not None
            ]
            assert healthy
            assert fusion.now_s - min(healthy) >= min(settings.exit_radar_s, settings.exit_radar_only_s)
    assert story.end.presence is Presence.UNKNOWN
    assert story.end.occupancy.unknown_inputs == tuple(each.name for each in inputs)


@given(lives([each for each in INPUTS if each.kind in (InputKind.DOOR, InputKind.BUTTON)]), settings_)
@steady
def test_doors_and_buttons_never_tell_of_an_empty_room(life: Lives, settings: OccupancySection) -> None:
    assert all(fusion.presence is not Presence.VACANT for fusion in Story(*life, settings).steps)


@given(lives(STILL_ONLY), settings_)
@steady
def test_still_never_starts(life: Lives, settings: OccupancySection) -> None:
    inputs, found = life
    calm = [replace(each, value=Radar.STILL) if each.value in (Radar.MOVING, Radar.BOTH) else each for each in found]
    assert all(fusion.presence is not Presence.OCCUPIED for fusion in Story(inputs, calm, settings).steps)


# --- time ----------------------------------------------------------------------------------------------------------


@given(lives(), settings_)
@steady
def test_a_replay_is_the_same(life: Lives, settings: OccupancySection) -> None:
    assert Story(*life, settings).steps == Story(*life, settings).steps


@given(lives(), settings_, st.lists(st.integers(0, 12_000), max_size=30))
@steady
def test_how_often_it_is_advanced_changes_nothing(life: Lives, settings: OccupancySection, ticks: list[int]) -> None:
    inputs, found = life
    often = Fusion.start(inputs, settings, 0.0)
    seldom = often
    pending = sorted(tick / 8 for tick in ticks)
    for reading in found:
        while pending and pending[0] <= reading.monotonic_s:
            often = often.advance(pending.pop(0))
        often, seldom = often.step(reading), seldom.step(reading)
        assert often == seldom
    for at_s in (*pending, 4000.0):
        often = often.advance(at_s)
    assert often == seldom.advance(4000.0)
    assert often.occupancy == seldom.advance(4000.0).occupancy


@given(lives(), settings_, st.integers(-80_000, 80_000))
@steady
def test_shifting_all_times_shifts_what_comes_out(life: Lives, settings: OccupancySection, eighths: int) -> None:
    inputs, found = life
    by_s = eighths / 8
    here, there = Fusion.start(inputs, settings, 0.0), Fusion.start(inputs, settings, by_s)
    for reading in found:
        here, there = here.step(reading), there.step(replace(reading, monotonic_s=reading.monotonic_s + by_s))
        assert there.occupancy == shifted(here.occupancy, by_s)
        assert there.next_s == here.next_s + by_s


def shifted(told: Occupancy, by_s: float) -> Occupancy:
    def moved(at_s: float | None) -> float | None:
        return None if at_s is None else at_s + by_s

    return replace(
        told,
        since_s=told.since_s + by_s,
        evidence=tuple(replace(each, at_s=each.at_s + by_s) for each in told.evidence),
        known_since_s=moved(told.known_since_s),
        occupied_last_s=moved(told.occupied_last_s),
        sensed_from_s=moved(told.sensed_from_s),
        sensed_to_s=moved(told.sensed_to_s),
    )


@given(lives(), settings_, st.data())
@steady
def test_an_instant_depends_on_what_came_before_it(
    life: Lives, settings: OccupancySection, data: st.DataObject
) -> None:
    inputs, found = life
    cut_s = data.draw(st.sampled_from([each.monotonic_s for each in found] or [0.0]))
    other = Reading("pir", cut_s + 0.125, Level(active=True))
    whole = Story(inputs, found, settings)
    parted = Story(inputs, [*(each for each in found if each.monotonic_s <= cut_s), other], settings)
    for at_s in moments(whole, parted):
        if at_s <= cut_s:
            assert whole.at(at_s) is parted.at(at_s)


# --- what is told --------------------------------------------------------------------------------------------------


@given(lives(), settings_)
@steady
def test_the_times_agree_with_one_another(life: Lives, settings: OccupancySection) -> None:
    before: Occupancy | None = None
    for fusion in Story(*life, settings).steps:
        told = fusion.occupancy
        occupied = told.presence is Presence.OCCUPIED
        assert told.since_s <= fusion.now_s < fusion.next_s
        assert (told.known_since_s is None) == (told.presence is Presence.UNKNOWN)
        assert (told.occupied_last_s == fusion.now_s) or not occupied
        assert bool(told.evidence) == occupied == (told.sensed_from_s is not None) == (told.sensed_to_s is not None)
        assert [each.at_s for each in told.evidence] == sorted((each.at_s for each in told.evidence), reverse=True)
        assert len({each.input for each in told.evidence}) == len(told.evidence)
        if occupied and told.sensed_from_s is not None and told.sensed_to_s is not None:
            assert told.since_s == told.sensed_from_s <= told.sensed_to_s <= fusion.now_s
        if before and before.presence is told.presence:
            assert (told.since_s, told.sensed_from_s) == (before.since_s, before.sensed_from_s)
        before = told


@given(lives(), settings_, st.data())
@steady
def test_what_is_not_for_the_fusion_changes_nothing(
    life: Lives, settings: OccupancySection, data: st.DataObject
) -> None:
    inputs, found = life
    values: st.SearchStrategy[Value] = st.sampled_from(
        (Climate(co2_ppm=4000), Light(raw=0), Scan("SECRET"), Level(active=True), Radar.MOVING)
    )
    plain = crowded = Fusion.start(inputs, settings, 0.0)
    for reading in found:
        value = data.draw(values) if reading.monotonic_s < 20 else Climate()
        foreign = reading.source if isinstance(value, Climate | Light | Scan) else "cellar"
        crowded = crowded.step(Reading(foreign, reading.monotonic_s + 3600.0, value)).step(reading)
        plain = plain.step(reading)
    assert crowded == plain


@given(lives(), settings_, st.randoms(use_true_random=False))
@steady
def test_readings_in_any_order_are_borne(life: Lives, settings: OccupancySection, random: Random) -> None:
    inputs, found = life
    mixed = list(found)
    random.shuffle(mixed)
    fusion = Fusion.start(inputs, settings, 0.0)
    for reading in mixed:
        later = fusion.step(reading)
        assert fusion.now_s <= later.now_s < math.inf
        fusion = later
