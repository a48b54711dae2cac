"""The unit files: what systemd says of them, how exposed each is, and that they fit the programs and each other."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import time
from collections import defaultdict
from pathlib import Path

import pytest
import typer

from provisioning.system_files import SYSTEM_FILES, content
from telemetry.settings import AppSection, OutboxSection, StateSection
from tests.architecture.generated_docs import commands, load
from tests.systemd.machine import systemd_version

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "systemd"
UNITS = sorted(path.stem for path in FOLDER.glob("*.service"))
PROGRAMS = ("mydesk-room", "mydesk-kiosk", "mydesk-agent", "mydesk-hub")
UPDATER = (
    "mydesk-boot-check",
    "mydesk-reboot",
    "mydesk-rollback",
    "mydesk-update",
    "mydesk-update-verify",
    "mydesk-upkeep",
)
MOST_EXPOSED = {
    "mydesk-room": 2.0,
    "mydesk-kiosk": 2.0,
    "mydesk-agent": 2.0,
    "mydesk-hub": 1.5,
    **dict.fromkeys(UPDATER, 1.2),
    "mydesk-console": 1.3,
    "mydesk-security-updates": 10.0,  # apt writes everywhere
}
"""By systemd-analyze security, 0 (safe) to 10."""

EXPECTED = (
    re.compile(r"Command /opt/mydesk/current/bin/mydesk-\w+ is not executable: No such file or directory$"),
    re.compile(r"Command /usr/(local/sbin/mydesk-update|bin/unattended-upgrade) is not executable: No such file"),
)
DISPLAYS = ("mydesk-room", "mydesk-kiosk")


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def settings(unit: str) -> dict[str, list[str]]:
    """Key: its values, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in (FOLDER / f"{unit}.service").read_text("utf-8").splitlines():
        key, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            found[key].append(value)
    return found


def test_each_service_has_a_gate() -> None:
    assert set(UNITS) == set(MOST_EXPOSED)


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_has_nothing_to_complain_of(unit: str) -> None:
    told = analyze("verify", FOLDER / f"{unit}.service")
    ours = [line for line in told.stderr.splitlines() if "mydesk" in line]
    assert [line for line in ours if not any(known.search(line) for known in EXPECTED)] == []


@pytest.mark.parametrize("unit", ["mydesk-room", "mydesk-kiosk", "mydesk-agent"])
def test_a_drop_in_has_what_only_a_newer_systemd_knows(unit: str, tmp_path: Path) -> None:
    """Provisioning puts it there where systemd is new enough: 254, or what it says below is not told."""
    (file,) = (one for one in SYSTEM_FILES if one.target.startswith(f"/etc/systemd/system/{unit}.service.d/"))
    place = tmp_path / f"{unit}.service.d"
    place.mkdir()
    (place / "20-mydesk-restarts.conf").write_bytes(content(file))
    (tmp_path / f"{unit}.service").write_bytes((FOLDER / f"{unit}.service").read_bytes())
    told = analyze("verify", tmp_path / f"{unit}.service").stderr
    keys = set(re.findall(r"Unknown key '(\w+)'", told))
    assert file.least_systemd == 254
    assert keys == (set() if systemd_version() >= file.least_systemd else {"RestartSteps", "RestartMaxDelaySec"})


@pytest.mark.parametrize("unit", UNITS)
def test_a_service_is_hardly_exposed(unit: str) -> None:
    threshold = f"--threshold={round(MOST_EXPOSED[unit] * 10)}"
    told = analyze("security", "--offline=true", "--no-pager", threshold, FOLDER / f"{unit}.service")
    assert told.returncode == 0, told.stdout.splitlines()[-1:]
    assert "Overall exposure level" in told.stdout


def test_the_gate_closes(tmp_path: Path) -> None:
    """The same unit without its hardening is refused by the same check."""
    weak = tmp_path / "weak.service"
    weak.write_text("[Service]\nExecStart=/bin/true\nUser=nobody\n")
    assert analyze("security", "--offline=true", "--no-pager", "--threshold=20", weak).returncode == 1


@pytest.mark.parametrize("unit", PROGRAMS)
def test_what_every_service_has(unit: str) -> None:
    found = settings(unit)
    expected = {
        "Type": ["notify"],
        "NotifyAccess": ["main"],
        "Restart": ["always"],
        "WatchdogSec": ["30"],
        "WatchdogSignal": ["SIGABRT"],
        "StartLimitIntervalSec": ["0"],
        "LimitCORE": ["0"],
        "MemorySwapMax": ["0"],
        "CapabilityBoundingSet": [""],
        "ProtectSystem": ["strict"],
        "NoNewPrivileges": ["yes"],
    }
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize("unit", PROGRAMS)
def test_the_command_exists_with_its_options(unit: str) -> None:
    (line,) = settings(unit)["ExecStart"]
    program, subcommand, *options = line.removeprefix("/opt/mydesk/current/bin/").split()
    assert program == unit
    group = typer.main.get_command(load(f"{commands()[program]}:app"))
    known = group.commands[subcommand]  # type: ignore[attr-defined]
    given = {option for parameter in known.params for option in parameter.opts}
    assert {option for option in options if option.startswith("--")} <= given


