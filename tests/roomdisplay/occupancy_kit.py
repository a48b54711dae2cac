"""Days of a sensor as one line of text, what they mean as readings, and what a fusion makes of them.

    play(["radar: none 60 moving 2 still 600 none 120", "pir: off 60 on 3 off 719"])

A radar or tracker sends ten frames a second; a PIR, door or button sends its edges, and its level each second.
"silence" sends nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from drivers.readings import Level, Radar, Reading, Target, Targets, Value
from roomdisplay.occupancy import Fusion, Input, InputKind, Presence
from roomdisplay.presence_settings import OccupancySection

SOMEBODY = Targets((Target(x_mm=-320, y_mm=1740, speed_cm_s=0),))
_RADAR: dict[str, Value] = {
    "none": Radar.NONE,
    "moving": Radar.MOVING,
    "still": Radar.STILL,
    "both": Radar.BOTH,
    "calibrating": Radar.NO_STATEMENT,
    "empty": Targets(),
    "target": SOMEBODY,
}
_LEVEL = {"off": False, "on": True, "closed": False, "open": True, "up": False, "down": True}
_FRAME_TENTHS, _REREAD_TENTHS = 1, 10

DEFAULTS = OccupancySection()
Changes = list[tuple[float, str]]


def input_of(line: str) -> Input:
    """The input that a line is about: its name is its kind, or begins with it ("pir-2")."""
    name = line.partition(":")[0].strip()
    return Input(name, InputKind(name.partition("-")[0]))


def readings(lines: Iterable[str], from_s: float = 0.0) -> list[Reading]:
    """What the sensors of `lines` tell, in the order of time."""
    return sorted((each for line in lines for each in _of(line, from_s)), key=lambda reading: reading.monotonic_s)


def _of(line: str, from_s: float) -> Iterator[Reading]:
    name, _, text = line.partition(":")
    words = text.split()
    at, before = 0, None
    for word, seconds in zip(words[::2], words[1::2], strict=True):
        end = at + round(float(seconds) * 10)
        if word in _RADAR:
            yield from (Reading(name, from_s + tenth / 10, _RADAR[word]) for tenth in range(at, end, _FRAME_TENTHS))
        elif word in _LEVEL:
            edge = before is not None and before is not _LEVEL[word]
            yield Reading(name, from_s + at / 10, Level(_LEVEL[word], edge=edge))
            rereads = range(at + _REREAD_TENTHS, end, _REREAD_TENTHS)
            yield from (Reading(name, from_s + tenth / 10, Level(_LEVEL[word], edge=False)) for tenth in rereads)
        elif word != "silence":
            raise AssertionError(f"no such word: {word}")
        before, at = _LEVEL.get(word), end


def run(fusion: Fusion, found: Sequence[Reading], until_s: float | None = None) -> Iterator[Fusion]:
    """The fusion after each reading, and at each instant at which time alone changes something."""
    for reading in found:
        while fusion.next_s <= reading.monotonic_s:
            yield (fusion := fusion.advance(fusion.next_s))
        yield (fusion := fusion.step(reading))
    while until_s is not None and fusion.next_s <= until_s:
        yield (fusion := fusion.advance(fusion.next_s))
    if until_s is not None:
        yield fusion.advance(until_s)


def play(lines: Sequence[str], *, settings: OccupancySection = DEFAULTS, until_s: float | None = None) -> Changes:
    """Every change of presence, as (since, presence); the first is that of the start."""
    seen = [begun(lines, settings), *run(begun(lines, settings), readings(lines), until_s)]
    return [(0.0, "unknown"), *((b.since_s, str(b.presence)) for a, b in pairwise(seen) if a.presence != b.presence)]


def begun(lines: Sequence[str], settings: OccupancySection = DEFAULTS) -> Fusion:
    """A fusion of the inputs of `lines` that has heard nothing."""
    return Fusion.start(tuple(input_of(line) for line in lines), settings, 0.0)


def final(lines: Sequence[str], *, settings: OccupancySection = DEFAULTS, until_s: float | None = None) -> Fusion:
    """The fusion after all readings."""
    return deque(run(begun(lines, settings), readings(lines), until_s), maxlen=1)[0]


def said(text: str) -> Changes:
    """ "60 vacant, 70.3 occupied" as changes after the start."""
    pairs = (each.split() for each in text.split(",") if each.strip())
    return [(0.0, "unknown"), *((float(at), str(Presence(presence))) for at, presence in pairs)]
