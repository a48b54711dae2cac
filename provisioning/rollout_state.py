"""A rollout as a pure state machine: what units said goes in, which unit is visited next comes out.

    waiting -> offered -> staged -> trying -> soaking -> done
                  \\         \\         \\         \\----> failed: it refused, went back, or was not well
                   \\---------\\---------\\-------------> unknown: silent for too long; `resume` asks it again

A unit tells itself what it runs, so a visit may be repeated, and all of this may be lost after any step: what a unit
has is never sent or started again. Times are Unix time; time that nobody looked (the laptop slept) counts for nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from provisioning.rollout_plan import Rules
from provisioning.rollout_unit import ENDS, Look, Phase, Progress, Refused, Silent, heard

__all__ = ["Abort", "Event", "Pause", "Resume", "Rollout", "Status", "Task", "Tick", "Visit", "is_quiet", "step"]


class Status(StrEnum):
    """Of the whole rollout. `stopped` is by the threshold; `paused` and `aborted` by somebody, or a conflict."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    ABORTED = "aborted"
    FINISHED = "finished"


class Task(StrEnum):
    """What a visit may do to a unit; each begins with a look, and does nothing that is done already."""

    STAGE = "stage"
    ACTIVATE = "activate"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Visit:
    """The effect of a step: go there, do that, and come back with a Look, Refused or Silent."""

    unit: str
    task: Task


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went by."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Begin nothing new; what was begun is followed to its end."""

    reason: str = "an admin paused it."


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on, perhaps by other rules; units that were given up are asked again, also of a rollout that is finished."""

    rules: Rules | None = None


@dataclass(frozen=True, slots=True)
class Abort:
    """Never go on. No unit is changed."""

    reason: str = "an admin aborted it."


Event = Tick | Pause | Resume | Abort | Look | Refused | Silent


@dataclass(frozen=True, slots=True)
class Rollout:
    """`begun` waves have begun; `visits` are under way, and are all that is not kept on the disk."""

    rules: Rules
    units: Mapping[str, Progress]
    status: Status = Status.RUNNING
    reason: str = ""
    begun: int = 0
    visits: Mapping[str, Task] = field(default_factory=dict)

    @property
    def waves(self) -> int:
        """How many there are."""
        return max((one.wave for one in self.units.values()), default=-1) + 1

    def counts(self) -> Counter[Phase]:
        """Units by phase."""
        return Counter(one.phase for one in self.units.values())

    @property
    def most_failed(self) -> int:
        """One more than this stops the rollout."""
        return self.rules.max_fail.at_most(len(self.units))


_OVER: Final = frozenset({Status.ABORTED, Status.FINISHED})


def step(rollout: Rollout, event: Event, now_s: float) -> tuple[Rollout, list[Visit]]:
    """What becomes of `rollout` by `event` at `now_s`, and the visits to make now."""
    after = _judged(_told(rollout, event, now_s), now_s)
    return _sent(after, now_s)


def is_quiet(rollout: Rollout) -> bool:
    """Whether nothing is to be done until an admin says so: over, or halted and what was begun has come to its end."""
    if rollout.visits:
        return False
    if rollout.status in _OVER:
        return True
    begun = (Phase.TRYING, Phase.SOAKING)
    return rollout.status is not Status.RUNNING and not any(one.phase in begun for one in rollout.units.values())


def _told(rollout: Rollout, event: Event, now_s: float) -> Rollout:
    match event:
        case Look() | Refused() | Silent():
            return _unit_said(rollout, event, now_s)
        case Pause(reason) if rollout.status is Status.RUNNING:
            return replace(rollout, status=Status.PAUSED, reason=reason)
        case Abort(reason) if rollout.status not in _OVER:
            return replace(rollout, status=Status.ABORTED, reason=reason)
        case Resume(rules) if rollout.status is not Status.ABORTED:
            return _resumed(rollout, rules or rollout.rules, now_s)
    return rollout


def _unit_said(rollout: Rollout, event: Look | Refused | Silent, now_s: float) -> Rollout:
    visits = {name: task for name, task in rollout.visits.items() if name != event.unit}
    before = rollout.units[event.unit]
    after = heard(before, event, rollout.rules, now_s)
    rollout = replace(rollout, visits=visits, units={**rollout.units, event.unit: after})
    if before.phase is Phase.STAGED and after.phase is Phase.OFFERED and rollout.status is Status.RUNNING:
        return replace(rollout, status=Status.PAUSED, reason=f"{event.unit}: {after.note}")
    return rollout


def _resumed(rollout: Rollout, rules: Rules, now_s: float) -> Rollout:
    units = {name: one.asked_again(now_s) for name, one in rollout.units.items()}
    return replace(rollout, status=Status.RUNNING, reason="", rules=rules, units=units)


def _judged(rollout: Rollout, now_s: float) -> Rollout:
    """The threshold first, then the next wave, then the end."""
    if rollout.status is not Status.RUNNING:
        return rollout
    if reason := _threshold(rollout):
        return replace(rollout, status=Status.STOPPED, reason=reason)
    while rollout.begun < rollout.waves and _is_enough(rollout):
        units = {name: _offered(one, rollout.begun, now_s) for name, one in rollout.units.items()}
        rollout = replace(rollout, begun=rollout.begun + 1, units=units)
    here = [one for one in rollout.units.values() if one.wave < rollout.begun]
    if not all(one.phase in ENDS for one in here):
        return rollout
    silent = [one.unit for one in here if one.phase is Phase.UNKNOWN]
    if rollout.begun < rollout.waves:
        return replace(rollout, status=Status.PAUSED, reason=_not_enough(silent))
    return replace(rollout, status=Status.FINISHED, reason=_unknown(silent) if silent else "")


def _threshold(rollout: Rollout) -> str:
    failed = [one for one in rollout.units.values() if one.phase is Phase.FAILED]
    canaries = [one.unit for one in failed if one.wave == 0]
    if canaries and rollout.rules.strict_canary:
        return f"the canary {', '.join(canaries)} failed."
    if len(failed) > rollout.most_failed:
        units = "unit" if len(failed) == 1 else "units"
        return f"{len(failed)} {units} failed; {rollout.rules.max_fail} may (--max-fail)."
    return ""


def _is_enough(rollout: Rollout) -> bool:
    """Whether so many units of the waves so far are well that the next may begin."""
    counts = Counter(one.phase for one in rollout.units.values() if one.wave < rollout.begun)
    judged = sum(counts.values()) - counts[Phase.FAILED] - counts[Phase.LEFT_OUT]
    return counts[Phase.DONE] >= math.ceil(round(judged * rollout.rules.need_percent / 100, 6))


def _offered(one: Progress, wave: int, now_s: float) -> Progress:
    if one.wave != wave or one.phase is not Phase.WAITING:
        return one
    return replace(one, phase=Phase.OFFERED, since_s=now_s, next_s=now_s)


def _unknown(silent: list[str]) -> str:
    shown = ", ".join(silent[:5]) + (f" and {len(silent) - 5} more" if len(silent) > 5 else "")
    return f"nobody knows how {shown} is: silent for too long."


def _not_enough(silent: list[str]) -> str:
    return f"{_unknown(silent)} The next wave waits for it: resume asks again, resume --need 90 goes on with fewer."


def _sent(rollout: Rollout, now_s: float) -> tuple[Rollout, list[Visit]]:
    """Visit who is due, so many at once as may; looks have places of their own, as a bundle takes long."""
    if rollout.status in _OVER:
        return rollout, []
    stages = sum(task is Task.STAGE for task in rollout.visits.values())
    free = {True: rollout.rules.limit - stages, False: rollout.rules.limit - (len(rollout.visits) - stages)}
    units, visits = dict(rollout.units), list[Visit]()
    for name, one in rollout.units.items():
        if one.next_s > now_s or name in rollout.visits or (task := _task(rollout, one)) is None:
            continue
        if task is Task.ACTIVATE and (opens_s := _opening_s(rollout.rules, one, now_s)) > now_s:
            units[name] = replace(one, next_s=opens_s, note=f"waits for its window, {rollout.rules.window}.")
        elif free[task is Task.STAGE] > 0:
            free[task is Task.STAGE] -= 1
            visits.append(Visit(name, task))
    under_way = {**rollout.visits, **{visit.unit: visit.task for visit in visits}}
    return replace(rollout, units=units, visits=under_way), visits


def _task(rollout: Rollout, one: Progress) -> Task | None:
    if one.phase in (Phase.TRYING, Phase.SOAKING):
        return Task.LOOK
    if rollout.status is not Status.RUNNING:
        return None
    return {Phase.OFFERED: Task.STAGE, Phase.STAGED: Task.ACTIVATE}.get(one.phase)


def _opening_s(rules: Rules, one: Progress, now_s: float) -> float:
    return now_s if rules.window is None else rules.window.next_open(now_s, one.zone)
