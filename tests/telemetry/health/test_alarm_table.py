"""Every alarm: which readings raise it, what it says, what to do, and that docs/alarms.md says the same."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from telemetry.health import readings
from telemetry.health.alarm_rules import rules
from telemetry.health.alarm_texts import TEXTS, table_markdown
from telemetry.health.alarms import Moment, Rule, State, judge
from telemetry.health.readings import Readings, StorageStatus
from telemetry.health.sample import sample_of
from telemetry.messages import Alarm, decode, encode
from telemetry.settings import HealthSection
from telemetry.topics import Topics, parse

RULES = rules(HealthSection())
ALARMS_PAGE = Path(__file__).parents[3] / "docs/alarms.md"


def reading(group: str, **values: Any) -> Readings:
    kinds = {field.name: str(field.type).partition(" ")[0] for field in fields(Readings)}
    return Readings(**{group: getattr(readings, kinds[group])(**values)})


def storage(status: StorageStatus) -> Readings:
    return reading("storage", status=status)


CASES: list[tuple[str, Readings, Readings]] = [
    ("cpu-hot", reading("temperature", cpu_c=80.5), reading("temperature", cpu_c=75.0)),
    ("cpu-throttled", reading("power", throttled=True), reading("power", throttled=False)),
    ("under-voltage", reading("power", under_voltage=True), reading("power", under_voltage=False)),
    (
        "under-voltage",
        reading("power", under_voltage=False, since_under_voltage_s=50.0),
        reading("power", under_voltage=False, since_under_voltage_s=900.0),
    ),
    ("memory-low", reading("memory", available_percent=9.0), reading("memory", available_percent=16.0)),
    ("clock-unsynchronised", reading("time", synchronised=False), reading("time", synchronised=True)),
    (
        "clock-jumped",
        reading("time", synchronised=True, jumps=1, last_jump_s=-9.0, since_jump_s=10.0),
        reading("time", synchronised=True, jumps=1, last_jump_s=-9.0, since_jump_s=4000.0),
    ),
    ("disk-low", reading("disk", free_percent=9.9), reading("disk", free_percent=12.0)),
    ("storage-full", storage(StorageStatus.FULL), storage(StorageStatus.OK)),
    ("storage-failing", storage(StorageStatus.FAILING), storage(StorageStatus.OK)),
    ("storage-errors", storage(StorageStatus.ERRORS), storage(StorageStatus.OK)),
    ("storage-worn", storage(StorageStatus.WEAR), storage(StorageStatus.OK)),
    ("outbox-old", reading("outbox", oldest_s=3601.0), reading("outbox", oldest_s=3.0)),
    ("outbox-losing", reading("outbox", thrown_1h=1), reading("outbox", thrown_1h=0)),
    ("network-down", reading("network", link=False), reading("network", link=True)),
    ("wifi-weak", reading("network", wifi_dbm=-80.0), reading("network", wifi_dbm=-60.0)),
    ("gateway-silent", reading("network", gateway_ok=False), reading("network", gateway_ok=True)),
    ("dns-failing", reading("network", dns_ok=False), reading("network", dns_ok=True)),
    ("tenant-unreachable", reading("network", tenant_ok=False), reading("network", tenant_ok=True)),
    ("hub-unreachable", reading("network", hub_connected=False), reading("network", hub_connected=True)),
    ("app-silent", reading("app", answers=False), reading("app", answers=True)),
    (
        "screen-frozen",
        reading("app", answers=True, frame_age_s=31.0),
        reading("app", answers=True, frame_age_s=4.0),
    ),
    (
        "calendar-old",
        reading("app", answers=True, calendar_age_s=1000.0),
        reading("app", answers=True, calendar_age_s=60.0),
    ),
    ("signed-out", reading("app", answers=True, signed_in=False), reading("app", answers=True, signed_in=True)),
    ("sensor-silent", reading("app", answers=True, sensors_silent=1), reading("app", answers=True, sensors_silent=0)),
    ("service-failed", reading("services", failed=1), reading("services", failed=0)),
    ("service-restarting", reading("services", restarts_1h=3), reading("services", restarts_1h=0)),
    ("watcher-failing", reading("watchers", failing=("disk",)), reading("watchers", failing=())),
]


def raised_after(found: Readings, hours: float, states: dict[str, State] | None = None, at_s: float = 0) -> set[str]:
    states = states or {}
    for minute in range(int(hours * 60) + 1):
        states, _ = judge(RULES, states, found, Moment(at_s + 60.0 * minute, 0))
    return {kind for kind, state in states.items() if state.raised}


@pytest.mark.parametrize(("kind", "bad", "good"), CASES)
def test_which_reading_raises_which_alarm(kind: str, bad: Readings, good: Readings) -> None:
    assert raised_after(bad, 0.5) == {kind}
    assert raised_after(good, 0.5) == set()
    states: dict[str, State] = {}
    for minute, found in enumerate([bad] * 30 + [good] * 30):
        states, _ = judge(RULES, states, found, Moment(60.0 * minute, 0))
    assert not any(state.raised for state in states.values())


def test_every_alarm_is_in_the_table_above() -> None:
    assert {kind for kind, _, _ in CASES} == {rule.kind for rule in RULES} == set(TEXTS)


def test_nothing_known_raises_nothing() -> None:
    empty = Readings()
    assert all(rule.measure(empty) is None for rule in RULES)
    unknown = Readings(
        *(readings.Temperature(), readings.Power(), readings.Memory(), readings.Disk(), readings.Storage()),
        network=readings.Network(),
        services=readings.Services(),
        app=readings.App(answers=True),
        outbox=readings.OutboxFill(),
    )
    assert raised_after(unknown, 2) == set()


@pytest.mark.parametrize("kind", sorted(TEXTS))
def test_every_alarm_says_what_is_wrong_and_what_to_do(kind: str) -> None:
    text = TEXTS[kind]
    assert parse(Topics("room-1").alarm(kind)) is not None
    for sentence in (text.text, text.do):
        assert re.fullmatch(r"[A-Z].{15,200}\.", sentence), sentence
    assert len(text.do.split()) >= 6, "too short to act on"
    assert text.do.split()[0].strip(",") in VERBS, "begins with what to do"
    sent = Alarm(since=1, severity=text.severity, text=text.text, do=text.do, value=1.5)
    assert decode(encode(sent), Alarm) == sent


VERBS = {"Give", "Look", "Use", "Restart", "Allow", "Leave", "Run", "Free", "Change", "Plan", "Bring", "Check", "Move"}
VERBS |= {"Read", "Take"}


def test_the_thresholds_are_those_of_the_configuration() -> None:
    found = {rule.kind: rule for rule in rules(HealthSection(cpu_hot_c=70, disk_free_percent=20, frame_age_s=60))}
    assert (found["cpu-hot"].raise_at, found["cpu-hot"].clear_at) == (70, 65)
    assert (found["disk-low"].raise_at, found["screen-frozen"].raise_at) == (20, 60)


def test_the_page_for_admins_says_the_same() -> None:
    page = ALARMS_PAGE.read_text("utf-8")
    assert table_markdown(RULES) in page, "bring it up to date: python -m tests.telemetry.health.alarms_page"


def rule_of(kind: str) -> Rule:
    return next(rule for rule in RULES if rule.kind == kind)


def test_a_yes_or_no_has_no_unit_and_a_number_has_one() -> None:
    for kind, text in TEXTS.items():
        rule = rule_of(kind)
        assert bool(text.unit) == ((rule.raise_at, rule.clear_at) != (0.5, 0.5)), kind


def test_a_sample_takes_what_is_known() -> None:
    found = sample_of(Readings(temperature=readings.Temperature(51.5), storage=readings.Storage(StorageStatus.WEAR)))
    assert (found.cpu_c, found.storage, found.memory_percent) == (51.5, "wear", None)
    everything = {field.name for field in fields(found)}
    full = Readings(**{group.name: reading_of(group.name) for group in fields(Readings)})
    assert {name for name in everything if getattr(sample_of(full), name) in (None, "")} == set()


def reading_of(group: str) -> Any:
    """A reading of `group` whose every field is known."""
    kinds = {field.name: str(field.type).partition(" ")[0] for field in fields(Readings)}
    kind = getattr(readings, kinds[group])
    return kind(**{field.name: 1 for field in fields(kind)})
