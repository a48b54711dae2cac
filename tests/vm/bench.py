"""A bench: one machine with a screen, the tenant and the hub that it talks to, and the fleet's tools, in one folder."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from provisioning.image_disk import copy_to_boot
from simulator.office_file import parse
from simulator.server import Simulator
from tests.vm import office
from tests.vm.machine import BOOT_TIMEOUT_S, Architecture, Forward, Machine, until
from tests.vm.picture import Picture
from tests.vm.shell import Shell
from tests.vm.site_hub import SiteHub, site_hub
from tests.vm.telling import ROOT, Told

SHOWS_TIMEOUT_S = 600.0
TOOL_TIMEOUT_S = 1800.0
FLEET = (sys.executable, "-c", "from provisioning.cli import main; main()")
FREE, BUSY = "#0B7A4B", "#8B0000"


@dataclass
class Bench:
    """Everything of one pass. `machine` is off until somebody starts it."""

    folder: Path
    machine: Machine
    tenant: Simulator
    hub: SiteHub
    inventory: Path
    identity: Path
    told: Told
    _refused: str = ""

    @property
    def state(self) -> Path:
        """The fleet's state on the laptop, which here is this machine."""
        return self.folder / "fleet"

    @property
    def root(self) -> Shell:
        """Root on the machine, once it is claimed."""
        port, hosts = self.machine.ssh_port, self.state / "known_hosts"
        return Shell(port, office.ADMIN, self.identity, hosts, office.UNIT)

    def fleet(self, *words: str, timeout_s: float = TOOL_TIMEOUT_S) -> subprocess.CompletedProcess[str]:
        """Run mydesk-fleet, whatever comes of it."""
        command = [*FLEET, *words]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=timeout_s, check=False
        )

    @property
    def environment(self) -> dict[str, str]:
        """For mydesk-fleet: which inventory, state and key."""
        own = {"MYDESK_FLEET_INVENTORY": self.inventory, "MYDESK_FLEET_STATE": self.state}
        own |= {"MYDESK_FLEET_IDENTITY": self.identity}
        return os.environ | {key: str(value) for key, value in own.items()} | {"PYTHONPATH": str(ROOT)}

    @contextlib.contextmanager
    def fleet_running(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run mydesk-fleet beside what the block does; it has ended when the block has."""
        command = [*FLEET, *words]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, cwd=ROOT, env=self.environment, stdin=quiet, stdout=quiet, stderr=quiet) as tool:
            try:
                yield tool
                tool.wait(TOOL_TIMEOUT_S)
            except BaseException:
                tool.kill()
                raise

    def fleet_ok(self, *words: str) -> str:
        """Run mydesk-fleet and return its output. Raises AssertionError: it failed."""
        done = self.fleet(*words)
        assert done.returncode == 0, f"mydesk-fleet {' '.join(words)}: {done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def seed(self) -> None:
        """Put the seed onto the boot partition of an image of its own, as onto a card."""
        card = self.folder / "card"
        card.mkdir()
        self.state.mkdir(mode=0o700, exist_ok=True)
        self.fleet_ok("seed", office.UNIT, "--to", str(card), "--first-boot", "cloud-init")
        image = self.folder / "seeded.img"
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", str(self.machine.image), str(image)], check=True)
        for path in sorted(card.iterdir()):
            copy_to_boot(image, path)
        self.machine.image = image

    def claim(self) -> None:
        """Wait for the first boot, and learn its key."""
        until(self._claimed, BOOT_TIMEOUT_S, "the unit does not offer itself", lambda: self._refused)

    def _claimed(self) -> bool:
        assert self.machine.running, "the machine is off"
        self._revive()
        done = self.fleet("claim", office.UNIT)
        self._refused = done.stderr
        return done.returncode == 0

    def await_ssh(self) -> None:
        """Wait until the claimed unit lets us in."""
        until(self._answers, BOOT_TIMEOUT_S, "SSH does not answer", self.machine.why)

    def _answers(self) -> bool:
        assert self.machine.running, f"the machine went off: {self.machine.why()}"
        self._revive()
        return self.root.answers()

    def _revive(self) -> None:
        if self.machine.hung:
            self.told("QEMU hangs in the kernel's self-tests: off, and on again")
            self.machine.cut_power()
            self.machine.start()

    def furnish(self) -> None:
        """Make tenant and hub reachable under the name in their certificates, and give it a touch screen; once."""
        assert self.tenant.ca_file is not None
        files = office.machine_files(self.tenant.ca_file.read_text())
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for path, text in files.items():
                entry = tarfile.TarInfo(path.lstrip("/"))
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))
        self.root.run("tar -C / --no-same-owner -xf -", stdin=packed.getvalue())
        if self.machine.architecture == "arm64":  # a Raspberry Pi's firmware reads them
            self.root.run("cd /boot/firmware && echo dtparam=audio=on >config.txt && echo console=tty1 >cmdline.txt")
        self.root.run(
            "systemctl daemon-reload && sync && "
            "systemctl -q enable --now mydesk-bench-tenant.socket mydesk-bench-hub.socket mydesk-bench-finger.service"
        )

    # --- the tenant ---

    def taken(self) -> bool:
        """Whether the tenant, not the panel, says that the room is taken now."""
        at = quote(datetime.now(UTC).isoformat())
        return bool(self.tenant.control("GET", f"/_sim/rooms/{office.ROOM}/truth?at={at}")["busy"])

    def approve_sign_in(self) -> None:
        """Whoever holds the device account types each code at once."""
        self.tenant.control("POST", "/_sim/sign-in/auto-approve", {"account": office.ACCOUNT})

    # --- the panel ---

    def status(self) -> dict[str, Any] | None:
        """What the panel says of itself; None while it does not."""
        done = self.root.try_run("/opt/mydesk/current/bin/mydesk-room ctl status --json")
        with contextlib.suppress(ValueError):
            answer = json.loads(done.stdout)
            return answer if isinstance(answer, dict) else None
        return None

    def await_screen(self, shows: Callable[[Picture], bool], what: str) -> Picture:
        """Wait until the screen, as QEMU sees it, shows something."""
        return until(lambda: self._shows(shows), SHOWS_TIMEOUT_S, f"the screen does not show {what}", self.seen)

    def _shows(self, shows: Callable[[Picture], bool]) -> Picture | None:
        assert self.machine.running, f"the machine went off: {self.machine.why()}"
        picture = self.machine.screen()
        return picture if shows(picture) else None

    def seen(self) -> str:
        path = self.folder / "unexpected.png"
        self.machine.png(path)
        journal = self.root.try_run(
            "systemctl status mydesk-room --no-pager; journalctl -u mydesk-room -n 30 --no-pager"
        )
        return f"see {path}; status {self.status()}; {journal.stdout.decode(errors='replace')[-3000:]}"


def free(picture: Picture) -> bool:
    """Whether a panel shows a free room: green, and nothing of it red."""
    return picture.share(FREE) > 0.3 and picture.share(BUSY) < 0.01


def busy(picture: Picture) -> bool:
    """Whether a panel shows a room that is taken."""
    return picture.share(BUSY) > 0.3 and picture.share(FREE) < 0.01


@contextlib.contextmanager
def bench(
    folder: Path, image: Path, architecture: Architecture, release_key: str, told: Told, *, radar: str = ""
) -> Iterator[Bench]:
    """Set one up, and end the machine and the tenant at the end. With the port of a `radar` it has a lamp, too."""
    folder.mkdir(parents=True, exist_ok=True)
    identity = folder / "identity"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bench", "-f", str(identity)], check=True)
    with (
        Simulator.start(parse(office.OFFICE), state_dir=folder / "tenant") as tenant,
        site_hub(folder / "hub") as hub,
    ):
        forwards = [
            Forward(office.TENANT_HOST, office.TENANT_PORT, tenant.port),
            Forward(office.HUB_HOST, office.HUB_PORT, hub.port),
        ]
        machine = Machine(folder, architecture, image, forwards, serial_device=radar)
        public = identity.with_suffix(".pub").read_text()
        board = "x86" if architecture == "amd64" else "pi4"
        written = office.inventory(
            folder,
            public,
            machine.ssh_port,
            release_key=release_key,
            wired=bool(radar),
            board=board,
            hub=hub.inventory,
        )
        try:
            yield Bench(folder, machine, tenant, hub, written, identity, told)
        finally:
            machine.stop()