def test_a_panel_has_its_console_and_only_one_of_both_runs() -> None:
    for unit, other in (DISPLAYS, DISPLAYS[::-1]):
        found = settings(unit)
        assert found["Conflicts"] == [f"getty@tty1.service {other}.service"]
        assert (found["TTYPath"], found["StandardInput"]) == (["/dev/tty1"], ["tty"])
        assert any("SDL_VIDEODRIVER=kmsdrm" in value for value in found["Environment"])
        groups = found["SupplementaryGroups"][0].split()
        assert {"video", "render", "input", "tty"} <= set(groups), "without them a screen is black or deaf"
        assert set(groups) & {"mydesk-agent", "systemd-journal", "sudo"} == set()


def sysusers(root: Path, *names: str) -> dict[str, dict[str, str]]:
    """What systemd-sysusers makes: {"passwd" or "group": name -> line}."""
    (root / "etc").mkdir()
    files = [str(FOLDER / "sysusers.d" / name) for name in names]
    subprocess.run(["systemd-sysusers", f"--root={root}", *files], check=True, capture_output=True, timeout=60)
    return {
        name: {line.partition(":")[0]: line for line in (root / "etc" / name).read_text().splitlines()}
        for name in ("passwd", "group")
    }


def test_users_and_folders_are_made_as_the_services_want_them(tmp_path: Path) -> None:
    assert os.geteuid() == 0, "run the slow tests as root: systemd-sysusers and -tmpfiles give files to users"
    made = sysusers(tmp_path, "mydesk.conf", "mydesk-hub.conf")
    for unit in PROGRAMS:
        assert settings(unit)["User"][0] in made["passwd"]
    assert {"gpio", "i2c"} <= set(made["group"])
    assert made["group"]["mydesk"].endswith(":mydesk-agent")
    assert not made["group"]["mydesk-agent"].endswith("mydesk")
    tmpfiles = ["systemd-tmpfiles", "--create", f"--root={tmp_path}", str(FOLDER / "tmpfiles.d" / "mydesk.conf")]
    subprocess.run(tmpfiles, check=True, capture_output=True, timeout=60)
    uid, gid = (int(number) for number in made["passwd"]["mydesk"].split(":")[2:4])
    for folder in ("run/mydesk", "var/lib/mydesk", "var/lib/mydesk/outbox"):
        there = (tmp_path / folder).stat()
        assert (oct(stat.S_IMODE(there.st_mode)), there.st_uid, there.st_gid) == ("0o2770", uid, gid), folder


def test_a_door_panel_that_was_a_kiosk_forgets_its_guests(tmp_path: Path) -> None:
    assert os.geteuid() == 0, "run the slow tests as root: systemd-tmpfiles removes files of other users"
    data = tmp_path / "var/lib/mydesk"
    for name in ("register/keys/2026-11-20", "register/register.db", "invitations/a.json", "check-ins.json"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text("old")
        os.utime(data / name, (time.time() - 7200, time.time() - 7200))
    (data / "register/now").write_text("written a moment ago")
    os.utime(data / "register/keys", (time.time() - 7200, time.time() - 7200))
    cleaned = ["systemd-tmpfiles", "--clean", f"--root={tmp_path}", str(FOLDER / "tmpfiles.d" / "mydesk-left.conf")]
    subprocess.run(cleaned, check=True, capture_output=True, timeout=60)
    left = sorted(str(path.relative_to(data)) for path in data.rglob("*") if path.is_file())
    assert left == ["check-ins.json", "register/now"]


def writable(unit: str) -> list[str]:
    found = settings(unit)
    state = [f"/var/lib/{name}" for name in found["StateDirectory"]]
    return [word.removeprefix("-") for value in found["ReadWritePaths"] for word in value.split()] + state


def test_what_programs_write_by_default_may_be_written() -> None:
    agent = [OutboxSection().path, StateSection().folder, StateSection().overrides_file, "/run/mydesk/agent.sock"]
    for unit, paths in (
        ("mydesk-agent", agent),
        ("mydesk-room", ["/run/mydesk/room.sock", OutboxSection().path]),
        ("mydesk-kiosk", ["/run/mydesk/kiosk.sock", OutboxSection().path, "/var/lib/mydesk/register"]),
        ("mydesk-hub", ["/var/lib/mydesk-hub/hub.db", "/var/lib/mydesk-hub/ca"]),
    ):
        for path in paths:
            assert any(Path(path).is_relative_to(folder) for folder in writable(unit)), (unit, path)
    assert AppSection().service == "", "by role, so it is one of these units"


def test_folders_without_which_a_service_would_not_start_are_made() -> None:
    made = {
        line.split()[1] for line in (FOLDER / "tmpfiles.d" / "mydesk.conf").read_text().splitlines() if line[:1] == "d"
    }
    for unit in PROGRAMS:
        needed = {
            word for value in settings(unit)["ReadWritePaths"] for word in value.split() if not word.startswith("-")
        }
        assert needed <= made, unit
