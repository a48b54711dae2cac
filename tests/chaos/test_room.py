"""The room of the fault run, judged: what its people do, what its sensors tell of them, and what their faults hide."""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from drivers.readings import Level, Radar, Reading, Targets
from tests.chaos.room_people import STILL_MOST_S, Motion, Passing, RoomPeople, Visit
from tests.chaos.room_sensors import DROP_OUT_MOST_S, KINDS, RoomSensor
from tests.chaos.sensor_faults import Fault, FaultKind, Faults
from tests.chaos.truth import Booked
from tests.roomdisplay.calendar_kit import at

ZONE = ZoneInfo("Europe/Copenhagen")
START_S = 1000.0
NEVER = Fault(FaultKind.SILENT, math.inf, math.inf)


def people(*visits: Visit) -> RoomPeople:
    found = RoomPeople(Random(1), ZONE, lambda instant: instant.timestamp())
    found.visits = list(visits)
    return found


def sitting(enter_s: float, leave_s: float) -> Visit:
    """Somebody who moves as dice make it."""
    return Visit(enter_s, leave_s, list(people()._motions(enter_s, leave_s, restless=False)))


def sensor(word: str, room: RoomPeople, fault: Fault = NEVER) -> RoomSensor:
    faults = Faults(Random(1))
    faults._next = fault
    return KINDS[word](word, room, faults, Random(1))


def told(one: RoomSensor, to_s: float, step_s: float = 5.0) -> list[Reading]:
    readings, at_s = [*one.readings(START_S)], START_S
    while at_s < to_s:
        at_s += step_s
        readings += one.readings(at_s)
    return readings


def there(reading: Reading) -> bool:
    match reading.value:
        case Radar() as value:
            return value not in (Radar.NONE, Radar.NO_STATEMENT)
        case Targets(targets=targets):
            return bool(targets)
        case Level(active=active):
            return active
    raise AssertionError(reading)


@pytest.mark.parametrize("word", ["radar", "tracker", "pir", "door"])
@pytest.mark.parametrize("step_s", [0.25, 1.0, 5.0, 15.0])
def test_readings_are_in_order_never_of_the_future_and_never_stale(word: str, step_s: float) -> None:
    one, last_s, now_s = sensor(word, people(sitting(1200, 1800))), START_S, START_S
    list(one.readings(now_s))  # it begins here
    while now_s < 2400:
        now_s += step_s
        for reading in one.readings(now_s):
            assert last_s <= reading.monotonic_s <= now_s
            assert reading.monotonic_s - last_s < 10
            last_s = reading.monotonic_s


@pytest.mark.parametrize(("word", "gap_s"), [("radar", DROP_OUT_MOST_S + 1.5), ("tracker", 9.5), ("pir", 720.0)])
def test_who_sits_is_lost_for_no_longer_than_a_real_sensor_loses_them(word: str, gap_s: float) -> None:
    seen = [one.monotonic_s for one in told(sensor(word, people(sitting(1200, 9000))), 9000) if there(one)]
    gaps = [after - before for before, after in pairwise(seen)]
    assert 1199 <= seen[0] <= 1202
    assert max(gaps) <= gap_s
    assert max(gaps) > gap_s / 4  # and it does lose them


@pytest.mark.parametrize(
    ("word", "held_s"),
    [("radar", 5), ("tracker", 36), ("pir", 3), ("door", 3)],
    ids=["radar", "tracker", "pir", "door"],
)
def test_who_leaves_is_held_for_a_while(word: str, held_s: float) -> None:
    last = max(one.monotonic_s for one in told(sensor(word, people(sitting(1200, 1300))), 1500) if there(one))
    assert abs(last - 1300 - held_s) <= 1.5


@pytest.mark.parametrize(
    ("kind", "somebody", "some"),
    [
        (FaultKind.SILENT, False, False),
        (FaultKind.REBOOT, False, False),
        (FaultKind.NO_STATEMENT, False, True),
        (FaultKind.STUCK_LOW, False, True),
        (FaultKind.STUCK_HIGH, True, True),
        (FaultKind.FLAPPING, True, True),
    ],
)
def test_what_a_fault_makes_of_a_radar(kind: FaultKind, somebody: bool, some: bool) -> None:
    one = sensor("radar", people(sitting(1200, 1300)), Fault(kind, 1100, 1400))
    readings = [reading for reading in told(one, 1399) if 1101 < reading.monotonic_s < 1399]
    assert bool(readings) is some
    assert any(there(reading) for reading in readings) is somebody
    assert not one.saw
    statements = {reading.value for reading in readings}
    assert (statements == {Radar.NO_STATEMENT}) is (kind is FaultKind.NO_STATEMENT)


