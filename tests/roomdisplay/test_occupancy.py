"""Days of sensors, and what the fusion makes of them. Times are seconds; see occupancy_kit for the language."""

from __future__ import annotations

import math
import time

import pytest

from drivers.readings import Climate, Level, Light, Radar, Reading, Scan, Targets, Value
from roomdisplay.occupancy import Fusion, Input, InputKind, Presence
from roomdisplay.presence_settings import OccupancySection
from tests.roomdisplay.occupancy_kit import SOMEBODY, final, input_of, play, readings, run, said

DEFAULTS = OccupancySection()

# what it is about, the sensors, every change of presence
DAYS = [
    # --- a start: nothing is known until a sensor was watched for its exit time
    ("an empty room, radar", ["radar: none 100"], "60 vacant"),
    ("an empty room, tracker", ["tracker: empty 100"], "60 vacant"),
    ("an empty room, PIR", ["pir: off 950"], "900 vacant"),
    ("an empty room, both", ["radar: none 200", "pir: off 200"], "60 vacant"),
    ("the radar is heard late", ["radar: silence 50 none 100"], "110 vacant"),
    ("no sensor at all", [], ""),
    ("sensors that never say a word", ["radar: silence 900", "pir: silence 900"], ""),
    ("a person sits there since before the start", ["radar: still 300"], ""),
    ("a PIR is on when the panel starts", ["pir: on 3 off 60"], "0 occupied"),
    # --- entering
    ("a PIR at once", ["pir: off 950 on 2 off 20"], "900 vacant, 950 occupied"),
    ("a radar after 3 frames over 300 ms", ["radar: none 65 moving 2"], "60 vacant, 65.3 occupied"),
    ("3 frames over 200 ms are too short", ["radar: none 65 moving .3 none 60"], "60 vacant"),
    ("single moving frames: bits that flipped", ["radar: none 65" + " moving .1 none 3" * 9], "60 vacant"),
    (
        "moving frames with still ones between",
        ["radar: none 65" + " moving .1 still .1" * 3],
        "60 vacant, 65.4 occupied",
    ),
    ("moving frames seconds apart", ["radar: none 65" + " moving .1 still 2" * 9], "60 vacant"),
    ("both is moving", ["radar: none 65 both 1"], "60 vacant, 65.3 occupied"),
    ("a fan or a chair that is moved: still never starts", ["radar: none 65 still 900"], "60 vacant"),
    ("a target is a moving person", ["tracker: empty 65 target 1"], "60 vacant, 65.3 occupied"),
    ("a button", ["radar: none 65", "button: up 61 down .5 up 3.5"], "60 vacant, 61 occupied"),
    ("a lost edge of a PIR is found by the re-read", ["pir: off 950 silence 1 on 3 off 9"], "900 vacant, 951 occupied"),
    # --- staying and leaving
    ("still sustains", ["radar: none 65 moving 1 still 600 none 70"], "60 vacant, 65.3 occupied, 725.9 vacant"),
    ("PIR alone: 15 min", ["pir: off 950 on 3 off 950"], "900 vacant, 950 occupied, 1853 vacant"),
    (
        "both: radar 30 s and PIR 120 s, the PIR last",
        ["radar: none 65 moving 5 none 140", "pir: off 65 on 5 off 140"],
        "60 vacant, 65 occupied, 190 vacant",
    ),
    (
        "both: the radar last",
        ["radar: none 65 moving 5 still 300 none 40", "pir: off 65 on 5 off 340"],
        "60 vacant, 65 occupied, 399.9 vacant",
    ),
    (
        "a seated person before an LD2450 drops out for 7.6 s at a time",
        ["tracker: empty 65 target 9" + " empty 7.6 target 3" * 30 + " empty 40", "pir: off 65 on 3 off 374"],
        "60 vacant, 65 occupied, 421.9 vacant",
    ),
    (
        "the same without a PIR",
        ["tracker: empty 65 target 9" + " empty 7.6 target 3" * 30 + " empty 90"],
        "60 vacant, 65.3 occupied, 451.9 vacant",
    ),
    (
        "two radars in two corners: one is enough to stay",
        ["radar-1: none 65 moving 2 none 600", "radar-2: none 67 still 500 none 100"],
        "60 vacant, 65.3 occupied, 626.9 vacant",
    ),
    ("a button alone knows no empty room", ["button: up 60 down 1 up 1000"], "60 occupied, 960 unknown"),
    ("a button and a door", ["button: up 60 down 1 up 999", "door: closed 1060"], "60 occupied, 960 unknown"),
    ("a button that jams is one press", ["button: up 60 down 2000"], "60 occupied, 960 unknown"),
    ("a button that is down when the panel starts", ["button: down 90"], ""),
    (
        "a press in an empty room ends as motion does",
        ["radar: none 200", "button: up 65 down 1 up 134"],
        "60 vacant, 65 occupied, 185 vacant",
    ),
    # --- faults
    ("a radar falls silent", ["radar: none 70 silence 60 none 70"], "60 vacant, 79.9 unknown, 190 vacant"),
    ("a radar calibrates", ["radar: none 70 calibrating 5 none 70"], "60 vacant, 70 unknown, 135 vacant"),
    (
        "it falls silent over a person, who sits still when it returns",
        ["radar: none 65 moving 5 silence 20 still 90 moving 1 none 5"],
        "60 vacant, 65.3 occupied, 79.9 unknown, 180.3 occupied",
    ),
    (
        "the radar dies over people: the PIR with its own 15 min",
        ["radar: none 65 moving 5 silence 1000", "pir: off 65 on 3 off 1002"],
        "60 vacant, 65 occupied, 979.9 vacant",
    ),
    (
        "the PIR dies: the radar with its own 60 s",
        ["radar: none 65 moving 5 still 200 none 90", "pir: off 65 on 3 off 30 silence 262"],
        "60 vacant, 65 occupied, 329.9 vacant",
    ),
    (
        "the PIR dies while it counts: its last motion is worth 120 s still",
        ["radar: none 300", "pir: off 65 on 3 silence 232"],
        "60 vacant, 65 occupied, 197 vacant",
    ),
    (
        "the radar dies in a room that was left a minute ago: not known for 15 min",
        ["radar: none 65 moving 5 none 140 silence 900", "pir: off 65 on 3 off 1042"],
        "60 vacant, 65 occupied, 188 vacant, 219.9 unknown, 969.9 vacant",
    ),
    ("a PIR is stuck", ["pir: off 950 on 1900"], "900 vacant, 950 occupied, 2750 unknown"),
    (
        "it is stuck, and the radar says nobody: the radar decides",
        ["pir: off 65 on 2000", "radar: none 2065"],
        "60 vacant, 65 occupied, 1985 vacant",
    ),
    (
        "it is on for an hour because the room is in use",
        ["pir: off 65 on 3600 off 140", "radar: none 65 moving 5 still 3595 none 140"],
        "60 vacant, 65 occupied, 3785 vacant",
    ),
    (
        "a stuck PIR that goes off can be relied on from then",
        ["pir: off 950 on 1900 off 950 on 3"],
        "900 vacant, 950 occupied, 2750 unknown, 3750 vacant, 3800 occupied",
    ),
    (
        "all fall silent",
        ["radar: none 65 moving 5", "pir: off 65 on 3 off 2", "button: up 99"],
        "60 vacant, 65 occupied, 79.9 unknown",
    ),
    (
        "a flapping radar never empties a room",
        ["radar: moving 2" + " silence 20 none 25" * 30],
        "0.3 occupied, 11.9 unknown",
    ),
    # --- doors
    ("a door alone is nothing", ["door: closed 60 open 5 closed 60"], ""),
    ("a door of an empty room", ["door: closed 70 open 5 closed 70", "radar: none 145"], "60 vacant"),
    (
        "motion behind a closed door: occupied until it opens",
        ["door: closed 65 open 4 closed 3000 open 4 closed 200", "pir: off 65 on 3 off 20 on 3 off 3900"],
        "65 occupied, 3969 vacant",
    ),
    (
        "with a radar that loses them",
        ["door: closed 65 open 4 closed 3000 open 4 closed 200", "radar: none 65 moving 4 none 50 moving 12 none 3132"],
        "60 vacant, 65.3 occupied, 3189 vacant",
    ),
    (
        "they leave and close the door: what the sensors still hold is not behind it",
        ["door: closed 165 open 4 closed 900", "tracker: empty 165 target 36 empty 868", "pir: off 165 on 8 off 896"],
        "60 vacant, 165 occupied, 293 vacant",
    ),
    (
        "they come in, close the door and go on moving: behind it after a minute",
        ["door: closed 65 open 4 closed 900 open 2", "radar: none 65 moving 80 none 826"],
        "60 vacant, 65.3 occupied",
    ),
    (
        "the door contact dies: nobody is let out",
        ["door: closed 65 open 4 closed 90", "radar: none 65 moving 4 none 50 moving 12 none 3000"],
        "60 vacant, 65.3 occupied",
    ),
    (
        "one of two doors is open",
        ["door-1: closed 400", "door-2: open 400", "radar: none 65 moving 4 none 331"],
        "60 vacant, 65.3 occupied, 128.9 vacant",
    ),
    (
        "the sensors die behind the door: the door vouches until it opens",
        ["door: closed 600 open 2 closed 9", "radar: none 65 moving 4"],
        "60 vacant, 65.3 occupied, 600 unknown",
    ),
    # --- the real world
    (
        "somebody walks past the open door",
        ["radar: none 65 moving 1.5 none 130", "pir: off 65 on 2.5 off 130"],
        "60 vacant, 65 occupied, 187.5 vacant",
    ),
    ("a curtain in the draught", ["radar: none 65" + " moving .2 none 4" * 30], "60 vacant"),
]


