"""The hours in which units update Debian and reboot, from the inventory, as timers of systemd. Pure.

>>> hours("01-05")
(1, 2, 3, 4)
>>> hours("22-01")
(22, 23, 0)
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from provisioning.inventory import Unit
from provisioning.inventory_load import Fleet

__all__ = ["drop_ins", "hours", "is_open", "window_of"]

_FOLDER: Final = "/etc/systemd/system"
_HEADER: Final = "# Written by mydesk-fleet: the inventory's maintenance window, {window}.\n"


def window_of(fleet: Fleet, unit: Unit) -> str:
    """That of its site, else the fleet's."""
    return fleet.site_of(unit).maintenance or fleet.inventory.fleet.maintenance


def hours(window: str) -> tuple[int, ...]:
    """The hours of the day that a window covers; it may go over midnight."""
    begin, end = (int(part) for part in window.split("-"))
    return tuple((begin + offset) % 24 for offset in range((end - begin) % 24 or 24))


def is_open(window: str, local: datetime) -> bool:
    """Whether it is open at a time of the unit's own zone."""
    return local.hour in hours(window)


def drop_ins(window: str) -> dict[str, str]:
    """Files of a unit: updates begin in the first hour, reboots follow in the others (systemd.time(7))."""
    first, *later = hours(window)
    updates = f"*-*-* {first:02}:00"
    reboots = f"*-*-* {','.join(f'{hour:02}' for hour in sorted(later or [first]))}:07/15"
    return {
        f"{_FOLDER}/mydesk-{name}.timer.d/10-inventory.conf": (
            f"{_HEADER.format(window=window)}[Timer]\nOnCalendar=\nOnCalendar={when}\n"
        )
        for name, when in (("security-updates", updates), ("reboot", reboots))
    }
