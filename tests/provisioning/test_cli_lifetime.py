"""Certificates, updates of Debian, replacing and decommissioning, against a fake fleet and a hub that is a script."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from provisioning.fleet_error import FleetError
from provisioning.known_hosts import key_of
from provisioning.replacement import Replacement
from tests.provisioning.cli_kit import objects, ran
from tests.provisioning.fake_fleet import FakeFleet, fake_fleet
from tests.provisioning.fake_unit import FakeUnit, Fault, Said, failed
from tests.provisioning.fleet_kit import INVENTORY

ALWAYS = 'admin_keys = ["', 'maintenance = "00-24"\nadmin_keys = ["'
HUB = """\
#!/bin/sh
echo "$@" >>{log}
test ! -e {log}.broken || {{ echo "mydesk-hub: the database is locked" >&2; exit 1; }}
"""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the hub was asked, a line each; systemctl is nobody's but ours."""
    log = tmp_path / "hub.log"
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("mydesk-hub", "systemctl"):
        (folder / name).write_text(HUB.format(log=log))
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return log


@pytest.fixture
def fake(tmp_path: Path, hub: Path) -> Iterator[FakeFleet]:
    text = INVENTORY.replace('host = "hub.contoso.example"', 'host = "hub.contoso.example"\nenrol = {}')
    with fake_fleet(tmp_path, [FakeUnit("ada"), FakeUnit("bob")], inventory=text.replace(*ALWAYS)) as served:
        yield served


def expires(days: float, fault: str = "") -> dict[str, str]:
    return {"expires": (datetime.now(UTC) + timedelta(days=days)).isoformat(), "fault": fault}


def test_certificates(fake: FakeFleet) -> None:
    fake["ada"].agent["certificate"] = expires(100.5)
    fake["bob"].agent["certificate"] = expires(100.5, "the hub does not answer\x1b[2J")
    result = ran(fake, "certificates")
    assert result.exit_code == 1
    assert "by itself" in result.stdout
    found = objects(ran(fake, "certificates", "--json"))
    assert (found["ada"]["days_left"], found["ada"]["fault"]) == (100, "")
    assert found["bob"]["fault"] == "the hub does not answer"
    fake["bob"].agent["certificate"] = expires(3)
    assert (ran(fake, "certificates", "ada").exit_code, ran(fake, "certificates", "bob").exit_code) == (0, 1)


@pytest.mark.parametrize("told", ["tomorrow", "2026-11-22T09:00:00", 7, ["x"]])
def test_a_time_that_is_none_is_refused(fake: FakeFleet, told: object) -> None:
    fake["ada"].agent["certificate"] = {"expires": told}
    assert "no time that can be read" in objects(ran(fake, "certificates", "ada", "--json"))["ada"]["error"]


def with_updates(unit: FakeUnit, *, reboot: bool) -> None:
    """Its next look for updates finds some."""

    def update(_: FakeUnit, words: list[str], data: bytes) -> Said:
        unit.files["/var/lib/dpkg/status"] = b"newer"
        if reboot:
            unit.files["/run/reboot-required"] = b""
        return Said()

    def stat(_: FakeUnit, words: list[str], data: bytes) -> Said:
        return Said(unit.files.get("/var/lib/dpkg/status", b"old"))

    unit.answers |= {"systemctl start mydesk-security-updates.service": update, "stat": stat}


