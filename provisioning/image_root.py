"""A root file system for an image: debootstrap into a folder, then commands and files inside of it. Needs root.

Everything runs in a mount and process namespace of its own: nothing stays mounted or running, however it ends.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from provisioning.fleet_error import FleetError
from provisioning.image_plan import ImagePlan

__all__ = ["Told", "bootstrap", "in_root", "needed_tools", "run_tool", "tidy", "write_files"]

Told = Callable[[str], None]

DEBOOTSTRAP_TIMEOUT_S: Final = 3600.0
CHROOT_TIMEOUT_S: Final = 1800.0
TOOL_TIMEOUT_S: Final = 600.0
_NAMESPACE: Final = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "--")
_ENVIRONMENT: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/root",
    "DEBIAN_FRONTEND": "noninteractive",
    "MTOOLS_SKIP_CHECK": "1",
}
_MOUNTED: Final = 'mount -t proc proc "$1/proc" && mount -t tmpfs tmpfs "$1/tmp" && exec chroot "$@"'
_NO_SERVICES: Final = "usr/sbin/policy-rc.d"
"""While it is there, nothing that is installed is started: it would listen on this machine's ports."""

_BINFMT: Final = Path("/proc/sys/fs/binfmt_misc")
_BINFMT_HINT: Final = f"apt install binfmt-support; mount -t binfmt_misc binfmt_misc {_BINFMT}; update-binfmts --enable"

_PACKAGES: Final = {
    "debootstrap": "debootstrap",
    "mke2fs": "e2fsprogs",
    "sfdisk": "fdisk",
    "mkfs.vfat": "dosfstools",
    "mcopy": "mtools",
    "unshare": "util-linux",
}


def needed_tools(plan: ImagePlan) -> None:
    """Raises FleetError: this is not root on Debian with all that is needed, and says what to install."""
    if os.geteuid() != 0:
        raise FleetError("An image is built by root.", hint="Run it with sudo.")
    wanted = dict(_PACKAGES)
    if _foreign(plan):
        wanted["qemu-aarch64-static" if plan.architecture == "aarch64" else "qemu-x86_64-static"] = "qemu-user-static"
    path = _ENVIRONMENT["PATH"]
    missing = sorted({package for tool, package in wanted.items() if shutil.which(tool, path=path) is None})
    if missing:
        raise FleetError("Tools are missing.", hint=f"apt install {' '.join(missing)}")
    if _foreign(plan) and not (_BINFMT / f"qemu-{plan.architecture}").exists():
        raise FleetError(f"This machine does not run programs for {plan.architecture}.", hint=_BINFMT_HINT)


def bootstrap(plan: ImagePlan, root: Path, told: Told) -> None:
    """Make the root file system of `plan` in the new folder `root`.

    debootstrap makes the least that runs apt, and apt the rest: debootstrap knows no alternatives and virtual packages.

    Raises:
        FleetError: one of them failed, with the end of what it said.
    """
    command = [*_NAMESPACE, "debootstrap", "--variant=minbase", f"--arch={plan.debian}", "--merged-usr"]
    command += ["--foreign"] if _foreign(plan) else []
    told(f"debootstrap: Debian {plan.suite} for {plan.debian}")
    run_tool([*command, plan.suite, str(root), plan.mirror], timeout_s=DEBOOTSTRAP_TIMEOUT_S)
    if _foreign(plan):
        told("debootstrap, second stage: emulated, some minutes")
        in_root(root, ["/debootstrap/debootstrap", "--second-stage"], timeout_s=DEBOOTSTRAP_TIMEOUT_S)
    told(f"apt: {len(plan.packages)} packages and what they need")
    write_files(root, {_NO_SERVICES: "#!/bin/sh\nexit 101\n"}, mode=0o755)
    in_root(root, ["apt-get", "-qq", "update"])
    install = ["apt-get", "-qq", "-y", "--no-install-recommends", "install"]
    in_root(root, [*install, *plan.packages], timeout_s=DEBOOTSTRAP_TIMEOUT_S)
    (root / _NO_SERVICES).unlink()


def in_root(root: Path, command: Sequence[str], *, timeout_s: float = CHROOT_TIMEOUT_S) -> str:
    """Run a command inside of `root` with /proc, and return its output. Raises FleetError: it failed."""
    return run_tool([*_NAMESPACE, "sh", "-ec", _MOUNTED, "sh", str(root), *command], timeout_s=timeout_s)


def run_tool(command: Sequence[str], *, timeout_s: float = TOOL_TIMEOUT_S, stdin: str = "") -> str:
    """Run a program and return its output. Raises FleetError: it failed, with the end of what it said."""
    name = next((word for word in command if word not in _NAMESPACE), command[0])
    try:
        done = subprocess.run(  # noqa: S603 - our own words, no shell
            list(command),
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
            env=_ENVIRONMENT,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FleetError(f"{name} cannot be run: {error}.") from error
    if done.returncode != 0:
        said = "; ".join(line.strip() for line in (done.stdout + done.stderr).splitlines()[-8:] if line.strip())
        raise FleetError(f"{' '.join(command[-3:])} failed ({done.returncode}): {said[-1200:]}")
    return done.stdout


def write_files(root: Path, files: Mapping[str, str], *, mode: int = 0o644) -> None:
    """Write texts below `root`; what was there is replaced, links included."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text, "utf-8")
        path.chmod(mode)


def tidy(root: Path) -> None:
    """Take out what must not be the same on every unit, and what only building needed."""
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    for name in ("var/cache/apt/archives", "var/lib/apt/lists"):
        for path in (root / name).glob("*.deb" if name.endswith("archives") else "*_*"):
            path.unlink()
    for name in ("var/lib/dbus/machine-id", "var/log/bootstrap.log", "var/lib/systemd/random-seed"):
        (root / name).unlink(missing_ok=True)


def _foreign(plan: ImagePlan) -> bool:
    return plan.architecture != os.uname().machine
