"""Whether a host of the internet is reachable: its name resolves, its port 443 accepts. No TLS, no bytes sent."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass

from common.clock import Clock
from telemetry.health.bounded import Bounded, HungError

DNS_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 5.0
MOST_ADDRESSES = 4
WELL_EVERY_S = 300.0
"""While it is reachable it is asked so seldom; while it is not, at each look."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far we came; all unknown where no host is configured."""

    dns_ok: bool | None = None
    connected: bool | None = None
    took_ms: int | None = None


class Reach:
    """One host and port. Never blocks the loop, takes at most the sum of both time-outs."""

    def __init__(
        self,
        clock: Clock,
        host: str,
        port: int = 443,
        *,
        dns_timeout_s: float = DNS_TIMEOUT_S,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
    ) -> None:
        self._clock = clock
        self._host = host
        self._port = port
        self._resolve = Bounded("dns", self._addresses, timeout_s=dns_timeout_s)
        self._connect_timeout_s = connect_timeout_s
        self._last = Reached()
        self._due_s = clock.monotonic_s()

    async def read(self) -> Reached:
        if self._host and (not self._last.connected or self._clock.monotonic_s() >= self._due_s):
            self._last = await self._asked()
            self._due_s = self._clock.monotonic_s() + WELL_EVERY_S
        return self._last

    async def _asked(self) -> Reached:
        try:
            addresses = await self._resolve()
        except (OSError, HungError, UnicodeError):  # UnicodeError: no name at all
            return Reached(dns_ok=False)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        connected = await self._connected(addresses)
        took_ms = round(1000 * (loop.time() - began_s)) if connected else None
        return Reached(dns_ok=True, connected=connected, took_ms=took_ms)

    async def _connected(self, addresses: list[str]) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._connect_timeout_s):
                for address in addresses:
                    if await _accepts(address, self._port):
                        return True
        return False

    def _addresses(self) -> list[str]:
        found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))[:MOST_ADDRESSES]


async def _accepts(address: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(address, port)
    except OSError:
        return False
    writer.transport.abort()
    return True
