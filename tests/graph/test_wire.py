"""The real clients over real sockets and real TLS: what breaks on the way, and through a proxy of the site."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph import errors
from graph.client import GraphClient, Reply, Request
from graph.config import NetworkConfig
from graph.msal_http import MsalHttp
from graph.tls import client_context
from graph.wire import Wire
from tests.graph.real_sockets import (
    Authority,
    Behaviour,
    Proxy,
    blurting,
    cutting,
    hanging,
    http,
    saying,
    serving,
    trickling,
)
from tests.graph.wire_doubles import Tokens, clock

READ = Request(what="calendar view", kind="calendar", method="GET", path="/me/calendarView")
OK = http(b'{"value": []}')
Asking = Callable[[NetworkConfig, str], Any]


async def ask_graph(network: NetworkConfig, url: str) -> Reply:
    client = GraphClient(
        f"{url}/v1.0", Tokens(), Wire(network), clock(), total_timeout_s=network.total_timeout_s, jitter=lambda: -0.5
    )
    try:
        return await client.send(READ)
    finally:
        await client.close()


async def ask_login(network: NetworkConfig, url: str) -> str:
    def ask() -> str:
        http_client = MsalHttp(Wire(network).blocking_client(), total_timeout_s=network.total_timeout_s)
        try:
            return http_client.post(f"{url}/token", data={"a": "1", "claims": None}).text
        finally:
            http_client.close()

    return await asyncio.to_thread(ask)


BOTH = pytest.mark.parametrize("ask", [ask_graph, ask_login])


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def network(authority: Authority | None, folder: Path, **changes: Any) -> NetworkConfig:
    limits = {"connect_timeout_s": 2.0, "read_timeout_s": 0.3, "total_timeout_s": 0.6}
    return NetworkConfig(ca_file=authority.file(folder) if authority else "", **{**limits, **changes})


def run(
    ask: Asking, behave: Behaviour, context: ssl.SSLContext | None, settings: NetworkConfig, host: str = "localhost"
) -> Any:
    async def scenario() -> Any:
        async with serving(behave, context) as port:
            return await ask(settings, f"https://{host}:{port}")

    return asyncio.run(scenario())


@BOTH
def test_a_site_ca_is_added_to_the_systems(ask: Asking, authority: Authority, tmp_path: Path) -> None:
    assert run(ask, saying(OK), authority.server(), network(authority, tmp_path))


@BOTH
@pytest.mark.parametrize(
    ("behave", "kind"),
    [
        (hanging, errors.TimedOut),
        (trickling(0.02), errors.TimedOut),
        (cutting(b""), errors.NetworkDown),
        (cutting(OK[:-5]), errors.NetworkDown),
        (cutting(OK[:20]), errors.NetworkDown),
        (cutting(b"SSH-2.0-OpenSSH\r\n"), errors.NetworkDown),
        (saying(http(b"<html>Hotel", media="text/html")), errors.Intercepted),
        (saying(http(b'{"value": [')), (errors.BadAnswer, errors.Intercepted)),
        (saying(http(b"not gzip", more="Content-Encoding: gzip\r\n")), errors.BadAnswer),
        (saying(http(b"", status="302 Found", more="Location: https://hotel.example/\r\n")), errors.GraphError),
    ],
)
def test_what_breaks_on_the_way(
    ask: Asking, behave: Behaviour, kind: Any, authority: Authority, tmp_path: Path
) -> None:
    with pytest.raises(kind):
        run(ask, behave, authority.server(), network(authority, tmp_path))


@BOTH
def test_nobody_listens(ask: Asking, authority: Authority, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(hanging) as port:
            pass
        await ask(network(authority, tmp_path), f"https://localhost:{port}")

    with pytest.raises(errors.NetworkDown):
        asyncio.run(scenario())


@BOTH
def test_no_such_name(ask: Asking, authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(errors.NetworkDown):
        asyncio.run(ask(network(authority, tmp_path, read_timeout_s=5, total_timeout_s=9), "https://graph.invalid"))


@BOTH
def test_an_impostor_is_not_believed_and_the_ca_file_is_named(
    ask: Asking, authority: Authority, tmp_path: Path
) -> None:
    for settings in (network(None, tmp_path), network(Authority(), tmp_path)):
        with pytest.raises(errors.Intercepted, match="ca_file"):
            run(ask, saying(OK), authority.server(), settings)


@BOTH
def test_a_certificate_for_somebody_else(ask: Asking, authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(errors.Intercepted):
        run(ask, saying(OK), authority.server("graph.example"), network(authority, tmp_path))


@BOTH
def test_an_expired_certificate_points_at_the_clock(ask: Asking, authority: Authority, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    authority.ca.issue_cert("localhost", not_after=past).configure_cert(context)
    with pytest.raises(errors.Intercepted, match="clock"):
        run(ask, saying(OK), context, network(authority, tmp_path))


@BOTH
def test_a_portal_that_speaks_no_tls(ask: Asking, authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(errors.Intercepted):
        run(ask, blurting(http(b"<html>Hotel", media="text/html")), None, network(authority, tmp_path))


@BOTH
def test_a_handshake_that_hangs(ask: Asking, authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(errors.TimedOut):
        run(ask, hanging, None, network(authority, tmp_path, connect_timeout_s=0.3))


def through(
    ask: Asking, settings: NetworkConfig, context: ssl.SSLContext, user: str = "", **behaviour: Any
) -> list[str]:
    """Ask for graph.microsoft.com through a proxy, and return what the proxy was asked."""

    async def scenario() -> list[str]:
        async with serving(saying(OK), context) as port:
            proxy = Proxy(port, **behaviour)
            async with serving(proxy.behave) as proxy_port:
                url = f"http://{user}127.0.0.1:{proxy_port}"
                changed = NetworkConfig(ca_file=settings.ca_file, proxy_url=url, read_timeout_s=2)
                await ask(changed, "https://graph.microsoft.com")
            return proxy.asked

    return asyncio.run(scenario())


@BOTH
def test_through_a_proxy_that_inspects_tls_with_the_sites_ca(
    ask: Asking, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "*")
    inspected = authority.server("graph.microsoft.com")
    asked = through(ask, network(authority, tmp_path), inspected)
    assert asked == ["CONNECT graph.microsoft.com:443 HTTP/1.1"]
    with pytest.raises(errors.Intercepted, match="ca_file"):
        through(ask, network(None, tmp_path), inspected)


@BOTH
def test_a_proxy_that_wants_a_password(ask: Asking, authority: Authority, tmp_path: Path) -> None:
    settings, context = network(authority, tmp_path), authority.server("graph.microsoft.com")
    assert through(ask, settings, context, user="panel:s3cret@", password="panel:s3cret")
    with pytest.raises(errors.Intercepted, match="proxy_url") as caught:
        through(ask, settings, context, user="panel:wr0ng@", password="panel:s3cret")
    assert "wr0ng" not in str(caught.value)


@BOTH
def test_a_proxy_that_forbids_microsoft(ask: Asking, authority: Authority, tmp_path: Path) -> None:
    settings, context = network(authority, tmp_path), authority.server("graph.microsoft.com")
    with pytest.raises(errors.Intercepted, match="403"):
        through(ask, settings, context, refusal="403 Forbidden")


@BOTH
def test_a_proxy_that_is_not_there(ask: Asking, tmp_path: Path) -> None:
    with pytest.raises(errors.NetworkDown):
        asyncio.run(ask(NetworkConfig(proxy_url="http://127.0.0.1:1"), "https://graph.microsoft.com"))


@BOTH
@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"\xff"])
def test_a_ca_file_that_cannot_be_used_is_named(ask: Asking, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(errors.NetworkDown, match=r"ca\.pem"):
        asyncio.run(ask(NetworkConfig(ca_file=str(path)), "https://graph.microsoft.com"))


def test_the_environment_does_not_choose_the_cas(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, authority.file(tmp_path))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    for ask in (ask_graph, ask_login):
        with pytest.raises(errors.Intercepted):
            run(ask, saying(OK), authority.server(), network(None, tmp_path))


def test_one_connection_is_kept_for_many_requests(authority: Authority, tmp_path: Path) -> None:
    connections = 0
    answer = saying(OK)

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await answer(reader, writer)

    async def scenario() -> None:
        async with serving(counted, authority.server()) as port:
            settings = network(authority, tmp_path)
            graph_url = f"https://localhost:{port}/v1.0"
            client = GraphClient(graph_url, Tokens(), Wire(settings), clock(), total_timeout_s=5)
            for _ in range(5):
                await client.send(READ)
            await client.close()

    asyncio.run(scenario())
    assert connections == 1


def test_tls_1_1_is_not_spoken() -> None:
    assert client_context().minimum_version >= ssl.TLSVersion.TLSv1_2
    assert client_context().verify_mode == ssl.CERT_REQUIRED
    assert client_context().check_hostname
