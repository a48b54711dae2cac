"""The files of a unit that no inventory changes, those of systemd/ and the updater, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

from provisioning import system_files
from provisioning.converge_after import UPDATER
from provisioning.converge_wire import Place, UnitFile
from provisioning.fleet_error import FleetError
from provisioning.inventory import Role
from provisioning.updater_file import updater_file

__all__ = ["UPDATER", "enabled", "fixed_files", "folders", "started", "users"]

PANEL: Final = ("mydesk-room.service", "mydesk-kiosk.service", "mydesk-agent.service")
"""They need a release, and are enabled when there is one."""


@cache
def fixed_files(role: Role) -> tuple[UnitFile, ...]:
    """All of them for a unit of `role`. Raises FleetError: this installation is not whole."""
    try:
        found = [
            UnitFile(
                path=file.target,
                content=system_files.content(file),
                mode=file.mode,
                least_systemd=file.least_systemd,
            )
            for file in system_files.files_for(role)
        ]
    except OSError as error:
        hint = "Install mydesk-firmware[fleet] again."
        raise FleetError(f"{error.filename}: {error.strerror}.", hint=hint) from error
    return (*found, UnitFile(path=UPDATER, content=updater_file(), mode=0o755))


def enabled(role: Role) -> tuple[str, ...]:
    """Units that are enabled whether there is a release or not."""
    return tuple(name for name in system_files.ENABLED[role] if name not in PANEL)


def started(files: tuple[UnitFile, ...], role: Role) -> tuple[str, ...]:
    """Of these, the ones that stay active: timers, paths, and what remains after its exit."""
    texts = {file.path.rpartition("/")[2]: file.content for file in files}
    lasting = (".timer", ".path")
    return tuple(
        name for name in enabled(role) if name.endswith(lasting) or b"\nRemainAfterExit=yes\n" in texts.get(name, b"")
    )


def users(files: tuple[UnitFile, ...]) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Users, and groups with those who must be in them, that sysusers.d makes (sysusers.d(5): types u, g and m)."""
    names: list[str] = []
    groups: dict[str, tuple[str, ...]] = {}
    for kind, name, *rest in _lines(files, "/etc/sysusers.d"):
        if kind == "u":
            names.append(name)
        elif kind == "g":
            groups.setdefault(name, ())
        elif kind == "m":
            groups[rest[0]] = (*groups.get(rest[0], ()), name)
    return tuple(names), groups


def folders(files: tuple[UnitFile, ...]) -> dict[str, Place]:
    """Folders that tmpfiles.d makes (tmpfiles.d(5): type d)."""
    rows = [row for row in _lines(files, "/etc/tmpfiles.d") if row[0] == "d"]
    return {row[1]: Place(mode=int(row[2], 8), owner=row[3], group=row[4]) for row in rows}


def _lines(files: tuple[UnitFile, ...], folder: str) -> Iterator[list[str]]:
    for file in files:
        if file.path.startswith(folder + "/"):
            lines = (line.split() for line in file.content.decode().splitlines())
            yield from (words for words in lines if words and not words[0].startswith("#"))
