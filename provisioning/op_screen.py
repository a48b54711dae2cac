"""What is on a unit's screen, with blocks in place of names and typed text (DESIGN.md 4.3), and where the unit is."""

from __future__ import annotations

from typing import Final

import asyncssh

from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.unit_commands import app, ask

__all__ = ["identify", "screenshot"]

MOST_BYTES: Final = 8 << 20
_PNG: Final = b"\x89PNG\r\n\x1a\n"
"""PNG specification, 5.2."""


async def screenshot(unit: Unit, connection: asyncssh.SSHClientConnection) -> bytes:
    """A PNG of the unit's screen. Raises FleetError: its app does not answer, or that is no picture."""
    words = app(unit, "ctl", "screenshot", "--out", "-")
    answer = (await ask(connection, words, user="mydesk", most_bytes=MOST_BYTES)).checked()
    if answer.cut or not answer.out.startswith(_PNG):
        raise FleetError("what it sent is no picture.", hint="Is its release as new as this tool?")
    return answer.out


async def identify(unit: Unit, connection: asyncssh.SSHClientConnection) -> str:
    """Banner and lamp for 30 seconds; returns who the unit says it is. Raises FleetError: its app does not answer."""
    answer = await ask(connection, app(unit, "ctl", "identify", "--json"), user="mydesk")
    return str(answer.json().get("unit", ""))
