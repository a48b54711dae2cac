"""Recordings made with the emulators, and what a replay of each says; the command."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from drivers.lamp import LampColour
from drivers.readings import Reading, Scan
from drivers.recording import RecordingError, RecordingWriter, read_recording
from roomdisplay.cli import app, main
from roomdisplay.presence_settings import OccupancySection, PresenceSection
from roomdisplay.replay import changes, inputs_of, line, replay_lines, speed_of
from tests.roomdisplay.occupancy_kit import input_of, readings
from tests.roomdisplay.recorded_days import DAYS, FOLDER
from tests.roomdisplay.test_config import SMALLEST

STARTED = datetime(2026, 11, 23, 8, tzinfo=UTC)


def expected(name: str) -> list[str]:
    return (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()


def recorded(path: Path, *lines: str) -> Path:
    names = {input_of(line).name: _KIND[input_of(line).kind] for line in lines}
    with RecordingWriter(path, names, started=STARTED, start_s=0.0) as recording:
        for reading in readings(lines):
            recording.write(reading)
    return path


_KIND = {"pir": "pir", "radar": "ld2410", "tracker": "ld2450", "door": "door", "button": "button"}


# --- the recordings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DAYS)
def test_the_emulators_of_today_make_the_same_day(name: str, tmp_path: Path) -> None:
    DAYS[name](tmp_path / "today.jsonl")
    assert list(replay_lines(tmp_path / "today.jsonl")) == expected(name)


# what each was recorded for; times to the second
MEANING = [
    ("meeting", "0 unknown, 60 vacant, 150 occupied, 884 vacant"),
    ("drop-outs", "0 unknown, 60 vacant, 90 occupied, 502 vacant"),
    ("pass-by", "0 unknown, 60 vacant, 90 occupied, 212 vacant, 332 occupied, 455 vacant"),
    ("radar-dies", "0 unknown, 60 vacant, 90 occupied, 1652 vacant"),
    ("pir-stuck", "0 unknown, 60 vacant, 90 occupied, 2023 vacant"),
    ("calibration", "0 unknown, 60 vacant, 90 unknown, 150 vacant"),
]


@pytest.mark.parametrize(("name", "told"), MEANING)
def test_a_recording_replays_as_it_did(name: str, told: str) -> None:
    with read_recording(FOLDER / f"{name}.jsonl") as recording:
        found = list(changes(inputs_of(recording), recording))
    assert [line(each) for each in found] == expected(name)
    turns = [
        each for n, each in enumerate(found) if not n or each.occupancy.presence != found[n - 1].occupancy.presence
    ]
    assert [f"{round(each.at_s)} {each.occupancy.presence}" for each in turns] == told.split(", ")


def test_every_recording_is_shipped_and_told() -> None:
    assert {path.stem for path in FOLDER.glob("*.jsonl")} == {path.stem for path in FOLDER.glob("*.txt")} == set(DAYS)
    assert {name for name, _ in MEANING} == set(DAYS)
    assert all(path.stat().st_size < 64_000 for path in FOLDER.iterdir())


@pytest.mark.parametrize("sensor", ["radar: none 65 moving 5 still 30 none 90", "tracker: empty 65 target 40 empty 90"])
def test_what_was_recorded_is_what_was_heard(tmp_path: Path, sensor: str) -> None:
    heard = readings([sensor, "pir: off 70 on 4 off 126"])
    with read_recording(recorded(tmp_path / "a.jsonl", sensor, "pir: off 70 on 4 off 126")) as recording:
        inputs = inputs_of(recording)
        played = [(each.at_s, each.occupancy) for each in changes(inputs, recording)]
    assert played == [(each.at_s, each.occupancy) for each in changes(inputs, heard)]


# --- the lamp ------------------------------------------------------------------------------------------------------


def lamps(sensor: str, settings: PresenceSection) -> list[tuple[float, LampColour, LampColour]]:
    found = changes((input_of(sensor),), readings([sensor]), OccupancySection(), settings)
    return [(each.at_s, each.lamp_free, each.lamp_booked) for each in found]


FREE, BUSY, AMBER = LampColour.FREE, LampColour.BUSY, LampColour.ATTENTION


def test_the_lamp_of_a_free_and_of_a_booked_room() -> None:
    told = lamps("radar: none 700 moving 5 none 90", PresenceSection())
    assert told == [
        (0.0, FREE, BUSY),
        (60.0, FREE, BUSY),
        (660.0, FREE, AMBER),
        (700.3, AMBER, BUSY),
        (pytest.approx(764.9), FREE, BUSY),
    ]


def test_the_lamp_where_presence_is_not_shown() -> None:
    assert {lamp[1:] for lamp in lamps("radar: none 700 moving 5", PresenceSection(shown=False))} == {(FREE, BUSY)}


# --- the command ---------------------------------------------------------------------------------------------------


def command(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["replay", *arguments])


def test_the_command() -> None:
    result = command(str(FOLDER / "pass-by.jsonl"))
    assert (result.exit_code, result.stdout.splitlines()) == (0, expected("pass-by"))


def test_machine_output() -> None:
    result = command(str(FOLDER / "pir-stuck.jsonl"), "--json")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(found) == len(expected("pir-stuck"))
    stuck = next(each for each in found if each["presence"] == "occupied" and each["unknown"])
    assert stuck["unknown"] == ["pir"]
    assert stuck["time"] == "2026-11-23T08:31:42.900Z"
    assert [each["input"] for each in stuck["evidence"]] == ["pir", "radar"]


def test_settings_of_a_configuration(tmp_path: Path) -> None:
    config = tmp_path / "room.toml"
    config.write_text(f"{SMALLEST}[occupancy]\nexit_radar_only_s = 90\n")
    result = command(str(FOLDER / "drop-outs.jsonl"), "--config", str(config))
    assert result.exit_code == 0, result.output
    assert "0:01:30.1  vacant" in result.stdout


@pytest.mark.parametrize("speed", ["slow", "0", "-1", "nan"])
def test_no_speed(speed: str) -> None:
    result = command(str(FOLDER / "pass-by.jsonl"), "--speed", speed)
    assert result.exit_code == 2
    assert "give a number above 0" in result.stderr


def test_speeds() -> None:
    assert (speed_of("max"), speed_of("2.5")) == (math.inf, 2.5)


@pytest.mark.parametrize(("speed", "waited_s"), [(1.0, 455.0), (60.0, 7.6), (math.inf, 0.0)])
def test_it_waits_as_long_as_life_did(speed: float, waited_s: float) -> None:
    slept: list[float] = []
    assert list(replay_lines(FOLDER / "pass-by.jsonl", speed=speed, sleep=slept.append)) == expected("pass-by")
    assert sum(slept) == pytest.approx(waited_s, abs=0.1)


def test_a_cut_file_is_played_up_to_the_cut(tmp_path: Path) -> None:
    whole = (FOLDER / "meeting.jsonl").read_bytes()
    (tmp_path / "cut.jsonl").write_bytes(whole[: len(whole) // 2])
    said: list[str] = []
    with pytest.raises(RecordingError, match=r"cut.jsonl: line \d+: the file is cut off here"):
        said.extend(replay_lines(tmp_path / "cut.jsonl"))
    assert said == expected("meeting")[:4]


def test_nothing_that_tells_of_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with RecordingWriter(tmp_path / "air.jsonl", {"air": "mhz19"}, started=STARTED, start_s=0.0) as recording:
        recording.write(Reading("air", 0.0, Scan("P-4711")))
    monkeypatch.setattr("sys.argv", ["mydesk-room", "replay", str(tmp_path / "air.jsonl")])
    with pytest.raises(SystemExit, match="1"):
        main()
    assert "air.jsonl has no sensor that tells of people. Those are: pir, ld2410" in capsys.readouterr().err
