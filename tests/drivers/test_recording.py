"""Recordings: what goes in comes out, silences stay as long as they were, and no file makes the reader stumble."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import UsageError
from drivers.readings import Climate, Level, Light, Radar, Reading, Scan, Target, Targets, Value
from drivers.recording import RecordingError, RecordingFull, RecordingWriter, read_recording
from drivers.recording_lines import GAP_MS, RUN_MS

STARTED = datetime(2026, 11, 23, 8, tzinfo=UTC)
SENSORS = {"radar": "ld2410", "pir": "pir", "air": "mhz19", "tracker": "ld2450"}
HEADER = b'{"mydesk_recording":1,"started":"2026-11-23T08:00:00Z","sensors":{"radar":"ld2410","pir":"pir"}}\n'
START_S = 70_000.0

VALUES: list[Value] = [
    *Radar,
    *(Level(active, edge) for active in (True, False) for edge in (True, False)),
    Targets(),
    Targets((Target(-320, 1740, -12), Target(0, 0, 0), Target(4000, 6000, 400))),
    Climate(),
    Climate(co2_ppm=812, temperature_c=21.5),
    Light(),
    Light(lux=0.25),
    Light(raw=96),
]


def written(path: Path, readings: Sequence[Reading], max_bytes: int = 1 << 20) -> list[Reading]:
    with RecordingWriter(path, SENSORS, started=STARTED, start_s=START_S, max_bytes=max_bytes) as recording:
        for reading in readings:
            recording.write(reading)
    return read(path)


def read(path: Path) -> list[Reading]:
    with read_recording(path) as recording:
        return list(recording)


def at(ms: float, value: Value, source: str = "radar") -> Reading:
    return Reading(source, START_S + ms / 1000, value)


def body(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()[1:-1]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_every_value_comes_back(tmp_path: Path, value: Value) -> None:
    assert written(tmp_path / "one.jsonl", [at(1234, value)]) == [Reading("radar", 1.234, value)]


def test_the_header(tmp_path: Path) -> None:
    local = STARTED.astimezone(timezone(timedelta(hours=1)))
    RecordingWriter(tmp_path / "empty.jsonl", SENSORS, started=local, start_s=0.0).close()
    with read_recording(tmp_path / "empty.jsonl") as recording:
        assert (recording.header.started, recording.sensors) == (STARTED, SENSORS)
        assert list(recording) == []


def test_scans_are_never_written(tmp_path: Path) -> None:
    assert written(tmp_path / "scan.jsonl", [at(0, Scan("P-4711")), at(100, Radar.NONE)]) == [
        Reading("radar", 0.1, Radar.NONE)
    ]
    assert b"4711" not in (tmp_path / "scan.jsonl").read_bytes()


def test_an_unchanged_radar_is_one_line_every_ten_seconds(tmp_path: Path) -> None:
    frames = [at(100 * n, Radar.NONE) for n in range(36_000)]
    assert written(tmp_path / "hour.jsonl", frames) == [Reading("radar", n / 10, Radar.NONE) for n in range(36_000)]
    assert len(body(tmp_path / "hour.jsonl")) == pytest.approx(360, abs=5)
    assert (tmp_path / "hour.jsonl").stat().st_size < 16_000


# name, milliseconds and values of one radar, the lines
RUNS = [
    (
        "another value",
        [(0, "none"), (100, "none"), (200, "moving")],
        ['[0,"radar","none",2,100]', '[200,"radar","moving"]'],
    ),
    ("a silence", [(0, "none"), (GAP_MS + 1, "none")], ['[0,"radar","none"]', '[1501,"radar","none"]']),
    ("no silence", [(0, "none"), (GAP_MS, "none")], ['[0,"radar","none",2,1500]']),
]


@pytest.mark.parametrize(("frames", "lines"), [row[1:] for row in RUNS], ids=[row[0] for row in RUNS])
def test_what_ends_a_run(tmp_path: Path, frames: list[tuple[int, str]], lines: list[str]) -> None:
    found = written(tmp_path / "runs.jsonl", [at(ms, Radar(word)) for ms, word in frames])
    assert [line.decode() for line in body(tmp_path / "runs.jsonl")] == lines
    assert [(round(each.monotonic_s * 1000), each.value) for each in found] == frames


def test_several_sensors_come_back_in_the_order_of_time(tmp_path: Path) -> None:
    radar = [at(100 * n, Radar.NONE) for n in range(400)]
    pir = [at(1000 * n + 50, Level(active=False, edge=False), "pir") for n in range(40)]
    found = written(tmp_path / "two.jsonl", sorted([*radar, *pir], key=lambda reading: reading.monotonic_s))
    assert [(each.source, round(each.monotonic_s * 1000)) for each in found] == [
        (each.source, round((each.monotonic_s - START_S) * 1000))
        for each in sorted([*radar, *pir], key=lambda reading: reading.monotonic_s)
    ]


def test_light_between_the_frames_of_a_radar_ends_no_run(tmp_path: Path) -> None:
    frames = [at(100 * n, Radar.NONE) for n in range(100)]
    lights = [at(1000 * n, Light(raw=96)) for n in range(10)]
    found = written(tmp_path / "light.jsonl", sorted([*frames, *lights], key=lambda reading: reading.monotonic_s))
    assert (len(found), len(body(tmp_path / "light.jsonl"))) == (110, 2)


def test_a_late_reading_counts_as_of_the_last_before_it(tmp_path: Path) -> None:
    late = written(
        tmp_path / "late.jsonl", [at(500, Radar.NONE), at(450, Level(active=True), "pir"), at(-9e6, Radar.NONE)]
    )
    assert sorted(each.monotonic_s for each in late) == [0.5, 0.5, 0.5]


gaps = st.sampled_from((0, 1, 90, 100, 110, 1000, 1499, 1500, 1501, 9999, 10_001, 60_000))
steps = st.tuples(gaps, st.sampled_from(("radar", "pir", "tracker")), st.sampled_from((Radar.NONE, Radar.STILL)))


@given(st.lists(steps, max_size=60))
@settings(derandomize=True, deadline=None, database=None, max_examples=100)
def test_number_order_ends_and_silences_are_kept(taken: list[tuple[int, str, Radar]]) -> None:
    times = itertools.accumulate(gap for gap, _, _ in taken)
    readings = [at(ms, value, source) for ms, (_, source, value) in zip(times, taken, strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        found = written(Path(folder) / "any.jsonl", readings)
    assert [each.monotonic_s for each in found] == sorted(each.monotonic_s for each in found)
    for source in SENSORS:
        before = [(each.monotonic_s - START_S, each.value) for each in readings if each.source == source]
        after = [(each.monotonic_s, each.value) for each in found if each.source == source]
        assert [value for _, value in before] == [value for _, value in after]
        for (was_s, _), (is_s, _) in zip(before, after, strict=True):
            assert abs(was_s - is_s) <= RUN_MS / 1000
        assert [round(b - a, 3) for (a, _), (b, _) in itertools.pairwise(before) if b - a > 1.5001] == [
            round(b - a, 3) for (a, _), (b, _) in itertools.pairwise(after) if b - a > 1.5001
        ]


# --- bounds and faults of the writer -------------------------------------------------------------------------------


def flicker(recording: RecordingWriter, frames: int) -> None:
    for n in range(frames):
        recording.write(at(100 * n, Radar.NONE if n % 2 else Radar.STILL))


def test_a_full_recording_is_whole_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "full.jsonl"
    recording = RecordingWriter(path, SENSORS, started=STARTED, start_s=START_S, max_bytes=4000)
    with pytest.raises(RecordingFull, match=r"full.jsonl has reached its 4000 bytes.*whole. Record on into another"):
        flicker(recording, 1000)
    assert 3000 < path.stat().st_size <= 4000
    assert len(read(path)) == recording.readings_written > 100
    with pytest.raises(UsageError, match="is closed"):
        recording.write(at(999_999, Radar.NONE))
    recording.close()


def test_what_holds_nothing(tmp_path: Path) -> None:
    for sensors, max_bytes, message in ((SENSORS, 900, "holds nothing"), ({"x" * 33: "pir"}, 9000, "at most 32")):
        with pytest.raises(UsageError, match=message):
            RecordingWriter(tmp_path / "x.jsonl", sensors, started=STARTED, start_s=0.0, max_bytes=max_bytes)
    assert not list(tmp_path.iterdir())


def test_no_line_is_longer_than_is_reckoned_with(tmp_path: Path) -> None:
    widest = (
        Targets((Target(-32767, -32767, -32767),) * 3),
        Climate(65535, -123.45678901234567, 0.12345678901234567),
        Light(1.2345678901234567e-300, 65535),
    )
    name = "x" * 32
    with RecordingWriter(tmp_path / "wide.jsonl", {name: "pir"}, started=STARTED, start_s=0.0) as recording:
        for n in range(30):
            recording.write(Reading(name, 31e6 + n / 10, widest[n // 10]))
    assert max(map(len, body(tmp_path / "wide.jsonl"))) < 256


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    path.write_bytes(b"precious")
    with pytest.raises(RecordingError, match=r"is there already. Choose another name"):
        RecordingWriter(path, SENSORS, started=STARTED, start_s=0.0)
    assert path.read_bytes() == b"precious"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="cannot be written: No such file or directory"):
        RecordingWriter(tmp_path / "no" / "new.jsonl", SENSORS, started=STARTED, start_s=0.0)


def test_a_full_disk() -> None:
    """/dev/full takes nothing; the recording opens new files only, so it is reached through its own seam."""
    with tempfile.TemporaryDirectory() as folder:
        recording = RecordingWriter(Path(folder) / "new.jsonl", SENSORS, started=STARTED, start_s=START_S)
        recording._file.close()  # type: ignore[union-attr]
        recording._file = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 - the recording closes it
        recording.write(at(0, Radar.NONE))
        with pytest.raises(RecordingError, match="cannot be written: No space left on device"):
            recording.write(at(100, Radar.STILL))
        recording.close()


def test_a_sensor_that_was_not_named(tmp_path: Path) -> None:
    with (
        RecordingWriter(tmp_path / "new.jsonl", SENSORS, started=STARTED, start_s=0.0) as recording,
        pytest.raises(UsageError, match="has no sensor 'cellar'"),
    ):
        recording.write(at(0, Radar.NONE, "cellar"))


# --- files that are cut, damaged or hostile ------------------------------------------------------------------------

GOOD = b'[0,"radar","none"]\n'
BAD = [
    (b"", "line 1: the file is empty"),
    (HEADER[:-1], "line 1: the file is cut off here"),
    (b"\x7fELF\x00\xff\xfe\n", "line 1: not a line of JSON"),
    (b"{}\n", "line 1: this is not a recording"),
    (HEADER.replace(b":1,", b":2,"), "line 1: version 2 of the format is not known here, only 1"),
    (HEADER.replace(b"2026-11-23T08:00:00Z", b"yesterday"), "line 1: started must be a UTC time"),
    (HEADER.replace(b"00Z", b"00"), "line 1: started must say its zone"),
    (HEADER.replace(b'"pir"}', b"7}"), "line 1: sensors must be"),
    (b"[" * 3000 + b"\n", "line 1: not a line of JSON"),
    (b"x" * 100_000, "line 1: longer than 4096 bytes"),
    (HEADER + GOOD + b'[100,"radar","no', "line 3: the file is cut off here"),
    (HEADER + GOOD + b'[100,"radar"]\n', "line 3: expected .milliseconds, sensor, value."),
    (HEADER + GOOD + b"\n", "line 3: not a line of JSON"),
    (HEADER + GOOD + b'[100,"cellar","none"]\n', "line 3: a sensor that the first line does not name"),
    (HEADER + GOOD + b'[100,"radar","perhaps"]\n', "line 3: a value that no sensor has"),
    (HEADER + GOOD + b'[100,"radar",[[1,2]]]\n', "line 3: a value"),
    (HEADER + GOOD + b'[100,"radar",[[1,2,3],[1,2,3],[1,2,3],[1,2,3]]]\n', "line 3: a value"),
    (HEADER + GOOD + b'[100,"radar",{"text":"P-4711"}]\n', "line 3: a value"),
    (HEADER + GOOD + b'[100,"radar",{"lux":"x","raw":null}]\n', "line 3: a value"),
    (HEADER + GOOD + b'[-1,"radar","none"]\n', "line 3: times must not be negative"),
    (HEADER + GOOD + b'[99999999999999,"radar","none"]\n', "line 3: times must not"),
    (HEADER + GOOD + b'[0,"radar","none",2,10001]\n', "line 3: times must not be negative, and a run lasts 10000 ms"),
    (HEADER + GOOD + b'[50,"radar","none",2,49]\n', "line 3: times"),
    (HEADER + GOOD + b'[0,"radar","none",1000000000,50]\n', "line 3: a run has 1 to 10000 readings"),
    (HEADER + GOOD + b'[60000,"pir","is-on"]\n[1,"pir","is-on"]\n', "line 4: the time goes back by more than 11500 ms"),
    (HEADER + GOOD + b'[0,"radar","none",10000,10000]\n' * 25, "line 22: too many readings in too short a time"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "message"), BAD, ids=[row[1] + str(number) for number, row in enumerate(BAD)])
def test_a_file_that_is_none_names_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=rf"bad.jsonl: {message}"):
        read(path)


@pytest.mark.parametrize("cut", [b'[60400,"ra', b""])
def test_what_stands_above_the_cut_is_given_but_for_the_last_seconds(tmp_path: Path, cut: bytes) -> None:
    """A run that had not ended is missing there: that silence is none of the sensor's."""
    path = tmp_path / "cut.jsonl"
    lines = b'[100,"radar","moving",3,300]\n[48400,"radar","none"]\n[49000,"pir","off"]\n[60000,"radar","none"]\n'
    path.write_bytes(HEADER + GOOD + lines + cut)
    found: list[tuple[float, Value]] = []
    with read_recording(path) as recording, pytest.raises(RecordingError, match=r"line [67]: .*(cut off|not ended)"):
        found.extend((reading.monotonic_s, reading.value) for reading in recording)
    assert [at_s for at_s, _ in found] == [0.0, 0.1, 0.2, 0.3, 48.4]


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="cannot be read: No such file or directory"):
        read_recording(tmp_path / "none.jsonl")
    with pytest.raises(RecordingError, match="cannot be read: Is a directory"):
        read_recording(tmp_path)
