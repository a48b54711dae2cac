"""An inventory is read as a whole: everything wrong with it is told at once, each with its line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from common.config import ConfigError
from provisioning.fleet_error import FleetError
from provisioning.inventory_load import load, parse
from tests.provisioning.fleet_kit import INVENTORY, KEY, changed, fleet, unit_text

PATH = Path("inventory.toml")


def faults(text: str) -> list[tuple[str, str]]:
    """Key and message of each problem; every one has a line."""
    with pytest.raises(ConfigError) as caught:
        parse(text, PATH)
    assert all(problem.line for problem in caught.value.problems)
    return [(problem.key, problem.message) for problem in caught.value.problems]


def test_a_good_one() -> None:
    found = fleet()
    assert list(found.units) == ["ada", "lobby"]
    assert found.hub_of(found.unit("ada")) == found.inventory.hub
    assert [unit.id for unit in found.some([])] == ["ada", "lobby"]
    assert [unit.id for unit in found.some(["lobby", "lobby"])] == ["lobby"]
    assert found.inventory.hardware["lobby"].architecture == "x86_64"
    with pytest.raises(FleetError, match="there is no unit eva, bob in the inventory"):
        found.some(["eva", "ada", "bob"])


TWIN = unit_text("bob", mailbox="ADA@contoso.example", panels="") + "panels = 2\n"

WRONG = {
    "same id": (changed(more=unit_text("ada")), "units[2].id", "'ada' is that of units[0] (ada) already"),
    "same address, whatever its case": (
        changed(('"10.1.2.20"', '"Ada.example"'), more=unit_text("bob", address="ada.EXAMPLE")),
        "units[2].address",
        "is that of units[0] (ada) already",
    ),
    "same static address": (
        changed(
            ('name = "Ada"', 'static_address = "10.1.2.3/24"'), more=unit_text("bob", static_address="10.1.2.3/24")
        ),
        "units[2].static_address",
        "is that of units[0]",
    ),
    "same mailbox": (
        changed(more=unit_text("bob", mailbox="ADA@contoso.example")),
        "units[2].mailbox",
        "is that of ada already; if it is one room with 2 panels, say panels = 2 at each",
    ),
    "only one says panels": (changed(more=TWIN), "units[2].mailbox", "say panels = 2 at each"),
    "same site": (changed(more='[[sites]]\nid = "cph"\nname = "x"'), "sites[1].id", "is that of sites[0] (cph)"),
    "no such site": (changed(more=unit_text("bob", site="cpg")), "units[2].site", "no site 'cpg'; did you mean cph?"),
    "no such floor": (changed(('floor = "2"', 'floor = "3"')), "units[0].floor", "'3' is none of site cph: 0, 2"),
    "a floor twice": (
        changed(('["0", "2"]', '["0", "0"]'), ('floor = "2"', "")),
        "sites[0].floors",
        "'0' stands there",
    ),
    "no such hardware": (changed(more=unit_text("b", hardware="dor")), "units[2].hardware", "did you mean door?"),
    "no such role": (changed(('"kiosk"', '"lobby"')), "units[1].role", "expected"),
    "room without mailbox": (changed(more=unit_text("b", mailbox="")), "units[2].mailbox", "is needed"),
    "kiosk with one": (
        changed(('role = "kiosk"', 'role = "kiosk"\nmailbox = "a@b"')),
        "units[1].mailbox",
        "only rooms have one",
    ),
    "id of the hub": (changed(('id = "lobby"', 'id = "hub"')), "units[1].id", "the name of the site hub itself"),
    "id that is no host name": (changed(('id = "lobby"', 'id = "-x"')), "units[1].id", "expected text matching"),
    "id with a path": (changed(('id = "lobby"', 'id = "../x"')), "units[1].id", "expected text matching"),
    "address with an option in it": (
        changed(('"10.1.2.21"', '"-oProxyCommand=x"')),
        "units[1].address",
        "expected text matching",
    ),
    "no wifi": (changed(('name = "Ada"', 'link = "wifi"')), "units[0].link", "site cph has no [sites.wifi]"),
    "no address": (changed(('name = "Ada"', 'static_address = "ten"')), "units[0].static_address", "is no address"),
    "no prefix": (changed(('name = "Ada"', 'static_address = "10.1.2.9"')), "units[0].static_address", "lacks its"),
    "outside": (changed(('name = "Ada"', 'static_address = "10.9.0.1/24"')), "units[0].static_address", "is not in"),
    "gateway": (changed(('"10.1.2.1"', '"x"')), "sites[0].gateway", "'x' is no IP address"),
    "no such section": (changed(("[hub]", "[hubs]")), "hubs", "unknown section; did you mean hub?"),
    "time zone": (
        changed(('name = "contoso"', 'name = "contoso"\ntime_zone = "Europe/Copenhagn"')),
        "fleet.time_zone",
        "is not an IANA time zone; did you mean Europe/Copenhagen?",
    ),
    "hub without CA": (changed(("ca_fingerprint", "port = 1\n#")), "hub.ca_file", "units must know their hub"),
    "no app registration": (
        changed(('kiosk_client_id = "7d1c1f4e-1f27-4c66-8f4b-0c6a1d3e9b22"', "")),
        "microsoft365.kiosk_client_id",
        "there are units with role kiosk",
    ),
    "admin key cut short": (changed((KEY, KEY[:60])), "fleet.admin_keys[0]", "is cut short or damaged"),
    "admin key of another kind": (
        changed((KEY, KEY.replace("ssh-ed25519", "ssh-rsa", 1))),
        "fleet.admin_keys[0]",
        "is no key of the kind ssh-rsa",
    ),
    "a private key": (
        changed((KEY, "-----BEGIN OPENSSH PRIVATE KEY-----")),
        "fleet.admin_keys[0]",
        "expected list of: text matching",
    ),
    "override of who it is": (
        changed(('name = "Ada"', "overrides.room.address = 'x@y'")),
        "units[0].overrides.room.address",
        "is no override; it follows from mailbox",
    ),
    "agent's hub": (changed(('name = "Ada"', "agent.hub.host = 'x'")), "units[0].agent.hub.host", "follows from [hub]"),
    "a reference of the wrong type": (
        changed(("booking.snap_min = 5", "admin.pin_hash = { file = 5 }")),
        "room.admin.pin_hash",
        "file must be a text that says where the secret is",
    ),
    "a command that is a text": (
        changed(("booking.snap_min = 5", "admin.pin_hash = { command = 'pass x' }")),
        "room.admin.pin_hash",
        "command must be a list of words",
    ),
    "two places for a secret": (
        changed(
            (
                'gateway = "10.1.2.1"',
                'wifi = { ssid = "x", country = "DK", passphrase = { file = "a", env = "B" } }',
            )
        ),
        "sites[0].wifi.passphrase",
        "must be one of",
    ),
    "a name too long for radio": (
        changed(
            ('gateway = "10.1.2.1"', f'wifi = {{ ssid = "{"æ" * 17}", country = "DK", passphrase = {{ env = "B" }} }}')
        ),
        "sites[0].wifi.ssid",
        "longer than 32 bytes",
    ),
}


@pytest.mark.parametrize(("text", "key", "message"), WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_is_told(text: str, key: str, message: str) -> None:
    found = [told for place, told in faults(text) if place == key]
    assert any(message in told for told in found), faults(text)


def test_all_of_it_at_once_with_the_lines() -> None:
    text = changed(
        ("[microsoft365]", "[microsoft356]"),
        ('floor = "2"', 'flor = "2"'),
        ('board = "x86"', 'board = "pi9"'),
        more=unit_text("ada", site="aar") + unit_text("bob", address="10.1.2.20"),
    )
    with pytest.raises(ConfigError) as caught:
        parse(text, PATH)
    told = {problem.key: problem.line for problem in caught.value.problems}
    lines = text.splitlines()
    expected = {
        "microsoft356": "[microsoft356]",
        "units[0].flor": 'flor = "2"',
        "hardware.lobby.board": 'board = "pi9"',
        "units[2].site": 'site = "aar"',
    }
    assert {key: lines[told[key] - 1] for key in expected} == expected
    assert {"units[2].id", "units[3].address", "microsoft365.tenant_id"} <= set(told)
    assert str(caught.value).startswith(f"inventory.toml: {len(caught.value.problems)} problems\n  ")


def test_one_room_with_two_doors() -> None:
    found = fleet(("mailbox = ", "panels = 2\nmailbox = "), more=TWIN)
    assert [unit.id for unit in found.inventory.units if unit.panels == 2] == ["ada", "bob"]


def test_units_behind_one_address_have_their_ports() -> None:
    found = fleet(more=unit_text("bob", address="10.1.2.20") + "ssh_port = 2201\n")
    assert found.unit("bob").ssh_port == 2201


HOSTILE = {
    "deep": "room." + ".".join(["a"] * 5000) + " = 1\n",
    "deep lists": "[room]\na = " + "[" * 400 + "]" * 400,
    "units is a text": INVENTORY.partition("[[sites]]")[0] + 'units = "all"\nsites = 3\n',
    "rows are texts": 'units = ["a"]\nsites = [[1]]\n' + INVENTORY.partition("[[sites]]")[0],
    "control characters": changed(('name = "Ada"', 'name = "A\\u0007"')),
    "a new line in an address": changed(('"10.1.2.21"', '"10.1.2.21\\n"')),
    "no TOML": "[fleet",
    "empty": "",
    "a binary": "\x00\x01",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_ones_are_refused_in_words(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text, PATH)


def test_a_file_that_is_not_there_or_too_large(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        load(tmp_path / "inventory.toml")
    large = tmp_path / "large.toml"
    with large.open("wb") as stream:
        stream.truncate((16 << 20) + 1)
    with pytest.raises(ConfigError, match="is larger than"):
        load(large)


def test_2000_units_load_in_less_than_2_s(tmp_path: Path) -> None:
    path = tmp_path / "inventory.toml"
    rows = [
        unit_text(f"u{index}", floor="2") + f"overrides.booking.maximum_min = {index % 60 + 60}\n"
        for index in range(2000)
    ]
    path.write_text(changed(more="".join(rows)))
    begin = time.process_time()
    found = load(path)
    assert time.process_time() - begin < 2.0
    assert len(found.inventory.units) == 2002


def test_2000_wrong_units_are_all_told(tmp_path: Path) -> None:
    rows = [unit_text(f"u{index}", floor="9", address="10.1.2.20") for index in range(2000)]
    begin = time.process_time()
    told = faults(changed(more="".join(rows)))
    assert time.process_time() - begin < 4.0
    assert len(told) == 4000
