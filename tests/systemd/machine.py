"""A real systemd in namespaces of its own, as a unit with our services, our updater and small releases.

Nothing of this machine is touched: its root file system is below an overlay in memory; /proc (without the right to set
anything), /sys (read-only), /dev, /run, /tmp, the network, the host name and the control groups are the unit's own.
`Machine.kill` is a power cut, after which `boot` begins with what was on the disk.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

BOOT = Path(__file__).parent / "boot_machine.sh"
TARGET = "lab.target"
BOOT_S = 60.0
NAMESPACES = ("--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup")
ENTER = ("--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup")

LAB = """\
[Unit]
Description=What runs in the tests
Requires=basic.target
After=basic.target
AllowIsolate=yes
"""
LEFT_OUT = (
    "dev-hugepages.mount",
    "dev-mqueue.mount",
    "proc-sys-fs-binfmt_misc.automount",
    "sys-fs-fuse-connections.mount",
    "sys-kernel-config.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "systemd-binfmt.service",
    "systemd-firstboot.service",
    "systemd-machine-id-commit.service",
    "systemd-modules-load.service",
    "systemd-pcrphase-sysinit.service",
    "systemd-pcrphase.service",
    "systemd-random-seed.service",
    "systemd-remount-fs.service",
    "systemd-sysctl.service",
    "systemd-udevd.service",
    "systemd-update-utmp.service",
    "timers.target",
)
"""Of the distribution: what is about the kernel, which is not this unit's own."""


class MachineError(AssertionError):
    """Error raised when the machine does not do what the test is about to look at."""


