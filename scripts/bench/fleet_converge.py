"""Units converged by mydesk-fleet provision, and by ansible-core: the same operations on the same machines.

    sudo scripts/bench/run fleet_converge [--units 12] [--ansible 2.19.14]

Each unit is a Debian root file system with a real sshd, without systemd, that has all packages already (what a mirror
takes would hide the rest). Both tools begin with fresh units, then run a second time, when nothing is to be changed.
What is measured: the time on the clock, and the CPU time of the tool and what it waits for (SSH clients and workers,
not the units). Ansible gets what makes it quick: pipelining, one fork per unit, no facts, persistent connections, one
command for all of systemctl. "Pushing" is the files alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from provisioning.converge_run import converge
from provisioning.converge_wire import Wish
from provisioning.converge_wish import wish_for
from provisioning.fleet_state import FleetState
from provisioning.inventory_load import load
from provisioning.known_hosts import HostKey, remember
from provisioning.many_units import Reach
from tests.provisioning.provision_kit import unit_text
from tests.provisioning.rootfs_kit import RootUnit, missing, root_units

TIMEOUT_S = 3600
HEAD = """\
[fleet]
name = "bench"
ssh_user = "root"
admin_keys = ["{key}"]
[microsoft365]
tenant_id = "contoso.example"
room_client_id = "4b1f4e6e-52f5-4c0c-8a1c-6a1a36d9a0b2"
account = "mydesk@contoso.example"
[hardware.door]
board = "x86"
[[sites]]
id = "cph"
name = "Nordhavn"
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run."""

    wall_s: float
    cpu_s: float


def main() -> int:
    """Measure, and print a table; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=12)
    parser.add_argument("--ansible", default="2.19.14", help="version of ansible-core")
    parser.add_argument("--push", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.push:
        asyncio.run(push_files(options.push))
        return 0
    if reason := missing():
        sys.stderr.write(f"fleet_converge {reason}\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="mydesk-bench-", dir="/var/tmp") as folder:
        return _measured(Path(folder), options)


def _measured(folder: Path, options: argparse.Namespace) -> int:
    play = _install_ansible(folder, options.ansible)
    names = [f"unit-{number}" for number in range(options.units)]
    rows: dict[str, dict[str, Cost]] = {}
    for what in ("converge", "push"):
        ours, theirs = f"mydesk-fleet {what}", f"ansible-core {what}"
        with root_units(*names, whole=True) as units:
            place = _prepare(folder / f"ours-{what}", units)
            rows[ours] = {run: _cost(_our_command(place, what), place) for run in ("first", "second")}
            sys.stderr.write(f"{ours}: {rows[ours]}\n")
        with root_units(*names, whole=True) as units:
            place = _prepare(folder / f"theirs-{what}", units)
            _write_play(place, units, what)
            command = [str(play), "-i", "hosts.ini", f"{what}.json"]
            rows[theirs] = {run: _cost(command, place) for run in ("first", "second")}
            sys.stderr.write(f"{theirs}: {rows[theirs]}\n")
    return _report(rows, options)


def _install_ansible(folder: Path, version: str) -> Path:
    """Into an environment of its own, which goes with the folder."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / "ansible")], check=True, timeout=TIMEOUT_S)
    pip = [str(folder / "ansible/bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, f"ansible-core=={version}"], check=True, timeout=TIMEOUT_S)
    return folder / "ansible/bin/ansible-playbook"


def _prepare(folder: Path, units: Mapping[str, RootUnit]) -> Path:
    """An inventory, and the units' host keys as after their claims."""
    folder.mkdir()
    identity = next(iter(units.values())).identity
    key = identity.with_suffix(".pub").read_text().strip()
    text = HEAD.format(key=key) + "".join(unit_text(name, unit.port) for name, unit in units.items())
    (folder / "inventory.toml").write_text(text)
    state = FleetState.open(folder / "state")
    for name, unit in units.items():
        remember(state, name, "127.0.0.1", unit.port, HostKey.parse(" ".join(unit.host_key.split()[:2])))
    (folder / "identity").symlink_to(identity)
    return folder


def _our_command(folder: Path, what: str) -> list[str]:
    if what == "push":
        return [sys.executable, "-m", "scripts.bench.fleet_converge", "--push", str(folder)]
    words = ["provision", "--all", "--yes", "--inventory", "inventory.toml", "--state", "state"]
    program = [sys.executable, "-c", "from provisioning.cli import main; main()"]
    return [*program, *words, "--identity", "identity", "--limit", "64"]


async def push_files(folder: Path) -> None:
    """The files alone, by the same child process."""
    fleet = load(folder / "inventory.toml")
    reach = Reach.of(fleet, FleetState.open(folder / "state"), folder / "identity")
    wishes = {unit.id: _files_only(wish_for(fleet, unit)) for unit in fleet.inventory.units}
    places = {unit.id: (unit.address, unit.ssh_port) for unit in fleet.inventory.units}
    ended = set()
    async for event in converge(wishes, reach, places, dry=False, limit=64):
        if event.kind in ("failed", "unreachable"):
            raise SystemExit(f"{event.unit}: {event.text}")
        if event.kind == "ended":
            ended.add(event.unit)
    if len(ended) != len(wishes):
        raise SystemExit("some units did not end")


def _files_only(wish: Wish) -> Wish:
    """Nothing but files, all of root: there are no users yet."""
    settings = tuple(msgspec.structs.replace(file, group="root") for file in wish.settings)
    nothing: dict[str, Any] = dict.fromkeys(
        ("packages", "users", "made_by", "masked", "enabled", "started", "panel", "disabled"), ()
    )
    nothing |= {"groups": {}, "folders": {}, "boot": None, "certificate": None}
    return msgspec.structs.replace(wish, settings=settings, **nothing)


def _cost(command: Sequence[str], folder: Path) -> Cost:
    """Run it to its end, which must be a good one."""
    environment = {**os.environ, **_ansible_settings(folder), "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    began = time.monotonic()
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} failed ({process.returncode}):\n{(folder / 'log').read_text()[-3000:]}")
    return Cost(time.monotonic() - began, usage.ru_utime + usage.ru_stime)


def _ansible_settings(folder: Path) -> dict[str, str]:
    known = folder / "state/known_hosts"
    options = f"-F none -o UserKnownHostsFile={known} -o StrictHostKeyChecking=yes -o ControlMaster=auto"
    return {
        "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_FORKS": "64",
        "ANSIBLE_GATHERING": "explicit",
        "ANSIBLE_HOME": str(folder / "ansible-home"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_SSH_ARGS": f"{options} -o ControlPersist=60s -o ControlPath={folder}/cm-%C",
    }


def _write_play(folder: Path, units: Mapping[str, RootUnit], what: str) -> None:
    """What provisioning does, as one would write it for Ansible; JSON is YAML."""
    fleet = load(folder / "inventory.toml")
    lines = [f"{name} ansible_host=127.0.0.1 ansible_port={unit.port}" for name, unit in units.items()]
    common = "[all:vars]\nansible_user=root\nansible_python_interpreter=/usr/bin/python3\n"
    identity = f"ansible_ssh_private_key_file={folder / 'identity'}\n"
    (folder / "hosts.ini").write_text("[all]\n" + "\n".join(lines) + "\n" + common + identity)
    (folder / "files").mkdir()
    for unit in fleet.inventory.units:
        (folder / "files" / f"{unit.id}-settings").write_bytes(wish_for(fleet, unit).settings[0].content)
    wish = wish_for(fleet, fleet.inventory.units[0])
    for number, file in enumerate(wish.files):
        (folder / "files" / str(number)).write_bytes(file.content)
    tasks = [*_copies(wish), *_settings(wish, root_only=what == "push")]
    tasks = (
        tasks if what == "push" else [_packages(wish), _parents(wish), *_copies(wish), *_system(wish), *_settings(wish)]
    )
    tasks = [_parents(wish), *tasks] if what == "push" else tasks
    play = [{"hosts": "all", "gather_facts": False, "strategy": "free", "tasks": tasks}]
    (folder / f"{what}.json").write_text(json.dumps(play))


def _packages(wish: Wish) -> dict[str, object]:
    return {"name": "packages", "ansible.builtin.apt": {"name": list(wish.packages), "state": "present"}}


def _parents(wish: Wish) -> dict[str, object]:
    paths = sorted({file.path.rpartition("/")[0] for file in (*wish.files, *wish.settings)})
    command = f"mkdir -p {' '.join(paths)}"
    return {"name": "folders of files", "ansible.builtin.command": command, "changed_when": False}


def _copies(wish: Wish) -> list[dict[str, object]]:
    rows = [{"src": f"files/{number}", "dest": file.path, "mode": f"{file.mode:04o}"}
            for number, file in enumerate(wish.files)]  # fmt: skip
    copy = {
        "src": "{{ item.src }}",
        "dest": "{{ item.dest }}",
        "mode": "{{ item.mode }}",
        "owner": "root",
        "group": "root",
    }
    return [{"name": "files", "ansible.builtin.copy": copy, "loop": rows}]


def _settings(wish: Wish, *, root_only: bool = False) -> list[dict[str, object]]:
    copy = {"src": "files/{{ inventory_hostname }}-settings", "dest": wish.settings[0].path, "mode": "0640"}
    copy |= {} if root_only else {"owner": "root", "group": wish.settings[0].group}
    return [{"name": "settings", "ansible.builtin.copy": copy}]


def _system(wish: Wish) -> list[dict[str, object]]:
    groups = [{"name": name} for name in wish.groups]
    users = [{"name": name} for name in wish.users]
    folders = [
        {"path": path, "mode": f"{place.mode:04o}", "owner": place.owner, "group": place.group}
        for path, place in wish.folders.items()
    ]
    user = {"name": "{{ item.name }}", "system": True, "create_home": False, "groups": "mydesk", "append": True}
    folder = {key: f"{{{{ item.{key} }}}}" for key in ("path", "mode", "owner", "group")} | {"state": "directory"}
    made: list[dict[str, object]] = [
        {"name": "groups", "ansible.builtin.group": {"name": "{{ item.name }}", "system": True}, "loop": groups},
        {"name": "users", "ansible.builtin.user": user, "loop": users},
        {"name": "folders", "ansible.builtin.file": folder, "loop": folders},
    ]
    for verb, names in (("mask", wish.masked), ("enable", wish.enabled)):
        command = f"systemctl {verb} {' '.join(names)}"
        made.append({"name": verb, "ansible.builtin.command": command, "changed_when": False})
    return made


def _report(rows: Mapping[str, Mapping[str, Cost]], options: argparse.Namespace) -> int:
    say = sys.stdout.write
    say(f"{options.units} units, ansible-core {options.ansible}\n")
    say(f"{'':24}{'first':>22}{'second':>22}\n")
    for name, runs in rows.items():
        cells = "".join(f"{runs[run].wall_s:9.1f} s {runs[run].cpu_s:6.1f} CPU s" for run in ("first", "second"))
        say(f"{name:24}{cells}\n")
    missed = 0
    for what, goal in (("converge", 0.45), ("push", 0.1)):
        ours, theirs = rows[f"mydesk-fleet {what}"], rows[f"ansible-core {what}"]
        for run in ("first", "second"):
            wall, cpu = ours[run].wall_s / theirs[run].wall_s, ours[run].cpu_s / theirs[run].cpu_s
            missed += wall > goal or cpu > goal
            say(f"{what} {run}: wall {wall:.2f}, CPU {cpu:.2f} (goal {goal})\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
