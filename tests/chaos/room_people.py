"""Who is really in the room, as dice make it: people of meetings, walk-ins, cleaners, and those who only pass the door.

All times are seconds of the true monotonic clock. A visit knows when its people move; whoever sits still between two
movements does so for two minutes at most. Nothing here knows of sensors, nor of what the panel believes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from tests.chaos.truth import Booked

NO_SHOW = 0.4
"""So many meetings are attended by nobody."""
STILL_MOST_S = 120.0
KEPT_S = 6 * 3600.0
WAVES_OFF_S = 180.0
"""People whose meeting was called off leave within this."""
EVENING = (17, 30)
"""The cleaners come at that time of the room's zone, or up to two hours later."""

Plan = tuple[float, float]
Seconds = Callable[[datetime], float]


@dataclass(frozen=True, slots=True)
class Motion:
    """Somebody moves over [from_s, to_s]; `strong`: enough for a PIR at once."""

    from_s: float
    to_s: float
    strong: bool


@dataclass(slots=True)
class Visit:
    """One group of people in the room over [enter_s, leave_s). `key` names their meeting; "" for others."""

    enter_s: float
    leave_s: float
    motions: list[Motion] = field(default_factory=list)
    key: str = ""
    leaves_door_open: bool = False

    def inside(self, at_s: float) -> bool:
        """They are in the room."""
        return self.enter_s <= at_s < self.leave_s

    def motion(self, at_s: float) -> Motion | None:
        """The movement of that instant."""
        index = bisect_right(self.motions, at_s, key=lambda motion: motion.from_s) - 1
        found = self.motions[index] if index >= 0 else None
        return found if found and at_s <= found.to_s else None

    def leave(self, at_s: float) -> None:
        """They go earlier than they meant to."""
        walk = Motion(at_s - 4.0, at_s, True)
        before = (one for one in self.motions if one.from_s < walk.from_s)
        self.motions = [replace(one, to_s=min(one.to_s, walk.from_s)) for one in before] + [walk]
        self.leave_s = at_s


@dataclass(frozen=True, slots=True)
class Passing:
    """Somebody looks in at the door without entering; a sensor that looks that way may see them."""

    from_s: float
    to_s: float
    seen: bool


