"""The doctor finds each thing that can be wrong, says how to mend it, and mends what may be mended."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from provisioning.cli import app
from provisioning.doctor_checks import CHECKS, Seen, examine
from provisioning.inventory import Unit
from provisioning.op_status import UnitStatus
from telemetry.health.alarm_texts import TEXTS
from tests.provisioning.fake_fleet import FakeFleet, fake_fleet
from tests.provisioning.fake_unit import FakeUnit, Fault

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
UNIT = Unit(id="ada", role="room", site="cph", hardware="door", address="10.1.2.3")
SERVICES = {"mydesk-room.service": "active", "mydesk-agent.service": "active"}
STATUS = UnitStatus(
    release="1.0.0-0",
    step="committed",
    state="free",
    services=SERVICES,
    frame_age_s=1.0,
    calendar_age_s=20.0,
    signed_in=True,
    alarms=(),
    hub_connected=True,
    certificate_expires="2027-06-01T00:00:00+00:00",
    clock_synchronised=True,
    disk_free_percent=50.0,
    restart_waits="",
    faults={},
)
WELL = Seen(UNIT, STATUS, NOW, {}, reboot_required=False)


def wrong(**changes: Any) -> Seen:
    """Well but for that."""
    return replace(WELL, status=replace(STATUS, **changes))


def in_days(days: float) -> str:
    return (NOW + timedelta(days=days)).isoformat()


CASES: dict[str, tuple[Seen, str]] = {
    "service-missing": (wrong(services=SERVICES | {"mydesk-agent.service": "missing"}), "mydesk-agent.service"),
    "no-release": (wrong(release=None), "No release"),
    "no-updater": (wrong(faults={"update": "sudo: not found"}), "sudo: not found"),
    "config": (replace(WELL, config={"room.toml": "line 3: snap_min"}), "line 3: snap_min"),
    "service-failed": (wrong(services=SERVICES | {"mydesk-room.service": "failed"}), "mydesk-room.service"),
    "service-inactive": (wrong(services=SERVICES | {"mydesk-room.service": "inactive"}), "mydesk-room.service"),
    "app-silent": (wrong(faults={"app": "nobody answers"}), "nobody answers"),
    "agent-silent": (wrong(faults={"agent": "nobody answers"}), "nobody answers"),
    "screen-frozen": (wrong(frame_age_s=31.0), "31 s"),
    "signed-out": (wrong(signed_in=False), "not signed in"),
    "calendar-old": (wrong(calendar_age_s=1000.0), "1000 s"),
    "clock-unsynchronised": (wrong(clock_synchronised=False), "not synchronised"),
    "disk-low": (wrong(disk_free_percent=9.4), "9 %"),
    "certificate-ended": (wrong(certificate_expires=in_days(-1)), "2026-11-21"),
    "certificate-soon": (wrong(certificate_expires=in_days(13.5)), "13 days"),
    "update-failed": (replace(wrong(step="rolled_back"), update_reason="no frame"), "no frame"),
    "sensor-silent": (replace(WELL, silent_sensors=("pir",)), "pir"),
    "reboot-required": (replace(WELL, reboot_required=True), "reboot"),
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_each_check_finds_its_fault_and_nothing_else(check: Any) -> None:
    seen, words = CASES[check.name]
    (finding,) = examine(seen)
    assert finding.check == check.name
    assert words in finding.text
    assert "{" not in finding.text + finding.do
    assert len(finding.do) > 10


def test_a_unit_that_is_well_has_no_finding() -> None:
    assert examine(WELL) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"frame_age_s": None, "calendar_age_s": None, "signed_in": None, "clock_synchronised": None},
        {"disk_free_percent": None, "certificate_expires": None, "hub_connected": None, "services": {}},
        {"certificate_expires": "yesterday"},
        {"certificate_expires": "2026-11-21T00:00:00"},
    ],
)
def test_what_is_not_known_is_no_finding(changes: dict[str, Any]) -> None:
    assert examine(wrong(**changes)) == ()


def test_a_unit_without_a_hub_needs_no_agent() -> None:
    services = {"mydesk-room.service": "active", "mydesk-agent.service": "missing"}
    assert examine(replace(wrong(services=services), has_hub=False)) == ()


def test_alarms_are_told_in_their_own_words_and_once() -> None:
    found = examine(wrong(alarms=("under-voltage", "disk-low", "new-one"), disk_free_percent=3.0))
    assert [one.check for one in found] == ["disk-low", "under-voltage", "new-one"]
    assert (found[1].text, found[1].do) == (TEXTS["under-voltage"].text, TEXTS["under-voltage"].do)
    assert found[2].text == "An alarm of a newer agent."


def test_what_a_finding_says_to_do_exists() -> None:
    """Each command of ours that is named is one."""
    import typer.main

    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    named = {word for check in CHECKS for word in re.findall(r"mydesk-fleet ([a-z-]+)", check.do)}
    assert named <= known


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeFleet]:
    with fake_fleet(tmp_path, [FakeUnit("ada"), FakeUnit("lobby", "kiosk")]) as served:
        yield served


def ran(fake: FakeFleet, *words: str) -> Result:
    return CliRunner().invoke(app, ["doctor", *fake.options, *words])


def findings(result: Result) -> dict[str, list[str]]:
    told = [json.loads(line) for line in result.stdout.splitlines()]
    return {one["unit"]: [found["check"] for found in one.get("findings", ())] for one in told}


def test_a_well_fleet(fake: FakeFleet) -> None:
    result = ran(fake)
    assert (result.stdout, result.exit_code) == ("2 units: 2 well, 0 findings\n", 0)


def _service_failed(unit: FakeUnit) -> None:
    unit.services[f"mydesk-{unit.role}.service"]["ActiveState"] = "failed"


def _sick(**more: Any) -> Callable[[FakeUnit], None]:
    return lambda unit: unit.app.update(more)


MENDED: dict[str, Callable[[FakeUnit], None]] = {
    "service-failed": _service_failed,
    "app-silent": lambda unit: unit.faults.add(Fault.APP_DOWN),
    "agent-silent": lambda unit: unit.faults.add(Fault.AGENT_DOWN),
    "screen-frozen": _sick(frame_age_s=100.0),
    "clock-unsynchronised": _sick(clock_synchronised=False),
    "disk-low": lambda unit: setattr(unit, "disk_free_mb", 100),
}


@pytest.mark.parametrize("check", MENDED)
def test_it_mends(fake: FakeFleet, check: str) -> None:
    MENDED[check](fake["lobby"])
    before = ran(fake, "lobby", "--json")
    assert (findings(before), before.exit_code) == ({"lobby": [check]}, 1)
    changing = [
        command for command in fake["lobby"].commands if re.match("systemctl (re|en)|apt-get|.* set-ntp", command)
    ]
    assert changing == []
    after = ran(fake, "lobby", "--fix")
    assert after.exit_code == 0, after.stdout
    assert re.search(rf"lobby +{check} +mended", after.stdout)
    assert ran(fake, "lobby", "--fix").exit_code == 0


def test_what_cannot_be_mended_says_why(fake: FakeFleet) -> None:
    _service_failed(fake["ada"])
    fake["ada"].faults.add(Fault.BROKEN_SERVICE)
    result = ran(fake, "ada", "--fix", "--json")
    told = json.loads(result.stdout)
    (tried,) = told["mended"]
    assert "systemctl restart mydesk-room.service failed (1): Job for mydesk-room.service failed" in tried["fault"]
    assert (tried["gone"], result.exit_code) == (False, 1)


def test_silent_strange_and_hostile_units(fake: FakeFleet) -> None:
    fake["ada"].faults.add(Fault.CHANGED_KEY)
    fake["lobby"].faults.add(Fault.NOT_JSON)
    result = ran(fake, "--fix", "--timeout", "5")
    assert re.search(r"ada +failed +ada .* shows the SSH key", result.stdout)
    assert "no-updater" in result.stdout
    assert "\x1b" not in result.stdout + result.stderr
    assert result.exit_code == 1


def test_devices_that_say_nothing_are_named(fake: FakeFleet) -> None:
    fake["ada"].app["sensors"] = [
        {"name": "door\x1b[2J", "condition": "silent"},
        {"name": "pir", "condition": "healthy"},
        7,
    ]
    fake["lobby"].app |= {"printer": {"condition": "absent"}, "sensors": {"radar": {"condition": "stuck"}}}
    result = ran(fake)
    assert re.search(r"ada +sensor-silent +No word from: door\. ", result.stdout)
    assert re.search(r"lobby +sensor-silent +No word from: radar, printer\. ", result.stdout)


def test_settings_that_are_refused(fake: FakeFleet) -> None:
    fake["ada"].refused["/etc/mydesk/room.toml"] = "room.toml: line 3: no such key"
    assert findings(ran(fake, "ada", "--json")) == {"ada": ["config"]}
