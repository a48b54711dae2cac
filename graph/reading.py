"""A session that leaves the token file as it is: only the running app, or `mydesk-graph sign-in`, writes it.

A refresh token used here stays good for the app (reference/graph.md 1.2: use does not revoke it).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from common.clock import Clock
from common.errors import MyDeskError
from graph.auth import Authenticator
from graph.client import GraphClient
from graph.config import GraphConfig, NetworkConfig
from graph.features import Feature, scopes_for
from graph.msal_engine import MsalEngine
from graph.msal_http import MsalHttp
from graph.session import Session
from graph.token_store import TokenStore
from graph.wire import Wire, quieten


class TokenFileError(MyDeskError):
    """Error raised when this user may not read the unit's tokens, or should not write them."""


class ReadOnlyTokenStore(TokenStore):
    """Reads the token file and never changes it."""

    def write(self, text: str) -> None:
        """Keep nothing: new tokens live in memory."""

    def forget(self) -> None:
        """Delete nothing."""

    def _keep_aside(self) -> None:
        """Leave a damaged file to the app."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A session, and the client and the wire below it for what only the doctor asks."""

    session: Session
    client: GraphClient
    wire: Wire


@asynccontextmanager
async def reader(
    config: GraphConfig, network: NetworkConfig, clock: Clock, features: frozenset[Feature]
) -> AsyncIterator[Reader]:
    """Open a session that does not write, and close it. Raises TokenFileError."""
    check_readable(Path(config.token_cache_file))
    quieten()
    wire = Wire(network)
    owner = f"{config.tenant_id}/{config.client_id}".casefold()
    engine = MsalEngine(
        config,
        scopes_for(features, config.shape, config.graph_url),
        ReadOnlyTokenStore(Path(config.token_cache_file), Path(config.token_key_file), owner=owner),
        lambda: MsalHttp(wire.blocking_client(), total_timeout_s=network.total_timeout_s),
    )
    auth = Authenticator(engine, clock)
    client = GraphClient(config.graph_url, auth, wire, clock, total_timeout_s=network.total_timeout_s)
    session = Session(auth, client, config)
    try:
        yield Reader(session, client, wire)
    finally:
        await session.close()


def check_readable(path: Path) -> None:
    """Raise TokenFileError when the token file is there and this user may not read it."""
    try:
        with path.open("rb"):
            return
    except FileNotFoundError:
        return
    except OSError as error:
        raise TokenFileError(
            f"The token file {path} cannot be read ({error.strerror}).",
            hint="Run it as the service's user: sudo -u mydesk mydesk-graph ...",
        ) from error
