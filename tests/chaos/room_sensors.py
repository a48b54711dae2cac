"""The sensors of the room as they see its people: slow to let go, blind to who sits still, and sometimes at fault.

What a sensor repeats ten times a second is thinned to once a second, and where nobody is to once in four; a movement
comes in several frames, because one proves nothing. Times are seconds of the true monotonic clock, in order.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from drivers.readings import Level, Radar, Reading, Target, Targets, Value
from tests.chaos.room_people import RoomPeople
from tests.chaos.sensor_faults import Fault, FaultKind, Faults

EMPTY_EVERY_S = 4
BURST = (0.0, 0.12, 0.24, 0.36)
"""When a movement is seen, after its second began."""
DROP_OUT_MOST_S = 7.6
"""The longest that was captured of a person who sat (reference/drivers.md 1.3)."""
KEPT_S = 2 * 3600.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What a sensor makes of one second: somebody moves, somebody is there, or nobody."""

    there: bool = False
    moves: bool = False


NOBODY = Seen()


class RoomSensor:
    """One sensor. `readings` are what it tells from one step to the next."""

    kind = ""
    alone = True
    """It can tell of an empty room."""
    fails_by = tuple(kind for kind in FaultKind if kind is not FaultKind.NO_STATEMENT)

    def __init__(self, name: str, people: RoomPeople, faults: Faults, dice: Random) -> None:
        self.name, self.people, self.faults, self.dice = name, people, faults, dice
        self.saw: deque[float] = deque()
        """When it last told truly, and enough to be believed, that somebody is in the room."""
        self._told: Value | None = None
        self._told_s = -math.inf
        self._second = -1

    def readings(self, to_s: float) -> Iterator[Reading]:
        """Those of the seconds that ended since it was asked last."""
        if self._second < 0:
            self._second = int(to_s) - 1
        while self._second + 1 <= to_s - 0.5:
            self._second += 1
            yield from self._of(float(self._second))
        while self.saw and self.saw[0] < to_s - KEPT_S:
            self.saw.popleft()

    def lose(self, to_s: float) -> None:
        """What it told up to then was heard by nobody."""
        self._second = int(to_s)

    def _of(self, at_s: float) -> Iterator[Reading]:
        fault = self.faults.now(at_s)
        truly = self.look(at_s)
        seen = truly if fault is None else self.spoilt(fault, truly, at_s)
        if seen is None:
            return
        if fault is None and truly.moves and self.people.inside(at_s):
            self.saw.append(at_s)
        yield from self.tell(seen, at_s)

    def look(self, at_s: float) -> Seen:
        """What is there, as this kind of sensor sees it in good health."""
        raise NotImplementedError

    def spoilt(self, fault: Fault, truly: Seen, at_s: float) -> Seen | None:
        """What it tells instead; None: nothing."""
        match fault.kind:
            case FaultKind.SILENT | FaultKind.REBOOT | FaultKind.NO_STATEMENT:
                return None
            case FaultKind.STUCK_LOW:
                return NOBODY
            case FaultKind.STUCK_HIGH:
                return Seen(there=True, moves=True)
            case FaultKind.FLAPPING:
                return Seen(there=True, moves=True) if int(at_s) // fault.beat_s % 2 else NOBODY
            case FaultKind.NOISE:
                return Seen(there=True, moves=True) if self.dice.random() < 0.3 else truly

    def tell(self, seen: Seen, at_s: float) -> Iterator[Reading]:
        """As readings."""
        raise NotImplementedError

    def _thinned(self, value: Value, at_s: float, *, empty: bool) -> Iterator[Reading]:
        if empty and value == self._told and at_s - self._told_s < EMPTY_EVERY_S:
            return
        self._told, self._told_s = value, at_s
        yield Reading(self.name, at_s, value)

    def _anybody_moves(self, at_s: float) -> bool:
        looked_in = any(one.seen and one.from_s <= at_s <= one.to_s for one in self.people.passing)
        return looked_in or any(visit.inside(at_s) and visit.motion(at_s) for visit in self.people.visits)


