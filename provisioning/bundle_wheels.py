"""The wheels of a bundle: those of the lock by hash, and our own, built from a checkout so that it is always the same.

A wheel's name in a bundle is `wheels/NAME-VERSION.whl`: a bundle is for one target, so tags would say nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from common.errors import MyDeskError
from provisioning.bundle_lock import Pin, Target

DOWNLOAD_TIMEOUT_S = 1800.0
BUILD_TIMEOUT_S = 600.0
GIT_TIMEOUT_S = 60.0


class WheelError(MyDeskError):
    """Error raised when a wheel cannot be fetched, built or read."""


def name_in_bundle(wheel: Path) -> str:
    """Return where `wheel` lies in a bundle.

    >>> name_in_bundle(Path("Kivy_Garden-0.1.5-py3-none-any.whl"))
    'wheels/kivy_garden-0.1.5.whl'
    """
    name, version = wheel.name.split("-")[:2]
    return f"wheels/{_normal(name)}-{version}.whl"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def installed_bytes(wheels: Iterable[Path]) -> int:
    """Return how many bytes the files in `wheels` have together when unpacked."""
    total = 0
    for wheel in wheels:
        try:
            with zipfile.ZipFile(wheel) as archive:
                total += sum(info.file_size for info in archive.infolist())
        except (OSError, zipfile.BadZipFile) as error:
            raise WheelError(f"{wheel} is no wheel: {error}.", hint="Fetch or build it again.") from error
    return total


def download(pins: Iterable[Pin], target: Target, folder: Path) -> tuple[Path, ...]:
    """Fetch one wheel for each of `pins` into `folder` with pip, as pip is configured on this machine.

    Raises:
        WheelError: a package has no wheel for the target, or a file is none of those in the lock.
    """
    wanted = tuple(pins)
    folder.mkdir(parents=True, exist_ok=True)
    requirements = folder / "requirements.txt"
    requirements.write_text("\n".join(pin.requirement for pin in wanted) + "\n", "utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement", str(requirements)]
    command += ["--dest", str(folder), "--implementation", "cp", "--python-version", target.python]
    for platform in target.platforms:
        command += ["--platform", platform]
    _run(command, DOWNLOAD_TIMEOUT_S, "Is the package index reachable, and is the lock of this version?")
    return tuple(_wheel_of(pin, folder) for pin in wanted)


def _wheel_of(pin: Pin, folder: Path) -> Path:
    found = [wheel for wheel in folder.glob("*.whl") if name_in_bundle(wheel) == _name_of(pin)]
    if len(found) != 1 or hashlib.sha256(found[0].read_bytes()).hexdigest() not in pin.sha256:
        raise WheelError(
            f"{pin.name} {pin.version}: no wheel of the lock came for this target.", hint="Make the lock again."
        )
    return found[0]


def _name_of(pin: Pin) -> str:
    return f"wheels/{_normal(pin.name)}-{pin.version}.whl"


def build_own(source: Path, folder: Path, *, epoch_s: int) -> Path:
    """Build the wheel of the project in `source`, a git checkout, from its tracked files; all times are `epoch_s`.

    Raises:
        WheelError: `source` is no checkout of the project, or does not build.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        tree = Path(temporary) / "source"
        for name in _tracked(source):
            _copy(source / name, tree / name, epoch_s)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-input"]
        command += ["--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(folder), str(tree)]
        _run(
            command,
            BUILD_TIMEOUT_S,
            "Does `pip wheel .` work in the checkout?",
            SOURCE_DATE_EPOCH=str(epoch_s),
            PYTHONHASHSEED="0",
        )
    wheels = list(folder.glob("mydesk_firmware-*.whl"))
    if len(wheels) != 1:
        raise WheelError(f"{source} gave {len(wheels)} wheels of mydesk-firmware.", hint="Use an empty folder.")
    return wheels[0]


def last_commit_s(source: Path) -> int:
    """Return when the last commit of the checkout was made, in seconds since 1970: the default SOURCE_DATE_EPOCH."""
    return int(_git(source, "log", "-1", "--format=%ct"))


def _tracked(source: Path) -> list[str]:
    names = [name for name in _git(source, "ls-files", "-z").split("\0") if name and (source / name).is_file()]
    if "pyproject.toml" not in names:
        raise WheelError(f"{source} is no checkout of mydesk-firmware.", hint="Name it with --source.")
    return names


def _copy(source: Path, target: Path, epoch_s: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o644)  # whatever the umask was when it was checked out
    os.utime(target, (epoch_s, epoch_s))


def _git(source: Path, *words: str) -> str:
    return _run(["git", "-C", str(source), *words], GIT_TIMEOUT_S, "Name a git checkout with --source.")


def _run(command: list[str], timeout_s: float, hint: str, **environment: str) -> str:
    settings: Mapping[str, str] = os.environ | environment
    try:
        done = subprocess.run(  # noqa: S603 - our own words, no shell
            command, capture_output=True, text=True, timeout=timeout_s, check=False, env=settings
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WheelError(f"{Path(command[0]).name} failed: {error}.", hint=hint) from error
    if done.returncode != 0:
        said = [line.strip() for line in done.stderr.splitlines() if "error:" in line.lower()] or [done.stderr.strip()]
        raise WheelError(f"{' '.join(command[1:4])} failed: {' '.join(said)[-600:]}.", hint=hint)
    return done.stdout