class RoomPeople:
    """The people of one room. `live` at each step; then ask who is there."""

    def __init__(self, dice: Random, zone: ZoneInfo, seconds: Seconds) -> None:
        self._dice, self._zone, self._seconds = dice, zone, seconds
        self.visits: list[Visit] = []
        self.passing: list[Passing] = []
        self._plans: dict[str, tuple[Plan | None, float]] = {}
        self._next_walk_in_s = self._next_passing_s = -1.0
        self._cleaned = ""
        self._lived_s = -1.0
        self.counts: Counter[str] = Counter()
        """Groups that came in: of a meeting, others."""

    # --- what happens ---

    def live(self, now: datetime, booked: Collection[Booked], open_hours: bool) -> None:
        """Up to `now`, with the calendar as it is."""
        now_s = self._seconds(now)
        self._forget(now_s)
        self._meet(now_s, booked)
        if open_hours:
            self._walk_in(now_s, booked)
            self._pass_by(now_s)
        self._clean(now)
        self._lived_s = now_s

    def _forget(self, now_s: float) -> None:
        old_s = now_s - KEPT_S
        self.visits = [visit for visit in self.visits if visit.leave_s > old_s]
        self.passing = [one for one in self.passing if one.to_s > old_s]
        self._plans = {key: plan for key, plan in self._plans.items() if plan[1] > old_s}

    def _meet(self, now_s: float, booked: Collection[Booked]) -> None:
        standing = {key_of(one) for one in booked}
        for one in booked:
            start_s, end_s, key = self._seconds(one.start), self._seconds(one.end), key_of(one)
            if start_s - 360 <= now_s < end_s and key not in self._plans:
                self._plans[key] = (self._plan(start_s, end_s, now_s, made_here=bool(one.transaction)), end_s)
            plan = self._plans.get(key, (None, 0.0))[0]
            if plan and now_s >= plan[0]:
                self._plans[key] = (None, end_s)
                enter_s = max(plan[0], self._lived_s)  # it may have been called off in between
                self.visits.append(self._visit(enter_s, max(plan[1], enter_s + 60), key=key))
        for visit in self.visits:
            if visit.key and visit.key not in standing and now_s + WAVES_OFF_S < visit.leave_s and visit.inside(now_s):
                visit.leave(now_s + self._dice.uniform(10, WAVES_OFF_S))

    def _plan(self, start_s: float, end_s: float, now_s: float, *, made_here: bool) -> Plan | None:
        """When the people of a meeting come and go; None: nobody comes. Long ones break off after three hours."""
        dice = self._dice
        if dice.random() < NO_SHOW * (0.5 if made_here else 1.0):
            return None
        late_s = dice.choices(
            (dice.uniform(-300, -30), dice.uniform(-30, 60), dice.uniform(60, 560), dice.uniform(640, 1100)),
            (25, 50, 20, 5),
        )[0]
        enter_s = max(start_s + late_s, now_s)
        leave_s = min(end_s, enter_s + 10_800) + dice.choice((-60, 0, 20, 60, 120, 240))
        if dice.random() < 0.25:
            leave_s = enter_s + dice.uniform(0.1, 0.9) * (end_s - enter_s)
        return (enter_s, max(leave_s, enter_s + 60)) if enter_s < end_s else None

    def _visit(self, enter_s: float, leave_s: float, *, key: str = "", restless: bool = False) -> Visit:
        motions = list(self._motions(enter_s, leave_s, restless=restless))
        self.counts["meeting" if key else "other"] += 1
        return Visit(enter_s, leave_s, motions, key, leaves_door_open=self._dice.random() < 0.3)

    def _motions(self, enter_s: float, leave_s: float, *, restless: bool) -> Iterator[Motion]:
        """In, then movements with stillness between them, then out."""
        dice, out_s = self._dice, leave_s - min(5.0, (leave_s - enter_s) / 4)
        at_s = min(enter_s + dice.uniform(5, 20), out_s - 1)
        yield Motion(enter_s, at_s, True)
        while True:
            at_s += dice.uniform(0.5, 3) if restless else min(dice.expovariate(1 / 25) + 0.5, STILL_MOST_S)
            end_s = at_s + 1.5 + min(dice.expovariate(1 / 3), 20.0)
            if end_s >= out_s:
                break
            yield Motion(at_s, end_s, restless or dice.random() < 0.15)
            at_s = end_s
        yield Motion(out_s, leave_s, True)

    def _walk_in(self, now_s: float, booked: Collection[Booked]) -> None:
        """Somebody uses the room because it is free, and does not mind who comes."""
        if self._next_walk_in_s < 0:
            self._next_walk_in_s = now_s + self._dice.expovariate(1 / 7200)
        if now_s < self._next_walk_in_s:
            return
        self._next_walk_in_s = now_s + self._dice.expovariate(1 / 7200)
        if not any(self._seconds(one.start) <= now_s < self._seconds(one.end) for one in booked):
            stays_s = self._dice.choice((20, 90, 300, 900, 2400)) * self._dice.uniform(0.7, 1.5)
            self.visits.append(self._visit(now_s, now_s + stays_s))

    def _pass_by(self, now_s: float) -> None:
        if self._next_passing_s < 0:
            self._next_passing_s = now_s + self._dice.expovariate(1 / 3600)
        if now_s >= self._next_passing_s:
            self._next_passing_s = now_s + self._dice.expovariate(1 / 3600)
            self.passing.append(Passing(now_s, now_s + self._dice.uniform(1, 5), self._dice.random() < 0.5))

    def _clean(self, now: datetime) -> None:
        local = now.astimezone(self._zone)
        day = f"{local:%m-%d}"
        since = local.replace(hour=EVENING[0], minute=EVENING[1], second=0, microsecond=0)
        due = local.weekday() < 5 and self._cleaned != day and since < local < since + timedelta(hours=2)
        if due and self._dice.random() < 0.002:
            self._cleaned = day
            at_s = self._seconds(now)
            self.visits.append(self._visit(at_s, at_s + self._dice.uniform(240, 900), restless=True))

    # --- what is so ---

    def inside(self, at_s: float) -> bool:
        """Somebody is in the room."""
        return any(visit.inside(at_s) for visit in self.visits)

    def inside_since(self, at_s: float) -> float | None:
        """Since when without a gap, for those who are there at that instant; None: the room is empty."""
        since_s = None
        for visit in sorted(self.visits, key=lambda visit: -visit.leave_s):
            if visit.inside(at_s if since_s is None else since_s):
                since_s = min(visit.enter_s, at_s if since_s is None else since_s)
        return since_s

    def inside_s(self, from_s: float, to_s: float) -> float:
        """The longest stay of anybody within that time."""
        stays = (min(visit.leave_s, to_s) - max(visit.enter_s, from_s) for visit in self.visits)
        return max((stay for stay in stays if stay > 0), default=0.0)

    def empty_for_s(self, at_s: float) -> float:
        """How long nobody has been there; infinite when nobody ever was."""
        if self.inside(at_s):
            return 0.0
        return at_s - max((visit.leave_s for visit in self.visits if visit.leave_s <= at_s), default=-1e9)

    def near_s(self, from_s: float, to_s: float) -> bool:
        """Somebody was in the room or looked in at its door within that time."""
        looked_in = any(one.from_s < to_s and from_s < one.to_s for one in self.passing)
        return looked_in or self.inside_s(from_s, to_s) > 0

    def came(self, key: str, from_s: float, to_s: float) -> bool:
        """The people of that meeting were there within that time."""
        return any(visit.key == key and visit.enter_s < to_s and from_s < visit.leave_s for visit in self.visits)

    def expected(self, key: str) -> bool:
        """The people of that meeting are still to come."""
        return self._plans.get(key, (None, 0.0))[0] is not None


def key_of(one: Booked) -> str:
    """Names a meeting at its time: one that moved is another."""
    return f"{one.id}@{one.start.isoformat()}"
