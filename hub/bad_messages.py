"""Counts what cannot be used, and says so seldom: one line a minute for each unit, however much it sends."""

from __future__ import annotations

import logging

SAY_EVERY_S = 60.0
MOST_UNITS = 1000

_log = logging.getLogger(__name__)


class BadMessages:
    """`total` counts all."""

    def __init__(self) -> None:
        self.total = 0
        self._said_s: dict[str, float] = {}
        self._since: dict[str, int] = {}

    def note(self, unit: str, topic: str, why: str, now_s: float, count: int = 1) -> None:
        """Count `count` messages of `unit`. `why` is of our own words; what was sent is not logged."""
        self.total += count
        if len(self._since) >= MOST_UNITS and unit not in self._since:
            unit = "other units"
        self._since[unit] = self._since.get(unit, 0) + count
        if now_s - self._said_s.get(unit, -SAY_EVERY_S) < SAY_EVERY_S:
            return
        _log.warning("ingest: %s: %d unusable, last on %s: %s", unit, self._since[unit], topic, why[:300])
        self._said_s[unit], self._since[unit] = now_s, 0
