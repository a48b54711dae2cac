"""Which files of systemd/ belong on which machine, and where. Provisioning and images put them there as they are.

After a change: `systemd-sysusers`, `systemd-tmpfiles --create`, `udevadm control --reload`, `systemctl daemon-reload`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

__all__ = ["ENABLED", "MASKED", "SYSTEM_FILES", "Machine", "SystemFile", "content", "files_for"]

Machine = Literal["room", "kiosk", "hub"]

UNITS: Final = "/etc/systemd/system"
PANELS: Final = frozenset[Machine]({"room", "kiosk"})
_ROOM: Final = frozenset[Machine]({"room"})
_KIOSK: Final = frozenset[Machine]({"kiosk"})
_HUB: Final = frozenset[Machine]({"hub"})


@dataclass(frozen=True, slots=True)
class SystemFile:
    """`source` below systemd/ is `target` on the machines of `roles`, owned by root; a link there would be replaced.

    It belongs only where systemd is at least `least_systemd`: an older one would complain of it at each reload.
    """

    source: str
    target: str
    mode: int = 0o644
    roles: frozenset[Machine] = PANELS
    least_systemd: int = 0


def _unit(name: str, roles: frozenset[Machine] = PANELS) -> SystemFile:
    return SystemFile(name, f"{UNITS}/{name}", roles=roles)


def _restarts(unit: str, roles: frozenset[Machine] = PANELS) -> SystemFile:
    target = f"{UNITS}/{unit}.d/20-mydesk-restarts.conf"
    return SystemFile("restarts.d/20-mydesk-restarts.conf", target, roles=roles, least_systemd=254)


SYSTEM_FILES: Final[tuple[SystemFile, ...]] = (
    SystemFile("sysusers.d/mydesk.conf", "/etc/sysusers.d/mydesk.conf"),
    SystemFile("sysusers.d/mydesk-hub.conf", "/etc/sysusers.d/mydesk-hub.conf", roles=_HUB),
    SystemFile("tmpfiles.d/mydesk.conf", "/etc/tmpfiles.d/mydesk.conf"),
    SystemFile("tmpfiles.d/mydesk-left.conf", "/etc/tmpfiles.d/mydesk-left.conf", roles=_ROOM),
    SystemFile("udev/60-mydesk.rules", "/etc/udev/rules.d/60-mydesk.rules"),
    SystemFile("logind.conf.d/mydesk.conf", "/etc/systemd/logind.conf.d/mydesk.conf"),
    SystemFile("journald.conf.d/mydesk.conf", "/etc/systemd/journald.conf.d/mydesk.conf"),
    SystemFile("system.conf.d/mydesk.conf", "/etc/systemd/system.conf.d/mydesk.conf"),
    SystemFile("coredump.conf.d/mydesk.conf", "/etc/systemd/coredump.conf.d/mydesk.conf"),
    SystemFile("sysctl.d/90-mydesk.conf", "/etc/sysctl.d/90-mydesk.conf"),
    SystemFile("polkit/50-mydesk.rules", "/etc/polkit-1/rules.d/50-mydesk.rules"),
    SystemFile("apt/60mydesk", "/etc/apt/apt.conf.d/60mydesk"),
    _unit("mydesk-room.service", _ROOM),
    _unit("mydesk-kiosk.service", _KIOSK),
    _unit("mydesk-agent.service"),
    _restarts("mydesk-room.service", _ROOM),
    _restarts("mydesk-kiosk.service", _KIOSK),
    _restarts("mydesk-agent.service"),
    _unit("mydesk-hub.service", _HUB),
    _unit("mydesk-console.service"),
    _unit("mydesk-boot-check.service"),
    _unit("mydesk-update-verify.service"),
    _unit("mydesk-rollback.service"),
    _unit("mydesk-update.service"),
    _unit("mydesk-update.path"),
    _unit("mydesk-update.timer"),
    _unit("mydesk-upkeep.service"),
    _unit("mydesk-upkeep.timer"),
    _unit("mydesk-security-updates.service"),
    _unit("mydesk-security-updates.timer"),
    _unit("mydesk-reboot.service"),
    _unit("mydesk-reboot.timer"),
)

_ALWAYS: Final = (
    "mydesk-console.service",
    "mydesk-boot-check.service",
    "mydesk-update-verify.service",
    "mydesk-update.path",
    "mydesk-update.timer",
    "mydesk-upkeep.timer",
    "mydesk-security-updates.timer",
    "mydesk-reboot.timer",
)
ENABLED: Final[dict[Machine, tuple[str, ...]]] = {
    "room": ("mydesk-room.service", *_ALWAYS),
    "kiosk": ("mydesk-kiosk.service", *_ALWAYS),
    "hub": ("mydesk-hub.service",),
}
"""Units to enable; mydesk-agent.service too, on a panel whose site has a hub."""

MASKED: Final = (
    "getty@.service",
    "getty@tty1.service",
    "autovt@.service",
    "console-getty.service",
    "ctrl-alt-del.target",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
)
"""Units of the distribution that are links to /dev/null on a panel: logins on its screen, and updates at any hour."""


def files_for(role: Machine) -> tuple[SystemFile, ...]:
    """Return the files of a machine, in the order in which they are put there."""
    return tuple(one for one in SYSTEM_FILES if role in one.roles)


def content(file: SystemFile) -> bytes:
    """Return what is in it.

    Raises:
        FileNotFoundError: this installation of mydesk-fleet is not whole.
    """
    return (_folder() / file.source).read_bytes()


def _folder() -> Path:
    """systemd/ of a checkout, or where the wheel puts it."""
    checkout = Path(__file__).parents[1] / "systemd"
    return checkout if checkout.is_dir() else Path(sys.prefix) / "share/mydesk/systemd"
