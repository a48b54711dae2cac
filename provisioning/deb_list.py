"""The Debian packages that a unit needs, and those that can be carried to it as files. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Final

from provisioning.bundle import DEBIAN

__all__ = ["carried", "name_of_deb", "packages_for"]

SYSTEM: Final = ("ca-certificates", "openssl", "polkitd", "python3", "systemd-timesyncd", "unattended-upgrades")
"""Clock, certificate, the agent's right to restart the panel, security updates."""

SCREEN: Final = ("libdrm2", "libgbm1")
"""Kivy's SDL draws through these without X."""

KIOSK: Final = ("espeak-ng",)
RELEASE: Final = tuple(name for name in DEBIAN if name not in KIOSK)
LGPIO: Final = "python3-lgpio"
"""It has no wheel for Python 3.13 on aarch64 (decision 0006); Debian 12 has no such package."""

_DEB: Final = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]+)_(?P<version>[^_/]+)_(?P<architecture>[a-z0-9]+)\.deb")


def packages_for(role: str, more: Iterable[str] = ()) -> tuple[str, ...]:
    """Packages for a unit of `role`; `more` are those that its release names.

    >>> [name for name in packages_for("kiosk") if name not in packages_for("room")]
    ['espeak-ng']
    """
    named = {name for name in more if role == "kiosk" or name not in KIOSK}
    return tuple(sorted({*SYSTEM, *SCREEN, *RELEASE, *(KIOSK if role == "kiosk" else ()), *named}))


def name_of_deb(path: str) -> tuple[str, str] | None:
    """Package and architecture of a .deb by its name; None when it is none.

    >>> name_of_deb("debs/libmtdev1_1.1.6-1_amd64.deb")
    ('libmtdev1', 'amd64')
    """
    match = _DEB.fullmatch(PurePath(path).name)
    return (match["name"], match["architecture"]) if match else None


def carried(debs: Iterable[str], installed: Mapping[str, str], machine: str) -> tuple[str, ...]:
    """Those of `debs` that fit a unit and are not on it."""
    own = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
    found = {path: name_of_deb(path) for path in debs}
    return tuple(path for path, deb in found.items() if deb and deb[0] not in installed and deb[1] in (own, "all"))
