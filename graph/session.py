"""Microsoft 365 for one program: the composition root of this package.

>>> session = Session.open(config, network, SystemClock(), features=frozenset({Feature.BOOKING}))  # doctest: +SKIP
>>> await session.calendars.view(room, start, end, zone=ZoneInfo("Europe/Copenhagen"))              # doctest: +SKIP
>>> await session.close()                                                                           # doctest: +SKIP
"""

from __future__ import annotations

from pathlib import Path

from common.clock import Clock
from graph.auth import Authenticator
from graph.calendars import Calendars
from graph.chats import Chats
from graph.client import GraphClient
from graph.config import GraphConfig, NetworkConfig
from graph.features import Feature, scopes_for
from graph.mail import Mail
from graph.msal_engine import MsalEngine
from graph.msal_http import MsalHttp
from graph.people import People
from graph.places import Places
from graph.presence import PresenceReader
from graph.reach import Seen
from graph.token_store import TokenStore
from graph.wire import Wire, quieten


class Session:
    """Everything a program says to Microsoft 365. One per process: it is the only writer of the token file."""

    def __init__(self, auth: Authenticator, client: GraphClient, config: GraphConfig) -> None:
        self._client = client
        self.auth = auth
        self.calendars = Calendars(client, config.shape)
        self.places = Places(client)
        self.people = People(client)
        self.presence = PresenceReader(client)
        self.mail = Mail(client, config.shape, config.account)
        self.chats = Chats(client, config.graph_url, config.account)

    @classmethod
    def open(
        cls,
        config: GraphConfig,
        network: NetworkConfig,
        clock: Clock,
        *,
        features: frozenset[Feature],
    ) -> Session:
        """Put the parts together. No I/O: files and network are touched by the first call that needs them."""
        quieten()
        wire = Wire(network)
        store = TokenStore(
            Path(config.token_cache_file),
            Path(config.token_key_file),
            owner=f"{config.tenant_id}/{config.client_id}".casefold(),
        )
        engine = MsalEngine(
            config,
            scopes_for(features, config.shape, config.graph_url),
            store,
            lambda: MsalHttp(wire.blocking_client(), total_timeout_s=network.total_timeout_s),
        )
        auth = Authenticator(engine, clock)
        client = GraphClient(config.graph_url, auth, wire, clock, total_timeout_s=network.total_timeout_s)
        return cls(auth, client, config)

    @property
    def seen(self) -> Seen:
        """What the last request of any part met."""
        return self._client.seen

    async def probe(self, timeout_s: float) -> Seen:
        """Ask Graph something light, only to learn whether it answers."""
        return await self._client.probe(timeout_s)

    async def close(self) -> None:
        """Close every connection. The session is of no use afterwards."""
        await self._client.close()
        await self.auth.close()
