"""Units are provisioned over real SSH into real Debian root file systems, cut off in the middle, and again."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from provisioning.known_hosts import HostKey, remember
from tests.provisioning.provision_kit import PIN_HASH, Rig, all_are, rig, unit_text, words_of
from tests.provisioning.rootfs_kit import SYSTEMCTL, RootUnit, missing, root_units

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing()), reason=missing() or "it runs")]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Rig]:
    with root_units("ada", "bob", systemd=True) as units:
        yield rig(tmp_path, units)


def test_from_bare_debian_to_a_panel_and_then_no_change(two: Rig) -> None:
    code, said, output = two.provision("--all", "--bundle", str(two.release))
    assert (code, all(one["dry_run"] for one in said.values())) == (0, True), output
    assert words_of(said, "ada")["release"] == "would change"
    assert PIN_HASH not in output
    assert not (two.units["ada"].upper / "etc/mydesk").exists()

    code, said, output = two.provision("--all", "--bundle", str(two.release), "--yes")
    assert code == 0, output
    assert all_are(words_of(said, "ada"), "changed", but=["boot partition"]), words_of(said, "ada")
    assert PIN_HASH not in output

    code, said, output = two.provision("--all", "--bundle", str(two.release), "--yes")
    assert code == 0, output
    assert all(all_are(words_of(said, name), "no change") for name in two.units), output
    _check_panel(two)
    _check_certificate(two)
    _check_new_settings(two)


def _check_panel(two: Rig) -> None:
    upper = two.units["ada"].upper
    assert (upper / "opt/mydesk/current").readlink().name.startswith("1.0.0-")
    room = upper / "etc/mydesk/room.toml"
    assert PIN_HASH in room.read_text()
    assert room.stat().st_mode & 0o7777 == 0o640
    assert (upper / "var/lib/mydesk/outbox").stat().st_mode & 0o7777 == 0o2770
    assert (upper / "etc/systemd/system/getty@tty1.service").readlink() == Path("/dev/null")
    wants = upper / "etc/systemd/system/multi-user.target.wants"
    assert {"mydesk-room.service", "mydesk-agent.service"} <= {path.name for path in wants.iterdir()}
    assert not list(upper.rglob("*.mydesk-new"))
    assert not (upper / "var/lib/mydesk-provision/pending.json").exists()


def _check_certificate(two: Rig) -> None:
    folder = two.units["ada"].upper / "var/lib/mydesk-agent"
    own = x509.load_pem_x509_certificate((folder / "unit.pem").read_bytes())
    own.verify_directly_issued_by(x509.load_pem_x509_certificate((two.hub.parent / "ca/ca.pem").read_bytes()))
    assert own.subject.rfc4514_string() == "CN=ada"
    assert (folder.stat().st_mode & 0o7777, (folder / "unit.key").stat().st_mode & 0o7777) == (0o700, 0o600)
    other = two.units["bob"].upper / "var/lib/mydesk-agent/unit.key"
    assert (folder / "unit.key").read_bytes() != other.read_bytes()


def _check_new_settings(two: Rig) -> None:
    """What the unit's own release refuses does not arrive; the other unit gets its own."""
    room = two.units["ada"].upper / "etc/mydesk/room.toml"
    before = room.read_bytes()
    two.write_inventory(("ada@contoso", "nowhere@contoso"), ("bob@contoso", "eva@contoso"))
    code, said, output = two.provision("--all", "--yes")
    assert (code, said["ada"]["step"], said["bob"]["result"]) == (1, "settings", "ok"), output
    assert "room.toml stays as it was" in said["ada"]["error"]
    assert "nowhere is no room" in said["ada"]["error"]
    assert room.read_bytes() == before
    assert words_of(said, "bob")["settings"] == "changed"
    assert "eva@contoso" in two.units["bob"].read("etc/mydesk/room.toml")
    assert PIN_HASH not in output


