"""Debian's security updates on a unit, by the unit's own service (systemd/mydesk-security-updates.service), and the
reboot that they may need, when nobody is disturbed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import asyncssh

from provisioning.inventory import Unit
from provisioning.op_power import busy_with
from provisioning.op_power import reboot as reboot_unit
from provisioning.unit_commands import ask

__all__ = ["SERVICE", "Updated", "update_os"]

SERVICE: Final = "mydesk-security-updates.service"
REBOOT_REQUIRED: Final = "/run/reboot-required"
DPKG_STATUS: Final = "/var/lib/dpkg/status"


@dataclass(frozen=True, slots=True)
class Updated:
    """What came of it. `boot` is the boot that ends when the unit was rebooted, `busy` why it was not."""

    changed: bool
    reboot_required: bool
    boot: str = ""
    busy: str = ""


async def update_os(unit: Unit, connection: asyncssh.SSHClientConnection, *, reboot: bool, timeout_s: float) -> Updated:
    """Install what Debian's security archive has. Raises FleetError: the unit's service failed, or is not there."""
    before = await _packages(connection)
    (await ask(connection, ["systemctl", "start", SERVICE], timeout_s=timeout_s)).checked()
    changed = await _packages(connection) != before
    if (await ask(connection, ["test", "-e", REBOOT_REQUIRED])).status != 0:
        return Updated(changed, reboot_required=False)
    if not reboot:
        return Updated(changed, reboot_required=True)
    if busy := await busy_with(unit, connection):
        return Updated(changed, reboot_required=True, busy=busy)
    return Updated(changed, reboot_required=True, boot=await reboot_unit(unit, connection))


async def _packages(connection: asyncssh.SSHClientConnection) -> str:
    """dpkg writes this file whenever a package changes."""
    return (await ask(connection, ["stat", "--format=%Y %s", DPKG_STATUS])).checked().text
