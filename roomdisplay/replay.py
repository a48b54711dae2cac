"""A recording of sensors through the fusion: every change of what is known, and the lamp that a panel would show.

Which meetings there were is not in a recording. So the lamp is told twice: of a room that is free by its calendar, and
of one that is booked since long.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from drivers.errors import UsageError
from drivers.lamp import LampColour
from drivers.readings import Reading
from drivers.recording import Recording, RecordingError, read_recording
from roomdisplay.inputs import PEOPLE
from roomdisplay.occupancy import Fusion, Input, Occupancy, Presence
from roomdisplay.presence_settings import OccupancySection, PresenceSection
from roomdisplay.state import LAMP, Kind

DEFAULT_OCCUPANCY, DEFAULT_PRESENCE = OccupancySection(), PresenceSection()


@dataclass(frozen=True, slots=True)
class Change:
    """What is known from `at_s` on, in seconds since the start of the recording."""

    at_s: float
    occupancy: Occupancy
    lamp_free: LampColour
    lamp_booked: LampColour

    def same(self, other: Change) -> bool:
        """Nothing that is worth a line has changed."""
        return (
            self.occupancy.presence is other.occupancy.presence
            and self.occupancy.unknown_inputs == other.occupancy.unknown_inputs
            and (self.lamp_free, self.lamp_booked) == (other.lamp_free, other.lamp_booked)
        )


def inputs_of(recording: Recording) -> tuple[Input, ...]:
    """The sensors of a recording that tell of people.

    Raises:
        UsageError: there is none.
    """
    found = tuple(Input(name, PEOPLE[kind]) for name, kind in recording.sensors.items() if kind in PEOPLE)
    if not found:
        raise UsageError(
            f"{recording.path} has no sensor that tells of people.", hint=f"Those are: {', '.join(PEOPLE)}."
        )
    return found


def changes(
    inputs: tuple[Input, ...],
    readings: Iterable[Reading],
    settings: OccupancySection = DEFAULT_OCCUPANCY,
    presence: PresenceSection = DEFAULT_PRESENCE,
) -> Iterator[Change]:
    """What is known at the start, and each change in the order of time, one for an instant, up to the last reading.

    Raises:
        RecordingError: from `readings`; what stood before it has been given.
    """
    start = Fusion.start(inputs, settings, 0.0)
    told = _change(start, presence)
    try:
        for fusion in _course(start, readings, presence):
            change = _change(fusion, presence)
            if not change.same(told):
                if change.at_s > told.at_s:
                    yield told
                told = change
    except RecordingError:
        yield told  # a damaged file: what stands above the damage holds
        raise
    yield told


def _course(fusion: Fusion, readings: Iterable[Reading], presence: PresenceSection) -> Iterator[Fusion]:
    """The fusion after each reading, and at each instant between at which time alone may change something."""
    for reading in readings:
        while (at_s := min(fusion.next_s, _turns_empty_s(fusion, presence))) <= reading.monotonic_s:
            fusion = fusion.advance(at_s)
            yield fusion
        fusion = fusion.step(reading)
        yield fusion


def _turns_empty_s(fusion: Fusion, presence: PresenceSection) -> float:
    """When a booked room is shown as empty, if that is still to come."""
    at_s = _empty_from_s(fusion, presence)
    return at_s if at_s > fusion.now_s else math.inf


def _empty_from_s(fusion: Fusion, presence: PresenceSection) -> float:
    if fusion.presence is not Presence.VACANT or not presence.shown:
        return math.inf
    return fusion.since_s + presence.empty_shown_after_min * 60


def _change(fusion: Fusion, presence: PresenceSection) -> Change:
    in_use = presence.shown and fusion.presence is Presence.OCCUPIED
    empty = fusion.now_s >= _empty_from_s(fusion, presence)
    return Change(
        fusion.now_s,
        fusion.occupancy,
        LAMP[Kind.IN_USE if in_use else Kind.FREE],
        LAMP[Kind.BOOKED_EMPTY if empty else Kind.BUSY],
    )


# --- on a terminal -------------------------------------------------------------------------------------------------


def replay_lines(
    file: Path,
    *,
    speed: float = math.inf,
    settings: OccupancySection = DEFAULT_OCCUPANCY,
    presence: PresenceSection = DEFAULT_PRESENCE,
    as_json: bool = False,
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[str]:
    """One line per change, each when it is due at `speed` times the speed of life; infinite waits for nothing.

    Raises:
        RecordingError: the file is no recording, or is damaged; the lines up to there have been given.
        UsageError: no sensor of it tells of people.
    """
    with read_recording(file) as recording:
        before_s = 0.0
        for change in changes(inputs_of(recording), recording, settings, presence):
            sleep_s = (change.at_s - before_s) / speed
            if sleep_s > 0:
                sleep(sleep_s)
            before_s = change.at_s
            yield _json(change, recording.header.started) if as_json else line(change)


def speed_of(text: str | float) -> float:
    """The value of --speed: "max", or a number above 0. Raises ValueError."""
    try:
        speed = math.inf if text == "max" else float(text)
    except ValueError:
        speed = math.nan
    if not speed > 0:
        raise ValueError("give a number above 0, such as 60, or max")
    return speed


def line(change: Change) -> str:
    """A change for people, such as

    >>> next(replay_lines(Path("tests/cases/recordings/pass-by.jsonl")))             # doctest: +SKIP
    '   0:00:00.0  unknown   free room: free       booked room: busy       unknown: pir, radar'
    """
    told = change.occupancy
    because = ", ".join(f"{each.input} {each.what}" for each in told.evidence)
    notes = [because] if because else []
    if told.unknown_inputs:
        notes.append(f"unknown: {', '.join(told.unknown_inputs)}")
    lamps = f"free room: {change.lamp_free:<10} booked room: {change.lamp_booked:<10}"
    return f"{_clock(change.at_s):>12}  {told.presence:<9} {lamps} {'; '.join(notes)}".rstrip()


def _clock(at_s: float) -> str:
    tenths = round(at_s * 10)
    return f"{tenths // 36_000}:{tenths // 600 % 60:02}:{tenths // 10 % 60:02}.{tenths % 10}"


def _json(change: Change, started: datetime) -> str:
    told = change.occupancy
    at = started + timedelta(seconds=change.at_s)
    found = {
        "at_s": round(change.at_s, 3),
        "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "presence": told.presence,
        "evidence": [{"input": each.input, "what": each.what, "at_s": round(each.at_s, 3)} for each in told.evidence],
        "unknown": told.unknown_inputs,
        "lamp_free": change.lamp_free,
        "lamp_booked": change.lamp_booked,
    }
    return msgspec.json.encode(found).decode()
