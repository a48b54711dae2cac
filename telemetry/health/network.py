"""The way out, from near to far: link, Wi-Fi, gateway, names, Microsoft's port 443, the hub."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

from telemetry.health import readings
from telemetry.health.kernel_files import entries, read_text
from telemetry.health.network_files import Route, default_route, neighbour, wifi_dbm
from telemetry.health.reach import Reach

_DISCARD_PORT = 9


class Network:
    """`tenant` may ask for nothing (no host). `hub_connected` is the agent's own link."""

    def __init__(self, tenant: Reach, hub_connected: Callable[[], bool], root: Path = Path("/")) -> None:
        self._tenant = tenant
        self._hub_connected = hub_connected
        self._interfaces = root / "sys/class/net"
        self._proc = root / "proc/net"

    async def read(self) -> readings.Network:
        route = default_route(self._text("route"))
        interface = route.interface if route else self._wired_first()
        reached = await self._tenant.read()
        return readings.Network(
            interface=interface,
            link=self._link(interface),
            wifi_dbm=wifi_dbm(self._text("wireless"), interface),
            gateway=route.gateway if route else "",
            gateway_ok=self._answers(route),
            dns_ok=reached.dns_ok,
            tenant_ok=reached.connected,
            tenant_ms=reached.took_ms,
            hub_connected=self._hub_connected(),
        )

    def _text(self, name: str) -> str:
        return read_text(self._proc / name) or ""

    def _wired_first(self) -> str:
        """Without a route: a real interface (it has a device), one that is up before one that is not."""
        real = [path for path in entries(self._interfaces) if (path / "device").exists()]
        real.sort(key=lambda path: not self._link(path.name))
        return real[0].name if real else ""

    def _link(self, interface: str) -> bool | None:
        """By the carrier, which does not read (EINVAL) while the interface is down; then by operstate."""
        if not interface:
            return False if entries(self._interfaces) else None
        carrier = read_text(self._interfaces / interface / "carrier")
        if carrier in ("0", "1"):
            return carrier == "1"
        state = read_text(self._interfaces / interface / "operstate")
        return {"up": True, "down": False, "lowerlayerdown": False, "notpresent": False}.get(state or "")

    def _answers(self, route: Route | None) -> bool | None:
        """What ARP has found since the last look; the datagram makes the kernel ask again, for the next one."""
        if route is None or not route.gateway:
            return None
        found = neighbour(self._text("arp"), route.gateway)
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.setblocking(False)
            link.sendto(b"", (route.gateway, _DISCARD_PORT))
        return found
