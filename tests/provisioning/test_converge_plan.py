"""What is to be done on a unit follows from what it should be and what it is; what is done leaves nothing to do."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from provisioning import converge_after, system_files
from provisioning.converge_certificate import certificate_fault, fingerprint
from provisioning.converge_plan import look_for, steps
from provisioning.converge_wire import CertificateFacts, CertificateWish, FileFacts, UnitFile, Wish
from provisioning.converge_wish import wish_for
from provisioning.converge_words import OPERATIONS
from provisioning.fleet_error import FleetError
from provisioning.inventory_load import Fleet, parse
from tests.provisioning.fleet_kit import KEY, fleet
from tests.provisioning.plan_kit import after, bare, file_facts, step, wish

SECRET = ("booking.snap_min = 5", 'booking.snap_min = 5\nadmin.pin_hash = { env = "PLAN_PIN" }')
RADAR = ('{ name = "pir", kind = "pir", pin = 17 }', '{ name = "r", kind = "ld2410", port = "/dev/ttyAMA0" }')


@pytest.mark.parametrize("name", ["ada", "lobby"])
def test_a_bare_unit_needs_everything_and_then_nothing(name: str) -> None:
    wished = wish(name, bundle=True)
    facts = bare(wished, machine="aarch64" if name == "ada" else "x86_64")
    made = steps(wished, facts)
    assert tuple(step.name for step in made) == OPERATIONS
    unchanged = {"boot partition", "release", "panel services"} if name == "lobby" else set()
    assert {step.name for step in made if not step.is_change} == unchanged
    second = steps(wished, after(wished, facts, made))
    assert [step.changes for step in second] == [()] * len(OPERATIONS)
    assert [step.put for step in second] == [None] * len(OPERATIONS)


def test_a_change_by_hand_is_taken_back_and_shown() -> None:
    wished = wish(bundle=True)
    facts = after(wished, bare(wished), steps(wished, bare(wished)))
    files = {**facts.files, "/etc/sysctl.d/90-mydesk.conf": file_facts("kernel.sysrq = 1\n", 0o644)}
    made = step(steps(wished, msgspec.structs.replace(facts, files=files)), "files")
    assert made.changes == ("write /etc/sysctl.d/90-mydesk.conf",)
    assert "-kernel.sysrq = 1" in made.diff
    assert made.put is not None
    assert [one.name for one in made.put.after] == ["kernel settings"]


def test_what_the_inventory_no_longer_says_goes() -> None:
    before = wish("ada", ('gateway = "10.1.2.1"', 'ntp_servers = ["ntp.example"]'), bundle=True)
    facts = after(before, bare(before), steps(before, bare(before)))
    now = wish(bundle=True)
    clock = "/etc/systemd/timesyncd.conf.d/10-mydesk.conf"
    assert clock in look_for(now).files
    made = step(steps(now, facts), "files")
    assert (made.changes, made.diff) == ((f"remove {clock}",), f"- {clock}\n")
    assert made.put is not None
    assert (made.put.absent, made.put.files) == ((clock,), ())
    assert [one.name for one in made.put.after] == ["clock"]


def test_every_unit_file_is_read_again_by_systemd() -> None:
    for path in (file.path for file in wish().files if file.path.startswith("/etc/systemd/system")):
        assert "systemd reloads" in list(converge_after.afters_of_file(path)), path


RESTARTS = "/etc/systemd/system/mydesk-{}.service.d/20-mydesk-restarts.conf"
ROOM_AND_AGENT = {RESTARTS.format(name) for name in ("room", "agent")}


@pytest.mark.parametrize(
    ("version", "there"),
    [
        ("252.38-1~deb12u1", set()),
        ("253", set()),
        ("254~rc3-1", ROOM_AND_AGENT),
        ("257.8-1~deb13u2", ROOM_AND_AGENT),
        ("what is this", set()),
        ("", set()),
    ],
)
def test_systemd_gets_no_keys_that_it_does_not_know(version: str, there: set[str]) -> None:
    wished = wish(bundle=True)
    made = step(steps(wished, bare(wished, packages={"systemd": version})), "files")
    assert made.put is not None
    found = {file.path: file for file in made.put.files if file.path.endswith("restarts.conf")}
    assert set(found) == there
    for path, file in found.items():
        service = path.split("/")[-2].removesuffix(".d")
        assert list(converge_after.afters_of_file(path)) == ["systemd reloads", f"restart {service}"]
        assert b"RestartMaxDelaySec=60\n" in file.content


def test_what_a_cut_off_one_left_is_finished() -> None:
    wished = wish(bundle=True)
    facts = after(wished, bare(wished), steps(wished, bare(wished)))
    left = msgspec.structs.replace(facts, pending=("restart mydesk-room.service", "device rules", "of another version"))
    made = step(steps(wished, left), "files")
    assert made.changes == ("finish: device rules", "finish: restart mydesk-room.service")
    assert made.put is not None
    assert made.put.after[1].command == ("/usr/local/sbin/mydesk-update", "restart", "mydesk-room.service")


def test_a_panel_restarts_when_its_updater_says_so_and_the_agent_at_once() -> None:
    wished = wish(bundle=True)
    facts = after(wished, bare(wished), steps(wished, bare(wished)))
    files = {**facts.files, **dict.fromkeys(("/etc/mydesk/room.toml", "/etc/mydesk/agent.toml"), file_facts("a = 1\n"))}
    facts = msgspec.structs.replace(facts, files=files)
    updater = "/usr/local/sbin/mydesk-update"
    commands = {
        False: ((updater, "restart", "mydesk-room.service"), "the panel restarts as soon as that disturbs nobody"),
        True: ((updater, "restart", "--now", "mydesk-room.service"), "the panel restarts at once"),
    }
    for now, (command, note) in commands.items():
        made = step(steps(msgspec.structs.replace(wished, now=now), facts), "settings")
        assert made.put is not None
        agent = ("systemctl", "try-restart", "--no-block", "mydesk-agent.service")
        assert ([one.command for one in made.put.after], made.note) == ([agent, command], note)
        assert [(one.noted, one.running, one.tells) for one in made.put.after] == [
            (True, True, False),
            (True, True, True),
        ]
    first = step(steps(wished, bare(wished)), "settings")
    assert "restarts" not in first.note, "it starts then"


def test_a_restart_that_waits_is_no_change_until_somebody_insists() -> None:
    wished = wish(bundle=True)
    facts = after(wished, bare(wished), steps(wished, bare(wished)))
    facts = msgspec.structs.replace(facts, waiting=("mydesk-room.service",), waits="a meeting runs (busy)")
    assert not any(one.is_change for one in steps(wished, facts))
    made = step(steps(msgspec.structs.replace(wished, now=True), facts), "files")
    assert made.changes == ("finish: restart mydesk-room.service",)
    assert made.put is not None
    assert made.put.after[0].command[1:3] == ("restart", "--now")


def test_dpkg_that_was_cut_off_is_repaired_first() -> None:
    wished = wish()
    made = steps(wished, bare(wished, packages=dict.fromkeys(wished.packages, "1"), dpkg_cut_off=True))[0]
    assert (made.repair, made.install, made.is_change) == (True, (), True)


def test_the_boot_partition_is_for_a_raspberry_pi_and_must_be_there() -> None:
    wished = wish("ada", RADAR)
    made = step(steps(wished, bare(wished)), "boot partition")
    assert made.note == "takes effect when the unit is restarted"
    assert "+dtoverlay=disable-bt" in made.diff
    assert "-console=serial0,115200 console=tty1" in made.diff
    assert made.put is not None
    assert all(file.plain for file in made.put.files[1:])
    missing = bare(wished, files={})
    assert "Is its boot partition mounted?" in step(steps(wished, missing), "boot partition").fault
    assert wish("lobby").boot is None
    assert "serial-getty@ttyAMA0.service" in wish("ada").masked
    assert "serial-getty@ttyAMA0.service" not in wish("lobby").masked


def test_settings_are_checked_by_the_release_that_runs_and_by_nobody_before_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLAN_PIN", "1234abcd")
    wished = wish("ada", SECRET)
    first = step(steps(wished, bare(wished)), "settings")
    then = step(steps(wished, bare(wished, current="1.0.0-abc")), "settings")
    assert first.put is not None
    assert then.put is not None
    assert [file.check for file in first.put.files] == [(), ()]
    assert then.put.files[0].check[:4] == ("runuser", "-u", "mydesk", "--")
    assert b"1234abcd" in then.put.files[0].content
    assert "1234abcd" not in then.diff
    assert [one.name for one in then.put.after] == ["restart mydesk-agent.service", "restart mydesk-room.service"]


def test_nothing_is_started_without_a_release_or_without_systemd() -> None:
    wished = wish(bundle=False)
    made = steps(wished, bare(wished))
    assert step(made, "panel services").changes == ()
    assert "name one with --bundle" in step(made, "release").note
    offline = steps(wished, bare(wished, systemd="offline", current="1.0.0-abc"))
    assert step(offline, "panel services").changes == ("enable mydesk-room.service", "enable mydesk-agent.service")
    assert not any(one.startswith("start") for one in step(offline, "system services").changes)
    assert "systemd does not run there" in step(offline, "panel services").note


def test_only_what_runs_is_stopped() -> None:
    """Stopping a template, or what systemd never heard of, is a failure."""
    wished = wish(bundle=False)
    made = step(steps(wished, bare(wished, active={"getty@tty1.service": "active"})), "system services")
    assert made.put is not None
    assert [words[:2] for words in made.put.run][:2] == [("systemctl", "stop"), ("systemctl", "mask")]
    assert made.put.run[0][-1] == "getty@tty1.service"
    quiet = step(steps(wished, bare(wished)), "system services")
    assert quiet.put is not None
    assert not any("stop" in words for words in quiet.put.run)
    assert [one.command[1] for one in quiet.put.after] == ["start"]


def test_each_file_has_one_owner_and_every_name_that_follows_a_command() -> None:
    for name in ("ada", "lobby"):
        wished = wish(name)
        paths = [file.path for file in (*wished.files, *wished.settings)]
        assert len(set(paths)) == len(paths)
        names = {one for path in paths for one in converge_after.afters_of_file(path)}
        assert {one.name for one in converge_after.afters(names)} == names
        assert not set(wished.enabled) & set(wished.panel)
    targets = {file.target for role in ("room", "kiosk") for file in system_files.files_for(role)}
    assert targets <= {file.path for name in ("ada", "lobby") for file in wish(name).files}


def test_the_wish_names_what_is_missing() -> None:
    with pytest.raises(FleetError, match="PLAN_MISSING"):
        wish("ada", (SECRET[0], SECRET[1].replace("PLAN_PIN", "PLAN_MISSING")))
    text = ("admin_keys =", f'release_keys = ["{KEY}"]\nrelease_revoked = "no-such.krl"\nadmin_keys =')
    with pytest.raises(FleetError, match=r"no-such\.krl"):
        wish("ada", text)


def content(wished: Wish, path: str) -> str:
    return next(file for file in wished.files if file.path == path).content.decode()


def test_updater_signers_and_clock_come_from_the_inventory() -> None:
    keys = ("admin_keys =", f'release_keys = ["{KEY}"]\nadmin_keys =')
    wished = wish("ada", keys, ('gateway = "10.1.2.1"', 'ntp_servers = ["ntp.example", "b.example"]'))
    assert content(wished, "/etc/mydesk/release_signers") == f'mydesk-release namespaces="mydesk-release" {KEY}\n'
    assert "NTP=ntp.example b.example\n" in content(wished, "/etc/systemd/timesyncd.conf.d/10-mydesk.conf")
    assert '"mydesk-room.service", "mydesk-agent.service"' in content(wished, "/etc/mydesk/update.toml")


def test_a_release_tries_its_migrations_on_the_databases_of_the_unit() -> None:
    texts = {unit: content(wish(unit), "/etc/mydesk/update.toml") for unit in ("ada", "lobby")}
    found = {unit: tomllib.loads(text)["databases"] for unit, text in texts.items()}
    outbox = "mydesk-agent check-outbox /var/lib/mydesk/outbox/outbox.db"
    assert found["ada"] == [outbox]
    assert found["lobby"][-1] == "mydesk-kiosk check-register /var/lib/mydesk/register/register.db"


@dataclass
class Paper:
    """A CA, a key and a certificate of it."""

    ca: x509.Certificate
    ca_key: ec.EllipticCurvePrivateKey
    key: ec.EllipticCurvePrivateKey

    def facts(self, own: x509.Certificate, key: ec.EllipticCurvePrivateKey | None = None) -> CertificateFacts:
        public = (
            (key or self.key)
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        return CertificateFacts(certificate=pem(own), ca=pem(self.ca), public_key=public.decode(), has_key=True)


def pem(one: x509.Certificate) -> str:
    return one.public_bytes(serialization.Encoding.PEM).decode()


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def signed(name: str, key: Any, issuer: str, issuer_key: Any, days: int = 100) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(issuer))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=200)).not_valid_after(now + timedelta(days=days))
    return builder.sign(issuer_key, hashes.SHA256())


def paper() -> Paper:
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    return Paper(signed("site", ca_key, "site", ca_key), ca_key, key)


def test_a_certificate_is_good_only_for_this_unit_key_ca_and_time() -> None:
    own = paper()
    wanted = CertificateWish(certificate="/c", key="/k", ca="/a", ca_fingerprint=fingerprint(own.ca))
    good = signed("ada", own.key, "site", own.ca_key)
    other_key = ec.generate_private_key(ec.SECP256R1())
    cases = {
        "": own.facts(good),
        "it is for another": own.facts(signed("eva", own.key, "site", own.ca_key)),
        "another CA": own.facts(signed("ada", own.key, "site", other_key)),
        "ended on": own.facts(signed("ada", own.key, "site", own.ca_key, days=-1)),
        "its key is not": own.facts(good, other_key),
        "no CA": CertificateFacts(certificate=pem(good), ca="", public_key="", has_key=True),
        "no certificate": CertificateFacts(certificate="x", ca=pem(own.ca), public_key="", has_key=True),
    }
    for text, found in cases.items():
        said = certificate_fault("ada", wanted, found)
        assert (text.removeprefix("it is ") in said) if text else said == "", (text, said)
    stranger = msgspec.structs.replace(wanted, ca_fingerprint="sha256:" + "0" * 64)
    assert "not that of its hub" in certificate_fault("ada", stranger, own.facts(good))


def test_no_hub_no_certificate() -> None:
    text = fleet().text
    begin = text.index("[hub]")
    found: Fleet = parse(text[:begin] + text[text.index("[room]") :], Path("inventory.toml"))
    wished = wish_for(found, found.unit("ada"))
    assert wished.certificate is None
    assert "mydesk-agent.service" in wished.disabled
    assert [file.path for file in wished.settings] == ["/etc/mydesk/room.toml"]
    made = steps(wished, bare(wished, certificate=None))
    assert not step(made, "certificate").is_change


def test_a_file_that_is_too_long_to_show_is_still_written() -> None:
    wished = wish()
    big = UnitFile(path="/big", content=b"x" * 300_000)
    facts = FileFacts(mode=0o644, owner="root", group="root", sha256="0")
    wished = msgspec.structs.replace(wished, files=(big,))
    made = step(steps(wished, bare(wished, files={"/big": facts})), "files")
    assert made.changes == ("write /big",)
    assert "too long to show" in made.diff
