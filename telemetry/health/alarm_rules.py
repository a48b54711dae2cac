"""Which alarms there are, what each looks at, and its thresholds. Pure. Texts: telemetry.health.alarm_texts."""

from __future__ import annotations

from telemetry.health.alarms import Measure, Rule
from telemetry.health.readings import Readings, StorageStatus
from telemetry.settings import HealthSection

CALENDAR_OLD_S = 900.0
"""The panel itself goes grey after 660 s outside the opening hours (DESIGN.md 4.1)."""

OUTBOX_OLD_S = 3600.0
JUMP_REMEMBERED_S = 1800.0
DIP_REMEMBERED_S = 120.0
"""A dip is over in a second: it counts as going on for so long, or no look would meet it."""


def rules(settings: HealthSection) -> tuple[Rule, ...]:
    """All alarms, with the thresholds of the configuration."""
    return (*_board(settings), *_storage(settings), *_network(settings), *_programs(settings))


def _board(settings: HealthSection) -> tuple[Rule, ...]:
    hot, least = settings.cpu_hot_c, settings.memory_free_percent
    return (
        Rule("cpu-hot", _of("temperature", "cpu_c"), hot, hot - 5, 60, 120),
        _flag("cpu-throttled", _of("power", "throttled"), 60, 300),
        _flag("under-voltage", _under_voltage, 0, 600),
        Rule("memory-low", _of("memory", "available_percent"), least, least + 5, 300, 300),
        _flag("clock-unsynchronised", _no("time", "synchronised"), 900),
        _flag("clock-jumped", _jumped, 0, 600),
    )


def _storage(settings: HealthSection) -> tuple[Rule, ...]:
    least = settings.disk_free_percent
    return (
        Rule("disk-low", _of("disk", "free_percent"), least, least + 2, 60, 300),
        _storage_flag("storage-full", StorageStatus.FULL),
        _storage_flag("storage-failing", StorageStatus.FAILING),
        _storage_flag("storage-errors", StorageStatus.ERRORS),
        _storage_flag("storage-worn", StorageStatus.WEAR),
        Rule("outbox-old", _of("outbox", "oldest_s"), OUTBOX_OLD_S, 600, 0, 60),
        Rule("outbox-losing", _of("outbox", "thrown_1h"), 0, 0, 0, 60),
    )


def _network(settings: HealthSection) -> tuple[Rule, ...]:
    weak = settings.wifi_signal_dbm
    return (
        _flag("network-down", _no("network", "link"), 60),
        Rule("wifi-weak", _of("network", "wifi_dbm"), weak, weak + 5, 300, 300),
        _flag("gateway-silent", _no("network", "gateway_ok"), 180),
        _flag("dns-failing", _no("network", "dns_ok"), 180),
        _flag("tenant-unreachable", _no("network", "tenant_ok"), 180),
        _flag("hub-unreachable", _no("network", "hub_connected"), 300),
    )


def _programs(settings: HealthSection) -> tuple[Rule, ...]:
    frame = settings.frame_age_s
    return (
        _flag("app-silent", _no("app", "answers"), 60),
        Rule("screen-frozen", _of("app", "frame_age_s"), frame, frame / 2, 0, 60),
        Rule("calendar-old", _of("app", "calendar_age_s"), CALENDAR_OLD_S, 300, 0, 60),
        _flag("signed-out", _no("app", "signed_in"), 120),
        Rule("sensor-silent", _of("app", "sensors_silent"), 0, 0, 300, 300),
        Rule("service-failed", _of("services", "failed"), 0, 0, 0, 60),
        Rule("service-restarting", _of("services", "restarts_1h"), 2, 0, 0, 60),
        Rule("watcher-failing", _failing, 0, 0, 120, 300),
    )


def _flag(kind: str, measure: Measure, raise_after_s: float, clear_after_s: float = 120) -> Rule:
    return Rule(kind, measure, 0.5, 0.5, raise_after_s, clear_after_s)


def _storage_flag(kind: str, status: StorageStatus) -> Rule:
    """The probe comes every quarter of an hour, and its answer stands until the next."""

    def measure(found: Readings) -> bool | None:
        if found.storage is None or found.storage.status is StorageStatus.UNKNOWN:
            return None
        return found.storage.status is status

    return _flag(kind, measure, 0, 60)


def _of(group: str, field: str) -> Measure:
    """The field of a group; unknown when the whole group is."""

    def measure(found: Readings) -> float | bool | None:
        reading = getattr(found, group)
        return None if reading is None else getattr(reading, field)

    return measure


def _no(group: str, field: str) -> Measure:
    """The opposite of a field that is well when it is true."""
    value = _of(group, field)

    def measure(found: Readings) -> bool | None:
        known = value(found)
        return None if known is None else not known

    return measure


def _failing(found: Readings) -> float | None:
    return None if found.watchers is None else len(found.watchers.failing)


def _under_voltage(found: Readings) -> bool | None:
    power = found.power
    if power is None:
        return None
    lately = power.since_under_voltage_s is not None and power.since_under_voltage_s < DIP_REMEMBERED_S
    return True if lately else power.under_voltage


def _jumped(found: Readings) -> bool | None:
    if found.time is None:
        return None
    return found.time.since_jump_s is not None and found.time.since_jump_s < JUMP_REMEMBERED_S