def test_what_is_told_truly_is_noted_for_the_judge() -> None:
    one = sensor("pir", people(sitting(1200, 1300)))
    told(one, 1400)
    assert 1200 <= min(one.saw) < max(one.saw) <= 1300


def test_who_looks_in_is_seen_and_was_not_inside() -> None:
    room = people()
    room.passing = [Passing(1200, 1204, True)]
    one = sensor("radar", room)
    assert any(there(reading) for reading in told(one, 1300))
    assert not one.saw
    assert not room.inside(1202)
    assert room.near_s(1190, 1201)


def test_nobody_sits_still_for_longer_than_two_minutes() -> None:
    motions = sitting(1200, 9000).motions
    assert max(b.from_s - a.to_s for a, b in pairwise(motions)) <= STILL_MOST_S + 5


def test_presence_in_the_room_is_a_union_of_visits() -> None:
    room = people(Visit(10, 20), Visit(15, 40), Visit(60, 70))
    assert room.inside_since(30) == 10
    assert room.inside_since(50) is None
    assert room.empty_for_s(50) == 10
    assert room.inside_s(35, 62) == 5
    assert not room.near_s(41, 59)


def test_people_whose_meeting_is_called_off_go() -> None:
    room = people(Visit(900, 9000, [Motion(900, 905, True)], key="x@y"))
    room.live(at("09:00"), (), False)
    room._meet(1000, ())
    assert room.visits == [] or room.visits[0].leave_s <= 1180


def test_who_is_called_off_in_the_door_was_seen_coming_in() -> None:
    visit = Visit(900, 9000, [Motion(900, 918, True), Motion(950, 955, False)])
    visit.leave(914)
    assert [(one.from_s, one.to_s) for one in visit.motions] == [(900, 910), (910, 914)]


def test_each_meeting_has_its_own_people_or_none() -> None:
    room, dice_seconds = people(), at("09:00").timestamp()
    meetings = tuple(Booked(str(n), str(n), at("10:00"), at("11:00"), at("09:00")) for n in range(200))
    for minute in range(0, 7200, 5):
        room._meet(dice_seconds + minute, meetings)
    assert 90 < len(room.visits) < 150
    entered = [visit.enter_s - at("10:00").timestamp() for visit in room.visits]
    assert min(entered) < -60
    assert max(entered) > 640


def test_faults_come_one_after_another_and_are_remembered() -> None:
    faults = Faults(Random(3), KINDS["pir"].fails_by)
    found = {fault.kind for at_s in range(0, 400_000, 3) if (fault := faults.now(float(at_s)))}
    assert found == set(FaultKind) - {FaultKind.NO_STATEMENT}
    past = list(faults.between(380_000, 400_000))
    assert all(a.to_s <= b.from_s for a, b in pairwise(past))
    assert faults.well(past[0].to_s, past[0].to_s + 0.5) if past else True


def test_what_fails_in_common_fails_all_at_once() -> None:
    hub = Faults(Random(1), (FaultKind.SILENT,))
    hub._next = Fault(FaultKind.SILENT, 1100, 1200)
    both = [Faults(Random(seed), common=hub) for seed in (2, 3)]
    for one in both:
        one._next = NEVER
    assert [one.now(1150.0) for one in both] == [hub._next] * 2
    assert not any(one.well(1190, 1300) for one in both)
    assert all(one.well(1200, 1300) for one in both)


def test_a_sensor_at_fault_does_not_fall_silent_with_the_others() -> None:
    hub = Faults(Random(1), (FaultKind.SILENT,))
    own = Faults(Random(2), (FaultKind.STUCK_LOW,), common=hub)
    hub._past.append(Fault(FaultKind.SILENT, 100.0, 200.0))
    own._past.extend([Fault(FaultKind.STUCK_LOW, 120.0, 150.0), Fault(FaultKind.STUCK_LOW, 170.0, 400.0)])
    told = [(fault.kind, fault.from_s, fault.to_s) for fault in own.between(0.0, 1000.0)]
    low, silent = FaultKind.STUCK_LOW, FaultKind.SILENT
    assert told == [(low, 120, 150), (low, 170, 400), (silent, 100, 120), (silent, 150, 170)]
    assert [fault.kind for fault in own.between(130.0, 140.0)] == [low]