def systemd_version() -> int:
    """That of this machine, which is that of the unit."""
    told = subprocess.run(["systemctl", "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
    return int(told.split()[1])


def why_not() -> str:
    """Why no systemd can be booted here; "" when it can."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [name for name in ("unshare", "nsenter", "pivot_root", "ssh-keygen") if shutil.which(name) is None]
    if missing:
        return f"needs {', '.join(missing)}"
    programs = ("/lib/systemd/systemd", "/usr/bin/dbus-daemon", "/usr/lib/polkit-1/polkitd")
    if absent := [one for one in programs if not Path(one).exists()]:
        return f"needs {', '.join(absent)}: apt-get install systemd dbus polkitd"
    if "overlay" not in Path("/proc/filesystems").read_text():
        return "needs overlay file systems"
    tried = subprocess.run(["unshare", "--fork", *NAMESPACES, "true"], capture_output=True, text=True, check=False)
    return f"needs namespaces: {tried.stderr.strip()}" if tried.returncode else ""


class Machine:
    """`root` is where what the unit writes to its disk lies; put files there before `boot`.

    It begins with a copy of the disk of `like`.
    """

    def __init__(self, folder: Path, like: Machine | None = None) -> None:
        self.folder = folder
        self.root = folder / "upper"
        self._group = _cgroup_root() / f"mydesk-lab-{os.getpid()}-{folder.name}"
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0
        for name in ("work", "new"):
            (folder / name).mkdir()
        if like:
            subprocess.run(["cp", "-a", str(like.root), str(self.root)], check=True)
            return
        self.root.mkdir()
        self.root.chmod(0o755)
        self.put("/etc/systemd/system/lab.target", LAB)
        self.put("/etc/fstab", "")
        self.put("/etc/machine-id", "")
        for name in LEFT_OUT:
            self.link(f"/etc/systemd/system/{name}", "/dev/null")

    def put(self, path: str, content: str | bytes, mode: int = 0o644) -> Path:
        """Write a file onto the unit's disk; before `boot` only."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        place.chmod(mode)
        return place

    def link(self, path: str, target: str) -> None:
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)

    def want(self, *units: str) -> None:
        """Start these with the machine."""
        for unit in units:
            self.link(f"/etc/systemd/system/{TARGET}.wants/{unit}", f"/etc/systemd/system/{unit}")

    def boot(self) -> None:
        """Start, and wait until everything that is wanted was started."""
        self._group.mkdir(exist_ok=True)
        command = ["unshare", "--fork", "--kill-child=SIGKILL", *NAMESPACES, "/bin/bash", str(BOOT), str(self.folder)]
        log = (self.folder / "console").open("ab")
        with log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=self._enter_group
            )
        self._pid = self.until("the machine has a first process", self._first_process)
        self.until(
            "systemd answers",
            lambda: self.run("systemctl", "is-system-running").stdout.strip() not in ("", "offline", "unknown"),
        )
        self.until("it is up", lambda: not self.run("systemctl", "list-jobs", "--no-legend").stdout.strip())

    def kill(self) -> None:
        """Cut the power, and take everything away that ran."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid or self._process.pid, signal.SIGKILL)
        self._process.wait(30)
        self._process, self._pid = None, 0
        self.until("its control groups are gone", self._without_groups)

    def is_down(self) -> bool:
        """Whether it has ended by itself; it may be booted again then."""
        if self._process is None or self._process.poll() is None:
            return False
        self.kill()
        return True

    def run(self, *command: str, data: bytes = b"", timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a program on the unit, as root."""
        words = [
            "nsenter",
            "-t",
            str(self._pid),
            *ENTER,
            "--wd=/",
            "env",
            "-i",
            "PATH=/usr/local/sbin:/usr/sbin:/usr/bin",
        ]
        done = subprocess.run([*words, *command], input=data, capture_output=True, timeout=timeout_s, check=False)
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        )

    def show(self, unit: str, *keys: str) -> list[str]:
        """Properties of a unit of systemd."""
        shown = self.run("systemctl", "show", f"--property={','.join(keys)}", unit).stdout
        found = dict(line.partition("=")[::2] for line in shown.splitlines())
        return [found[key] for key in keys]

    def ask(self, op: str, *, socket: str = "/run/mydesk/room.sock", **args: Any) -> dict[str, Any] | None:
        """Ask the fake panel; None when it does not answer."""
        script = (
            "import socket, sys\nlink = socket.socket(socket.AF_UNIX)\nlink.settimeout(5)\n"
            "link.connect(sys.argv[1])\nlink.sendall(sys.argv[2].encode())\nprint(link.recv(65536).decode())"
        )
        done = self.run("python3", "-I", "-c", script, socket, json.dumps({"op": op, **args}))
        try:
            answer: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            return None
        return answer

    def until(self, what: str, found: Callable[[], Any], timeout_s: float = BOOT_S) -> Any:
        """Return what `found` finds, as soon as it does.

        Raises:
            MachineError: not within `timeout_s`; with the end of the journal.
        """
        end_s = time.monotonic() + timeout_s
        while True:
            if value := found():
                return value
            if time.monotonic() > end_s:
                raise MachineError(f"not within {timeout_s:g} s: {what}\n{self.journal()}")
            time.sleep(0.05)

    def journal(self, *words: str) -> str:
        """The end of the journal, and of what came to the console."""
        console = (self.folder / "console").read_text("utf-8", "replace")[-3000:] if self._pid == 0 else ""
        return console + (
            self.run("journalctl", "--no-pager", "-o", "cat", "-n", "60", *words).stdout if self._pid else ""
        )

    def _first_process(self) -> int:
        assert self._process is not None
        if self._process.poll() is not None:
            raise MachineError(f"the machine went down:\n{(self.folder / 'console').read_text('utf-8', 'replace')}")
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        if not children:
            return 0
        name = Path(f"/proc/{children[0]}/comm").read_text().strip()
        return int(children[0]) if name == "systemd" else 0

    def _enter_group(self) -> None:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: it does not outlive the tests
        (self._group / "cgroup.procs").write_text(str(os.getpid()))

    def _without_groups(self) -> bool:
        for folder, _, _ in os.walk(self._group, topdown=False):
            with contextlib.suppress(OSError):
                Path(folder).rmdir()
        return not self._group.exists()


def _cgroup_root() -> Path:
    unified = Path("/sys/fs/cgroup/unified")
    return unified if unified.is_dir() else Path("/sys/fs/cgroup")


@contextlib.contextmanager
def machine(folder: Path, like: Machine | None = None) -> Iterator[Machine]:
    """A machine that is not booted yet; gone afterwards."""
    made = Machine(folder, like)
    try:
        yield made
    finally:
        made.kill()
