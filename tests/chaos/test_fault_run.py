"""The fault run, short: half a day without sensors, three days with them. Whole: scripts/bench/run fault_run."""

from __future__ import annotations

import pytest

from tests.chaos.fault_run import run

HOURS = 12
SENSED_HOURS = 72


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2], ids=["without check-in", "with check-in"])
def test_never_free_when_taken_and_well_after_every_fault(seed: int) -> None:
    report = run(HOURS, seed)
    assert report.violations == []
    assert len(report.recoveries) > 8
    assert report.shown_s["free"] > 3600
    assert report.shown_s["busy"] > 3600
    assert report.outcomes.get("book done", 0) > 0


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "sensors"), [(1, "radar+pir"), (3, "pir")], ids=["two kinds", "a PIR, every rule"])
def test_no_release_over_people_and_none_missed(seed: int, sensors: str) -> None:
    report = run(SENSED_HOURS, seed, sensors=sensors)
    assert report.violations == []
    assert report.presence is not None
    figures = report.presence
    assert figures.checked_in["presence"] > 1
    assert figures.no_shows > 0
    assert figures.truth_s["occupied: occupied"] > 10 * figures.truth_s["occupied: vacant"]
    assert figures.truth_s["empty: vacant"] > 3 * figures.truth_s["empty: occupied"]
