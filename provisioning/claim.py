"""Claims units: learns the SSH host key of a unit that proves that it booted from the card that was seeded for it.

1. The host key and the banner are fetched; nothing is trusted, no key or password is offered.
2. The banner must have the HMAC of that very key under the unit's claim token (`on_unit.mydesk_claim`).
3. The token remembers which key it has proved; the key goes into the fleet's known_hosts.
4. Over a connection that trusts only that key, the unit forgets the token. Then the fleet does, too.

Whatever comes in between, the same claim again goes on where it was.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncssh
import msgspec

from provisioning.fleet_error import FleetError
from provisioning.fleet_state import ClaimToken, FleetState
from provisioning.known_hosts import HostKey, key_of, remember
from provisioning.on_unit.mydesk_claim import LINE, PROGRAM, proof
from provisioning.ssh import CONNECT_TIMEOUT_S, Access, connected, run, translated

__all__ = ["Claimed", "check_banner", "claim", "claim_all", "fetch"]

AT_ONCE: Final = 20
DONE: Final = f"/{PROGRAM} done"
_MOST_BANNER: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Claimed:
    """What became of one unit: the fingerprint of its key, or `error`; `news` is false when it was claimed before."""

    unit: str
    fingerprint: str = ""
    news: bool = True
    error: str = ""


class _Looking(asyncssh.SSHClient):
    """Takes down what the far side shows before anybody signs in."""

    def __init__(self) -> None:
        self.banner = ""
        self.key: HostKey | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self.key = HostKey.parse(key.export_public_key("openssh").decode("ascii"))
        return True  # only so that it goes on to the banner: nothing follows

    def auth_banner_received(self, msg: str, lang: str) -> None:
        self.banner = (self.banner + msg)[:_MOST_BANNER]


async def fetch(access: Access, *, timeout_s: float = CONNECT_TIMEOUT_S) -> tuple[HostKey, str]:
    """The host key and the banner that a machine shows to strangers.

    Raises:
        FleetError: it does not answer, or shows no Ed25519 key.
    """
    looking = _Looking()
    nothing: dict[str, Any] = {"client_keys": None, "agent_path": None, "password": None, "gss_host": None}
    with translated(access):
        try:
            async with asyncio.timeout(timeout_s):
                connection = await asyncssh.connect(
                    access.host,
                    access.unit.ssh_port,
                    config=None,
                    username=access.user,
                    known_hosts=([], [], []),
                    server_host_key_algs=["ssh-ed25519"],
                    client_factory=lambda: looking,
                    **nothing,
                )
        except asyncssh.PermissionDenied:
            pass  # of course: nothing was offered
        else:
            connection.abort()
            await connection.wait_closed()
    if looking.key is None:
        raise FleetError(f"{access.shown} showed no host key.", hint="Is it a MyDesk unit?")
    return looking.key, looking.banner


def check_banner(access: Access, key: HostKey, banner: str, token: ClaimToken) -> None:
    """Hold a machine's banner against the key that it showed and the token of the unit.

    Raises:
        FleetError: it does not prove that this is the unit; says why, and what to do.
    """
    lines = [LINE.fullmatch(line.strip()) for line in banner.splitlines()]
    faults = [_fault(access, key, line, token) for line in lines if line is not None]
    if not faults:
        hint = "Was it started from the card that was seeded for it, and is it done with its first boot?"
        raise FleetError(f"{access.shown} does not offer itself to be claimed.", hint=hint)
    if "" not in faults:
        raise FleetError(faults[0], hint="Nothing was sent to it, and its key was not recorded.")


def _fault(access: Access, key: HostKey, line: re.Match[str], token: ClaimToken) -> str:
    """Why a line of a banner proves nothing; empty when it does."""
    unit, fingerprint, mac = line.groups()
    if unit != token.unit:
        return f"{access.shown} says that it is {unit}: another unit has this address."
    if fingerprint != key.fingerprint:
        return (
            f"{access.shown} shows the SSH key {key.fingerprint}, and a banner for {fingerprint}: "
            "somebody passes on the banner of another machine."
        )
    if not hmac.compare_digest(mac, proof(token.token, unit, fingerprint)):
        return (
            f"{access.shown} does not have the claim token of {unit}: it booted from another card than the one "
            f"seeded last, or is a stranger."
        )
    return ""


async def claim(access: Access, state: FleetState, *, timeout_s: float = CONNECT_TIMEOUT_S) -> Claimed:
    """Claim a unit; one that was claimed before, and is not seeded again, is left alone.

    Raises:
        FleetError: it cannot be reached, proves nothing, or does not forget its token; the same again goes on.
    """
    name = access.unit.id
    token = state.token(name)
    if token is None:
        known = key_of(state, name)
        if known is not None:
            return Claimed(name, known.fingerprint, news=False)
        raise FleetError(f"{name} has no claim token on this laptop.", hint=f"Make its card: mydesk-fleet seed {name}")
    key, banner = await fetch(access, timeout_s=timeout_s)
    if key.fingerprint != token.proven_key:
        check_banner(access, key, banner, token)
        state.keep_token(msgspec.structs.replace(token, proven_key=key.fingerprint))
    remember(state, name, access.host, access.unit.ssh_port, key)
    async with connected(access, state, timeout_s=timeout_s) as connection:
        await run(access, connection, DONE)
    state.drop_token(name)
    return Claimed(name, key.fingerprint)


async def claim_all(accesses: Sequence[Access], state: FleetState) -> AsyncIterator[Claimed]:
    """Claim units, AT_ONCE at a time, and yield what became of each as it is known; one's failure stops no other."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(access: Access) -> Claimed:
        async with limit:
            try:
                return await claim(access, state)
            except FleetError as error:
                return Claimed(access.unit.id, error=str(error))

    for finished in asyncio.as_completed([one(access) for access in accesses]):
        yield await finished
