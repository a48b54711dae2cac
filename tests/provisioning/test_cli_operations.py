"""status, logs, screenshot, identify, reboot and run as people and machines use them, against a fake fleet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning import cli_operations
from provisioning.fleet_error import FleetError
from tests.provisioning.cli_kit import objects, ran
from tests.provisioning.fake_fleet import FakeFleet, fake_fleet
from tests.provisioning.fake_unit import PNG, FakeUnit, Fault, Said

MANY = 20


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeFleet]:
    """Two door panels and a kiosk."""
    with fake_fleet(tmp_path, [FakeUnit("ada"), FakeUnit("bob"), FakeUnit("lobby", "kiosk")]) as served:
        yield served


def test_status_is_a_table_with_what_is_wrong(fake: FakeFleet) -> None:
    fake["ada"].agent["alarms"] = ["disk-low"]
    fake["ada"].update["step"] = "rolled_back"
    fake["bob"].faults.add(Fault.OFF)
    fake["lobby"].services["mydesk-kiosk.service"]["ActiveState"] = "failed"
    result = ran(fake, "status")
    ada, bob, lobby = (
        next(line for line in result.stdout.splitlines() if line.startswith(name)) for name in fake.units
    )
    for cell in ("free", "1.0.0 (rolled_back)", "56 % free", "disk-low"):
        assert cell in ada
    assert bob.split()[2:] == ["unknown"]
    assert "Welcome" in lobby
    assert "mydesk-kiosk failed" in lobby
    assert "3 units: 2 answer, 1 unknown; 1 with alarms" in result.stdout
    assert result.stderr.startswith("bob: unknown: bob (127.0.0.1 port ")
    assert result.exit_code == 1


def test_status_for_machines(fake: FakeFleet) -> None:
    fake["ada"].faults.add(Fault.APP_DOWN)
    fake["bob"].app["frame_age_s"] = "soon"
    result = ran(fake, "status", "--role", "room", "--json")
    found = objects(result)
    assert list(found) == ["ada", "bob"]
    assert found["ada"]["state"] is None
    assert found["ada"]["faults"] == {
        "app": "mydesk-room ctl status --json failed (1): mydesk-room: /run/mydesk/room.sock: nobody answers."
    }
    assert found["ada"]["release"] == "1.0.0-000000000000"
    assert found["bob"]["frame_age_s"] is None
    assert found["bob"]["calendar_age_s"] == 12.0
    assert found["bob"]["services"] == {"mydesk-room.service": "active", "mydesk-agent.service": "active"}
    assert result.exit_code == 0


def test_status_tells_of_new_settings_that_wait(fake: FakeFleet) -> None:
    fake["ada"].update["restart"] = {"services": ["mydesk-room.service"], "said": "a meeting runs (busy)\x1b[2J"}
    fake["lobby"].update["restart"] = {"services": ["mydesk-kiosk.service"], "said": ""}
    result = ran(fake, "status")
    rows = {line.split()[0]: line for line in result.stdout.splitlines() if line}
    assert [name for name in fake.units if "active, restart waits" in rows[name]] == ["ada", "lobby"]
    assert "3 units: 3 answer; 2 wait for a restart\n" in result.stdout
    waits = "new settings wait for the panel's restart:"
    assert f"\nada: {waits} a meeting runs (busy)\n" in result.stdout
    assert f"\nlobby: {waits} its updater looks every ten minutes\n" in result.stdout
    assert result.exit_code == 0, "it is as it should be"


@pytest.mark.parametrize(
    ("told", "waits"),
    [
        ({"services": ["mydesk-room.service"], "said": "a guest is busy"}, "a guest is busy"),
        ({"services": [], "said": "a guest was busy"}, ""),
        ({"services": "mydesk-room.service", "said": "x"}, None),
        ({"services": [1]}, None),
        (None, None),
    ],
)
def test_a_restart_that_waits_for_machines(fake: FakeFleet, told: object, waits: str | None) -> None:
    fake["ada"].update["restart"] = told
    assert objects(ran(fake, "status", "ada", "--json"))["ada"]["restart_waits"] == waits


@pytest.mark.parametrize("fault", [Fault.NOT_JSON, Fault.HUGE])
@pytest.mark.parametrize("words", [("status",), ("identify", "--all"), ("screenshot", "--all"), ("logs", "--all")])
def test_a_hostile_unit_reaches_no_terminal(
    fake: FakeFleet, fault: Fault, words: tuple[str, ...], tmp_path: Path
) -> None:
    if fault is Fault.HUGE and words[0] in ("screenshot", "logs"):
        return  # 8 and 16 MB of it: tests/provisioning/test_many_units.py has the bound
    for unit in fake.units.values():
        unit.faults.add(fault)
    more = ("--to", str(tmp_path / "out")) if words[0] == "screenshot" else ()
    result = ran(fake, *words, *more)
    said = result.stdout + result.stderr
    assert not any(char in said for char in "\x1b\x07\x00\u202e"), said


def test_logs_are_redacted(fake: FakeFleet, tmp_path: Path) -> None:
    fake["ada"].journal = [b"from 10.1.2.3 ida@contoso.example", b"", b"\x1b[31mred\x1b[0m password=hunter2 \xff"]
    result = ran(fake, "logs", "ada", "--lines", "5")
    assert result.stdout.splitlines() == ["from <ip> <mail>", "red password=<secret> \ufffd"]
    assert "--lines=5" in fake["ada"].commands[-1]
    kept = ran(fake, "logs", "ada", "bob", "--to", str(tmp_path / "logs"))
    assert kept.stdout == f"2 files in {tmp_path / 'logs'}\n"
    assert (tmp_path / "logs/ada.log").read_text() == "from <ip> <mail>\nred password=<secret> \ufffd\n"


def test_logs_that_go_on_are_of_one_unit(fake: FakeFleet) -> None:
    fake["ada"].journal = [b"one", b"two" * 50_000, b"three"]
    result = ran(fake, "logs", "ada", "--follow")
    lines = result.stdout.splitlines()
    assert (lines[0], lines[1][:5], lines[-1]) == ("one", "twotw", "three")
    assert max(map(len, lines)) < 2100
    assert isinstance(ran(fake, "logs", "--all", "--follow").exception, FleetError)


def test_screenshots_go_into_a_folder(fake: FakeFleet, tmp_path: Path) -> None:
    fake["bob"].faults.add(Fault.APP_DOWN)
    result = ran(fake, "screenshot", "--all", "--to", str(tmp_path / "pictures"), "--json")
    found = objects(result)
    assert (tmp_path / "pictures/ada.png").read_bytes() == PNG
    assert found["lobby"]["file"] == str(tmp_path / "pictures/lobby.png")
    assert (found["bob"]["result"], result.exit_code) == ("failed", 1)


def test_identify(fake: FakeFleet) -> None:
    result = ran(fake, "identify", "ada", "lobby")
    assert result.stdout.splitlines() == ["ada: shows its name for 30 s", "lobby: shows its name for 30 s"]
    assert fake["lobby"].commands == ["mydesk-kiosk ctl identify --json"]
    assert fake["bob"].logins == []


def test_a_reboot_waits_until_the_unit_is_back(fake: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioning.op_power.BACK_POLL_S", 0.02)
    fake["ada"].reboot_s = 0.2
    fake["bob"].faults.add(Fault.BUSY)
    result = ran(fake, "reboot", "ada", "bob")
    assert result.stdout == "ada: is back\n"
    assert result.stderr == "bob: failed: A meeting runs (busy). Wait until it is over, or use --force.\n"
    assert (fake["ada"].boots, fake["bob"].boots, result.exit_code) == (2, 1, 1)
    forced = ran(fake, "reboot", "bob", "--force", "--no-wait")
    assert (forced.stdout, fake["bob"].boots) == ("bob: goes down\n", 2)


def test_a_unit_that_does_not_come_back_is_unknown(fake: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_operations, "BACK_TIMEOUT_S", 0.3)
    monkeypatch.setattr("provisioning.op_power.BACK_POLL_S", 0.02)
    fake["ada"].reboot_s = 60.0
    result = ran(fake, "reboot", "ada", "--json")
    assert objects(result)["ada"]["result"] == "unknown"
    assert result.exit_code == 1


def test_a_kiosk_without_an_app_may_be_rebooted(fake: FakeFleet) -> None:
    fake["lobby"].faults.add(Fault.APP_DOWN)
    assert ran(fake, "reboot", "lobby", "--no-wait").stdout == "lobby: goes down\n"


def test_a_command_of_the_admin(fake: FakeFleet) -> None:
    def shell(unit: FakeUnit, words: list[str], data: bytes) -> Said:
        return Said(b"up \x1b[2J5 days\n", 3 if unit.id == "bob" else 0, b"warned\n")

    for unit in fake.units.values():
        unit.answers["sh -c"] = shell
    result = ran(fake, "run", "ada", "bob", "--", "uptime", "-p", "--json")
    assert result.stdout.splitlines() == [
        "== ada: ok",
        "up 5 days",
        "warned",
        "== bob: failed (3)",
        "up 5 days",
        "warned",
    ]
    assert fake["ada"].commands == ["sh -c 'uptime -p --json'"]
    assert result.exit_code == 1
    told = objects(ran(fake, "run", "ada", "-c", "a | b", "--json"))
    assert told["ada"] == {
        "unit": "ada",
        "result": "ok",
        "error": "",
        "status": 0,
        "out": "up 5 days",
        "said": "warned",
    }
    assert fake["ada"].commands[-1] == "sh -c 'a | b'"


def test_a_shell_trusts_only_the_key_of_the_claim(fake: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr("os.execvp", lambda name, words: called.append(words))
    ran(fake, "shell", "ada")
    (words,) = called
    assert words[:3] == ["ssh", "-F", "none"]
    assert f"-oUserKnownHostsFile={fake.state.known_hosts}" in words
    assert {"-oStrictHostKeyChecking=yes", "-oHostKeyAlias=ada", "-oGlobalKnownHostsFile=none"} <= set(words)
    assert words[-7:] == ["-oIdentitiesOnly=yes", "-p", str(fake.ports["ada"]), "-l", "mydesk-admin", "--", "127.0.0.1"]
    fake.state.known_hosts.unlink()
    assert "not claimed" in str(ran(fake, "shell", "ada").exception)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("identify",), "which units?"),
        (("identify", "--all", "ada"), "do not go together"),
        (("identify", "nobody"), "no unit nobody"),
        (("identify", "--site", "nowhere"), "no site nowhere. There are: cph."),
        (("status", "--floor", "7"), "no unit fits"),
        (("shell", "--all"), "for one unit, not 3"),
    ],
)
def test_which_units(fake: FakeFleet, words: tuple[str, ...], said: str) -> None:
    result = ran(fake, *words)
    assert isinstance(result.exception, FleetError)
    assert said in str(result.exception)
    assert all(not unit.logins for unit in fake.units.values())
