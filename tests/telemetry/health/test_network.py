"""The way out: real ports of the loopback, this machine's own tables, and those of a Pi on Wi-Fi."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.clock import ManualClock
from telemetry.health import readings
from telemetry.health.network import Network
from telemetry.health.reach import WELL_EVERY_S, Reach, Reached
from tests.telemetry.health.fake_root import PI, put


def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 23, 8, 0, tzinfo=UTC))


def in_loop(story: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await story()

    asyncio.run(run())


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


@pytest.fixture
def refusing() -> Iterator[int]:
    """A port that is taken, so that nobody else listens there, and does not listen."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


def test_a_port_that_accepts(listener: socket.socket) -> None:
    async def story() -> None:
        found = await Reach(clock(), "127.0.0.1", port(listener)).read()
        assert (found.dns_ok, found.connected) == (True, True)
        assert found.took_ms is not None

    in_loop(story)


def test_a_port_that_refuses(refusing: int) -> None:
    in_loop(lambda: _is("127.0.0.1", refusing, Reached(dns_ok=True, connected=False)))


def test_a_port_that_says_nothing() -> None:
    """A listener whose queue is full drops what comes, as a firewall does."""

    async def story() -> None:
        with socket.socket() as server, socket.socket() as first:
            server.bind(("127.0.0.1", 0))
            server.listen(0)
            first.connect(server.getsockname())
            reach = Reach(clock(), "127.0.0.1", port(server), connect_timeout_s=0.1)
            async with asyncio.timeout(5):
                assert await reach.read() == Reached(dns_ok=True, connected=False)

    in_loop(story)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 64 + ".invalid", "a..b"])
def test_a_name_that_does_not_resolve(host: str) -> None:
    in_loop(lambda: _is(host, 443, Reached(dns_ok=False)))


async def _is(host: str, at_port: int, reached: Reached) -> None:
    assert await Reach(clock(), host, at_port).read() == reached


def test_a_resolver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real one is not at hand: the C library's call is held up."""
    free = threading.Event()
    monkeypatch.setattr("telemetry.health.reach.socket.getaddrinfo", lambda *_, **__: [free.wait(10)])

    async def story() -> None:
        reach = Reach(clock(), "graph.microsoft.com", dns_timeout_s=0.05)
        async with asyncio.timeout(5):
            assert await reach.read() == Reached(dns_ok=False)
            assert await reach.read() == Reached(dns_ok=False)

    in_loop(story)
    free.set()


def test_what_is_reachable_is_asked_seldom_and_what_is_not_at_each_look(listener: socket.socket) -> None:
    async def story() -> None:
        time = clock()
        reach = Reach(time, "127.0.0.1", port(listener))
        assert (await reach.read()).connected
        listener.close()
        time.step(WELL_EVERY_S - 1)
        assert (await reach.read()).connected
        time.step(1)
        assert not (await reach.read()).connected
        with socket.create_server(("127.0.0.1", reach._port)):
            assert (await reach.read()).connected

    in_loop(story)


def test_no_host_is_not_asked() -> None:
    in_loop(lambda: _is("", 443, Reached()))


def network(root: Path, *, hub: bool = True) -> Network:
    return Network(Reach(clock(), ""), lambda: hub, root)


def test_a_pi_on_wifi(tmp_path: Path) -> None:
    async def story() -> None:
        assert await network(put(tmp_path, PI), hub=False).read() == readings.Network(
            interface="wlan0",
            link=True,
            wifi_dbm=-56.0,
            gateway="198.51.100.1",
            gateway_ok=True,
            hub_connected=False,
        )

    in_loop(story)


NO_ROUTE = PI | {"proc/net/route": "Iface\n"}
LINKS: list[tuple[str, dict[str, str], tuple[str, bool | None]]] = [
    ("the cable that is in", NO_ROUTE | {"sys/class/net/eth0/carrier": "1\n"}, ("eth0", True)),
    ("Wi-Fi while the cable is out", NO_ROUTE, ("wlan0", True)),
    ("both out", NO_ROUTE | {"sys/class/net/wlan0/carrier": "0\n"}, ("eth0", False)),
    ("no carrier file: operstate", PI | {"sys/class/net/wlan0/carrier": ""}, ("wlan0", True)),
    (
        "dormant: neither up nor down",
        PI | {"sys/class/net/wlan0/carrier": "", "sys/class/net/wlan0/operstate": "dormant\n"},
        ("wlan0", None),
    ),
    ("only the loopback", {"sys/class/net/lo/operstate": "unknown\n"}, ("", False)),
    ("nothing known", {}, ("", None)),
]


@pytest.mark.parametrize(("files", "found"), [case[1:] for case in LINKS], ids=[case[0] for case in LINKS])
def test_which_link_and_whether_it_is_up(tmp_path: Path, files: dict[str, str], found: tuple[str, bool | None]) -> None:
    async def story() -> None:
        seen = await network(put(tmp_path, files)).read()
        assert (seen.interface, seen.link) == found

    in_loop(story)


def test_this_machines_own_tables() -> None:
    async def story() -> None:
        found = await network(Path("/")).read()
        assert found.link in (True, False, None)
        assert not found.gateway or found.interface

    in_loop(story)


def test_a_gateway_that_does_not_answer(tmp_path: Path) -> None:
    arp = PI["proc/net/arp"].replace("0x2", "0x0")

    async def story() -> None:
        assert (await network(put(tmp_path, PI | {"proc/net/arp": arp})).read()).gateway_ok is False
        assert (await network(put(tmp_path, PI | {"proc/net/arp": ""})).read()).gateway_ok is None

    in_loop(story)
