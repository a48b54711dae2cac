"""What a unit is made of, for the retained `twin/<facet>`: hardware, system, release, network, display, storage, power.

Facts, not readings: they are told when they change. Nothing of them points to a person.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from telemetry.health.block_device import BlockDevice
from telemetry.health.kernel_files import entries, read_text
from telemetry.health.network_files import default_route

Facts = Mapping[str, Mapping[str, Any]]
"""By facet; a facet of which nothing is known is empty."""

_MOST = 16


class FactsOfUnit:
    """Reads the files of /sys, /proc and /etc. Blocks as little as they do."""

    def __init__(self, data_folder: Path, version: str, root: Path = Path("/")) -> None:
        self._root = root
        self._version = version
        self._device = BlockDevice(data_folder, root)

    def read(self) -> Facts:
        return {
            "hw": _known(self._hardware()),
            "os": _known(self._system()),
            "release": _known({"version": self._version, "python": platform.python_version()}),
            "net": _known(self._network()),
            "display": {"connectors": self._connectors()},
            "storage": self._device.facts(),
            "power": _known(self._power()),
        }

    def _hardware(self) -> dict[str, Any]:
        tree = self._root / "proc/device-tree"
        board = self._root / "sys/class/dmi/id"
        return {
            "model": read_text(tree / "model") or read_text(board / "product_name"),
            "serial": read_text(tree / "serial-number"),
            "machine": platform.machine(),
            "macs": {path.name: read_text(path / "address") for path in self._interfaces()},
        }

    def _system(self) -> dict[str, Any]:
        lines = (read_text(self._root / "etc/os-release") or "").splitlines()
        table = {key: value.strip('"') for key, _, value in (line.partition("=") for line in lines)}
        kernel = read_text(self._root / "proc/sys/kernel/osrelease")
        return {"name": table.get("PRETTY_NAME"), "version": table.get("VERSION_ID"), "kernel": kernel}

    def _network(self) -> dict[str, Any]:
        route = default_route(read_text(self._root / "proc/net/route") or "")
        wireless = [path.name for path in self._interfaces() if (path / "wireless").exists()]
        return {
            "host": read_text(self._root / "proc/sys/kernel/hostname"),
            "interface": route.interface if route else None,
            "gateway": route.gateway if route else None,
            "wireless": wireless or None,
        }

    def _interfaces(self) -> list[Path]:
        """The real ones: those with a device."""
        return [path for path in entries(self._root / "sys/class/net") if (path / "device").exists()][:_MOST]

    def _connectors(self) -> dict[str, dict[str, Any]]:
        """Each connector of the graphics, whether a monitor is plugged in, and its best mode."""
        found = {}
        for path in entries(self._root / "sys/class/drm")[: 4 * _MOST]:
            if (status := read_text(path / "status")) is not None:
                modes = (read_text(path / "modes") or "").splitlines()
                found[path.name] = _known({"status": status, "mode": modes[0] if modes else None})
        return found

    def _power(self) -> dict[str, Any]:
        chips = (read_text(path / "name") for path in entries(self._root / "sys/class/hwmon"))
        supplies = [path.name for path in entries(self._root / "sys/class/power_supply")]
        return {
            "under_voltage_sensor": "rpi_volt" in chips,
            "most_current_ma": self._negotiated_ma(),
            "supplies": supplies or None,
        }

    def _negotiated_ma(self) -> int | None:
        """What a Pi 5's supply has promised over USB-PD (a big-endian cell of the device tree)."""
        path = self._root / "proc/device-tree/chosen/power/max_current"
        try:
            return int.from_bytes(path.read_bytes()[:4], "big") or None
        except OSError:
            return None


def _known(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if value is not None}
