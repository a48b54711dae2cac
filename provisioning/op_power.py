"""Reboots units, and only those where nobody would be disturbed."""

from __future__ import annotations

import asyncio
from typing import Final

import asyncssh

from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.many_units import Reach, on_one
from provisioning.plain_text import plain_line
from provisioning.ssh import SilentUnitError
from provisioning.unit_commands import app, ask
from telemetry.who_is_busy import who_is_busy

__all__ = ["BACK_TIMEOUT_S", "BusyUnitError", "busy_with", "reboot", "wait_until_back"]

BOOT_ID: Final = "/proc/sys/kernel/random/boot_id"
BACK_TIMEOUT_S: Final = 300.0
BACK_POLL_S: Final = 3.0


class BusyUnitError(FleetError):
    """Error raised when somebody would be disturbed."""


async def busy_with(unit: Unit, connection: asyncssh.SSHClientConnection) -> str:
    """Who would be disturbed, in words; "" when nobody, or when its app does not answer: a reboot may mend that."""
    answer = await ask(connection, app(unit, "ctl", "status", "--json"), user="mydesk")
    try:
        return plain_line(who_is_busy(answer.json()))
    except FleetError:
        return ""


async def reboot(unit: Unit, connection: asyncssh.SSHClientConnection, *, force: bool = False) -> str:
    """Reboot, and return the id of the boot that ends.

    Raises:
        BusyUnitError: somebody would be disturbed, and not `force`.
        FleetError: the unit refuses.
    """
    if not force and (busy := await busy_with(unit, connection)):
        raise BusyUnitError(f"{busy}.", hint="Wait until it is over, or use --force.")
    boot = await _boot_id(connection)
    try:
        (await ask(connection, ["systemctl", "reboot", "--no-wall"])).checked()
    except asyncssh.ConnectionLost:
        return boot  # it went faster than it answered
    return boot


async def wait_until_back(
    unit: Unit,
    boot: str,
    *,
    reach: Reach,
    timeout_s: float = BACK_TIMEOUT_S,
) -> None:
    """Wait until the unit answers from another boot than `boot`. Raises SilentUnitError: it did not in time."""

    async def look(_: Unit, connection: asyncssh.SSHClientConnection) -> str:
        return await _boot_id(connection)

    try:
        async with asyncio.timeout(timeout_s):
            while True:
                try:
                    if await on_one(unit, look, reach=reach, connect_timeout_s=10.0) != boot:
                        return
                except SilentUnitError:
                    pass  # that is what a reboot looks like
                await asyncio.sleep(BACK_POLL_S)
    except TimeoutError as error:
        hint = "Look at it: mydesk-fleet status " + unit.id
        raise SilentUnitError(f"{unit.id} was not back after {timeout_s:.0f} s.", hint=hint) from error


async def _boot_id(connection: asyncssh.SSHClientConnection) -> str:
    return (await ask(connection, ["cat", BOOT_ID])).checked().text
