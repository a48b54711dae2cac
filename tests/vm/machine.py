"""One virtual machine: a disk that starts as an image, a screen, a network that ends at named ports of this machine."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from tests.ports import free_port
from tests.vm import picture
from tests.vm.board import pi_tree
from tests.vm.picture import Picture
from tests.vm.qmp import Qmp

Architecture = Literal["amd64", "arm64"]
Found = TypeVar("Found")

START_TIMEOUT_S = 60.0
BOOT_TIMEOUT_S = 900.0
"""Emulated, on a busy machine."""

END_TIMEOUT_S = 30.0
POLL_S = 0.5
HUNG = re.compile(rb"soft lockup - CPU#\d+ stuck for \d+s! \[cryptomgr_test:")
FIRMWARE = {
    "amd64": (Path("/usr/share/OVMF/OVMF_CODE_4M.fd"), Path("/usr/share/OVMF/OVMF_VARS_4M.fd")),
    "arm64": (Path("/usr/share/AAVMF/AAVMF_CODE.fd"), Path("/usr/share/AAVMF/AAVMF_VARS.fd")),
}
COMMAND = {
    "amd64": ["qemu-system-x86_64", "-M", "q35", "-device", "virtio-vga"],
    "arm64": ["qemu-system-aarch64", "-M", "virt,acpi=off", "-device", "virtio-gpu-pci"],
}
DISK_BYTES = 8 << 30


@dataclass(frozen=True)
class Forward:
    """A port that the machine finds at 10.0.2.`host`, and that is this machine's `here`."""

    host: int
    port: int
    here: int


