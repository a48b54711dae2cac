"""Memory, load and uptime from /proc (with systemd: ProcSubset=all, `pid` hides these files)."""

from __future__ import annotations

from pathlib import Path

from telemetry.health import readings
from telemetry.health.kernel_files import as_int, read_text


class Memory:
    """/proc/meminfo, /proc/loadavg and /proc/uptime."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._proc = root / "proc"

    def read(self) -> readings.Memory:
        lines = (read_text(self._proc / "meminfo") or "").splitlines()
        table = {key: as_int((rest.split() or [""])[0]) for key, _, rest in (line.partition(":") for line in lines)}
        total, available = table.get("MemTotal"), table.get("MemAvailable")
        percent = round(100 * available / total, 1) if total and available is not None else None
        return readings.Memory(total, available, percent, self._first("loadavg"), self._first("uptime"))

    def _first(self, name: str) -> float | None:
        words = (read_text(self._proc / name) or "").split()
        try:
            return float(words[0]) if words else None
        except ValueError:
            return None
