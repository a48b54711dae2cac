"""Wrong passwords cost time: a lock per address and per name that grows, bounded in memory. No I/O; time passed in."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

FIRST_LOCK_S = 30.0
LONGEST_LOCK_S = 3600.0
FORGOTTEN_S = 6 * 3600.0
MOST_KEYS = 5000


@dataclass(slots=True)
class _Count:
    wrong: int = 0
    last_s: float = 0.0
    locked_until_s: float = 0.0


class Attempts:
    """Counts by key. After each `free` wrong tries the lock doubles, up to `longest_lock_s`."""

    def __init__(self, free: int, *, longest_lock_s: float = LONGEST_LOCK_S) -> None:
        self._free = free
        self._longest_lock_s = longest_lock_s
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def locked_s(self, key: str, now_s: float) -> int:
        """Whole seconds for which nothing is looked at, 0 when open."""
        count = self._counts.get(key)
        return 0 if count is None else max(0, round(count.locked_until_s - now_s + 0.499))

    def wrong(self, key: str, now_s: float) -> None:
        """Note a wrong try."""
        count = self._counts.get(key)
        if count is None or now_s - count.last_s > FORGOTTEN_S:
            count = self._counts[key] = _Count()
        self._counts.move_to_end(key)
        count.wrong, count.last_s = count.wrong + 1, now_s
        if count.wrong % self._free == 0:
            lock_s = FIRST_LOCK_S * 2 ** min(20, count.wrong // self._free - 1)
            count.locked_until_s = now_s + min(lock_s, self._longest_lock_s)
        while len(self._counts) > MOST_KEYS:
            self._counts.popitem(last=False)

    def right(self, key: str) -> None:
        """Forget the wrong tries of a key."""
        self._counts.pop(key, None)


class Buckets:
    """Token buckets by key: `rate_per_s` on average, `burst` at once. The least used keys are forgotten first."""

    def __init__(self, rate_per_s: float, burst: float) -> None:
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, now_s: float) -> bool:
        """Take one token; False when there is none."""
        level, at_s = self._levels.get(key, (self._burst, now_s))
        level = min(self._burst, level + max(0.0, now_s - at_s) * self._rate_per_s)
        granted = level >= 1
        self._levels[key] = (level - 1 if granted else level, now_s)
        self._levels.move_to_end(key)
        while len(self._levels) > MOST_KEYS:
            self._levels.popitem(last=False)
        return granted
