"""Real units to provision: minimal Debian root file systems with a real sshd each, on loopback.

Each runs in namespaces of its own (mounts, processes, host name, IPC) over a copy by overlayfs, with its own /dev, /run
and /tmp: nothing that a provisioning does reaches the machine that tests it. Only the network is shared. No systemd
runs in it ("offline"). Debian comes from where this machine gets its own, once, and is kept (MYDESK_TEST_CACHE).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from provisioning.deb_list import packages_for
from provisioning.image_mirror import debian_mirror

SUITE: Final = "bookworm"
LEFT_OUT: Final = ("libmtdev1",)
"""Left for provisioning to install."""

BASE: Final = ("systemd", "systemd-sysv", "dbus", "openssh-server", "sudo", "udev", "kmod", "procps", "libpam-systemd")
PACKAGES: Final = tuple(sorted({*BASE, *packages_for("kiosk")} - set(LEFT_OUT)))
START_TIMEOUT_S: Final = 60.0
BUILD_TIMEOUT_S: Final = 1800
ADMIN: Final = "mydesk-admin"
SYSTEMCTL: Final = """\
#!/bin/sh
case $1 in
is-system-running) echo running ;;
is-active) shift; for name; do echo active; done ;;
stop | start) case "$*" in *@.*) echo "a template has no instance" >&2; exit 1 ;; esac ;;
daemon-reload | daemon-reexec | restart | try-restart | reset-failed) ;;
*) exec /usr/bin/systemctl --root=/ "$@" ;;
esac
"""
"""A systemd that says yes to all that needs one that runs."""

_NAMESPACE: Final = (
    "unshare",
    "--mount",
    "--pid",
    "--uts",
    "--ipc",
    "--fork",
    "--kill-child",
    "--propagation",
    "private",
)

_INSIDE: Final = """\
set -e
mount -t overlay overlay -o lowerdir="$1",upperdir="$2/upper",workdir="$2/work" "$2/root"
cd "$2/root"
mount -t proc proc proc
mount -t tmpfs -o mode=0755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=0755 tmpfs dev
for name in null zero full random urandom tty; do touch dev/$name; mount --bind /dev/$name dev/$name; done
mkdir -p run/sshd dev/shm dev/pts run/lock
ln -s /proc/self/fd dev/fd
hostname "$3"
exec chroot . /usr/sbin/sshd -D -e -o PidFile=none -o UsePAM=no -o ListenAddress=127.0.0.1:"$4" -o UseDNS=no \
  -o MaxStartups=100:30:200 -o PerSourceMaxStartups=none
