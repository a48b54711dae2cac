"""What the operations on a unit are called, and how their changes are told. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

__all__ = [
    "BOOT", "CERTIFICATE", "FILES", "OPERATIONS", "PACKAGES", "PANEL", "RELEASE", "SETTINGS", "SYSTEM", "USERS",
    "each", "removed", "systemctl",
]  # fmt: skip

PACKAGES: Final = "Debian packages"
FILES: Final = "files"
USERS: Final = "users and folders"
BOOT: Final = "boot partition"
SYSTEM: Final = "system services"
CERTIFICATE: Final = "certificate"
SETTINGS: Final = "settings"
RELEASE: Final = "release"
PANEL: Final = "panel services"
OPERATIONS: Final = (PACKAGES, FILES, USERS, BOOT, SYSTEM, CERTIFICATE, SETTINGS, RELEASE, PANEL)
"""In the order in which they are done."""


def each(verb: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """A change for each of them: `enable x.service`."""
    return tuple(f"{verb} {name}" for name in names)


def removed(paths: Iterable[str]) -> str:
    """For the diff; what stands in them may be secret."""
    return "".join(f"- {path}\n" for path in paths)


def systemctl(verb: str, names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """One command for all of them; none for none."""
    return (("systemctl", verb, "--quiet", *names),) if names else ()
