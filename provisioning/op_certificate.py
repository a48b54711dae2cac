"""When a unit's certificate for the hub ends, from its agent, which renews it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncssh

from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.plain_text import plain_line
from provisioning.unit_commands import AGENT, ask

__all__ = ["CertificateState", "certificate_state"]


@dataclass(frozen=True, slots=True)
class CertificateState:
    """`expires` is an ISO 8601 time, None when there is no certificate; `fault` why it was not renewed."""

    expires: str | None
    fault: str

    def days_left(self, now: datetime) -> int | None:
        """Full days from `now`; below 0 when it has ended."""
        return None if self.expires is None else (datetime.fromisoformat(self.expires) - now).days


async def certificate_state(unit: Unit, connection: asyncssh.SSHClientConnection) -> CertificateState:
    """Ask the agent. Raises FleetError: it does not answer, or not with a time."""
    answer = (await ask(connection, [*AGENT, "status", "--json"], user="mydesk-agent")).json()
    found = answer.get("certificate")
    known = found if isinstance(found, Mapping) else {}
    return CertificateState(_time(known.get("expires")), plain_line(known.get("fault") or ""))


def _time(value: object) -> str | None:
    if value is None:
        return None
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise FleetError("its agent tells no time that can be read.", hint="Is its release whole?")
    return read.isoformat()
