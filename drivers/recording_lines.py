"""The lines of a recording: what readings look like as JSON, and back. Pure; files are in drivers.recording.

    {"mydesk_recording":1,"started":"2026-11-23T08:00:00Z","sensors":{"radar":"ld2410","pir":"pir"}}
    [0,"pir","is-off"]
    [0,"radar","none",100,9900]
    [9950,"pir","on"]
    [10000,"radar","moving",12,11100]
    {"ended_ms":11100}

A line is [milliseconds since the start, sensor, value], and for a run of equal readings also how many there were and
when the last came: their first and last time and their number are exact, those between are spaced evenly. A run ends
at another value of the same kind (presence, light ...), after `RUN_MS`, or where the sensor was silent for more than
`GAP_MS`; a silence that makes an input unknown is therefore in the file as it was (the shortest `stale_s` is 3 s).

A line is written when its run has ended. Without the last line, runs of the last `REACH_MS` may be missing, and what
is there of that time is not believed.

Values: a radar's word; "on", "off" for edges of a PIR, door or button and "is-on", "is-off" for its re-read level; a
list of [x_mm, y_mm, speed_cm_s]; an object of climate or light. Codes that were scanned are personal and have no line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from drivers.readings import Climate, Level, Light, Radar, Reading, Scan, Target, Targets, Value

VERSION = 1
RUN_MS = 10_000
GAP_MS = 1_500
REACH_MS = RUN_MS + GAP_MS
"""No line begins earlier than this before the end of any line above it."""
MAX_LINE_BYTES = 4096
WRITTEN_LINE_BYTES = 256
"""No line of readings that we write is longer: names have at most `MAX_NAME` characters."""
MAX_NAME = 32
MAX_RUN = 10_000
"""readings in one run; a kilohertz"""
MAX_SENSORS = 64
_MAX_MS = 366 * 86_400_000

_LEVELS = {
    Level(active=True, edge=True): "on",
    Level(active=False, edge=True): "off",
    Level(active=True, edge=False): "is-on",
    Level(active=False, edge=False): "is-off",
}
_OF_WORD: dict[str, Value] = {**{word: level for level, word in _LEVELS.items()}, **{str(word): word for word in Radar}}
_AIR, _LIGHT = ("co2_ppm", "temperature_c", "humidity_percent"), ("lux", "raw")


class BadLine(ValueError):  # noqa: N818 - what it is
    """Error raised when a line is none that we write; its text says why, without the line's contents."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a recording is of: when it began, and name -> kind (as in the configuration) of its sensors."""

    started: datetime
    sensors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Run:
    """Equal readings of one sensor, `count` from `first_ms` to `last_ms`."""

    source: str
    value: Value
    first_ms: int
    last_ms: int
    count: int = 1

    def takes(self, value: Value, at_ms: int) -> bool:
        """Whether one more reading belongs to it."""
        near = at_ms - self.last_ms <= GAP_MS and at_ms - self.first_ms <= RUN_MS
        return near and value == self.value and self.count < MAX_RUN

    def readings(self) -> Iterator[Reading]:
        """The readings, times in seconds since the start of the recording."""
        steps = max(self.count - 1, 1)
        for index in range(self.count):
            at_ms = self.first_ms + round((self.last_ms - self.first_ms) * index / steps)
            yield Reading(self.source, at_ms / 1000, self.value)


def header_line(header: Header) -> bytes:
    """The first line."""
    started = header.started.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return _line({"mydesk_recording": VERSION, "started": started, "sensors": dict(header.sensors)})


def run_line(run: Run) -> bytes:
    """One line of readings; `run.value` must not be a Scan."""
    tail = [run.count, run.last_ms] if run.count > 1 else []
    return _line([run.first_ms, run.source, _coded(run.value), *tail])


def end_line(at_ms: int) -> bytes:
    """The last line."""
    return _line({"ended_ms": at_ms})


def parse_header(line: bytes) -> Header:
    """The first line. Raises BadLine."""
    match _json(line):
        case {"mydesk_recording": int(version), "started": str(started), "sensors": dict(sensors)}:
            if version != VERSION:
                raise BadLine(f"version {version} of the format is not known here, only {VERSION}")
            if len(sensors) > MAX_SENSORS or not all(isinstance(kind, str) for kind in sensors.values()):
                raise BadLine(f"sensors must be at most {MAX_SENSORS} names with their kinds")
            return Header(_instant(started), sensors)
    raise BadLine("this is not a recording: its first line must have mydesk_recording, started and sensors")


def parse_run(line: bytes, sensors: Mapping[str, str]) -> Run | None:
    """A line of readings; None for the last line. Raises BadLine."""
    match _json(line):
        case {"ended_ms": int()}:
            return None
        case [int(first_ms), str(source), value]:
            run = Run(source, _decoded(value), first_ms, first_ms)
        case [int(first_ms), str(source), value, int(count), int(last_ms)]:
            run = Run(source, _decoded(value), first_ms, last_ms, count)
        case _:
            raise BadLine("expected [milliseconds, sensor, value] or [milliseconds, sensor, value, count, last]")
    if source not in sensors:
        raise BadLine("a sensor that the first line does not name")
    if not (0 <= run.first_ms <= run.last_ms <= _MAX_MS and run.last_ms - run.first_ms <= RUN_MS):
        raise BadLine(f"times must not be negative, and a run lasts {RUN_MS} ms at most")
    if not 1 <= run.count <= MAX_RUN:
        raise BadLine(f"a run has 1 to {MAX_RUN} readings")
    return run


def _line(value: object) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def _json(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadLine("not a line of JSON") from error


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadLine("started must be a UTC time such as 2026-11-23T08:00:00Z") from error
    if instant.tzinfo is None:
        raise BadLine("started must say its zone, such as 2026-11-23T08:00:00Z")
    return instant.astimezone(UTC)


def _coded(value: Value) -> object:
    match value:
        case Radar():
            return str(value)
        case Level():
            return _LEVELS[value]
        case Targets():
            return [[target.x_mm, target.y_mm, target.speed_cm_s] for target in value.targets]
        case Climate():
            return _known(value, _AIR)
        case Light():
            return _known(value, _LIGHT)
        case Scan():
            raise ValueError("a scanned code is never recorded")


def _known(value: Climate | Light, keys: tuple[str, ...]) -> dict[str, float]:
    """At least one key, so that what was measured tells the kind: an empty Light and an empty Climate differ."""
    return {key: getattr(value, key) for key in keys}


def _decoded(value: object) -> Value:
    match value:
        case str() if value in _OF_WORD:
            return _OF_WORD[value]
        case list() if len(value) <= 3 and all(map(_is_target, value)):
            return Targets(tuple(Target(*each) for each in value))
        case dict() if value.keys() == set(_AIR) and all(map(_is_measure, value.values())):
            return Climate(**value)
        case dict() if value.keys() == set(_LIGHT) and all(map(_is_measure, value.values())):
            return Light(**value)
    raise BadLine("a value that no sensor has")


def _is_target(value: object) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(type(each) is int for each in value)


def _is_measure(value: object) -> bool:
    return value is None or type(value) in (int, float)
