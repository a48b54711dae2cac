"""What the first boot of a unit needs to know. Values only."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SeedValues", "Wifi"]


@dataclass(frozen=True, slots=True)
class Wifi:
    """A network with its key in hex."""

    ssid: str
    country: str
    pre_shared_key: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class SeedValues:
    """For one unit. `instance` is new with each seed; `hub_port` is 0 without a hub."""

    unit: str
    instance: str
    architecture: str
    ssh_user: str
    admin_keys: tuple[str, ...]
    time_zone: str
    static_address: str
    gateway: str
    dns_servers: tuple[str, ...]
    ntp_servers: tuple[str, ...]
    wifi: Wifi | None
    hub_host: str
    hub_port: int
    ca_fingerprint: str