@pytest.mark.parametrize(("sensors", "changes"), [row[1:] for row in DAYS], ids=[row[0] for row in DAYS])
def test_days(sensors: list[str], changes: str) -> None:
    assert play(sensors) == said(changes)


SETTINGS = [
    ("enter frames", OccupancySection(radar_enter_frames=1, radar_enter_ms=0), ["radar: none 65 moving .1 none 9"],
     "60 vacant, 65 occupied"),
    ("enter span", OccupancySection(radar_enter_ms=2000), ["radar: none 65 moving 3"], "60 vacant, 67 occupied"),
    ("exit radar only", OccupancySection(exit_radar_only_s=90), ["radar: none 100"], "90 vacant"),
    ("exit pir only", OccupancySection(exit_pir_only_min=5), ["pir: off 400"], "300 vacant"),
    ("exit both", OccupancySection(exit_radar_s=40, exit_pir_s=50, exit_radar_only_s=600),
     ["radar: none 99", "pir: off 99"], "50 vacant"),
    ("stale", OccupancySection(stale_s=3), ["radar: none 70 silence 2.8 none 1"], "60 vacant"),
    ("stale exceeded", OccupancySection(stale_s=3), ["radar: none 70 silence 2.95 none 1"], "60 vacant, 72.9 unknown"),
    ("stuck", OccupancySection(pir_stuck_min=5), ["pir: on 400"], "0 occupied, 300 unknown"),
    ("the cap of the box", OccupancySection(door_closed_max_min=10),
     ["door: closed 900", "radar: none 65 moving 9 none 826"], "60 vacant, 65.3 occupied, 673.9 vacant"),
    ("no box", OccupancySection(door_closed_max_min=0), ["door: closed 300", "radar: none 65 moving 9 none 226"],
     "60 vacant, 65.3 occupied, 133.9 vacant"),
    ("a PIR alone is never shorter than with a radar", OccupancySection(exit_pir_only_min=5, exit_pir_s=600),
     ["pir: off 99 on 1 off 700"], "99 occupied, 700 vacant"),
    ("a radar alone is never shorter than with a PIR", OccupancySection(exit_radar_s=90, exit_radar_only_s=30),
     ["radar: none 100"], "90 vacant"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "sensors", "changes"), [row[1:] for row in SETTINGS], ids=[r[0] for r in SETTINGS]
)
def test_settings(settings: OccupancySection, sensors: list[str], changes: str) -> None:
    assert play(sensors, settings=settings) == said(changes)


