"""One unit in a rollout: what becomes of it by what it said, or did not say. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from provisioning.rollout_plan import Pace, Rules

__all__ = ["ENDS", "Look", "Phase", "Progress", "Refused", "Silent", "heard"]


class Phase(StrEnum):
    """How far a unit is; see provisioning.rollout_state."""

    WAITING = "waiting"
    OFFERED = "offered"
    STAGED = "staged"
    TRYING = "trying"
    SOAKING = "soaking"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    LEFT_OUT = "left out"


ENDS: Final = frozenset({Phase.DONE, Phase.FAILED, Phase.UNKNOWN, Phase.LEFT_OUT})


@dataclass(frozen=True, slots=True)
class Look:
    """What a unit says of the release: `runs` it, or has it `staged`; `step` of its updater.

    `failed` is why it does not want it again, `ill` what is wrong with its app, `other` what it runs or has instead.
    """

    unit: str
    runs: bool = False
    staged: bool = False
    step: str = ""
    failed: str = ""
    ill: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """It said no; `later`: only for now."""

    unit: str
    why: str
    later: bool = False


@dataclass(frozen=True, slots=True)
class Silent:
    """It did not answer, or let nobody in."""

    unit: str
    why: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a unit is. `zone` is the IANA zone of its site; `since_s` when the phase began, `next_s` when it is due.

    `heard_s` is when it was asked last. Since then, and without the time that nobody looked: `well_s` of the soak,
    `ill_s` unwell, `trial_s` on trial, `silent_s` without an answer, after `misses` visits in vain.
    """

    unit: str
    wave: int
    zone: str
    phase: Phase = Phase.WAITING
    note: str = ""
    since_s: float = 0.0
    next_s: float = 0.0
    heard_s: float | None = None
    well_s: float | None = None
    ill_s: float = 0.0
    trial_s: float = 0.0
    silent_s: float = 0.0
    misses: int = 0

    def to(self, phase: Phase, now_s: float, note: str = "") -> Progress:
        """In that phase from now on, and due at once."""
        if phase is self.phase:
            return replace(self, note=note)
        return replace(self, phase=phase, note=note, since_s=now_s, next_s=now_s, well_s=None, ill_s=0.0, trial_s=0.0)

    def asked_again(self, now_s: float) -> Progress:
        """A unit that was given up, or waits long for its next visit, is due."""
        if self.phase is Phase.UNKNOWN:
            return replace(self.to(Phase.OFFERED, now_s), misses=0, silent_s=0.0)
        return self if self.phase in ENDS else replace(self, next_s=min(self.next_s, now_s))


def heard(one: Progress, event: Look | Refused | Silent, rules: Rules, now_s: float) -> Progress:
    """What becomes of a unit. One that came to its end stays there, whatever is heard late."""
    if one.phase in ENDS or one.phase is Phase.WAITING:
        return one
    gap_s = _gap_s(one, rules.pace, now_s)
    if isinstance(event, Silent):
        after = _silent(one, event, rules, gap_s, now_s)
    elif isinstance(event, Refused):
        after = _refused(_answered(one), event, rules, now_s)
    else:
        after = _seen(_answered(one), event, rules, gap_s, now_s)
    return replace(after, heard_s=now_s)


def _gap_s(one: Progress, pace: Pace, now_s: float) -> float | None:
    """The time since the last look; None when it says nothing (the first, a sleep, a clock that was set back)."""
    if one.heard_s is None or not 0 <= now_s - one.heard_s <= pace.most_gap_s:
        return None
    return now_s - one.heard_s


def _answered(one: Progress) -> Progress:
    return replace(one, silent_s=0.0, misses=0)


def _silent(one: Progress, event: Silent, rules: Rules, gap_s: float | None, now_s: float) -> Progress:
    silent_s = one.silent_s + (gap_s or 0.0) if one.misses else 0.0
    wait_s = min(rules.pace.most_silent_s, rules.pace.first_silent_s * 2 ** min(one.misses, 20))
    misses = one.misses + 1
    after = replace(one, silent_s=silent_s, misses=misses, note=event.why, next_s=now_s + wait_s, well_s=None)
    return after.to(Phase.UNKNOWN, now_s, event.why) if silent_s >= rules.patience_s else after


def _refused(one: Progress, event: Refused, rules: Rules, now_s: float) -> Progress:
    if event.later:
        return replace(one, note=event.why, next_s=now_s + rules.pace.busy_s)
    return one.to(Phase.FAILED, now_s, event.why)


def _seen(one: Progress, look: Look, rules: Rules, gap_s: float | None, now_s: float) -> Progress:
    if not look.runs:
        return _does_not_run(one, look, rules, now_s)
    if look.step in ("trying", "rolling_back"):
        return _on_trial(one, look, rules, gap_s, now_s)
    if look.failed:
        return one.to(Phase.FAILED, now_s, look.failed)
    return _soaking(one.to(Phase.SOAKING, now_s), look, rules, gap_s, now_s)


def _does_not_run(one: Progress, look: Look, rules: Rules, now_s: float) -> Progress:
    insisted = rules.again and (one.phase is Phase.OFFERED or look.staged)
    if look.failed and not insisted:
        return one.to(Phase.FAILED, now_s, look.failed)
    if one.phase in (Phase.TRYING, Phase.SOAKING):
        return one.to(Phase.FAILED, now_s, f"it runs {look.other or 'nothing'} again.")
    if look.staged:
        return one.to(Phase.STAGED, now_s, one.note if one.phase is Phase.STAGED else "")
    if one.phase is Phase.STAGED:
        text = f"what was staged is gone, {look.other or 'nothing'} is there. Does somebody else update it?"
        return one.to(Phase.OFFERED, now_s, text)
    return replace(one, next_s=now_s + rules.pace.busy_s)


def _on_trial(one: Progress, look: Look, rules: Rules, gap_s: float | None, now_s: float) -> Progress:
    on_trial = one.phase is Phase.TRYING
    trial_s = one.trial_s + (gap_s or 0.0) if on_trial else 0.0
    after = replace(one.to(Phase.TRYING, now_s, look.ill), trial_s=trial_s, next_s=now_s + rules.pace.trial_look_s)
    if trial_s >= rules.pace.trial_s:
        return after.to(Phase.FAILED, now_s, "its updater came to no judgement. On it: systemctl status mydesk-update")
    return after


def _soaking(one: Progress, look: Look, rules: Rules, gap_s: float | None, now_s: float) -> Progress:
    if look.ill:
        ill_s = one.ill_s + (gap_s or 0.0)
        if ill_s >= rules.pace.ill_s:
            return one.to(Phase.FAILED, now_s, look.ill)
        return replace(one, well_s=None, ill_s=ill_s, note=look.ill, next_s=now_s + _look_s(rules))
    well_s = 0.0 if one.well_s is None or gap_s is None else one.well_s + gap_s
    if well_s >= rules.soak_s:
        return one.to(Phase.DONE, now_s)
    left_s = rules.soak_s - well_s
    return replace(one, well_s=well_s, ill_s=0.0, note="", next_s=now_s + min(_look_s(rules), left_s))


def _look_s(rules: Rules) -> float:
    """Often enough that a soak is more than its beginning and its end."""
    return min(rules.pace.soak_look_s, max(0.05, rules.soak_s / 4))