def test_updates_of_debian(fake: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioning.op_power.BACK_POLL_S", 0.02)
    with_updates(fake["ada"], reboot=True)
    with_updates(fake["bob"], reboot=True)
    fake["bob"].faults.add(Fault.BUSY)
    result = ran(fake, "os-update", "--all")
    assert result.stdout.splitlines() == [
        "ada: updated, was rebooted",
        "bob: updated; needs a reboot, which waits for its window: A meeting runs (busy)",
    ]
    assert (fake["ada"].boots, fake["bob"].boots, result.exit_code) == (2, 1, 0)
    fake["ada"].files.pop("/run/reboot-required")
    with_updates(fake["ada"], reboot=False)
    assert ran(fake, "os-update", "ada").stdout == "ada: nothing to update\n"


def test_updates_wait_for_their_window(fake: FakeFleet) -> None:
    other = (datetime.now(UTC).hour + 12) % 24
    text = fake.inventory.read_text().replace('"00-24"', f'"{other:02}-{(other + 2) % 24:02}"')
    fake.inventory.write_text(text)
    with_updates(fake["ada"], reboot=False)
    refused = ran(fake, "os-update", "ada")
    assert f"its window is {other:02}-" in refused.stderr
    assert (fake["ada"].commands, refused.exit_code) == ([], 1)
    assert ran(fake, "os-update", "ada", "--now").stdout == "ada: updated\n"


def test_updates_that_fail_are_told(fake: FakeFleet) -> None:
    with_updates(fake["ada"], reboot=False)
    fake["ada"].answers["systemctl start mydesk-security-updates.service"] = lambda *_: failed("Job failed.")
    assert "Job failed." in ran(fake, "os-update", "ada").stderr


def wiping(unit: FakeUnit, answer: Said) -> list[list[str]]:
    """What it is told to remove."""
    heard: list[list[str]] = []

    def shell(_: FakeUnit, words: list[str], data: bytes) -> Said:
        heard.append(words)
        return answer

    unit.answers |= {"sh -c": shell, "systemctl poweroff": lambda *_: Said()}
    return heard


def test_decommission_needs_to_be_meant(fake: FakeFleet, hub: Path) -> None:
    result = ran(fake, "decommission", "ada", "bob")
    assert "this wipes ada, bob" in str(result.exception)
    assert not hub.exists()


def test_decommission(fake: FakeFleet, hub: Path) -> None:
    heard = wiping(fake["ada"], Said())
    result = ran(fake, "decommission", "ada", "--yes", "--json")
    told = objects(result)["ada"]
    assert [step["state"] for step in told["steps"]] == ["done", "done", "done", "done"], told
    (words,) = heard
    assert words[3] == "wipe"
    assert {"/var/lib/mydesk", "/etc/mydesk", "/opt/mydesk"} <= set(words)
    assert fake["ada"].commands[-1] == "systemctl poweroff --no-wall"
    assert hub.read_text() == "revoke ada --config /etc/mydesk-hub/hub.toml\nrestart mosquitto\n"
    assert key_of(fake.state, "ada") is None
    assert key_of(fake.state, "bob") is not None


def test_the_broker_starts_again_once_for_many(fake: FakeFleet, hub: Path) -> None:
    for unit in fake.units.values():
        wiping(unit, Said())
    assert ran(fake, "decommission", "--all", "--yes").exit_code == 0
    assert [line.split()[0] for line in hub.read_text().splitlines()] == ["revoke", "revoke", "restart"]


def test_a_unit_that_is_dead_is_revoked_and_its_key_kept_until_it_is_given_up(fake: FakeFleet, hub: Path) -> None:
    fake["ada"].faults.add(Fault.OFF)
    result = ran(fake, "decommission", "ada", "--yes", "--json")
    told = objects(result)["ada"]
    assert [step["state"] for step in told["steps"]] == ["not done", "done", "not needed", "done"]
    assert (told["complete"], result.exit_code) == (False, 1)
    assert key_of(fake.state, "ada") is not None
    gone = ran(fake, "decommission", "ada", "--yes", "--gone")
    assert "destroy it" in gone.stdout
    assert gone.exit_code == 1  # its card was not wiped, and that stays so
    assert key_of(fake.state, "ada") is None


def test_a_wipe_that_leaves_something_is_told(fake: FakeFleet) -> None:
    wiping(fake["ada"], Said(b"", 1, b"/opt/mydesk is still there\n"))
    result = ran(fake, "decommission", "ada", "--yes")
    assert "/opt/mydesk is still there" in result.stdout
    assert key_of(fake.state, "ada") is not None


def test_a_hub_that_cannot_be_asked_is_told(fake: FakeFleet, hub: Path) -> None:
    wiping(fake["ada"], Said())
    hub.with_name("hub.log.broken").touch()
    result = ran(fake, "decommission", "ada", "--yes")
    assert "the database is locked There: mydesk-hub revoke ada" in result.stdout
    assert (result.exit_code, key_of(fake.state, "ada")) == (1, None)


def test_a_hub_that_is_elsewhere_is_told(fake: FakeFleet, hub: Path) -> None:
    wiping(fake["ada"], Said())
    (hub.parent / "bin/mydesk-hub").unlink()
    os.environ["PATH"] = str(hub.parent / "bin")
    result = ran(fake, "decommission", "ada", "--yes", "--json")
    (step,) = (one for one in objects(result)["ada"]["steps"] if one["step"] == "the hub refuses it")
    assert (step["state"], "mydesk-hub cannot be run here" in step["text"]) == ("not done", True)


def test_replace_goes_on_where_it_was(
    fake: FakeFleet, hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "ada still answers" in str(ran(fake, "replace", "ada").exception)
    assert key_of(fake.state, "ada") is not None
    known = key_of(fake.state, "ada")
    fake["ada"].faults.add(Fault.OFF)
    first = ran(fake, "replace", "ada")
    assert "Put a fresh card into this computer, then: mydesk-fleet replace ada --to" in first.stdout
    assert key_of(fake.state, "ada") is None
    assert hub.read_text().count("revoke ada") == 1
    boot = tmp_path / "bootfs"
    boot.mkdir()
    second = ran(fake, "replace", "ada", "--to", str(boot), "--json")
    assert objects(second)["ada"]["next"] == "claimed"
    assert (boot / "user-data").exists()
    assert hub.read_text().count("revoke ada") == 1, "it is asked once"
    third = ran(fake, "replace", "ada")
    assert isinstance(third.exception, FleetError), "the new one is not on yet"
    fake["ada"].faults.clear()
    fake["ada"].update["current"] = None

    async def claimed(access: Any, state: Any) -> None:
        from provisioning.known_hosts import remember

        assert known is not None
        remember(state, "ada", "127.0.0.1", fake.ports["ada"], known)

    monkeypatch.setattr("provisioning.op_replace.claim", claimed)  # the claim has tests of its own, with a real sshd
    fourth = ran(fake, "replace", "ada")
    assert "mydesk-fleet provision ada" in str(fourth.exception)
    fake["ada"].update["current"] = "1.0.0-000000000000"
    last = ran(fake, "replace", "ada")
    assert "ada is replaced" in last.stdout
    assert Replacement.of(fake.state, "ada").done == ()


def test_a_replacement_whose_hub_is_away_says_how_to_go_on(fake: FakeFleet, hub: Path) -> None:
    fake["ada"].faults.add(Fault.OFF)
    hub.with_name("hub.log.broken").touch()
    assert "the hub did not revoke" in str(ran(fake, "replace", "ada").exception)
    result = ran(fake, "replace", "ada", "--skip-revoke", "--json")
    assert (objects(result)["ada"]["skipped"], objects(result)["ada"]["next"]) == (["revoked"], "seeded")
    assert "forgotten" in ran(fake, "replace", "ada", "--give-up").stdout
    assert Replacement.of(fake.state, "ada").next == "forgotten"


def test_a_damaged_record_is_said(fake: FakeFleet) -> None:
    folder = fake.state.folder / "replacing"
    folder.mkdir()
    (folder / "ada.json").write_text('{"unit": "ada", "done": ["flown"]}')
    with pytest.raises(FleetError, match="begin the replacement anew"):
        Replacement.of(fake.state, "ada")
