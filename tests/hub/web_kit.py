"""The pages over real TLS: uvicorn in a thread with a certificate of trustme, a real store, httpx as the browser."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import trustme
import uvicorn
from starlette.applications import Starlette

from common.clock import ManualClock
from hub.authority import Authority
from hub.commands import Commands
from hub.desired import Desired
from hub.live import Live
from hub.parts import HubParts
from hub.roles import Role
from hub.settings import (
    AuthoritySection,
    HubConfig,
    LocalAdminSection,
    SignInSection,
    SiteSection,
    VisitsSection,
    WebSection,
)
from hub.store import Store
from hub.visits.parts import build_visits
from hub.web import sessions
from hub.web.app import make_app
from hub.web.sessions import COOKIE
from tests.hub.office import NOW, Office
from tests.hub.sender_double import SenderDouble

ADMIN, PASSWORD = "admin", "correct horse battery"
STARTS_WITHIN_S = 20.0
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@cache
def password_hash() -> str:
    """As `mydesk-hub password` makes it."""
    salt = b"0123456789abcdef"
    digest = hashlib.scrypt(PASSWORD.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
    return f"scrypt${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


@cache
def authority() -> trustme.CA:
    return trustme.CA()


@cache
def trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority().configure_trust(context)
    return context


@dataclass
class Served:
    """A hub that is being served. `app.state.site` is its Site."""

    parts: HubParts
    app: Starlette
    url: str
    sender: SenderDouble
    clock: ManualClock
    clients: list[httpx.Client] = field(default_factory=list)

    def browser(self, **headers: str) -> httpx.Client:
        """A browser with its own cookies, that follows nothing by itself."""
        client = httpx.Client(base_url=self.url, verify=trusting(), trust_env=False, headers=headers, timeout=20)
        self.clients.append(client)
        return client

    def signed_in(self, *roles: Role, name: str = "somebody@nordhavn.example") -> httpx.Client:
        """A browser with a session of these roles."""
        client = self.browser()
        client.cookies.set(COOKIE, self.session(*roles, name=name), domain="localhost.local")
        return client

    def session(self, *roles: Role, name: str = "somebody@nordhavn.example") -> str:
        now_ms = round(self.clock.now().timestamp() * 1000)
        with self.parts.store.begin() as connection:
            return sessions.begin(connection, f"entra:{name}:{roles}", name, roles, now_ms)


def csrf_of(client: httpx.Client, path: str = "/sessions") -> str:
    found = _CSRF.search(client.get(path).text)
    assert found is not None, f"{path} has no form"
    return found[1]


def post(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Post a form with the session's CSRF token."""
    return client.post(path, data={"csrf": csrf_of(client), **fields})


def config_of(port: int, **changes: Any) -> HubConfig:
    settings: dict[str, Any] = {
        "site": SiteSection(name="Nordhavn"),
        "web": WebSection(base_url=f"https://localhost:{port}", port=port),
        "local_admin": LocalAdminSection(name=ADMIN, password_hash=password_hash()),
        "sign_in": SignInSection(),
        "visits": VisitsSection(enabled=True, place="Havnegade 1, 2150 Nordhavn", contact="privacy@nordhavn.example"),
    }
    return HubConfig(**{**settings, **changes})


def in_folder(config: HubConfig, folder: Path) -> HubConfig:
    """With all files in `folder`."""
    visits = msgspec.structs.replace(config.visits, keys_file=str(folder / "keys" / "day.keys"))
    authority_there = AuthoritySection(folder=str(folder / "ca"))
    return msgspec.structs.replace(config, visits=visits, authority=authority_there)


@contextmanager
def served(
    folder: Path,
    *,
    office: bool = True,
    small: bool = False,
    now: datetime = NOW,
    running: bool = False,
    **changes: Any,
) -> Iterator[Served]:
    """Serve the pages of a store in `folder`; with an office in it (small: of this morning), or empty."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port = listening.getsockname()[1]
        store = Store.open(f"sqlite:///{folder / 'hub.db'}")
        clock, live, sender = ManualClock(now, running=running), Live(), SenderDouble()
        config = in_folder(config_of(port, **changes), folder)
        commands = Commands(store, sender, live, clock)
        visits = build_visits(config, store, sender, commands, live, clock) if config.visits.enabled else None
        parts = HubParts(
            config,
            store,
            live,
            commands,
            Desired(store, sender, live, clock),
            cast("Authority", None),  # the pages do not enrol
            clock,
            visits,
        )
        if office:
            with store.begin() as connection:
                Office(connection, now, **({"days": 0, "sampled_h": 1} if small else {})).fill()
        hub = Served(parts, make_app(parts), f"https://localhost:{port}", sender, clock)
        with _running(hub.app, listening, folder):
            yield hub
            for client in hub.clients:
                client.close()
        store.close()


class _Server(uvicorn.Server):
    """Uvicorn that does not wait for browsers that keep their connections."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await super().shutdown(sockets)
        await asyncio.sleep(0.05)  # for the TLS transports under them to close


@contextmanager
def _running(app: Starlette, listening: socket.socket, folder: Path) -> Iterator[None]:
    certificate = authority().issue_cert("localhost", "127.0.0.1")
    pem = folder / "web.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(str(pem))
    config = uvicorn.Config(
        app,
        ssl_certfile=str(pem),
        lifespan="off",
        log_config=None,
        log_level=logging.CRITICAL,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    thread = threading.Thread(target=asyncio.run, args=(server.serve(sockets=[listening]),), daemon=True)
    thread.start()
    for _ in range(2000):
        if server.started:
            break
        thread.join(STARTS_WITHIN_S / 2000)
    assert server.started
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(STARTS_WITHIN_S)
