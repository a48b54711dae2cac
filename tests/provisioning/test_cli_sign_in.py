"""Signing units in, one after the other; what a unit shows an admin is checked first."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from provisioning import sign_in_walk
from provisioning.cli import app
from provisioning.sign_in_walk import PORT, is_microsoft
from tests.provisioning.fake_fleet import FakeFleet, fake_fleet
from tests.provisioning.fake_unit import FakeUnit, Fault, Said
from tests.provisioning.fleet_kit import INVENTORY

PAGE = "https://microsoft.com/devicelogin"
ACCOUNT = "mydesk@contoso.example"
ORDER: list[str] = []


def signing(*told: object, status: int = 0, error: bytes = b"") -> Any:
    """What `mydesk-graph sign-in` prints there."""

    def answer(unit: FakeUnit, words: list[str], data: bytes) -> Said:
        ORDER.append(unit.id)
        return Said(b"".join(json.dumps(one).encode() + b"\n" for one in told), status, error)

    return answer


def invitation(**changes: object) -> dict[str, object]:
    return {"address": PAGE, "code": "ABCD-EFGH", "expires_in_s": 900} | changes


GOOD = signing(invitation(), {"state": "signed-in", "account": ACCOUNT})


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeFleet]:
    ORDER.clear()
    with fake_fleet(tmp_path, [FakeUnit("ada"), FakeUnit("bob"), FakeUnit("lobby", "kiosk")]) as served:
        for unit in served.units.values():
            unit.app["signed_in"] = False
            unit.answers["mydesk-graph sign-in"] = GOOD
        yield served


def ran(fake: FakeFleet, *words: str) -> Result:
    return CliRunner().invoke(app, ["sign-in", *fake.options, *words])


def test_each_unit_shows_its_code_and_the_next_one_follows(fake: FakeFleet) -> None:
    fake["bob"].app["signed_in"] = True
    result = ran(fake, "--all")
    assert result.stdout.splitlines() == [
        f"ada: open {PAGE}",
        "ada: code ABCD-EFGH   (good for 15 minutes)",
        f"ada: is signed in {ACCOUNT}",
        "bob: was signed in already",
        f"lobby: open {PAGE}",
        "lobby: code ABCD-EFGH   (good for 15 minutes)",
        f"lobby: is signed in {ACCOUNT}",
        "signed in: 3 of 3 units",
    ]
    assert (ORDER, result.exit_code) == (["ada", "lobby"], 0)
    wanted = "mydesk-graph sign-in --config /etc/mydesk/kiosk.toml --json"
    assert fake["lobby"].commands[-1] == wanted


def test_a_failure_stops_no_other(fake: FakeFleet) -> None:
    fake["ada"].faults.add(Fault.OFF)
    why = b"mydesk-graph: AADSTS50020: another account signed in.\n"
    fake["bob"].answers["mydesk-graph sign-in"] = signing(invitation(), status=1, error=why)
    result = ran(fake, "--all")
    assert "bob: failed: mydesk-graph: AADSTS50020" in result.stderr
    assert "ada: unknown" in result.stderr
    assert "signed in: 1 of 3 units" in result.stdout
    assert result.exit_code == 1


def test_for_machines(fake: FakeFleet) -> None:
    first, last = (json.loads(line) for line in ran(fake, "ada", "--again", "--json").stdout.splitlines())
    assert (first["unit"], first["code"], first["microsoft"]) == ("ada", "ABCD-EFGH", True)
    assert (last["result"], last["state"], last["account"]) == ("ok", "signed-in", ACCOUNT)


def test_a_page_of_somebody_else_is_warned_of(fake: FakeFleet) -> None:
    bad = invitation(address="https://microsoft.com.evil.example/\x1b[2J")
    fake["ada"].answers["mydesk-graph sign-in"] = signing(bad, {"state": "signed-in"})
    result = ran(fake, "ada")
    assert "CAREFUL, the next page is not Microsoft's" in result.stderr
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("code", ["<b>", "A" * 21, "AB CD"])
def test_what_is_no_code_is_not_shown(fake: FakeFleet, code: str) -> None:
    fake["ada"].answers["mydesk-graph sign-in"] = signing(invitation(code=code))
    result = ran(fake, "ada")
    assert code not in result.stdout
    assert "no code" in result.stderr


def test_rubbish_around_the_answer_is_passed_over(fake: FakeFleet) -> None:
    rubbish = [["x"], "x", 7, None, "x" * 20_000]
    fake["ada"].answers["mydesk-graph sign-in"] = signing(*rubbish, invitation(), *rubbish, {"state": "signed-in"})
    assert ran(fake, "ada").exit_code == 0


def test_a_unit_with_a_certificate_needs_nobody(tmp_path: Path) -> None:
    text = INVENTORY.replace('account = "mydesk@contoso.example"', 'sign_in = "certificate"')
    with fake_fleet(tmp_path, [FakeUnit("ada")], inventory=text) as served:
        result = ran(served, "ada")
        assert "signs in with its certificate" in result.stdout
        assert (served["ada"].commands, result.exit_code) == ([], 0)


def test_a_browser_comes_back_through_the_connection(tmp_path: Path) -> None:
    text = INVENTORY.replace('account = "mydesk', 'sign_in = "auth-code"\naccount = "mydesk')
    taken = socket.socket()
    with fake_fleet(tmp_path, [FakeUnit("ada", app={"signed_in": False})], inventory=text) as served, taken:
        served["ada"].answers["mydesk-graph sign-in"] = signing(invitation(code=""), {"state": "signed-in"})
        result = ran(served, "ada")
        assert result.stdout.splitlines()[0] == f"ada: open {PAGE}"
        assert served["ada"].commands[-1].endswith(f"--auth-code --port {PORT}")
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", PORT))
        taken.listen()
        assert f"port {PORT} of this laptop is in use" in ran(served, "ada").stderr


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        (PAGE, True),
        ("https://login.microsoftonline.com/common/oauth2/deviceauth", True),
        ("https://microsoft.com@evil.example/devicelogin", False),
        ("https://evil.example/microsoft.com", False),
        ("https://evilmicrosoft.com/", False),
        ("http://microsoft.com/devicelogin", False),
        ("https://evil.example\\@microsoft.com/", False),
        ("https://[microsoft.com", False),
        ("", False),
    ],
)
def test_whose_page_it_is(address: str, ours: bool) -> None:
    assert is_microsoft(address) is ours


def test_a_panel_that_is_starting_is_waited_for(fake: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_walk, "LOOK_EVERY_S", 0.01)
    looks: list[str] = []

    def status(unit: FakeUnit, words: list[str], data: bytes) -> Said:
        looks.append(unit.id)
        return Said(b'{"signed_in": false}') if len(looks) > 2 else Said(b"", 1, b"nothing is running behind room.sock")

    fake["ada"].answers |= {
        "mydesk-room ctl": status,
        "systemctl show": lambda unit, words, data: Said(b"activating\n"),
    }
    assert ran(fake, "ada").exit_code == 0
    assert len(looks) == 3
    fake["ada"].answers["systemctl show"] = lambda unit, words, data: Said(b"failed\n")
    looks.clear()
    result = ran(fake, "ada")
    assert (result.exit_code, len(looks)) == (1, 1)
    assert "nothing is running" in result.output
