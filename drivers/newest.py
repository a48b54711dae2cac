"""The newest value of each of several sensors, for as long as it counts. Pure.

>>> light = Newest(life_s=60.0)
>>> light.take("hall", 100.0, 12)
>>> light.value(130.0), light.value(130.0, "hall"), light.value(130.0, "cellar"), light.value(161.0)
(12, 12, None, None)
"""

from __future__ import annotations

from typing import Generic, TypeVar

MAX_SOURCES = 32

V = TypeVar("V")


class Newest(Generic[V]):
    """At most 32 sources; those that came first stay."""

    def __init__(self, *, life_s: float) -> None:
        self._life_s = life_s
        self._found: dict[str, tuple[float, V]] = {}

    def take(self, source: str, at_s: float, value: V) -> None:
        """Note what `source` said at `at_s` (monotonic seconds)."""
        if source in self._found or len(self._found) < MAX_SOURCES:
            self._found[source] = (at_s, value)

    def value(self, now_s: float, source: str = "") -> V | None:
        """What that sensor, or any, said last; None when none has said anything for its life."""
        fresh = [
            (at_s, value)
            for name, (at_s, value) in self._found.items()
            if source in ("", name) and now_s - at_s <= self._life_s
        ]
        return max(fresh, key=lambda item: item[0])[1] if fresh else None
