"""Connections to claimed units: only to the host key that was recorded at the claim, with every failure in clear words.

Nothing here asks or trusts on first use. ~/.ssh/config and ~/.ssh/known_hosts are not read: what a fleet trusts must
not depend on who runs the tool.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncssh

from provisioning.fleet_error import FleetError
from provisioning.fleet_state import FleetState
from provisioning.inventory import Unit
from provisioning.known_hosts import HostKey, key_of

__all__ = [
    "CONNECT_TIMEOUT_S",
    "Access",
    "SilentUnitError",
    "UnknownHostKeyError",
    "connected",
    "run",
    "translated",
    "within",
]

CONNECT_TIMEOUT_S: Final = 15.0
RUN_TIMEOUT_S: Final = 60.0
_MOST_OUTPUT: Final = 2000


class UnknownHostKeyError(FleetError):
    """Error raised when a unit shows no key that this fleet trusts."""


class SilentUnitError(FleetError):
    """Error raised when a unit does not answer, or no longer: what it does is unknown, neither well nor failed."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach a unit: `identity` is a private key file; None takes the agent and the usual keys."""

    unit: Unit
    user: str
    identity: Path | None = None
    address: str = ""
    """Where it is for now, in place of the inventory's."""

    @property
    def host(self) -> str:
        """A name or an address."""
        return self.address or self.unit.address

    @property
    def shown(self) -> str:
        """For messages: cph-2-ada (10.1.2.20)."""
        port = "" if self.unit.ssh_port == 22 else f" port {self.unit.ssh_port}"
        return f"{self.unit.id} ({self.host}{port})"


class _Strict(asyncssh.SSHClient):
    """Remembers the key that was refused, so that the message can name it."""

    def __init__(self) -> None:
        self.refused = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self.refused = key.get_fingerprint("sha256")
        return False


@asynccontextmanager
async def connected(
    access: Access,
    state: FleetState,
    *,
    timeout_s: float = CONNECT_TIMEOUT_S,
    keys: Mapping[str, HostKey] | None = None,
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """A connection to a claimed unit, closed at the end. `keys` are those of `state`, when they were read already.

    Raises:
        UnknownHostKeyError: it was never claimed, or shows another key than at its claim.
        SilentUnitError: it does not answer.
        FleetError: it does not let us in.
    """
    known = key_of(state, access.unit.id) if keys is None else keys.get(access.unit.id)
    if known is None:
        hint = f"Claim it: mydesk-fleet claim {access.unit.id}"
        raise UnknownHostKeyError(f"{access.shown} is not claimed: nobody knows its SSH key.", hint=hint)
    connection = await _open(access, known, timeout_s)
    try:
        yield connection
    finally:
        connection.abort()
        await connection.wait_closed()


async def _open(access: Access, known: HostKey, timeout_s: float) -> asyncssh.SSHClientConnection:
    guard = _Strict()
    options: dict[str, Any] = {} if access.identity is None else {"client_keys": [str(access.identity)]}
    options |= {} if access.identity is None else {"agent_path": None}
    with translated(access):
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncssh.connect(
                    access.host,
                    access.unit.ssh_port,
                    config=None,
                    username=access.user,
                    known_hosts=([asyncssh.import_public_key(known.text)], [], []),
                    server_host_key_algs=[known.kind],
                    client_factory=lambda: guard,
                    password=None,
                    **options,
                )
        except asyncssh.HostKeyNotVerifiable as error:
            raise _changed(access, known, guard.refused) from error


def _changed(access: Access, known: HostKey, shown: str) -> UnknownHostKeyError:
    name = access.unit.id
    text = f"{access.shown} shows the SSH key {shown or 'of another kind'}, not {known.fingerprint} of its claim."
    hint = (
        "Somebody may be in between, or another machine has its address: nothing was sent. "
        f"If you put a new card in: mydesk-fleet seed {name} --again, then mydesk-fleet claim {name}."
    )
    return UnknownHostKeyError(text, hint=hint)


@asynccontextmanager
async def within(timeout_s: float, connection: asyncssh.SSHClientConnection) -> AsyncIterator[None]:
    """End what is done over `connection` after `timeout_s`, and the connection with it.

    Cancelling is not enough: asyncssh then closes the channel and waits for the far side to do so, too, which a unit
    whose power went never does.

    Raises:
        TimeoutError: it took longer.
    """
    async with asyncio.timeout(timeout_s):
        ending = asyncio.get_running_loop().call_later(timeout_s, connection.abort)
        try:
            yield
        finally:
            ending.cancel()


@contextmanager
def translated(access: Access) -> Iterator[None]:
    """Turn what asyncssh and the network raise into a FleetError about this unit."""
    try:
        yield
    except asyncssh.PermissionDenied as error:
        hint = "Is your key among [fleet] admin_keys, and loaded (ssh-add -l) or named with --identity?"
        raise FleetError(f"{access.shown} does not let {access.user} in.", hint=hint) from error
    except TimeoutError as error:
        raise _silent(access, "no answer in time") from error
    except socket.gaierror as error:
        raise _silent(access, f"{access.host} is no known name") from error
    except asyncssh.KeyExchangeFailed as error:
        raise FleetError(f"{access.shown} offers no Ed25519 host key.", hint="On the unit: ssh-keygen -A") from error
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise FleetError(f"{access.identity} is no usable key: {error}.", hint="Load it with ssh-add.") from error
    except asyncssh.ConnectionLost as error:
        raise _silent(access, "the connection was cut") from error
    except asyncssh.Error as error:
        if isinstance(error, asyncssh.ChannelOpenError) and error.code == asyncssh.OPEN_CONNECT_FAILED:
            raise _silent(access, "the connection was cut") from error  # between two commands
        raise FleetError(f"{access.shown}: SSH failed: {error.reason[:_MOST_OUTPUT]}.", hint="Try again.") from error
    except OSError as error:
        raise _silent(access, error.strerror or str(error)) from error


def _silent(access: Access, why: str) -> SilentUnitError:
    return SilentUnitError(f"{access.shown} does not answer: {why}.", hint="Is it on, and is its address right?")


async def run(
    access: Access, connection: asyncssh.SSHClientConnection, command: str, *, timeout_s: float = RUN_TIMEOUT_S
) -> str:
    """Run a command as root on a unit and return its output. Raises FleetError: it failed, with what it said."""
    whole = command if access.user == "root" else f"sudo -n {command}"
    with translated(access):
        done = await connection.run(whole, check=False, timeout=timeout_s, stdin=asyncssh.DEVNULL)
    if done.exit_status != 0:
        said = str(done.stderr or done.stdout or "").strip()[-_MOST_OUTPUT:]
        raise FleetError(f"{access.shown}: {command} failed ({done.exit_status}): {said}")
    return str(done.stdout or "")
