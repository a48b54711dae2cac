"""Nothing is lost whatever is killed, in short: 8 units, 5,000 events. Whole: scripts/bench/run telemetry_chaos."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from telemetry.payloads import Stamp, record
from tests.chaos.telemetry_chaos import Plan, run
from tests.chaos.telemetry_kills import Counts, Target, kills
from tests.chaos.telemetry_writer import KINDS, event, number_of

PLAN = Plan(units=8, events=5000, per_s=25.0, seed=1, counts=Counts(broker=3, hub=2, machine=2, agent=4), limit_s=150)


@pytest.mark.slow
def test_every_event_arrives_once_and_in_order_whatever_is_killed(tmp_path: Path) -> None:
    report = run(tmp_path, PLAN)
    assert report.bad == []
    assert sum(verdict.stored for verdict in report.verdicts) >= PLAN.events
    assert min(report.kills.values()) >= 3


@pytest.mark.slow
def test_a_unit_that_deletes_on_puback_loses_rows_here(tmp_path: Path) -> None:
    report = run(tmp_path, replace(PLAN, puback=True))
    assert report.lost > 0
    assert report.complaints == []


def test_kills_are_the_same_for_a_seed_and_within_their_time() -> None:
    units, counts = ["unit-01", "unit-02"], Counts(broker=3, hub=2, machine=1, agent=4)
    planned = kills(7, units, counts, 60.0)
    assert planned == kills(7, units, counts, 60.0) != kills(8, units, counts, 60.0)
    assert Counter(kill.target for kill in planned) == {
        Target.BROKER: 3,
        Target.HUB: 2,
        Target.MACHINE: 1,
        Target.AGENT: 4,
    }
    assert [kill.at_s for kill in planned] == sorted(kill.at_s for kill in planned)
    assert 0 <= planned[0].at_s < planned[-1].at_s < 60.0
    assert {kill.unit for kill in planned if kill.target is Target.AGENT} <= set(units)


def test_an_event_carries_its_number_through_the_outbox() -> None:
    for number in range(1, 2 * len(KINDS)):
        made = record(event(number), Stamp(0, 0, "boot", synced=True))
        assert number_of(made.topic, made.body) == number
    assert number_of("m/health", "{}") is None
