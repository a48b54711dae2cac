"""The commands, as people type them."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from typer.testing import CliRunner, Result

from common.errors import MyDeskError
from common.pin import matches
from hub import settings
from hub.cli import app
from hub.intake import Intake
from hub.store import Store
from telemetry.messages import Alarm, Status
from tests.hub.test_authority import request
from tests.hub.wire import NOW, UNIT, batch, draft, row, rows, said


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "hub.toml"
    path.write_text(
        f"""\
[site]
name = "Nordhavn"
[broker]
host = "hub.example"
port = 18883
[authority]
folder = "{tmp_path / "ca"}"
[database]
url = "sqlite:///{tmp_path / "hub.db"}"
[local_admin]
name = "admin"
"""
    )
    return path


def run(*words: object, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], input=stdin, catch_exceptions=False)


def ok(*words: object, stdin: str | None = None) -> str:
    result = run(*words, stdin=stdin)
    assert result.exit_code == 0, result.output
    return result.stdout


def told(config: Path) -> None:
    store = Store.open(settings.load(config).database.url)
    alarm = Alarm(since=NOW, severity="warning", text="t", do="d")
    status = Status(s="online", boot="b", n=1, role="room")
    many = said("m/program", rows(3, 4))
    Intake(store).write(draft(said("e/room", rows(1, 2)), many, said("status", status), said("a/disk", alarm)), NOW)
    other = said("e/room", batch(row(1, body='{"state":"busy, \\"really\\""}')), unit="room-bob")
    Intake(store).write(draft(other), NOW)
    store.close()


def test_the_brokers_files_and_a_unit(config: Path, tmp_path: Path) -> None:
    out = tmp_path / "mosquitto"
    files = json.loads(ok("broker-config", "--config", config, "--out", out, "--home-assistant", "--json"))["files"]
    names = {Path(file).name for file in files}
    assert {"mosquitto.conf", "mydesk.acl", "broker.pem", "broker.key", "ca.pem", "crl.pem"} < names
    assert "listener 18883" in (out / "mosquitto.conf").read_text()
    broker = x509.load_pem_x509_certificate((out / "broker.pem").read_bytes())
    hosts = broker.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(hosts.get_values_for_type(x509.DNSName)) == {"hub.example", "localhost"}
    said_ = ok("enrol", UNIT, "--config", config, "--out", tmp_path / "ada", "--name", "Ada", "--role", "room")
    assert "unit.key" in said_
    assert stat.S_IMODE((tmp_path / "ada" / "unit.key").stat().st_mode) == 0o600
    assert (tmp_path / "ada" / "site-ca.pem").read_bytes() == (out / "ca.pem").read_bytes()
    answer = json.loads(ok("revoke", UNIT, "--config", config, "--broker-folder", out, "--json"))
    assert answer["revoked"] == 1
    assert len(x509.load_pem_x509_crl((out / "crl.pem").read_bytes())) == 1


def test_a_unit_is_enrolled_by_a_request_of_its_own(config: Path, tmp_path: Path) -> None:
    (tmp_path / "ada.csr").write_bytes(request())
    answer = json.loads(
        ok("enrol", UNIT, "--config", config, "--csr", tmp_path / "ada.csr", "--out", tmp_path / "ada", "--json")
    )
    assert [Path(file).name for file in answer["files"]] == ["unit.pem", "site-ca.pem"]
    with pytest.raises(MyDeskError, match="No such file"):
        run("enrol", UNIT, "--config", config, "--csr", tmp_path / "nothing")
    assert run("enrol", UNIT, "--config", config, "--role", "lift").exit_code == 2


def test_units_and_status(config: Path) -> None:
    assert "unit" in ok("units", "--config", config)
    told(config)
    found: list[dict[str, Any]] = json.loads(ok("units", "--config", config, "--json"))
    assert [(unit["unit"], unit["state"], unit["role"]) for unit in found] == [
        (UNIT, "online", "room"),
        ("room-bob", "", ""),
    ]
    assert found[0]["last_seen"] == "2026-11-18T11:06:40.000Z"
    lines = ok("units", "--config", config).splitlines()
    assert lines[1].split() == [UNIT, "room", "-", "-", "-", "online", "2026-11-18T11:06:40.000Z", "-", "-"]
    counts = json.loads(ok("status", "--config", config, "--json"))
    assert (counts["units"], counts["online"], counts["lost"], counts["open_alarms"]) == (2, 1, 0, 1)
    assert counts["database"] == "sqlite"
    assert isinstance(counts["clock_synchronised"], bool)
    assert "open alarms" in ok("status", "--config", config)


EXPORTS: list[tuple[list[str], int]] = [
    ([], 5),
    (["--unit", UNIT], 4),
    (["--topic", "e/room"], 3),
    (["--topic", "m/"], 2),
    (["--from", "2026-11-18"], 5),
    (["--from", "2026-11-19"], 0),
    (["--to", "2026-11-18"], 0),
    (["--unit", "%"], 0),
]


@pytest.mark.parametrize(("options", "expected"), EXPORTS, ids=[" ".join(options) or "all" for options, _ in EXPORTS])
def test_what_is_exported(config: Path, tmp_path: Path, options: list[str], expected: int) -> None:
    told(config)
    out = tmp_path / "out"
    ok("export", "--config", config, *options, "--out", out)
    assert len(list(csv.DictReader(io.StringIO(out.read_text())))) == expected
    ok("export", "--config", config, *options, "--format", "jsonl", "--out", out)
    assert len([json.loads(line) for line in out.read_text().splitlines()]) == expected


def test_an_export_says_the_same_in_both_forms(config: Path) -> None:
    told(config)
    table = list(csv.DictReader(io.StringIO(ok("export", "--config", config))))
    lines = [json.loads(line) for line in ok("export", "--config", config, "--format", "jsonl").splitlines()]
    assert [json.loads(one["v"]) for one in table] == [one["v"] for one in lines]
    assert {one["v"]["state"] for one in lines} == {"free", 'busy, "really"'}
    assert [one["at"] for one in table] == [one["at"] for one in lines]


def test_a_password_becomes_a_hash_that_fits(config: Path) -> None:
    line = ok("password", stdin="correct horse battery\n")
    assert matches("correct horse battery", line.partition('"')[2].rstrip('"\n'))
    for bad in ("short", "aaaaaaaaaaaaaaaaaa", "x" * 201):
        with pytest.raises(MyDeskError, match="not usable"):
            run("password", stdin=f"{bad}\n")


def test_a_token_is_shown_once_and_ended(config: Path) -> None:
    assert ok("token", "prometheus", "--config", config, "--role", "floor-plan").startswith("mydesk_")
    assert ok("token", "prometheus", "--config", config, "--revoke") == "Ended.\n"
    assert "no token" in ok("token", "prometheus", "--config", config, "--revoke")


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text(ok("example-config"))
    assert settings.load(tmp_path / "hub.toml").site.name == "Nordhavn"


def test_what_root_makes_belongs_to_whom_the_folder_belongs(config: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        return  # nobody else can give files away
    os.chown(tmp_path, 65534, 65534)
    ok("enrol", UNIT, "--config", config, "--out", tmp_path / "ada")
    made = [tmp_path / "hub.db", tmp_path / "ca", *(tmp_path / "ca").rglob("*")]
    assert {path.stat().st_uid for path in made} == {65534}
