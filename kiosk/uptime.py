"""How long this kiosk has lived, for forgetting without a clock: uptime over all boots, and something for each boot.

How long the power was away nobody knows. A boot stands for as long as the machine had run before it, twelve hours at
most: right for a kiosk that is switched off every night, and a machine that boots in circles forgets nothing too soon.
The count is therefore at most twice the uptime, and never less.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from common.clock import Clock
from common.sealed_file import replace_whole
from telemetry.outbox import boot_id

BOOT_STANDS_FOR_S = 12 * 3600.0
_MAX_BYTES = 4096

_log = logging.getLogger(__name__)


class UptimeCounter:
    """The counter kept in the file at `path`. `least_s` is what it must have reached, where the file was lost."""

    def __init__(self, path: Path, clock: Clock, *, least_s: float = 0.0, boot: str = "") -> None:
        self._path = path
        self._clock = clock
        self._boot = boot or boot_id()
        now_s = clock.monotonic_s()
        kept = _read(path)
        before_s = max(_number(kept, "counted_s"), least_s)
        if kept.get("boot") == self._boot:
            gone_s = max(0.0, now_s - _number(kept, "monotonic_s"))
            self._ran_before_s = _number(kept, "ran_s") + gone_s
            self._counted_s = before_s + gone_s
        else:
            self._ran_before_s = now_s
            self._counted_s = before_s + min(BOOT_STANDS_FOR_S, _number(kept, "ran_s")) + (now_s if kept else 0.0)
        self._since_s = now_s

    @property
    def counted_s(self) -> int:
        """Seconds counted up to now."""
        return int(self._counted_s + self._clock.monotonic_s() - self._since_s)

    def save(self) -> None:
        """Write it down, every few minutes. A disk that refuses is logged."""
        now_s = self._clock.monotonic_s()
        ran_s = self._ran_before_s + now_s - self._since_s
        kept = {"counted_s": self.counted_s, "boot": self._boot, "monotonic_s": now_s, "ran_s": ran_s}
        try:
            replace_whole(self._path, json.dumps(kept).encode())
        except OSError as error:
            _log.error("uptime counter: cannot be written (%s)", error.strerror)


def _read(path: Path) -> Mapping[str, object]:
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_MAX_BYTES))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        _log.warning("uptime counter: the file is damaged and starts anew")
        return {}
    return found if isinstance(found, dict) else {}


def _number(kept: Mapping[str, object], key: str) -> float:
    value = kept.get(key)
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12
    return float(value) if good and isinstance(value, int | float) else 0.0
