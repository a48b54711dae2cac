"""What the watchers of a unit's health have read, as values. None is unknown, everywhere. Pure.

The names of the fields are the keys of `now/<group>`, where a group is a field of `Readings`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Temperature:
    """Of the processor."""

    cpu_c: float | None = None


@dataclass(frozen=True, slots=True)
class Power:
    """The supply. `under_voltage_events` counts since the agent's start, also those too short for a sample."""

    under_voltage: bool | None = None
    under_voltage_events: int = 0
    since_under_voltage_s: float | None = None
    throttled: bool | None = None
    frequency_capped: bool | None = None
    soft_limited: bool | None = None
    throttled_flags: int | None = None
    """of the firmware, with those since the boot in bits 16-19"""


@dataclass(frozen=True, slots=True)
class Memory:
    """MemAvailable is what programs can still get, caches given up."""

    total_kib: int | None = None
    available_kib: int | None = None
    available_percent: float | None = None
    load_1min: float | None = None
    uptime_s: float | None = None


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system under the data folder, as an ordinary user may fill it."""

    total_bytes: int | None = None
    free_bytes: int | None = None
    free_percent: float | None = None
    free_inodes_percent: float | None = None


class StorageStatus(StrEnum):
    """How the card is, the worst first."""

    FAILING = "failing"
    """a block could not be written, flushed or read back, not in time, or came back different"""
    FULL = "full"
    ERRORS = "errors"
    """ext4 has found damage"""
    WEAR = "wear"
    """an eMMC near the end of its life"""
    OK = "ok"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Storage:
    """The card under the data folder. `wear_percent` is the upper end of the tenth that an eMMC reports."""

    status: StorageStatus = StorageStatus.UNKNOWN
    reason: str = ""
    file_system_errors: int | None = None
    wear_percent: int | None = None
    pre_end_of_life: int | None = None
    """JEDEC: 1 normal, 2 80 % of the reserve used, 3 90 %"""
    probe_ms: int | None = None


@dataclass(frozen=True, slots=True)
class TimeSync:
    """The wall clock. A jump is what it moved against CLOCK_BOOTTIME between two looks."""

    synchronised: bool
    jumps: int = 0
    last_jump_s: float | None = None
    since_jump_s: float | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """The way out, from near to far. `gateway_ok` is what ARP says, so IPv4 only."""

    interface: str = ""
    link: bool | None = None
    wifi_dbm: float | None = None
    gateway: str = ""
    gateway_ok: bool | None = None
    dns_ok: bool | None = None
    tenant_ok: bool | None = None
    tenant_ms: int | None = None
    hub_connected: bool | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """One of our systemd units."""

    unit: str
    active: str
    restarts: int | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """Our units; none is known without systemd. `restarts_1h` is over all, as far as the agent has seen it."""

    units: tuple[Service, ...] = ()
    failed: int | None = None
    restarts_1h: int | None = None


@dataclass(frozen=True, slots=True)
class Sensor:
    """A device of the panel, as drivers.device.Condition names how it is."""

    device: str
    kind: str
    condition: str
    age_s: float | None = None


@dataclass(frozen=True, slots=True)
class App:
    """What the panel's program answers. `frame_age_s` is how long ago the screen drew."""

    answers: bool
    state: str = ""
    frame_age_s: float | None = None
    calendar_age_s: float | None = None
    signed_in: bool | None = None
    sensors: tuple[Sensor, ...] = ()
    sensors_silent: int | None = None


@dataclass(frozen=True, slots=True)
class OutboxFill:
    """What waits for the hub. `evicted` and `lost` never reached it; `thrown_1h` is how much of both lately."""

    waiting: int | None = None
    oldest_s: float | None = None
    evicted: int | None = None
    lost: int | None = None
    thrown_1h: int | None = None


@dataclass(frozen=True, slots=True)
class WatcherState:
    """The watchers themselves: which of them hang or fail."""

    failing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Readings:
    """One look at everything; a group whose watcher fails is None."""

    temperature: Temperature | None = None
    power: Power | None = None
    memory: Memory | None = None
    disk: Disk | None = None
    storage: Storage | None = None
    time: TimeSync | None = None
    network: Network | None = None
    services: Services | None = None
    app: App | None = None
    outbox: OutboxFill | None = None
    watchers: WatcherState | None = None
