"""What becomes of one unit by what it says: each phase with each answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provisioning.rollout_plan import Pace, Rules
from provisioning.rollout_unit import Look, Phase, Progress, Refused, Silent, heard

RULES = Rules(soak_s=60.0, patience_s=100.0)
AT = 1_790_000_000.0
RUNS = Look("u", runs=True, step="committed")
STAGED = Look("u", staged=True, step="staged", other="2.0")
TRIES = Look("u", runs=True, step="trying")
OLD = Look("u", step="committed", other="1.0")
BACK = Look("u", step="rolled_back", failed="no frame was drawn.", other="1.0")
ILL = replace(RUNS, ill="the app does not answer")
NO, LATER, AWAY = Refused("u", "no."), Refused("u", "a meeting runs", later=True), Silent("u", "no answer.")


def one(phase: Phase, **more: object) -> Progress:
    return Progress("u", 0, "UTC", phase, heard_s=AT - 10, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("phase", "event", "after", "note"),
    [
        (Phase.OFFERED, STAGED, Phase.STAGED, ""),
        (Phase.OFFERED, OLD, Phase.OFFERED, ""),
        (Phase.OFFERED, TRIES, Phase.TRYING, ""),
        (Phase.OFFERED, RUNS, Phase.SOAKING, ""),
        (Phase.OFFERED, BACK, Phase.FAILED, "no frame was drawn."),
        (Phase.OFFERED, NO, Phase.FAILED, "no."),
        (Phase.OFFERED, LATER, Phase.OFFERED, "a meeting runs"),
        (Phase.OFFERED, AWAY, Phase.OFFERED, "no answer."),
        (Phase.STAGED, STAGED, Phase.STAGED, ""),
        (Phase.STAGED, LATER, Phase.STAGED, "a meeting runs"),
        (Phase.STAGED, TRIES, Phase.TRYING, ""),
        (Phase.STAGED, BACK, Phase.FAILED, "no frame was drawn."),
        (Phase.STAGED, OLD, Phase.OFFERED, "what was staged is gone, 1.0 is there. Does somebody else update it?"),
        (Phase.TRYING, TRIES, Phase.TRYING, ""),
        (Phase.TRYING, RUNS, Phase.SOAKING, ""),
        (Phase.TRYING, BACK, Phase.FAILED, "no frame was drawn."),
        (Phase.TRYING, OLD, Phase.FAILED, "it runs 1.0 again."),
        (Phase.TRYING, AWAY, Phase.TRYING, "no answer."),
        (Phase.TRYING, replace(RUNS, step="failed", failed="no way back."), Phase.FAILED, "no way back."),
        (Phase.SOAKING, RUNS, Phase.SOAKING, ""),
        (Phase.SOAKING, ILL, Phase.SOAKING, "the app does not answer"),
        (Phase.SOAKING, OLD, Phase.FAILED, "it runs 1.0 again."),
        (Phase.DONE, BACK, Phase.DONE, ""),
        (Phase.FAILED, RUNS, Phase.FAILED, ""),
        (Phase.WAITING, RUNS, Phase.WAITING, ""),
    ],
)
def test_each_phase_with_each_answer(phase: Phase, event: Look | Refused | Silent, after: Phase, note: str) -> None:
    found = heard(one(phase), event, RULES, AT)
    assert (found.phase, found.note) == (after, note)


def looked(times: list[tuple[float, Look | Silent]], rules: Rules = RULES) -> Progress:
    """A soaking unit that says this, each so many seconds after the one before."""
    found, now_s = Progress("u", 0, "UTC", Phase.SOAKING), AT
    for gap_s, event in times:
        now_s += gap_s
        found = heard(found, event, rules, now_s)
    return found


@pytest.mark.parametrize(
    ("times", "phase"),
    [
        ([(0, RUNS), (59, RUNS)], Phase.SOAKING),
        ([(0, RUNS), (30, RUNS), (30, RUNS)], Phase.DONE),
        ([(0, RUNS), (301, RUNS)], Phase.SOAKING),
        ([(0, RUNS), (28_800, RUNS), (60, RUNS)], Phase.DONE),
        ([(0, RUNS), (-600, RUNS), (59, RUNS)], Phase.SOAKING),
        ([(0, RUNS), (30, AWAY), (40, RUNS), (30, RUNS)], Phase.SOAKING),
        ([(0, RUNS), (30, ILL), (30, RUNS), (30, RUNS)], Phase.SOAKING),
        ([(0, RUNS), (30, ILL), (30, RUNS), (60, RUNS)], Phase.DONE),
        ([(0, ILL), (150, ILL), (149, ILL)], Phase.SOAKING),
        ([(0, ILL), (150, ILL), (150, ILL)], Phase.FAILED),
        ([(0, AWAY), (60, AWAY)], Phase.SOAKING),
        ([(0, AWAY), (60, AWAY), (60, AWAY)], Phase.UNKNOWN),
        ([(0, AWAY), (50_000, AWAY), (60, AWAY)], Phase.SOAKING),
    ],
)
def test_the_soak_counts_only_the_time_that_somebody_looked(
    times: list[tuple[float, Look | Silent]], phase: Phase
) -> None:
    assert looked(times).phase is phase


def test_an_updater_that_never_judges_is_a_failure() -> None:
    rules = Rules(pace=Pace(trial_s=120.0))
    found, now_s = one(Phase.STAGED), AT
    for _ in range(5):
        now_s += 30
        found = heard(found, TRIES, rules, now_s)
    assert found.phase is Phase.FAILED
    assert "came to no judgement" in found.note


def test_silent_units_are_asked_less_and_less_often() -> None:
    found, waits = one(Phase.OFFERED), list[float]()
    for _ in range(6):
        found = heard(found, AWAY, Rules(), AT)
        waits.append(found.next_s - AT)
    assert waits == [15, 30, 60, 120, 120, 120]
    assert heard(found, LATER, Rules(), AT).misses == 0


def test_what_failed_before_is_offered_once_more_when_somebody_insists() -> None:
    rules = Rules(again=True)
    before = replace(STAGED, failed="no frame was drawn.")
    staged = heard(one(Phase.OFFERED), before, rules, AT)
    assert staged.phase is Phase.STAGED
    assert heard(staged, before, rules, AT).phase is Phase.STAGED
    assert heard(staged, BACK, rules, AT).phase is Phase.FAILED
    assert heard(one(Phase.OFFERED), before, Rules(), AT).phase is Phase.FAILED
