"""What of the readings is kept as history. Pure."""

from __future__ import annotations

from typing import Any

from telemetry.health.readings import Readings
from telemetry.payloads import HealthSample

_FIELDS: dict[str, tuple[str, str]] = {
    "cpu_c": ("temperature", "cpu_c"),
    "throttled": ("power", "throttled"),
    "under_voltage_events": ("power", "under_voltage_events"),
    "memory_percent": ("memory", "available_percent"),
    "load_1min": ("memory", "load_1min"),
    "uptime_s": ("memory", "uptime_s"),
    "disk_percent": ("disk", "free_percent"),
    "storage": ("storage", "status"),
    "storage_probe_ms": ("storage", "probe_ms"),
    "wifi_dbm": ("network", "wifi_dbm"),
    "tenant_ms": ("network", "tenant_ms"),
    "hub_connected": ("network", "hub_connected"),
    "synchronised": ("time", "synchronised"),
    "outbox_waiting": ("outbox", "waiting"),
    "outbox_thrown": ("outbox", "thrown_1h"),
    "frame_age_s": ("app", "frame_age_s"),
    "calendar_age_s": ("app", "calendar_age_s"),
    "sensors_silent": ("app", "sensors_silent"),
    "restarts_1h": ("services", "restarts_1h"),
}


def sample_of(found: Readings) -> HealthSample:
    """One sample; a group that is unknown leaves its fields so."""
    values: dict[str, Any] = {}
    for field, (group, name) in _FIELDS.items():
        if (reading := getattr(found, group)) is not None:
            values[field] = getattr(reading, name)
    return HealthSample(**values)