"""


def missing() -> str:
    """Why these cannot run here; empty when they can."""
    if os.geteuid() != 0:
        return "needs root"
    tools = [tool for tool in ("debootstrap", "unshare", "chroot", "mount") if shutil.which(tool) is None]
    return f"needs {', '.join(tools)}" if tools else ""


def cache_folder() -> Path:
    """Where Debian is kept."""
    return Path(os.environ.get("MYDESK_TEST_CACHE") or "/var/tmp/mydesk-rootfs-cache")


def base() -> Path:
    """A root file system with almost all that a unit needs; made once, about two minutes."""
    key = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:12]
    root = cache_folder() / f"unit-{SUITE}-{key}"
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.is_dir():
            _build(root)
    return root


def whole_base() -> Path:
    """The same with every package, so that provisioning installs none; made once."""
    bare = base()
    root = bare.with_name(bare.name + "-whole")
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.is_dir():
            _build_whole(bare, root)
    return root


def _build_whole(bare: Path, root: Path) -> None:
    part = root.with_name(root.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", str(bare), str(part)], check=True, timeout=BUILD_TIMEOUT_S)
    sources, resolver = part / "etc/apt/sources.list", part / "etc/resolv.conf"
    before = sources.read_text()
    sources.write_text(f"deb {debian_mirror(SUITE)} {SUITE} main\n")
    shutil.copyfile("/etc/resolv.conf", resolver)
    install = (
        f"apt-get -q update && apt-get -q -y install --no-install-recommends {' '.join(LEFT_OUT)} && apt-get clean"
    )
    words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "--"]
    mounted = f'mount -t proc proc "$0/proc" && exec chroot "$0" sh -c "{install}"'
    done = subprocess.run(
        [*words, "sh", "-c", mounted, str(part)], capture_output=True, text=True, timeout=BUILD_TIMEOUT_S, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    shutil.rmtree(part / "var/lib/apt/lists")
    sources.write_text(before)
    part.rename(root)


def _build(root: Path) -> None:
    part = root.with_name(root.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "--"]
    command += ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(part)]
    done = subprocess.run(
        [*command, debian_mirror(SUITE)], capture_output=True, text=True, timeout=BUILD_TIMEOUT_S, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for deb in (part / "var/cache/apt/archives").glob("*.deb"):
        deb.unlink()
    part.rename(root)


@dataclass
class RootUnit:
    """One of them. `root` users and ADMIN (with sudo) are let in with `identity`."""

    name: str
    folder: Path
    lower: Path
    port: int
    identity: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def upper(self) -> Path:
        """What differs from Debian."""
        return self.folder / "upper"

    @property
    def host_key(self) -> str:
        """Its public host key."""
        return (self.upper / "etc/ssh/ssh_host_ed25519_key.pub").read_text().strip()

    def read(self, path: str) -> str:
        """A file of the unit, written since it was made."""
        return (self.upper / path.lstrip("/")).read_text()

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Put a file there, as somebody who got in would; the unit must not run (overlayfs)."""
        target = self.upper / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def start(self) -> None:
        """Mounts and sshd."""
        command = [*_NAMESPACE, "sh", "-c", _INSIDE, "sh", str(self.lower), str(self.folder), self.name, str(self.port)]
        shutil.rmtree(self.folder / "work", ignore_errors=True)
        (self.folder / "work").mkdir()
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.05)

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as link:
            return link.recv(4) == b"SSH-"
        return False

    def cut(self) -> None:
        """Kill everything in it at once; what reached the disk stays."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
            deadline = time.monotonic() + START_TIMEOUT_S
            while self._answers():
                assert time.monotonic() < deadline
                time.sleep(0.05)


@contextmanager
def root_units(*names: str, systemd: bool = False, whole: bool = False) -> Iterator[dict[str, RootUnit]]:
    """Start units, and end and remove them. `systemd`: they say that one runs; `whole`: no package is missing."""
    lower = whole_base() if whole else base()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mydesk-units-", dir="/var/tmp")))
        identity = folder / "identity"
        _keygen(identity)
        found = {name: _prepare(folder / name, name, lower, identity) for name in names}
        for unit in found.values():
            stack.callback(unit.cut)
            if systemd:
                unit.write("usr/local/bin/systemctl", SYSTEMCTL, 0o755)
            unit.start()
        yield found


def _prepare(folder: Path, name: str, lower: Path, identity: Path) -> RootUnit:
    for part in ("upper", "work", "root"):
        (folder / part).mkdir(parents=True)
    (folder / "upper").chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        unit = RootUnit(name, folder, lower, int(probe.getsockname()[1]), identity)
    etc = unit.upper / "etc"
    (etc / "ssh").mkdir(parents=True)
    _keygen(etc / "ssh/ssh_host_ed25519_key")
    for path in ("resolv.conf", "hosts"):
        shutil.copyfile(f"/etc/{path}", etc / path)
    _apt(etc)
    _people(unit, identity.with_suffix(".pub").read_text())
    return unit


def _apt(etc: Path) -> None:
    """From where this machine gets its packages, read now and kept nowhere."""
    (etc / "apt").mkdir()
    (etc / "apt/sources.list").write_text(f"deb {debian_mirror(SUITE)} {SUITE} main\n")


def _people(unit: RootUnit, key: str) -> None:
    for name in ("passwd", "group", "shadow", "gshadow"):
        shutil.copy2(unit.lower / "etc" / name, unit.upper / "etc" / name)
    with (unit.upper / "etc/passwd").open("a") as stream:
        stream.write(f"{ADMIN}:x:1500:1500::/home/{ADMIN}:/bin/sh\n")
    with (unit.upper / "etc/group").open("a") as stream:
        stream.write(f"{ADMIN}:x:1500:\n")
    with (unit.upper / "etc/shadow").open("a") as stream:
        stream.write(f"{ADMIN}:*:20000:0:99999:7:::\n")
    with (unit.upper / "etc/hosts").open("a") as stream:
        stream.write(f"127.0.1.1 {unit.name}\n")
    unit.write("etc/sudoers.d/010-mydesk", f"{ADMIN} ALL=(ALL) NOPASSWD:ALL\n", 0o440)
    for home, number in (("root", 0), (f"home/{ADMIN}", 1500)):
        unit.write(f"{home}/.ssh/authorized_keys", key, 0o600)
        for path in (home, f"{home}/.ssh", f"{home}/.ssh/authorized_keys"):
            os.chown(unit.upper / path, number, number)
            if path != f"{home}/.ssh/authorized_keys":
                (unit.upper / path).chmod(0o700)


def _keygen(path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True, timeout=30)
