"""What must be done after a file was changed, so that it counts: told by names that survive a power cut. Pure.

A name is noted on the unit before the file is written, and taken off after its command; so what a cut-off provisioning
left undone is done by the next one, although the file is right by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from provisioning.converge_wire import After

__all__ = ["RESTART", "UPDATER", "afters", "afters_of_file", "ordered", "restarts_screen"]

RESTART: Final = "restart "
"""Begins the names of units that are restarted; a panel's service may be gone together with its settings."""

_UNITS: Final = PurePosixPath("/etc/systemd/system")
_COMMANDS: Final[dict[str, tuple[tuple[str, ...], bool]]] = {
    "systemd-sysusers": (("systemd-sysusers",), False),
    "systemd-tmpfiles": (("systemd-tmpfiles", "--create", "/etc/tmpfiles.d/mydesk.conf"), False),
    "systemd reloads": (("systemctl", "daemon-reload"), True),
    "kernel settings": (("/lib/systemd/systemd-sysctl", "/etc/sysctl.d/90-mydesk.conf"), True),
    "kernel modules": (("systemctl", "restart", "systemd-modules-load.service"), True),
    "device rules": (("udevadm", "control", "--reload"), True),
    "devices": (("udevadm", "trigger", "--action=change"), True),
    "journal": (("systemctl", "restart", "systemd-journald.service"), True),
    "logins": (("systemctl", "restart", "systemd-logind.service"), True),
    "clock": (("systemctl", "restart", "systemd-timesyncd.service"), True),
}
"""In the order in which they are done; True: only where systemd runs."""

_BY_FOLDER: Final[dict[str, tuple[str, ...]]] = {
    "/etc/sysusers.d": ("systemd-sysusers",),
    "/etc/tmpfiles.d": ("systemd-tmpfiles",),
    "/etc/systemd/system": ("systemd reloads",),
    "/etc/systemd/system.conf.d": ("systemd reloads",),
    "/etc/sysctl.d": ("kernel settings",),
    "/etc/modules-load.d": ("kernel modules",),
    "/etc/udev/rules.d": ("device rules", "devices"),
    "/etc/systemd/journald.conf.d": ("journal",),
    "/etc/systemd/logind.conf.d": ("logins",),
    "/etc/systemd/timesyncd.conf.d": ("clock",),
}
_PANEL: Final = {"room", "kiosk", "agent"}
_SCREENS: Final = (f"{RESTART}mydesk-room.service", f"{RESTART}mydesk-kiosk.service")
"""Somebody may be at these: the unit's updater says when they are restarted."""

UPDATER: Final = "/usr/local/sbin/mydesk-update"
_RESTARTED: Final = (".timer", ".path")


def afters_of_file(path: str) -> Iterator[str]:
    """The names for one file.

    >>> list(afters_of_file("/etc/mydesk/room.toml"))
    ['restart mydesk-room.service']
    >>> list(afters_of_file("/etc/systemd/system/mydesk-reboot.timer.d/10-inventory.conf"))
    ['systemd reloads', 'restart mydesk-reboot.timer']
    """
    place = PurePosixPath(path)
    if place.parent.parent == _UNITS and place.parent.suffix == ".d":
        place = place.parent.with_suffix("")
    yield from _BY_FOLDER.get(str(place.parent), ())
    service = f"mydesk-{place.stem}.service"
    if place.parent == PurePosixPath("/etc/mydesk") and place.stem in _PANEL:
        yield RESTART + service
    if place.parent == _UNITS and (place.suffix in _RESTARTED or place.stem.removeprefix("mydesk-") in _PANEL):
        yield RESTART + place.name


def afters(names: Iterable[str], *, now: bool = False) -> tuple[After, ...]:
    """The commands for `names`, in the order in which they are done; names of another version mean nothing here."""
    return ordered((name for name in names if name in _COMMANDS or _is_restart(name)), now=now)


def ordered(names: Iterable[str], *, now: bool = False) -> tuple[After, ...]:
    """The commands for names of `afters_of_file`; with `now` a panel is restarted whoever is there."""
    order = list(_COMMANDS)
    wanted = sorted(set(names), key=lambda name: (order.index(name) if name in _COMMANDS else len(order), name))
    return tuple(_after(name, now) for name in wanted)


def restarts_screen(done: Iterable[After]) -> bool:
    """Whether a panel is restarted by these."""
    return any(one.name in _SCREENS for one in done)


def _is_restart(name: str) -> bool:
    return name.startswith(f"{RESTART}mydesk-") and " " not in name.removeprefix(RESTART)


def _after(name: str, now: bool) -> After:
    if name in _COMMANDS:
        command, running = _COMMANDS[name]
        return After(name=name, command=command, running=running, noted=True)
    service = name.removeprefix(RESTART)
    if name in _SCREENS:
        return After(
            name=name, command=(UPDATER, "restart", *(("--now",) if now else ()), service), noted=True, tells=True
        )
    return After(name=name, command=("systemctl", "try-restart", "--no-block", service), noted=True)
