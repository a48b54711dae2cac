"""The commands on a large fleet, as scripts/bench/fleet_fake.py measures them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.provisioning.fleet_figures import lines, stopped_figures

pytestmark = pytest.mark.slow

MOST_MIB = 200.0


def test_a_rollout_to_300_units_with_5_percent_bad_stops_at_its_threshold(tmp_path: Path) -> None:
    figure = stopped_figures(tmp_path, 300)
    assert figure.answers[-1]["reason"] == "7 units failed; 2% may (--max-fail)."
    assert figure.answers[-1]["counts"]["waiting"] == 150
    assert figure.most_mib < MOST_MIB, "\n".join(lines([figure]))
