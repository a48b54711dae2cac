"""The hours in which units update Debian and reboot, from the inventory, as timers of systemd. Pure."""

from __future__ import annotations

from typing import Final

from provisioning.inventory import Unit
from provisioning.inventory_load import Fleet
from provisioning.maintenance_window import REBOOTS, hours, reboot_hours

__all__ = ["drop_ins", "window_of"]

_FOLDER: Final = "/etc/systemd/system"
_HEADER: Final = "# Written by mydesk-fleet: the inventory's maintenance window, {window}.\n"


def window_of(fleet: Fleet, unit: Unit) -> str:
    """That of its site, else the fleet's."""
    return fleet.site_of(unit).maintenance or fleet.inventory.fleet.maintenance


def drop_ins(window: str) -> dict[str, str]:
    """Files of a unit: updates begin in the first hour, reboots follow in the others (systemd.time(7))."""
    updates = f"*-*-* {hours(window)[0]:02}:00"
    reboots = f"*-*-* {','.join(f'{hour:02}' for hour in reboot_hours(window))}:{REBOOTS}"
    return {
        f"{_FOLDER}/mydesk-{name}.timer.d/10-inventory.conf": (
            f"{_HEADER.format(window=window)}[Timer]\nOnCalendar=\nOnCalendar={when}\n"
        )
        for name, when in (("security-updates", updates), ("reboot", reboots))
    }
