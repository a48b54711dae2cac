"""Our systemd units, by `systemctl show`: which have failed, and how often they were restarted."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from common.clock import Clock
from telemetry.health import readings
from telemetry.health.kernel_files import as_int
from telemetry.health.lately import Lately
from telemetry.health.readings import Service

ASK_EVERY_S = 300.0
"""A process each time, and work for process 1: dearer than all other looks together."""

TIMEOUT_S = 10.0
_PROPERTIES = "Id,LoadState,ActiveState,NRestarts"


class Services:
    """Blocks for a process; units that are not installed are left out, and all are unknown without systemd."""

    def __init__(
        self, clock: Clock, units: Sequence[str], *, systemctl: str = "systemctl", timeout_s: float = TIMEOUT_S
    ) -> None:
        self._clock = clock
        self._command = (systemctl, "show", f"--property={_PROPERTIES}", "--", *units)
        self._timeout_s = timeout_s
        self._restarts = Lately(clock)
        self._last = readings.Services()
        self._due_s = clock.monotonic_s()

    def read(self) -> readings.Services:
        """Raises TimeoutExpired: systemd does not answer."""
        now_s = self._clock.monotonic_s()
        if now_s >= self._due_s:
            self._last = self._asked()
            self._due_s = now_s + ASK_EVERY_S
        return self._last

    def _asked(self) -> readings.Services:
        try:
            answer = subprocess.run(  # noqa: S603 - a fixed command
                self._command, capture_output=True, text=True, timeout=self._timeout_s, check=False
            )
        except OSError:
            return readings.Services()
        units = parse(answer.stdout) if answer.returncode == 0 else ()
        if not units:
            return readings.Services()
        failed = sum(unit.active == "failed" for unit in units)
        return readings.Services(units, failed, self._restarts.note(sum(unit.restarts or 0 for unit in units)))


def parse(text: str) -> tuple[Service, ...]:
    """What `systemctl show` prints: blocks of `Name=value` lines with an empty line between two units."""
    blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in text.split("\n\n")]
    return tuple(
        Service(block["Id"], block.get("ActiveState", ""), as_int(block.get("NRestarts")))
        for block in blocks
        if block.get("Id") and block.get("LoadState") == "loaded"
    )
