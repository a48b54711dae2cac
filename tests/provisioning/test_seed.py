"""What is put onto a card: enough for the first boot, and nothing secret but the token and the Wi-Fi's key."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from provisioning.fleet_error import FleetError
from provisioning.fleet_state import FleetState
from provisioning.inventory_load import Fleet
from provisioning.known_hosts import HostKey, remember
from provisioning.on_unit import mydesk_claim
from provisioning.seed import FirstBoot, Seeded, seed
from provisioning.seed_firstrun import cmdline_with_firstrun
from provisioning.wifi import pre_shared_key
from tests.ordinary_user import ordinary_user
from tests.provisioning.fleet_kit import FINGERPRINT, KEY, fleet

NAME = 'name = "Ada"'
GATEWAY = 'gateway = "10.1.2.1"'
PASSPHRASE = "correct horse battery"
WIFI = f'{GATEWAY}\ndns_servers = ["10.1.0.53", "fd00::53"]\nntp_servers = ["ntp.example"]\n'
WIFI += 'wifi = { ssid = "pan\\"els 🐚; $(id)", country = "DK", hidden = true, passphrase = { env = "MYDESK_WIFI" } }'
BOOT = {"cmdline.txt": "console=tty1 root=PARTUUID=1 rootwait\n", "config.txt": "dtparam=audio=on\n"}


@pytest.fixture
def state(tmp_path: Path) -> FleetState:
    return FleetState.open(tmp_path / "state")


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "bootfs"
    folder.mkdir()
    for name, text in BOOT.items():
        (folder / name).write_text(text)
    return folder


def seeded(found: Fleet, card: Path, state: FleetState, kind: FirstBoot = "auto", name: str = "ada") -> Seeded:
    return seed(found, found.unit(name), card, state, first_boot=kind)


def cloud_init(card: Path) -> dict[str, Any]:
    head, _, text = (card / "user-data").read_text().partition("\n")
    assert head == "#cloud-config"
    found: dict[str, Any] = json.loads(text)
    return found


def wireless(monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setenv("MYDESK_WIFI", PASSPHRASE)
    return fleet((GATEWAY, WIFI), (NAME, f'{NAME}\nlink = "wifi"\nstatic_address = "10.1.2.20/24"'))


def test_a_card_with_cloud_init(card: Path, state: FleetState) -> None:
    (card / "meta-data").touch()
    assert seeded(fleet(), card, state) == Seeded(
        "ada",
        "cloud-init",
        (
            *("mydesk/seed.json", "mydesk/claim-token", "mydesk/mydesk_claim.py"),
            *("user-data", "meta-data", "network-config"),
        ),
    )
    user = cloud_init(card)
    assert (user["hostname"], user["timezone"], user["ssh_pwauth"]) == ("ada", "Europe/Copenhagen", False)
    assert user["users"][0]["name"] == "mydesk-admin"
    assert user["users"][0]["ssh_authorized_keys"] == [KEY]
    assert user["users"][0]["lock_passwd"]
    assert user["runcmd"][-1] == ["python3", "/boot/firmware/mydesk/mydesk_claim.py", "first-boot"]
    network = json.loads((card / "network-config").read_text())["network"]
    assert network == {"version": 2, "ethernets": {"eth0": {"optional": True, "dhcp4": True}}}
    assert json.loads((card / "mydesk/seed.json").read_text()) == {
        "unit": "ada",
        "hub": {"host": "hub.contoso.example", "port": 8883, "ca_fingerprint": FINGERPRINT},
    }
    assert (card / "cmdline.txt").read_text() == BOOT["cmdline.txt"]


def test_each_seed_is_a_new_instance_with_a_new_token(card: Path, state: FleetState) -> None:
    seen = set()
    for _ in range(2):
        seed(fleet(), fleet().unit("ada"), card, state, first_boot="cloud-init", again=True)
        instance = json.loads((card / "meta-data").read_text())["instance-id"]
        token = state.token("ada")
        assert token is not None
        assert (card / "mydesk/claim-token").read_text() == f"ada {token.token}\n"
        seen |= {instance, token.token}
    assert len(seen) == 4


def test_wifi_and_an_address_of_its_own(card: Path, state: FleetState, monkeypatch: pytest.MonkeyPatch) -> None:
    seeded(wireless(monkeypatch), card, state, "cloud-init")
    radio = json.loads((card / "network-config").read_text())["network"]["wifis"]["wlan0"]
    ssid = 'pan"els 🐚; $(id)'
    assert radio == {
        "optional": True,
        "dhcp4": False,
        "addresses": ["10.1.2.20/24"],
        "routes": [{"to": "default", "via": "10.1.2.1"}],
        "nameservers": {"addresses": ["10.1.0.53", "fd00::53"]},
        "regulatory-domain": "DK",
        "access-points": {ssid: {"password": pre_shared_key(ssid, PASSPHRASE), "hidden": True}},
    }
    assert cloud_init(card)["ntp"]["servers"] == ["ntp.example"]


def test_a_pc_takes_whatever_its_port_is_called(card: Path, state: FleetState) -> None:
    seeded(fleet(), card, state, "cloud-init", "lobby")
    wired = json.loads((card / "network-config").read_text())["network"]["ethernets"]
    assert wired["wired"]["match"] == {"name": "en*"}


def test_a_card_without_cloud_init(card: Path, state: FleetState, monkeypatch: pytest.MonkeyPatch) -> None:
    done = seeded(wireless(monkeypatch), card, state)
    assert (done.first_boot, done.to_do) == ("firstrun", "")
    words = (card / "cmdline.txt").read_text()
    assert words.startswith("console=tty1 root=PARTUUID=1 rootwait systemd.run=/boot/firmware/firstrun.sh ")
    assert words.count("\n") == 1
    assert cmdline_with_firstrun(words) == words
    script = (card / "firstrun.sh").read_text()
    assert subprocess.run(["sh", "-n", card / "firstrun.sh"], capture_output=True, timeout=20, check=True).stderr == b""
    assert f"'{KEY}'" in script
    ssid = re.findall(r"ssid=([\d;]+)", script)[0]
    assert bytes(map(int, ssid.strip(";").split(";"))).decode() == 'pan"els 🐚; $(id)'
    assert "address1=10.1.2.20/24,10.1.2.1\ndns=10.1.0.53;'" in script


def test_the_words_to_append_are_told_where_there_is_no_cmdline(card: Path, state: FleetState) -> None:
    (card / "cmdline.txt").unlink()
    done = seeded(fleet(), card, state, "firstrun")
    assert done.to_do.startswith("Append to the one line of cmdline.txt: systemd.run=")


@pytest.mark.parametrize("kind", ["cloud-init", "firstrun"])
def test_nothing_else_secret_is_on_the_card(
    kind: FirstBoot, card: Path, state: FleetState, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeded(wireless(monkeypatch), card, state, kind)
    token = state.token("ada")
    assert token is not None
    texts = {str(path.relative_to(card)): path.read_text() for path in card.rglob("*") if path.is_file()}
    assert [name for name, text in texts.items() if token.token in text] == ["mydesk/claim-token"]
    assert not any(PASSPHRASE in text for text in texts.values())
    key = pre_shared_key('pan"els 🐚; $(id)', PASSPHRASE)
    assert [name for name, text in texts.items() if key in text] == [
        "network-config" if kind == "cloud-init" else "firstrun.sh"
    ]
    assert not any("contoso.example" in text and "hub.contoso" not in text for text in texts.values())


def test_the_file_that_starts_the_rest_is_written_last(
    card: Path, state: FleetState, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr("provisioning.seed._write", lambda path, content: written.append(path.name))
    seeded(fleet(), card, state, "cloud-init")
    assert written[-1] == "user-data"
    seed(fleet(), fleet().unit("ada"), card, state, first_boot="firstrun", again=True)
    assert written[-1] == "cmdline.txt"


def test_a_second_card_only_when_asked_for(card: Path, state: FleetState) -> None:
    seeded(fleet(), card, state)
    with pytest.raises(FleetError, match=r"ada has a card already, which waits for its claim. With --again"):
        seeded(fleet(), card, state)
    state.drop_token("ada")
    remember(state, "ada", "x", 22, HostKey.parse(KEY))
    with pytest.raises(FleetError, match="ada is claimed already"):
        seeded(fleet(), card, state)


def test_a_missing_secret_or_ca_leaves_the_card_and_the_old_token_alone(card: Path, state: FleetState) -> None:
    found = fleet((GATEWAY, WIFI), (NAME, 'link = "wifi"'))
    with pytest.raises(FleetError, match="Set MYDESK_WIFI and try again"):
        seeded(found, card, state)
    with pytest.raises(FleetError, match=r"none\.pem: No such file or directory"):
        seeded(fleet(("ca_fingerprint =", 'ca_file = "none.pem"\nca_fingerprint =')), card, state)
    assert sorted(path.name for path in card.iterdir()) == sorted(BOOT)
    assert state.waiting() == []


def test_a_card_that_cannot_be_written_is_told(card: Path, state: FleetState, tmp_path: Path) -> None:
    with pytest.raises(FleetError, match=r"is no folder. Name the card's boot partition"):
        seeded(fleet(), tmp_path / "none", state)
    card.chmod(0o555)
    state.folder.chmod(0o777)
    (state.folder / "tokens").chmod(0o777)
    with ordinary_user(tmp_path), pytest.raises(FleetError, match=r"Permission denied. Is the card writable"):
        seeded(fleet(), card, state)


def test_a_bad_cmdline_is_told(card: Path, state: FleetState) -> None:
    (card / "cmdline.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(FleetError, match=r"cmdline\.txt is damaged"):
        seeded(fleet(), card, state)


def test_root_may_be_who_signs_in(card: Path, state: FleetState) -> None:
    seeded(fleet(('name = "contoso"', 'name = "contoso"\nssh_user = "root"')), card, state, "cloud-init")
    user = cloud_init(card)
    assert (user["disable_root"], user["users"], user["ssh_authorized_keys"]) == (False, [], [KEY])


KEYS = [  # IEEE 802.11, annex J.4.2
    ("IEEE", "password", "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"),
    ("ThisIsASSID", "ThisIsAPassword", "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af"),
    ("x", "AB" * 32, "ab" * 32),
]


@pytest.mark.parametrize(("ssid", "passphrase", "key"), KEYS)
def test_the_key_of_a_wifi(ssid: str, passphrase: str, key: str) -> None:
    assert pre_shared_key(ssid, passphrase) == key


@pytest.mark.parametrize("passphrase", ["1234567", "x" * 64, "pæssword", "g" * 64])
def test_what_is_no_passphrase(passphrase: str) -> None:
    with pytest.raises(FleetError, match="must be 8 to 63 characters") as caught:
        pre_shared_key("panels", passphrase)
    assert passphrase not in str(caught.value)


@pytest.mark.parametrize("kind", ["cloud-init", "firstrun"])
def test_the_first_boot_finds_what_it_needs_on_the_card(kind: FirstBoot, tmp_path: Path, state: FleetState) -> None:
    root = tmp_path / "root"
    card = root / "boot/firmware"
    card.mkdir(parents=True)
    seeded(fleet(), card, state, kind)
    (root / "etc/ssh").mkdir(parents=True)
    (root / "etc/ssh/ssh_host_ed25519_key.pub").write_text(KEY)
    program = card / "mydesk/mydesk_claim.py"
    subprocess.run(["/usr/bin/python3", "-I", program, "first-boot", "--root", root], timeout=20, check=True)
    token = state.token("ada")
    assert token is not None
    line = mydesk_claim.banner_line(token.token, "ada", HostKey.parse(KEY).fingerprint)
    assert line in (root / mydesk_claim.BANNER).read_text().splitlines()
    assert not (card / mydesk_claim.TOKEN).exists()
    assert (root / mydesk_claim.PROGRAM).stat().st_mode & 0o777 == 0o755