ROOM = """\
import json, pathlib, socket, sys
server = socket.socket(socket.AF_UNIX)
pathlib.Path("/run/mydesk").mkdir(exist_ok=True)
server.bind("/run/mydesk/room.sock")
server.listen()
pathlib.Path("/run/answers").touch()
while True:
    link = server.accept()[0]
    link.recv(4096)
    link.sendall(json.dumps({"ok": True, "state": pathlib.Path("/run/state").read_text().strip()}).encode() + b"\\n")
    link.close()
"""
SYSTEMCTL_TOLD = SYSTEMCTL.replace("#!/bin/sh\n", '#!/bin/sh\necho "$@" >>/run/asked\n')
IN_A_MEETING = f"""\
mkdir -p /run/systemd/system
echo busy >/run/state
cat >/usr/local/bin/systemctl <<'END'
{SYSTEMCTL_TOLD}END
cat >/run/room.py <<'END'
{ROOM}END
setsid python3 /run/room.py </dev/null >/run/room.log 2>&1 &
for i in $(seq 100); do test -e /run/answers && exit 0; sleep 0.1; done
cat /run/room.log; exit 1
"""


def on(unit: RootUnit, script: str) -> str:
    """Run a script on a unit as root, over its sshd."""
    options = ("-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR")
    words = ["ssh", "-F", "none", "-i", str(unit.identity), "-p", str(unit.port), *options, "root@127.0.0.1", "sh -s"]
    done = subprocess.run(words, input=script, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_new_settings_do_not_restart_a_panel_in_a_meeting(tmp_path: Path) -> None:
    """They are there; the restart follows by itself, when the unit's own timer finds the room free."""
    restarts = "grep -c ^try-restart.*mydesk-room /run/asked || true"
    with root_units("ada", systemd=True) as units:
        made, unit = rig(tmp_path, units), units["ada"]
        code, _, output = made.provision("ada", "--bundle", str(made.release))
        assert code == 0, output
        on(unit, IN_A_MEETING)
        made.write_inventory(("ada@contoso", "eva@contoso"))
        code, said, output = made.provision("ada")
        assert (code, words_of(said, "ada")["settings"]) == (0, "changed"), output
        assert said["ada"]["restart_waits"] == "a meeting runs (busy)", output
        assert "eva@contoso" in unit.read("etc/mydesk/room.toml")
        code, said, output = made.provision("ada")
        assert (code, all_are(words_of(said, "ada"), "no change")) == (0, True), output
        assert said["ada"]["restart_waits"] == "a meeting runs (busy)", "still"
        assert on(unit, restarts) == "0\n"
        on(unit, "echo free >/run/state; /usr/local/sbin/mydesk-update answer")
        assert on(unit, restarts) == "1\n"
        code, said, output = made.provision("ada")
        assert (code, said["ada"]["restart_waits"]) == (0, ""), output
        on(unit, "echo busy >/run/state")
        made.write_inventory(("ada@contoso", "ida@contoso"))
        code, said, output = made.provision("ada", "--now")
        assert (code, said["ada"]["restart_waits"], on(unit, restarts)) == (0, "", "2\n"), output


def test_a_kiosk_becomes_a_door_panel(tmp_path: Path) -> None:
    tenant = ('account = "mydesk', 'kiosk_client_id = "7d1c1f4e-1f27-4c66-8f4b-0c6a1d3e9b22"\naccount = "mydesk')
    kiosk = (('role = "room"', 'role = "kiosk"'), ('mailbox = "ada@contoso.example"\n', ""))
    settings = ("[hardware.door]", '[kiosk]\nregister.folder = "/var/lib/mydesk/lobby"\n\n[hardware.door]')
    data = "/var/lib/mydesk"
    with root_units("ada", systemd=True) as units:
        made, unit = rig(tmp_path, units), units["ada"]
        made.write_inventory(tenant, settings, *kiosk)
        code, _, output = made.provision("ada", "--bundle", str(made.release))
        assert code == 0, output
        wants = unit.upper / "etc/systemd/system/multi-user.target.wants"
        assert (wants / "mydesk-kiosk.service").is_symlink()
        on(unit, f"cd {data}; mkdir -p register lobby; echo visits | tee register/register.db lobby/register.db")
        on(unit, f"echo {{}} >{data}/overrides.json; echo {{}} >/var/lib/mydesk-agent/settings.json")

        made.write_inventory()
        code, said, output = made.provision("ada", "--dry-run")
        diff = "".join(step["diff"] for step in said["ada"]["steps"])
        for path in ("/etc/mydesk/kiosk.toml", "/etc/systemd/system/mydesk-kiosk.service"):
            assert f"- {path}\n" in diff, diff
        code, said, output = made.provision("ada")
        assert code == 0, output
        notes = {step["name"]: step["note"] for step in said["ada"]["steps"]}
        assert f"within a day: {data}/register, {data}/lobby" in notes["panel services"], notes
        left = on(unit, f"find /etc -name '*kiosk*' -path '*mydesk*'; cat {data}/register/register.db")
        assert left == "visits\n"
        assert on(unit, f"ls {data}/overrides.json /var/lib/mydesk-agent/settings.json 2>/dev/null || true") == ""
        assert (wants / "mydesk-room.service").is_symlink()
        code, said, output = made.provision("ada")
        assert (code, all_are(words_of(said, "ada"), "no change")) == (0, True), output
        _check_forgotten(unit, data)


def _check_forgotten(unit: RootUnit, data: str) -> None:
    """What systemd's daily clean-up does an hour later."""
    on(unit, f"find {data} -exec touch -d '2 hours ago' {{}} +; echo room >{data}/check-ins.json")
    on(unit, "systemd-tmpfiles --clean")
    assert on(unit, f"cd {data}; find . -name '*.db'; cat check-ins.json") == "room\n"


def test_where_no_systemd_runs_it_says_so_and_leaves_the_rest_to_the_first_start(tmp_path: Path) -> None:
    with root_units("ada") as units:
        made = rig(tmp_path, units)
        code, said, output = made.provision("ada", "--bundle", str(made.release))
        notes = {step["name"]: step["note"] for step in said["ada"]["steps"]}
        assert code == 0, output
        assert "systemd does not run there" in notes["system services"]
        code, said, output = made.provision("ada", "--bundle", str(made.release))
        assert (code, all_are(words_of(said, "ada"), "no change")) == (0, True), output
        assert {step["name"]: step["note"] for step in said["ada"]["steps"]}["release"].startswith("it is there")


def test_packages_are_carried_to_a_unit_without_internet(tmp_path: Path) -> None:
    """One that is missing, and others that do not belong there."""
    with root_units("ada") as units:
        made, unit = rig(tmp_path, units), units["ada"]
        unit.cut()
        unit.write("etc/apt/sources.list", "")
        unit.start()
        code, said, output = made.provision("ada")
        assert (code, said["ada"]["step"]) == (1, "Debian packages"), output
        assert "libmtdev1" in said["ada"]["error"]
        folder = tmp_path / "debs"
        folder.mkdir()
        _deb(folder, "libmtdev1", "amd64" if os.uname().machine == "x86_64" else "arm64")
        _deb(folder, "not-for-this-one", "armhf")
        _deb(folder, "openssl", "all")
        code, said, output = made.provision("ada", "--packages", str(folder))
        assert (code, words_of(said, "ada")["Debian packages"]) == (0, "changed"), output
        status = unit.read("var/lib/dpkg/status")
        assert "Package: libmtdev1\nStatus: install ok installed" in status
        assert "not-for-this-one" not in status
        assert not (unit.upper / "var/cache/mydesk-packages").is_dir()
        code, said, output = made.provision("ada")
        assert (code, words_of(said, "ada")["Debian packages"]) == (0, "no change"), output


def _deb(folder: Path, name: str, architecture: str) -> None:
    """A package with nothing in it."""
    control = folder / "tree/DEBIAN/control"
    control.parent.mkdir(parents=True, exist_ok=True)
    fields = {"Package": name, "Version": "9.9-1", "Architecture": architecture, "Maintainer": "nobody <a@b>"}
    control.write_text("".join(f"{key}: {value}\n" for key, value in {**fields, "Description": "none"}.items()))
    path = folder / f"{name}_9.9-1_{architecture}.deb"
    subprocess.run(
        ["dpkg-deb", "--build", "--root-owner-group", str(folder / "tree"), str(path)], check=True, timeout=60
    )


def test_one_unit_stops_no_other(tmp_path: Path) -> None:
    with root_units("ada") as units, socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        made = rig(tmp_path, units)
        port = units["ada"].port
        text = unit_text("gone", silent.getsockname()[1]) + unit_text("strange", 4) + unit_text("new", 5)
        made.write_inventory(more=text.replace('"127.0.0.1"\nmailbox = "strange', '"localhost"\nmailbox = "strange'))
        stranger = made.folder / "keys/release.pub"
        key = HostKey.parse(" ".join(stranger.read_text().split()[:2]))
        remember(made.state, "gone", "127.0.0.1", 3, key)
        remember(made.state, "strange", "localhost", port, key)
        inventory = made.folder / "inventory.toml"
        inventory.write_text(inventory.read_text().replace("ssh_port = 4\n", f"ssh_port = {port}\n"))
        code, said, output = made.provision("--all", "--yes")
    results = {name: (one["result"], one["error"]) for name, one in said.items()}
    assert (code, results["ada"]) == (1, ("ok", "")), output
    assert results["gone"][0] == "unknown"
    assert "host key" in results["strange"][1].lower(), results
    assert results["new"] == ("failed", "it is not claimed: nobody knows its SSH key. Claim it: mydesk-fleet claim new")


MOMENTS = (
    "var/lib/dpkg/info/libmtdev1*.list",
    "etc/sysusers.d/mydesk.conf",
    "etc/mydesk/update.toml",
    "etc/systemd/system/ctrl-alt-del.target",
    "etc/mydesk/room.toml",
    "var/lib/mydesk-agent/unit.key",
    "var/lib/mydesk-agent/unit.pem",
    "opt/mydesk/releases/*",
    "opt/mydesk/current",
)
"""What a provisioning leaves on the disk, in its order: the unit is cut off soon after each of them."""


def test_cut_off_at_any_moment_it_ends_converged(tmp_path: Path) -> None:
    """The unit dies (everything in it is killed) in the middle of a provisioning; after its next start it goes on."""
    chance = random.Random(6)
    with root_units("ada", systemd=True) as units:
        made, unit = rig(tmp_path, units), units["ada"]
        words = ("ada", "--bundle", str(made.release))
        environment = {**os.environ, "MYDESK_PIN_HASH": PIN_HASH}
        cuts = 0
        for moment in MOMENTS:
            if _is_there(unit.upper, moment):  # the one before was quicker than its cut
                continue
            cuts += 1
            with subprocess.Popen(made.command(*words), stdout=subprocess.PIPE, env=environment) as process:
                _wait_for(unit.upper, moment, process)
                time.sleep(chance.uniform(0, 0.05))
                unit.cut()
                printed, _ = process.communicate(timeout=300)
            assert process.returncode == 1 or moment == MOMENTS[-1], (moment, printed)
            unit.start()
        assert cuts >= 5
        code, said, output = made.provision(*words)
        assert code == 0, output
        code, said, output = made.provision(*words)
        assert code == 0, output
        assert all_are(words_of(said, "ada"), "no change"), output
        assert (unit.upper / "opt/mydesk/current").readlink().name.startswith("1.0.0-")
        assert not (unit.upper / "var/lib/mydesk-provision/pending.json").exists()


def _wait_for(upper: Path, moment: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 300
    while not _is_there(upper, moment):
        assert process.poll() is None, (moment, process.stdout.read() if process.stdout else b"")
        assert time.monotonic() < deadline, moment
        time.sleep(0.002)


def _is_there(upper: Path, moment: str) -> bool:
    return any(os.path.lexists(path) for path in upper.glob(moment))
