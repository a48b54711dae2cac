"""Two equal frames before a change: without a check sum one frame alone is never believed."""

from __future__ import annotations

from typing import Generic, TypeVar

S = TypeVar("S")


class Steady(Generic[S]):
    """Believes a statement once it came twice running."""

    def __init__(self) -> None:
        self._believed: S | None = None
        self._last: S | None = None

    def believes(self, statement: S) -> bool:
        """Whether what this frame states may be told."""
        if statement == self._last:
            self._believed = statement
        self._last = statement
        return statement == self._believed
