"""Builds the two httpx clients: ours (async) for Graph and msal's (blocking) for the sign-in. Same TLS, same proxy."""

from __future__ import annotations

import logging
import ssl
import threading

import httpx

from graph.config import NetworkConfig
from graph.errors import BadAnswer, NetworkDown
from graph.tls import client_context

USER_AGENT = "mydesk-firmware/0.1"
MAX_BYTES = 8 << 20
"""The largest answer we take: a day of a busy room is 20 kB."""
_KEEP_ALIVE_S = 75.0
_MAX_CONNECTIONS = 4


def quieten() -> None:
    """Keep httpx, httpcore and msal from logging addresses, which stand in Graph's URLs, and tokens."""
    for name in ("httpx", "httpcore", "msal"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


class Wire:
    """Makes clients for one NetworkConfig. No I/O before the first client is asked for."""

    def __init__(self, network: NetworkConfig) -> None:
        self._network = network
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()

    def async_client(self) -> httpx.AsyncClient:
        """Return a new client for Graph. Reads CA files: call it in a worker thread. Raises NetworkDown."""
        return httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(
                verify=self._tls(), http1=True, http2=False, trust_env=False, proxy=self._proxy(), limits=_LIMITS
            ),
            timeout=self._timeouts(),
            trust_env=False,
            follow_redirects=False,
        )

    def blocking_client(self) -> httpx.Client:
        """Return a new client for msal, to be used in its worker thread. Raises NetworkDown."""
        return httpx.Client(
            transport=httpx.HTTPTransport(
                verify=self._tls(), http1=True, http2=False, trust_env=False, proxy=self._proxy(), limits=_LIMITS
            ),
            timeout=self._timeouts(),
            trust_env=False,
            follow_redirects=False,
        )

    def _tls(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = client_context(self._network.ca_file)
            return self._context

    def _proxy(self) -> httpx.Proxy | None:
        if not self._network.proxy_url:
            return None
        try:
            url = httpx.URL(self._network.proxy_url)
            return httpx.Proxy(url, ssl_context=self._tls() if url.scheme == "https" else None)
        except (ValueError, httpx.InvalidURL) as error:
            raise NetworkDown(
                "The proxy's address cannot be used.",
                hint="Write [network] proxy_url like http://proxy.example:3128.",
            ) from error

    def _timeouts(self) -> httpx.Timeout:
        read_s, connect_s = self._network.read_timeout_s, self._network.connect_timeout_s
        return httpx.Timeout(read_s, connect=connect_s, pool=connect_s)


_LIMITS = httpx.Limits(max_connections=_MAX_CONNECTIONS, max_keepalive_connections=2, keepalive_expiry=_KEEP_ALIVE_S)


async def whole_body(what: str, response: httpx.Response, most_bytes: int | None = None) -> bytes:
    """Return the body of a streamed answer. Raises BadAnswer when it is longer than `most_bytes`, or MAX_BYTES."""
    limit = most_bytes or MAX_BYTES
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > limit:
            raise too_long(what, limit)
    return bytes(body)


def too_long(what: str, limit: int = MAX_BYTES) -> BadAnswer:
    """Return the error for an answer that does not end."""
    return BadAnswer(f"{what}: the answer is longer than {limit >> 10} KiB.")