def test_time_alone_brings_the_same_changes() -> None:
    assert play(["radar: none 65 moving 5"], until_s=900.0) == said("60 vacant, 65.3 occupied, 79.9 unknown")
    assert play(["radar: none 65"], until_s=900.0)[-1] == (74.9, "unknown")


# --- what is told beside the presence ------------------------------------------------------------------------------

VISIT = ["radar: none 65 moving 5 still 100 none 200", "pir: off 64 on 4 off 302", "door: closed 370"]


def test_occupied() -> None:
    told = final(["radar: none 65 moving 5 still 30", "pir: off 64 on 4 off 32", "door: open 100"]).occupancy
    assert (told.presence, told.since_s, told.known_since_s) == (Presence.OCCUPIED, 64.0, 60.0)
    assert (told.sensed_from_s, told.sensed_to_s) == (64.0, 99.9)
    assert told.occupied_last_s == pytest.approx(99.9)
    assert [(each.input, each.what) for each in told.evidence] == [("radar", "still"), ("pir", "motion")]
    assert [each.at_s for each in told.evidence] == [99.9, 67.0]
    assert told.unknown_inputs == ()


def test_vacant_again() -> None:
    told = final(["radar: none 65 moving 5 still 100 none 200", "pir: off 64 on 4 off 302"]).occupancy
    assert (told.presence, told.since_s, told.known_since_s) == (Presence.VACANT, 199.9, 60.0)
    assert told.occupied_last_s == 199.9
    assert (told.evidence, told.sensed_from_s, told.sensed_to_s) == ((), None, None)


