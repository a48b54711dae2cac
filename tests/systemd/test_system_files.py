"""The files that are not services: each goes somewhere, timers run, and what guards the console says what it must."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning import system_files
from provisioning.system_files import ENABLED, MASKED, PANELS, SYSTEM_FILES, content, files_for
from telemetry.agent import AGENT_SERVICE
from telemetry.update_request import REQUEST, UPDATE_FOLDER

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "systemd"
TIMERS = sorted(path.name for path in FOLDER.glob("*.timer"))


def values(name: str, key: str) -> list[str]:
    return re.findall(rf"^{key} ?= ?(.*)$", (FOLDER / name).read_text("utf-8"), re.MULTILINE)


def test_each_file_goes_somewhere_and_only_once() -> None:
    there = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()}
    assert there == {one.source for one in SYSTEM_FILES}
    assert len({one.target for one in SYSTEM_FILES}) == len(SYSTEM_FILES)
    assert all(content(one) and one.mode == 0o644 and one.roles for one in SYSTEM_FILES)


def test_the_wheel_carries_each_of_them() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    for one in SYSTEM_FILES:
        source = Path(one.source)
        inside = "" if str(source.parent) == "." else f"/{source.parent}"
        pattern = f"systemd{inside}/*" + ("" if inside else source.suffix)
        line = next(line for line in project.splitlines() if line.startswith(f'"share/mydesk/systemd{inside}"'))
        assert f'"{pattern}"' in line


def test_an_installed_tool_finds_them_beside_its_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "share/mydesk/systemd"
    folder.mkdir(parents=True)
    (folder / "mydesk-room.service").write_bytes(b"here")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(system_files, "__file__", str(tmp_path / "lib/provisioning/system_files.py"))
    assert content(next(one for one in SYSTEM_FILES if one.source == "mydesk-room.service")) == b"here"


@pytest.mark.parametrize("role", ENABLED)
def test_what_is_enabled_is_there_and_wants_to_be(role: system_files.Machine) -> None:
    there = {one.source for one in files_for(role)}
    for unit in ENABLED[role]:
        assert unit in there
        assert values(unit, "WantedBy"), f"{unit} has no [Install]"
    installable = {name for name in there if re.fullmatch(r"mydesk-[\w-]+\.\w+", name) and values(name, "WantedBy")}
    assert installable - set(ENABLED[role]) == (set() if role == "hub" else {AGENT_SERVICE})


def test_each_machine_has_its_own_program_only() -> None:
    names = {role: {one.source for one in files_for(role)} for role in ENABLED}
    assert {role: f"mydesk-{role}.service" in names[role] for role in ENABLED} == dict.fromkeys(ENABLED, True)
    assert "mydesk-kiosk.service" not in names["room"]
    assert names["hub"] == {"mydesk-hub.service", "sysusers.d/mydesk-hub.conf"}
    assert sorted(PANELS) == ["kiosk", "room"]


@pytest.mark.parametrize("timer", TIMERS)
def test_a_fleet_does_not_do_it_all_at_once_nor_forget_it(timer: str) -> None:
    assert (FOLDER / timer.replace(".timer", ".service")).is_file()
    assert values(timer, "RandomizedDelaySec")
    assert values(timer, "Persistent") == (["false"] if timer == "mydesk-reboot.timer" else ["true"]), (
        "what was missed is done after the start, but nothing reboots a unit that has just been switched on"
    )


@pytest.mark.slow
@pytest.mark.parametrize("unit", [*TIMERS, "mydesk-update.path"])
def test_systemd_understands_timers_and_paths(unit: str) -> None:
    told = subprocess.run(
        ["systemd-analyze", "verify", str(FOLDER / unit)], capture_output=True, text=True, timeout=60, check=False
    )
    assert [line for line in told.stderr.splitlines() if unit in line] == []
    for when in values(unit, "OnCalendar"):
        subprocess.run(["systemd-analyze", "calendar", when], check=True, capture_output=True, timeout=60)


def test_the_agent_s_request_is_what_the_path_unit_waits_for() -> None:
    request = str(UPDATE_FOLDER / REQUEST)
    assert values("mydesk-update.path", "PathExists") == [request]
    assert f"|{request}" in values("mydesk-update.service", "ConditionPathExists")
    assert f"d {UPDATE_FOLDER} 0770 root mydesk-agent -" in (FOLDER / "tmpfiles.d/mydesk.conf").read_text("utf-8")


def test_the_agent_may_restart_what_it_restarts_and_reboot() -> None:
    rule = (FOLDER / "polkit/50-mydesk.rules").read_text("utf-8")
    assert set(re.findall(r'"(mydesk-[a-z]+\.service)"', rule)) == {
        "mydesk-room.service",
        "mydesk-kiosk.service",
        AGENT_SERVICE,
    }
    assert '"mydesk-agent"' in rule
    assert '"org.freedesktop.login1.reboot"' in rule
    assert '"restart"' in rule
    assert not {"start", "stop", "set-property"} & set(re.findall(r'"(\w[\w-]*)"', rule))


def test_a_keyboard_changes_nothing() -> None:
    logind = "logind.conf.d/mydesk.conf"
    assert (values(logind, "NAutoVTs"), values(logind, "ReserveVT")) == (["0"], ["0"])
    keys = re.findall(r"^(Handle\w+)=(.*)$", (FOLDER / logind).read_text("utf-8"), re.MULTILINE)
    assert {value for _, value in keys} == {"ignore"}
    assert {"HandlePowerKey", "HandleRebootKey", "HandleSuspendKey"} <= {key for key, _ in keys}
    assert values("system.conf.d/mydesk.conf", "CtrlAltDelBurstAction") == ["none"]
    assert values("sysctl.d/90-mydesk.conf", "kernel.sysrq") == ["0"]
    assert {"ctrl-alt-del.target", "getty@.service", "autovt@.service"} <= set(MASKED)


def test_udev_rules_are_of_matches_and_assignments() -> None:
    """udevadm verify exists from systemd 254 on."""
    token = re.compile(r'(SUBSYSTEMS?|KERNEL|ACTION|GROUP|MODE|RUN|(ENV|ATTR)\{\w+\})(==|\+?=)"[^"]*"')
    lines = [
        line for line in (FOLDER / "udev/60-mydesk.rules").read_text("utf-8").splitlines() if line and line[0] != "#"
    ]
    assert len(lines) >= 6
    for line in lines:
        tokens = line.split(", ")
        assert all(token.fullmatch(one) for one in tokens), line
        assert any("==" in one for one in tokens), f"{line} would be for everything"
        assert any("==" not in one for one in tokens), f"{line} does nothing"


@pytest.mark.slow
def test_apt_reads_its_settings() -> None:
    done = subprocess.run(
        ["apt-config", "-c", str(FOLDER / "apt/60mydesk"), "dump"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert 'Unattended-Upgrade::Automatic-Reboot "false";' in done.stdout
    origins = re.findall(r"Unattended-Upgrade::Origins-Pattern:: \"(.*)\";", done.stdout)
    assert origins
    assert all("Security" in origin for origin in origins), "nothing but security updates"


def test_the_hardware_watchdog_fits_the_boards() -> None:
    (seconds,) = values("system.conf.d/mydesk.conf", "RuntimeWatchdogSec")
    assert 5 <= int(seconds) <= 15, "bcm2835 counts to 15 s"


def test_all_that_calls_the_updater_is_confined_alike() -> None:
    boxes = {}
    for path in FOLDER.glob("*.service"):
        text = path.read_text("utf-8")
        if "ExecStart=/usr/local/sbin/mydesk-update" in text:
            boxes[path.stem] = text[text.index("LimitCORE=") :].partition("\n[Install]")[0].rstrip()
    assert len(boxes) == 6
    assert len(set(boxes.values())) == 1
