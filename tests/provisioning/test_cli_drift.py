"""What drifted from the inventory, looked at with the real program on a root file system of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from provisioning.cli import app
from provisioning.converge_look import look
from provisioning.converge_wish import wish_for
from provisioning.drift import Drift, most_common_release
from tests.provisioning.fake_fleet import FakeFleet, fake_fleet
from tests.provisioning.fake_unit import HOSTILE, FakeUnit, Fault, Said
from tests.provisioning.fleet_kit import INVENTORY

PIN = 'admin.pin_hash = { env = "MYDESK_PIN_HASH" }'


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeFleet]:
    monkeypatch.setenv("MYDESK_PIN_HASH", "scrypt-new-and-secret")
    text = INVENTORY.replace("booking.snap_min = 5", f"booking.snap_min = 5\n{PIN}")
    with fake_fleet(tmp_path, [FakeUnit("ada"), FakeUnit("bob"), FakeUnit("cleo")], inventory=text) as served:
        for unit in served.units.values():
            root = tmp_path / unit.id
            _installed(served, unit, root)
            unit.answers["python3 -I"] = _looker(root)
        yield served


def _looker(root: Path) -> Any:
    def answer(unit: FakeUnit, words: list[str], data: bytes) -> Said:
        assert words[2:3] == ["-c"]
        assert "It changes nothing" in words[3]
        facts = look(json.loads(data), root)
        facts["current"] = unit.update["current"]
        return Said(json.dumps(facts).encode())

    return answer


def _installed(fake: FakeFleet, unit: FakeUnit, root: Path) -> None:
    """All files as they should be."""
    wish = wish_for(fake.fleet, fake.fleet.unit(unit.id))
    for file in (*wish.files, *wish.settings):
        path = root / file.path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(file.mode)


def ran(fake: FakeFleet, *words: str) -> Result:
    return CliRunner().invoke(app, ["drift", *fake.options, *words])


def about(result: Result, path: str) -> list[str]:
    return [line.strip() for line in result.stdout.splitlines() if path in line]


def test_a_file_that_was_changed_is_told_with_what_differs_and_no_secret(fake: FakeFleet, tmp_path: Path) -> None:
    place = tmp_path / "ada/etc/mydesk/room.toml"
    text = place.read_text().replace("snap_min = 5", "snap_min = 10 # \x1b[2J").replace("scrypt-new", "scrypt-old")
    place.write_text(text)
    result = ran(fake, "ada", "bob", "--diff")
    assert result.exit_code == 1
    assert "write /etc/mydesk/room.toml" in about(result, "room.toml")
    assert "-snap_min = 10 #" in result.stdout
    assert "+snap_min = 5" in result.stdout
    assert "scrypt" not in result.stdout
    assert "\x1b" not in result.stdout
    assert result.stdout.count("+snap_min = 5") == 1, "only one of them was changed"


def test_a_file_that_is_gone(fake: FakeFleet, tmp_path: Path) -> None:
    (tmp_path / "bob/etc/systemd/system/mydesk-room.service").unlink()
    found = {one["unit"]: one for one in map(json.loads, ran(fake, "--json").stdout.splitlines())}
    wanted = "write /etc/systemd/system/mydesk-room.service"
    assert wanted in found["bob"]["changes"]
    assert wanted not in found["ada"]["changes"]


def test_an_odd_release(fake: FakeFleet) -> None:
    fake["bob"].update["current"] = "0.9.0-111111111111"
    result = ran(fake)
    assert about(result, "0.9.0") == ["runs 0.9.0-111111111111, most run 1.0.0-000000000000"]


def test_new_settings_that_wait_for_a_restart_are_no_drift(fake: FakeFleet, tmp_path: Path) -> None:
    place = tmp_path / "ada/var/lib/mydesk-update/restart.json"
    place.parent.mkdir(parents=True)
    before = ran(fake, "ada", "bob").stdout
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    said = {"boot_id": boot, "services": ["mydesk-room.service"], "said": "a meeting runs (busy)"}
    place.write_text(json.dumps(said))
    result = ran(fake, "ada", "bob")
    (line,) = about(result, "restart")
    assert line == "new settings wait for the panel's restart: a meeting runs (busy)"
    assert result.stdout.replace(f"  {line}\n", "") == before
    told = [json.loads(each) for each in ran(fake, "ada", "bob", "--json").stdout.splitlines()]
    assert [one["restart_waits"] for one in told] == ["a meeting runs (busy)", ""]


@pytest.mark.parametrize(
    ("releases", "usual"),
    [(["1", "1", "2"], "1"), (["1", "2"], ""), (["", ""], ""), ([], ""), (["", "", "1"], "1")],
)
def test_which_release_is_usual(releases: list[str], usual: str) -> None:
    found = {str(index): Drift((), "", release) for index, release in enumerate(releases)}
    assert most_common_release(found) == usual


@pytest.mark.parametrize("said", [HOSTILE, b"{}", b"[" * 100_000, json.dumps({"python": 3}).encode()])
def test_a_hostile_answer(fake: FakeFleet, said: bytes) -> None:
    fake["ada"].answers["python3 -I"] = lambda *_: Said(said)
    result = ran(fake, "ada")
    assert "ada: failed: what it says of itself cannot be read" in result.stderr
    assert "\x1b" not in result.stderr


def test_a_secret_that_cannot_be_had_and_a_silent_unit(fake: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fake["ada"].faults.add(Fault.OFF)
    assert "ada: unknown" in ran(fake, "ada").stderr
    monkeypatch.delenv("MYDESK_PIN_HASH")
    assert "bob: failed: the secret for admin.pin_hash of bob" in ran(fake, "bob").stderr