def test_behind_the_door() -> None:
    told = final(VISIT).occupancy
    assert told.presence is Presence.OCCUPIED
    assert [(each.input, each.what, each.at_s) for each in told.evidence][1:] == [
        ("door", "door-closed", 69.9),
        ("pir", "motion", 67.0),
    ]


def test_unknown() -> None:
    told = final(["radar: none 65 moving 5", "pir: off 70", "tracker: silence 90"], until_s=90.0).occupancy
    assert (told.presence, told.since_s, told.known_since_s) == (Presence.UNKNOWN, 79.9, None)
    assert told.occupied_last_s == 79.9
    assert told.unknown_inputs == ("radar", "pir", "tracker")


def test_a_gap_of_knowledge_begins_it_anew() -> None:
    assert final(["radar: none 200 silence 12 none 70"]).occupancy.known_since_s == 272.0


def test_passing_by_is_sensed_for_a_moment_only() -> None:
    """Check-in by presence asks for 30 s of evidence; the time to exit is none."""
    spans = [
        (told.sensed_from_s, told.sensed_to_s)
        for fusion in run(
            Fusion.start((input_of("radar"), input_of("pir")), DEFAULTS, 0.0),
            readings(["radar: none 65 moving 1.5 none 90", "pir: off 65 on 2.5 off 89"]),
        )
        if (told := fusion.occupancy).presence is Presence.OCCUPIED
    ]
    assert max(to - since for since, to in spans if since is not None and to is not None) == 2.0


def test_before_anything_is_heard() -> None:
    told = Fusion.start((input_of("pir"),), DEFAULTS, 40.0).advance(45.0).occupancy
    assert (told.presence, told.since_s, told.known_since_s, told.occupied_last_s) == (
        Presence.UNKNOWN,
        40.0,
        None,
        None,
    )
    assert told.unknown_inputs == ("pir",)


# --- what is not for us --------------------------------------------------------------------------------------------

RADAR = (Input("radar", InputKind.RADAR), Input("pir", InputKind.PIR))


@pytest.mark.parametrize(
    ("source", "at_s", "value"),
    [
        ("radar", 60.0, Climate(co2_ppm=900)),
        ("radar", 60.0, Light(raw=80)),
        ("radar", 60.0, Scan("SECRET")),
        ("radar", 60.0, Level(active=True)),
        ("pir", 60.0, Radar.MOVING),
        ("pir", 60.0, SOMEBODY),
        ("cellar", 60.0, Level(active=True)),
        ("pir", 49.0, Level(active=True)),
        ("pir", -1.0, Level(active=True)),
        ("pir", math.nan, Level(active=True)),
        ("pir", math.inf, Level(active=True)),
        ("pir", -math.inf, Level(active=True)),
    ],
)
def test_ignored(source: str, at_s: float, value: Value) -> None:
    fusion = Fusion.start(RADAR, DEFAULTS, 0.0).step(Reading("radar", 50.0, Radar.NONE))
    assert fusion.step(Reading(source, at_s, value)) == fusion


@pytest.mark.parametrize("at_s", [49.9, -5.0, math.nan, math.inf, -math.inf])
def test_time_never_goes_back_nor_away(at_s: float) -> None:
    fusion = Fusion.start(RADAR, DEFAULTS, 50.0)
    assert fusion.advance(at_s) is fusion


def test_an_edge_that_another_thread_delivers_late_is_not_lost() -> None:
    fusion = Fusion.start(RADAR, DEFAULTS, 0.0).step(Reading("radar", 50.0, Radar.NONE))
    late = fusion.step(Reading("pir", 49.9, Level(active=True)))
    assert (late.presence, late.occupancy.since_s, late.now_s) == (Presence.OCCUPIED, 50.0, 50.0)


def test_a_radar_may_be_told_as_either() -> None:
    fusion = Fusion.start(RADAR, DEFAULTS, 0.0)
    for tenth in range(600, 604):
        fusion = fusion.step(Reading("radar", tenth / 10, SOMEBODY))
    assert fusion.presence is Presence.OCCUPIED
    assert fusion.step(Reading("radar", 60.5, Targets())).occupancy.evidence[0].what == "target"


def test_a_step_costs_some_tens_of_microseconds() -> None:
    """Three radars at 10 Hz are 30 steps a second; the bound is ten times what was measured, for a busy machine."""
    lines = [
        "radar: none 65 moving 30 still 30 none 75",
        "tracker: empty 65 target 60 empty 75",
        "pir: off 65 on 60 off 75",
    ]
    found, fusion = readings(lines), Fusion.start(tuple(input_of(line) for line in lines), DEFAULTS, 0.0)
    began = time.process_time()
    for reading in found:
        fusion = fusion.step(reading)
    assert (time.process_time() - began) / len(found) < 200e-6