@dataclass
class Machine:
    """It is off until `start`. Everything of it is in `folder`; `ssh_port` is its SSH on this machine's loopback.

    `serial_device` is a port of this machine that is plugged into its /dev/ttyS0. An arm64 one calls itself a Raspberry
    Pi 4B, and has GPIO lines.
    """

    folder: Path
    architecture: Architecture
    image: Path
    forwards: Sequence[Forward] = ()
    memory_mib: int = 1536
    ssh_port: int = field(default_factory=lambda: free_port())
    serial_device: str = ""
    _process: subprocess.Popen[bytes] | None = None
    _qmp: Qmp | None = None
    _said_before: int = 0

    @property
    def disk(self) -> Path:
        """What differs from the image."""
        return self.folder / "disk.qcow2"

    @property
    def serial_log(self) -> Path:
        """What kernel and console said, of all starts."""
        return self.folder / "serial.log"

    @property
    def running(self) -> bool:
        """Whether QEMU is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Switch it on."""
        assert not self.running
        if not self.disk.exists():
            self.fresh_disk()
        self._said_before = self.serial_log.stat().st_size if self.serial_log.exists() else 0
        with (self.folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._qmp = until(self._connected, START_TIMEOUT_S, "QEMU does not start", self.why)

    @property
    def hung(self) -> bool:
        """Whether the kernel hangs in its own self-tests of ciphers, before anything of ours runs.

        QEMU 7.2 does that to one start in many on a busy machine; no other hang is meant.
        """
        if not self.serial_log.exists():
            return False
        with self.serial_log.open("rb") as log:
            log.seek(self._said_before)
            return HUNG.search(log.read()) is not None

    def fresh_disk(self) -> None:
        """A disk that has nothing but the image; larger, as a card is."""
        _overlay(self.image, self.disk)
        shutil.copyfile(FIRMWARE[self.architecture][1], self.folder / "firmware-variables")
        if self.architecture == "arm64":
            pi_tree(["qemu-system-aarch64", *self._size()], self.folder / "tree.dtb")

    def freeze(self, name: str) -> None:
        """What is on the disk now becomes what each `thaw` begins with. It must be off."""
        assert not self.running
        kept = self.folder / f"{name}.qcow2"
        self.disk.rename(kept)
        self.image = kept
        self.thaw()

    def thaw(self) -> None:
        """Throw away what was written since `freeze`. It must be off."""
        assert not self.running
        self.disk.unlink(missing_ok=True)
        _overlay(self.image, self.disk)

    def cut_power(self) -> None:
        """What was not written is lost."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End QEMU, however the machine is."""
        if self.running:
            self._end(signal.SIGTERM)

    def await_off(self) -> None:
        """Wait until the machine has switched itself off. Raises AssertionError: it does not."""
        until(lambda: not self.running, BOOT_TIMEOUT_S, "it does not switch itself off", self.why)
        self._forget()

    def screen(self) -> Picture:
        """What it shows now."""
        path = self.folder / "screen.ppm"
        self._monitor("screendump", filename=str(path))
        return picture.read(path)

    def png(self, path: Path) -> None:
        """What it shows now, to look at."""
        self._monitor("screendump", filename=str(path), format="png")

    def press(self, *keys: str) -> None:
        """Press keys together and let them go; names as in QEMU's QKeyCode."""
        self._monitor("send-key", keys=[{"type": "qcode", "data": key} for key in keys])

    def _monitor(self, command: str, **arguments: object) -> None:
        assert self._qmp is not None
        assert self.running, self.why()
        self._qmp.execute(command, **arguments)

    def _connected(self) -> Qmp | None:
        assert self.running, self.why()
        with contextlib.suppress(OSError):
            return Qmp(self.folder / "qmp")
        return None

    def why(self) -> str:
        said = [
            path.read_text("utf-8", "replace")[-1500:]
            for path in (self.folder / "qemu.log", self.serial_log)
            if path.exists()
        ]
        return "\n".join(said)

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(END_TIMEOUT_S)
        self._forget()

    def _forget(self) -> None:
        if self._qmp is not None:
            self._qmp.close()
        self._qmp = self._process = None
        (self.folder / "qmp").unlink(missing_ok=True)

    def command(self) -> list[str]:
        """What is run."""
        code, variables = FIRMWARE[self.architecture][0], self.folder / "firmware-variables"
        network = f"user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:{self.ssh_port}-:22"
        for each in self.forwards:
            network += f",guestfwd=tcp:10.0.2.{each.host}:{each.port}-cmd:nc -N 127.0.0.1 {each.here}"
        return [
            "nice", "-n", "5", *COMMAND[self.architecture], *self._size(), *self._board(),
            "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={code}",
            "-drive", f"if=pflash,format=raw,unit=1,file={variables}",
            "-drive", f"file={self.disk},if=virtio,format=qcow2",
            "-netdev", network, "-device", "virtio-net-pci,netdev=n0,romfile=",
            "-device", "virtio-rng-pci", "-device", "virtio-keyboard-pci", "-device", "virtio-tablet-pci",
            "-display", "none", "-chardev", f"file,id=serial,path={self.serial_log},append=on",
            "-serial", "chardev:serial",
            "-qmp", f"unix:{self.folder / 'qmp'},server,nowait", "-no-reboot",
        ]  # fmt: skip

    def _size(self) -> list[str]:
        return [*processor(self.architecture), "-smp", "2", "-m", str(self.memory_mib)]

    def _board(self) -> list[str]:
        tree = ["-dtb", str(self.folder / "tree.dtb")] if self.architecture == "arm64" else []
        if not self.serial_device:
            return tree
        plug = ["-chardev", f"serial,id=device,path={self.serial_device}", "-device", "pci-serial,chardev=device"]
        return [*tree, *plug]


def processor(architecture: Architecture) -> list[str]:
    """Emulated, as on a machine without KVM; MYDESK_VM_KVM=1 takes KVM, for work on the bench itself."""
    if os.environ.get("MYDESK_VM_KVM") and architecture == "amd64":
        return ["-accel", "kvm", "-cpu", "host,-arch-capabilities"]
    return ["-accel", "tcg,thread=multi", "-cpu", "max" if architecture == "amd64" else "cortex-a72"]


def until(condition: Callable[[], Found | None], timeout_s: float, what: str, why: Callable[[], object]) -> Found:
    """Wait for `condition` to give something, and return it. Raises AssertionError with `what` and `why()`."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} within {timeout_s:g} s: {why()}"
        time.sleep(POLL_S)


@contextlib.contextmanager
def switched_on(machine: Machine) -> Iterator[Machine]:
    """Start it, and end it however the block ends."""
    machine.folder.mkdir(parents=True, exist_ok=True)
    machine.start()
    try:
        yield machine
    finally:
        machine.stop()


def _overlay(image: Path, disk: Path) -> None:
    base = ["-F", "raw" if image.suffix == ".img" else "qcow2", "-b", str(image)]
    command = ["qemu-img", "create", "-q", "-f", "qcow2", *base, str(disk), str(DISK_BYTES)]
    subprocess.run(command, check=True, timeout=END_TIMEOUT_S)
