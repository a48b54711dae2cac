"""Which packages of a lock file belong to a target: Python version and architecture. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.markers import Marker

from common.errors import MyDeskError

PYTHONS = ("3.11", "3.13")
ARCHITECTURES = ("aarch64", "x86_64")
_GLIBC_MINOR = {"3.11": 36, "3.13": 41}
"""Of Debian 12 and 13, whose Python these are."""

_OLDEST_GLIBC_MINOR = 17
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?:\s*;\s*(?P<marker>.+?))?\s*$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class LockError(MyDeskError):
    """Error raised when the lock cannot be used for a bundle."""


@dataclass(frozen=True, slots=True)
class Target:
    """The unit that a bundle is for: `python` like "3.11", `architecture` as `uname -m` says it."""

    python: str
    architecture: str

    def __post_init__(self) -> None:
        if self.python not in PYTHONS or self.architecture not in ARCHITECTURES:
            raise LockError(
                f"there are no bundles for Python {self.python} on {self.architecture}.",
                hint=f"Python is one of {', '.join(PYTHONS)}; the architecture one of {', '.join(ARCHITECTURES)}.",
            )

    @property
    def platforms(self) -> tuple[str, ...]:
        """Tags of wheels that run there, the newest C library first (PEP 600)."""
        minors = range(_GLIBC_MINOR[self.python], _OLDEST_GLIBC_MINOR - 1, -1)
        tags = (f"manylinux_2_{minor}_{self.architecture}" for minor in minors)
        return (*tags, f"manylinux2014_{self.architecture}", f"linux_{self.architecture}")

    @property
    def markers(self) -> dict[str, str]:
        """The environment that markers are read in (PEP 508); pip would take the machine that it runs on."""
        return {
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": self.architecture,
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
            "extra": "",
        }


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of the lock with the hashes of all its files."""

    name: str
    version: str
    sha256: frozenset[str]

    @property
    def requirement(self) -> str:
        """As a line for `pip --require-hashes`."""
        return " ".join((f"{self.name}=={self.version}", *(f"--hash=sha256:{one}" for one in sorted(self.sha256))))


def pins(lock: str, target: Target) -> tuple[Pin, ...]:
    """Return what `lock` (the text of requirements.lock) installs on `target`, sorted by name.

    Raises:
        LockError: a line is neither a pin nor a comment, or a pin has no hash.
    """
    return tuple(sorted(_pins(lock, target), key=lambda pin: pin.name))


def _pins(lock: str, target: Target) -> Iterator[Pin]:
    for line in lock.replace("\\\n", " ").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        pin, hashes = text.split("--hash", 1)[0].strip(), _HASH.findall(text)
        match = _PIN.fullmatch(pin)
        if match is None or not hashes:
            raise LockError(f"the lock has a line that pins no file: {text[:80]!r}.", hint="Make it with scripts/lock.")
        if match["marker"] is None or Marker(match["marker"]).evaluate(target.markers):
            yield Pin(match["name"], match["version"], frozenset(hashes))
