"""How hot the processor is: /sys/class/thermal, millidegrees (kernel: Documentation/driver-api/thermal/sysfs-api)."""

from __future__ import annotations

from pathlib import Path

from telemetry.health import readings
from telemetry.health.kernel_files import entries, read_int, read_text

_CPU_ZONES = ("cpu", "soc", "x86_pkg")
"""cpu-thermal on every Pi, soc_thermal and x86_pkg_temp on other boards."""

_BELIEVABLE_C = (-40.0, 150.0)


class Temperature:
    """The zone of the processor, or the hottest where none is named so."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._folder = root / "sys/class/thermal"

    def read(self) -> readings.Temperature:
        zones = [(read_text(zone / "type") or "", _celsius(zone)) for zone in entries(self._folder)]
        known = [(kind, value) for kind, value in zones if value is not None]
        named = [value for kind, value in known if kind.startswith(_CPU_ZONES)]
        return readings.Temperature(max(named or [value for _, value in known], default=None))


def _celsius(zone: Path) -> float | None:
    if not zone.name.startswith("thermal_zone"):
        return None
    value = read_int(zone / "temp")
    if value is None or not _BELIEVABLE_C[0] <= value / 1000 <= _BELIEVABLE_C[1]:
        return None
    return round(value / 1000, 1)