class RadarSensor(RoomSensor):
    """LD2410: holds for 5 s, loses who sits still for up to 7.6 s, and cannot speak of people while it calibrates."""

    kind = "ld2410"
    fails_by = tuple(FaultKind)
    hold_s = 5.0

    def __init__(self, name: str, people: RoomPeople, faults: Faults, dice: Random) -> None:
        super().__init__(name, people, faults, dice)
        self._drops = (0.0, 0.0)
        self._held_s = -math.inf

    def look(self, at_s: float) -> Seen:
        if self._anybody_moves(at_s):
            self._held_s = at_s + self.hold_s
            return Seen(there=True, moves=True)
        if self.people.inside(at_s):
            if self._dropped(at_s):
                return NOBODY
            self._held_s = at_s + self.hold_s
            return Seen(there=True)
        return Seen(there=at_s <= self._held_s)

    def _dropped(self, at_s: float) -> bool:
        if at_s > self._drops[1]:
            from_s = at_s + self.dice.expovariate(1 / 90)
            self._drops = (from_s, from_s + self.dice.uniform(0.5, DROP_OUT_MOST_S))
        return self._drops[0] <= at_s <= self._drops[1]

    def spoilt(self, fault: Fault, truly: Seen, at_s: float) -> Seen | None:
        """Calibrating, it says that it says nothing."""
        return NOBODY if fault.kind is FaultKind.NO_STATEMENT else super().spoilt(fault, truly, at_s)

    def tell(self, seen: Seen, at_s: float) -> Iterator[Reading]:
        fault = self.faults.now(at_s)
        if fault and fault.kind is FaultKind.NO_STATEMENT:
            yield Reading(self.name, at_s, Radar.NO_STATEMENT)
        elif seen.moves:
            yield from (Reading(self.name, at_s + after_s, Radar.MOVING) for after_s in BURST)
        else:
            yield from self._thinned(Radar.STILL if seen.there else Radar.NONE, at_s, empty=not seen.there)


class TrackerSensor(RadarSensor):
    """LD2450: holds for 36 s, tells targets, moving or not."""

    kind = "ld2450"
    fails_by = RoomSensor.fails_by
    hold_s = 36.0

    def tell(self, seen: Seen, at_s: float) -> Iterator[Reading]:
        if seen.there or seen.moves:
            value = Targets((Target(200, 1500, -20 if seen.moves else 0),))
            yield from (Reading(self.name, at_s + after_s, value) for after_s in BURST)
        else:
            yield from self._thinned(Targets(()), at_s, empty=True)


class PirSensor(RoomSensor):
    """Fires on large movements and holds for 3 s; who sits is seen each ten minutes or so."""

    kind = "pir"
    hold_s = 3.0
    blind_most_s = 480.0

    def __init__(self, name: str, people: RoomPeople, faults: Faults, dice: Random) -> None:
        super().__init__(name, people, faults, dice)
        self._on = False
        self._held_s = self._fired_s = -math.inf

    def look(self, at_s: float) -> Seen:
        """Every strong movement, and any when the last one is long ago."""
        moves = any(one.seen and one.from_s <= at_s <= one.to_s for one in self.people.passing)
        for visit in self.people.visits:
            motion = visit.motion(at_s) if visit.inside(at_s) else None
            moves = moves or (motion is not None and (motion.strong or at_s - self._fired_s > self.blind_most_s))
        if moves:
            self._fired_s, self._held_s = at_s, at_s + self.hold_s
        return Seen(there=at_s <= self._held_s, moves=moves)

    def tell(self, seen: Seen, at_s: float) -> Iterator[Reading]:
        on = seen.there or seen.moves
        if on is self._on:
            yield from self._thinned(Level(on, edge=False), at_s, empty=not on)
        else:
            self._on = on
            yield from self._thinned(Level(on), at_s, empty=False)


class DoorSensor(RoomSensor):
    """A contact: open while somebody goes through, or while those inside left it so."""

    kind = "door"
    alone = False

    def __init__(self, name: str, people: RoomPeople, faults: Faults, dice: Random) -> None:
        super().__init__(name, people, faults, dice)
        self._open = False

    def look(self, at_s: float) -> Seen:
        through = any(
            abs(at_s - edge_s) <= 3.0 or (visit.leaves_door_open and visit.inside(at_s))
            for visit in self.people.visits
            for edge_s in (visit.enter_s, visit.leave_s)
        )
        looked_in = any(one.from_s - 2.0 <= at_s <= one.to_s + 4.0 for one in self.people.passing)
        return Seen(there=through or looked_in)

    def tell(self, seen: Seen, at_s: float) -> Iterator[Reading]:
        is_open, edge = seen.there or seen.moves, (seen.there or seen.moves) is not self._open
        self._open = is_open
        yield from self._thinned(Level(is_open, edge=edge), at_s, empty=not edge)


KINDS: dict[str, type[RoomSensor]] = {
    "radar": RadarSensor,
    "tracker": TrackerSensor,
    "pir": PirSensor,
    "door": DoorSensor,
}
