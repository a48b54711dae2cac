"""Simulated units at a real broker and hub, few of them. Whole: scripts/bench/run fleet_reconnect --tls."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.chaos.fleet import Fleet, reconnect


@pytest.mark.slow
@pytest.mark.parametrize("tls", [True, False], ids=["TLS", "plain"])
def test_all_units_are_current_soon_after_the_broker_died(tmp_path: Path, *, tls: bool) -> None:
    report = asyncio.run(reconnect(tmp_path, Fleet(units=60, tls=tls, first_spread_s=2.0, down_s=2.0, limit_s=120.0)))
    assert (report.behind, report.offline, report.facets) == (0, 0, 0)
    assert report.after.half_s <= report.after.most_s <= report.after.last_s < 60
    assert report.after.attempts >= 60
    assert report.hub.memory_mib < 200
