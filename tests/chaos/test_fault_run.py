"""The fault run, short: two and a half days with each kind of fault. Whole: scripts/bench/run fault_run."""

from __future__ import annotations

import pytest

from tests.chaos.fault_run import run

HOURS = 60


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2], ids=["without check-in", "with check-in"])
def test_never_free_when_taken_and_well_after_every_fault(seed: int) -> None:
    report = run(HOURS, seed)
    assert report.violations == []
    assert len(report.recoveries) > 30
    assert report.shown_s["free"] > 3600
    assert report.shown_s["busy"] > 3600
    assert report.outcomes.get("book done", 0) > 3
