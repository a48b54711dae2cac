"""The pages over HTTPS: the socket, the certificate and its renewal, uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette

from common.errors import MyDeskError
from hub.authority import Authority
from hub.settings import HubConfig

GRACE_S = 3
_log = logging.getLogger(__name__)


class WebServerError(MyDeskError):
    """Error raised when the pages cannot be served: the port is taken, or the certificate cannot be used."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the whole hub's, not the pages' alone."""
        yield


class WebServer:
    """Serves an application until it is told to end."""

    def __init__(self, config: HubConfig, authority: Authority) -> None:
        self._config = config
        self._web = config.web
        self._authority = authority
        self._context: ssl.SSLContext | None = None
        self._server: _Server | None = None

    @property
    def started(self) -> bool:
        return self._server is not None and self._server.started

    async def run(self, app: Starlette) -> None:
        """Listen and serve. Raises WebServerError."""
        listening = _listen(self._web.address, self._web.port)
        with listening:
            options = uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                proxy_headers=self._web.behind_proxy,
                forwarded_allow_ips="127.0.0.1,::1",
                timeout_graceful_shutdown=GRACE_S,
                limit_concurrency=500,
                h11_max_incomplete_event_size=64 << 10,
            )
            options.load()
            if not self._web.behind_proxy:
                await asyncio.to_thread(self.refresh)
                options.ssl = self._context
            self._server = _Server(options)
            await self._server.serve(sockets=[listening])

    def stop(self) -> None:
        """Let `run` end."""
        if self._server is not None:
            self._server.should_exit = True

    def refresh(self) -> None:
        """Take the certificate anew, for connections from now on. Blocking. Raises WebServerError."""
        if self._web.behind_proxy:
            return
        certificate, key = self._files()
        context = self._context or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            hint = "Check [web] certificate_file and key_file, or leave both empty."
            raise WebServerError(f"the certificate {certificate} cannot be used: {error}.", hint=hint) from error
        self._context = context

    def _files(self) -> tuple[Path, Path]:
        if self._web.certificate_file:
            return Path(self._web.certificate_file), Path(self._web.key_file or self._web.certificate_file)
        return self._authority.web_files(web_hosts(self._config))


def web_hosts(config: HubConfig) -> tuple[str, ...]:
    """Names under which people reach the pages."""
    named = urlsplit(config.web.base_url).hostname or "localhost"
    return tuple(dict.fromkeys((named, config.broker.host, "localhost")))


def _listen(address: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise WebServerError(f"[web] address = {address!r}: {error.strerror}.") from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
    except OSError as error:
        listening.close()
        hint = "Another program has that port, or the address is not this machine's; see [web]."
        raise WebServerError(f"cannot listen on {address} port {port}: {error.strerror}.", hint=hint) from error
    return listening
