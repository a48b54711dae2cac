"""Textures that are drawn once and kept while they are used, within a budget of pixels."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class KeptTextures(Generic[K]):
    """The textures that were used last, together at most `most_px` pixels of 4 bytes; the newest one in any case.

    A clock alone makes a new text each minute: without a budget a panel that nobody touches would grow for hours.
    """

    def __init__(self, draw: Callable[[K], Any], most_px: int) -> None:
        self._draw = draw
        self._most_px = most_px
        self._kept: OrderedDict[K, Any] = OrderedDict()
        self.px = 0
        """pixels that are kept now"""

    def get(self, key: K) -> Any:
        """The texture of `key`, drawn if it is not kept."""
        kept = self._kept.pop(key, None)
        if kept is None:
            kept = self._draw(key)
            self.px += _px(kept)
        self._kept[key] = kept
        self._trim()
        return kept

    def budget(self, most_px: int) -> None:
        """Keep at most so many pixels from now on."""
        self._most_px = most_px
        self._trim()

    def clear(self) -> None:
        """Drop all of them."""
        self._kept.clear()
        self.px = 0

    def _trim(self) -> None:
        while self.px > self._most_px and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self.px -= _px(dropped)


def _px(texture: Any) -> int:
    return int(texture.width) * int(texture.height)
