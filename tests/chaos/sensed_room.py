"""The room of a run with sensors: its people, its sensors, and what the run may know that the panel cannot."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from drivers.device import Condition, Health
from drivers.readings import Reading
from roomdisplay.opening_hours import open_span
from tests.chaos.room_people import RoomPeople
from tests.chaos.room_sensors import KINDS, RoomSensor
from tests.chaos.sensor_faults import TELLING_NOTHING, TOGETHER_S, FaultKind, Faults
from tests.chaos.stage import Stage

UNKNOWN_AFTER_S = 15.0
"""A sensor that tells nothing for so long is unknown whatever the panel thinks: 10 s by design, and a step."""

EXIT_S = {"pir": 15 * 60.0, "radar": 60.0, "tracker": 60.0}
"""The longest time to exit by design, for a room that has such sensors alone; the longest counts."""
BOXED_S = 120 * 60.0
"""Motion behind a closed door keeps a room occupied for so long."""

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Blank:
    """A stretch in which the unit did not run, or hung: nobody watched."""

    from_s: float
    to_s: float


class SensedRoom:
    """People and sensors on one stage. `live` after each step of the clock."""

    def __init__(self, stage: Stage, sensors: str, seed: int) -> None:
        self._stage = stage
        config = stage.panel.config
        self.people = RoomPeople(Random(f"people {seed}"), config.room.zone, stage.seconds)
        self.words = tuple(sensors.split("+"))
        self._hub = Faults(Random(f"hub {seed}"), (FaultKind.SILENT,), TOGETHER_S)
        self.sensors = [self._sensor(word, number, seed) for number, word in enumerate(self.words)]
        self.blanks: list[Blank] = []
        self.readings = 0

    def _sensor(self, word: str, number: int, seed: int) -> RoomSensor:
        kind, name = KINDS[word], f"{word}-{number}"
        faults = Faults(Random(f"faults of {name} {seed}"), kind.fails_by, common=self._hub)
        return kind(name, self.people, faults, Random(f"{name} {seed}"))

    def live(self) -> None:
        """People come and go, and the panel hears of it."""
        stage, panel = self._stage, self._stage.panel
        now, now_s = stage.true.now(), stage.true.monotonic_s()
        office_hours = open_span(now, panel.config.hours, panel.config.room.zone) is not None
        self.people.live(now, stage.log.booked, office_hours)
        told = [list(sensor.readings(now_s)) for sensor in self.sensors]
        for reading in heapq.merge(*told, key=_when):
            panel.sensed(reading)
            self.readings += 1

    def blank(self, from_s: float) -> None:
        """Nobody listened since then."""
        now_s = self._stage.true.monotonic_s()
        self.blanks = [*self.blanks[-50:], Blank(from_s, now_s)]
        for sensor in self.sensors:
            sensor.lose(now_s)

    def health(self) -> tuple[Health, ...]:
        """For the panel: a silent sensor is stale."""
        now_s = self._stage.true.monotonic_s()
        return tuple(Health(one.name, one.kind, self._condition(one, now_s)) for one in self.sensors)

    @staticmethod
    def _condition(sensor: RoomSensor, now_s: float) -> Condition:
        silent = any(
            fault.kind in TELLING_NOTHING and fault.from_s <= now_s - 10.0
            for fault in sensor.faults.between(now_s - 10.0, now_s)
        )
        return Condition.STALE if silent else Condition.HEALTHY

    # --- what is so ---

    @property
    def exit_s(self) -> float:
        """How long the room may seem occupied after everybody has left, with all in good health."""
        alone = {word for word in self.words if word in EXIT_S}
        exit_s = EXIT_S["pir"] if alone == {"pir"} else 120.0 if "pir" in alone else 60.0
        return exit_s + (36.0 if "tracker" in alone else 5.0)

    @property
    def memory_s(self) -> float:
        """How long a fault may have its effect after it is over: motion that was none, behind a closed door."""
        return self.exit_s + 120 + (BOXED_S if "door" in self.words else 0.0)

    def well(self, from_s: float, to_s: float) -> bool:
        """Every sensor was in good health, and the unit ran."""
        return all(sensor.faults.well(from_s, to_s) for sensor in self.sensors) and not self.was_blank(from_s, to_s)

    def was_blank(self, from_s: float, to_s: float) -> bool:
        """The unit was off or hung at some time of that."""
        return any(blank.from_s < to_s and from_s < blank.to_s for blank in self.blanks)

    def seen(self, from_s: float, to_s: float) -> float | None:
        """When a sensor in good health told of somebody who moved in the room, the last time within that time."""
        found = (at_s for sensor in self.sensors if sensor.alone for at_s in sensor.saw if from_s <= at_s <= to_s)
        return max(found, default=None)

    def seen_first(self, from_s: float, to_s: float) -> float | None:
        """The same, the first time."""
        found = (at_s for sensor in self.sensors if sensor.alone for at_s in sensor.saw if from_s <= at_s <= to_s)
        return min(found, default=None)

    def unknown(self, from_s: float, to_s: float) -> bool:
        """Some instant of that time at which no sensor had told anything for longer than any panel may believe it."""
        spans = [list(self._silences(sensor)) for sensor in self.sensors if sensor.alone]
        together = spans[0]
        for others in spans[1:]:
            together = [(max(a[0], b[0]), min(a[1], b[1])) for a in together for b in others]
        return any(max(span[0], from_s) < min(span[1], to_s) for span in together)

    def _silences(self, sensor: RoomSensor) -> Iterator[Span]:
        now_s = self._stage.true.monotonic_s()
        for fault in sensor.faults.between(now_s - 7200, now_s):
            if fault.kind in TELLING_NOTHING and fault.from_s + UNKNOWN_AFTER_S < fault.to_s:
                yield fault.from_s + UNKNOWN_AFTER_S, fault.to_s

    def limits(self, from_s: float, to_s: float) -> str:
        """Why no sensor could see who was there in that time: what was wrong with each."""
        words = []
        for sensor in self.sensors:
            kinds = sorted({fault.kind.value for fault in sensor.faults.between(from_s, to_s)})
            if sensor.alone:
                words.append(f"{sensor.name} {'/'.join(kinds) or 'well'}")
        return ", ".join(words)

    def blind(self, from_s: float, to_s: float) -> bool:
        """No sensor that can tell of an empty room was well all that time: each was blind, or told nothing, or lied."""
        return not any(sensor.alone and sensor.faults.well(from_s, to_s) for sensor in self.sensors)

    def fault_counts(self) -> dict[str, int]:
        """By sensor and kind."""
        return {f"all {kind}": count for kind, count in self._hub.counts.items()} | {
            f"{sensor.name} {kind}": count
            for sensor in self.sensors
            for kind, count in sorted(sensor.faults.counts.items())
        }


def _when(reading: Reading) -> float:
    return reading.monotonic_s
