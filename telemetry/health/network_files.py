"""What /proc/net says, read as text. Pure.

Sources: kernel Documentation/networking/ (route, arp), include/uapi/linux/wireless.h for /proc/net/wireless.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

_UP, _GATEWAY = 0x1, 0x2
_COMPLETE = 0x2


@dataclass(frozen=True, slots=True)
class Route:
    """The default route; `gateway` is empty for a point-to-point link."""

    interface: str
    gateway: str


def default_route(text: str) -> Route | None:
    """The default route of the smallest metric in /proc/net/route; addresses there are hexadecimal, in the order of
    the machine (little-endian on every Pi)."""
    found = [route for line in text.splitlines()[1:] if (route := _route(line.split()))]
    return min(found, key=lambda one: one[0])[1] if found else None


def _route(words: list[str]) -> tuple[int, Route] | None:
    try:
        interface, destination, gateway, flags, _, _, metric, mask = words[:8]
        up = int(flags, 16) & _UP
        if int(destination, 16) or int(mask, 16) or not up:
            return None
        address = IPv4Address(int(gateway, 16).to_bytes(4, "little")) if int(flags, 16) & _GATEWAY else ""
        return int(metric), Route(interface, str(address))
    except (ValueError, OverflowError):
        return None


def neighbour(text: str, address: str) -> bool | None:
    """Whether `address` answers ARP, by /proc/net/arp; None when nobody has asked for it lately."""
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) >= 4 and words[0] == address:
            try:
                return bool(int(words[2], 16) & _COMPLETE)
            except ValueError:
                return None
    return None


def wifi_dbm(text: str, interface: str) -> float | None:
    """The signal of `interface` in /proc/net/wireless, in dBm; None when it is no Wi-Fi."""
    for line in text.splitlines():
        name, separator, rest = line.partition(":")
        words = rest.split()
        if separator and name.strip() == interface and len(words) >= 3:
            try:
                level = float(words[2].rstrip("."))
            except ValueError:
                return None
            dbm = level - 256 if level > 63 else level  # drivers that give the byte as it is
            return dbm if -120 <= dbm < 0 else None
    return None
