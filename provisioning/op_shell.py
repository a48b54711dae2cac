"""A command of the admin's own on units, and a shell on one: OpenSSH's ssh, trusting only the fleet's known_hosts."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncssh

from provisioning.fleet_error import FleetError
from provisioning.fleet_state import FleetState
from provisioning.inventory import Unit
from provisioning.known_hosts import key_of
from provisioning.ssh import UnknownHostKeyError
from provisioning.unit_commands import ask

__all__ = ["Ran", "run_command", "ssh_command"]

MOST_BYTES: Final = 256 << 10
MOST_CHARS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a command; both texts are plain."""

    status: int
    out: str
    said: str


async def run_command(
    unit: Unit, connection: asyncssh.SSHClientConnection, *, words: list[str], as_root: bool, timeout_s: float
) -> Ran:
    """Run the admin's `words` in a shell of the unit, as one line if there is one; more are quoted."""
    line = words[0] if len(words) == 1 else shlex.join(words)
    login = str(connection.get_extra_info("username"))
    user = "root" if as_root else login
    found = await ask(connection, ["sh", "-c", line], user=user, timeout_s=timeout_s, most_bytes=MOST_BYTES)
    return Ran(found.status, found.text[:MOST_CHARS], found.said)


def ssh_command(unit: Unit, state: FleetState, user: str, identity: Path | None) -> list[str]:
    """The words of an ssh that reads no configuration and trusts only the key of the unit's claim.

    Raises:
        UnknownHostKeyError: it was never claimed.
    """
    known = key_of(state, unit.id)
    if known is None:
        raise UnknownHostKeyError(f"{unit.id} is not claimed.", hint=f"Claim it: mydesk-fleet claim {unit.id}")
    if any(char.isspace() or char in '"%' for char in str(state.known_hosts)):
        raise FleetError(f"ssh cannot use {state.known_hosts}.", hint="Name a folder without spaces with --state.")
    options = {
        "UserKnownHostsFile": str(state.known_hosts),
        "GlobalKnownHostsFile": "none",
        "HostKeyAlias": unit.id,
        "StrictHostKeyChecking": "yes",
        "UpdateHostKeys": "no",
        "PasswordAuthentication": "no",
        "HostKeyAlgorithms": known.kind,
    }
    words = ["ssh", "-F", "none", *(f"-o{key}={value}" for key, value in options.items())]
    words += [] if identity is None else ["-i", str(identity), "-oIdentitiesOnly=yes"]
    return [*words, "-p", str(unit.ssh_port), "-l", user, "--", unit.address]
