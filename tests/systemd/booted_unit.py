"""A room panel on a machine of tests.systemd.machine: our unit files, the real updater, small signed releases."""

from __future__ import annotations

import contextlib
import json
import platform
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provisioning import bundle
from provisioning.bundle_lock import Target
from provisioning.system_files import ENABLED, content, files_for
from provisioning.updater_file import updater_file
from tests.provisioning.bundle_kit import CREATED_S, Signer, record, signer, wheel
from tests.systemd.machine import Machine, machine, systemd_version

PANEL = Path(__file__).with_name("fake_panel.py")
ROOM = "mydesk-room.service"
SOCKET = "/run/mydesk/room.sock"
REQUEST = "/run/mydesk-update/request.json"
SETTINGS = f"""\
user = "mydesk"
services = ["{ROOM}", "mydesk-agent.service"]
control_socket = "{SOCKET}"
self_test = ["mydesk-room check-config /etc/mydesk/room.toml"]
soak_s = 0.6
verify_s = 15
poll_s = 0.1
"""
QUICK = """\
[Service]
WatchdogSec=2
RestartSec=0.1
TimeoutStartSec=15
"""
NO_CONSOLE = """\
StandardInput=null
TTYReset=no
TTYVHangup=no
TTYVTDisallocate=no
"""
ENTRY_POINTS = "[console_scripts]\nmydesk-room = fake_panel:main\nmydesk-agent = fake_panel:agent\n"
NOT_HERE = frozenset({"mydesk-console.service"})
"""There is no console to lock."""


@dataclass(frozen=True, slots=True)
class BootedUnit:
    """`machine` with a signer's key trusted on it."""

    machine: Machine
    signer: Signer

    def bundle(self, version: str, kind: str = "good") -> bytes:
        """A signed bundle of a panel with which this goes wrong."""
        text = PANEL.read_text("utf-8").replace('KIND = "good"', f"KIND = {kind!r}", 1)
        text = text.replace('VERSION = "0"', f"VERSION = {version!r}", 1)
        files = {"fake_panel.py": text, f"mydesk_firmware-{version}.dist-info/entry_points.txt": ENTRY_POINTS}
        files[f"mydesk_firmware-{version}.dist-info/RECORD"] = record(files)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bundle"
            own = wheel(Path(folder) / "wheels", "mydesk_firmware", version, files)
            bundle.build(bundle.Release(version, _target(), CREATED_S), [own], path)
            bundle.sign(path, self.signer.key)
            return path.read_bytes()

    def update(self, *words: str, data: bytes = b"") -> tuple[int, str]:
        """Run the unit's updater: its exit code and what it says of errors."""
        done = self.machine.run("/usr/local/sbin/mydesk-update", *words, data=data)
        return done.returncode, done.stderr

    def stage(self, version: str, kind: str = "good") -> None:
        assert self.update("stage", "-", data=self.bundle(version, kind)) == (0, "")

    def state(self) -> dict[str, Any]:
        """What `mydesk-update status` says."""
        state: dict[str, Any] = json.loads(self.machine.run("/usr/local/sbin/mydesk-update", "status").stdout)
        return state

    def runs(self) -> str:
        """The version of the panel that answers; "" for none."""
        answer = self.machine.ask("status")
        return str(answer["version"]) if answer else ""

    def step(self, *wanted: str) -> dict[str, Any]:
        """Wait for a state of the updater."""

        def found() -> dict[str, Any] | None:
            state = self.state()
            return state if state["step"] in wanted else None

        state: dict[str, Any] = self.machine.until(f"the updater is {' or '.join(wanted)}", found)
        return state

    def until_runs(self, version: str) -> None:
        self.machine.until(f"{version} runs", lambda: self.runs() == version)

    def until_settled(self) -> None:
        """Until systemd has nothing more to do for the updater."""
        units = ("mydesk-update-verify.service", "mydesk-rollback.service", "mydesk-update.service")
        self.machine.until(
            "the updater rests",
            lambda: all(self.machine.show(unit, "ActiveState")[0] in ("inactive", "failed") for unit in units),
        )


@contextlib.contextmanager
def booted_unit(like: BootedUnit | None = None) -> Iterator[BootedUnit]:
    """A unit that was just provisioned and booted, without a release; or one with what is on the disk of `like`."""
    disk = like.machine if like else None
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="lab-") as folder, machine(Path(folder), disk) as made:
        unit = BootedUnit(made, like.signer if like else signer(Path(folder) / "keys"))
        if like is None:
            provision(unit)
        made.boot()
        yield unit


def provision(unit: BootedUnit) -> None:
    """Put everything of a room panel onto the disk, but for a release."""
    made = unit.machine
    for file in files_for("room"):
        if file.least_systemd <= systemd_version():
            made.put(file.target, content(file), file.mode)
    made.want(*(name for name in ENABLED["room"] if name not in NOT_HERE and not name.endswith(".timer")))
    made.want("mydesk-agent.service")
    made.put(f"/etc/systemd/system/{ROOM}.d/90-lab.conf", QUICK + NO_CONSOLE)
    made.put("/etc/systemd/system/mydesk-agent.service.d/90-lab.conf", QUICK)
    made.put("/etc/sysusers.d/lab.conf", "g render - -\ng video - -\ng input - -\n")
    made.put("/usr/local/sbin/mydesk-update", updater_file(), 0o755)
    made.put("/etc/mydesk/update.toml", SETTINGS)
    made.put("/etc/mydesk/release_signers", unit.signer.signers.read_bytes())


def _target() -> Target:
    """The Python of the unit, which is not that of the tests."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    version = subprocess.run(["/usr/bin/python3", "-I", "-c", ask], capture_output=True, text=True, check=True).stdout
    return Target(version.strip(), platform.machine())
