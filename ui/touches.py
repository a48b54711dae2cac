"""Which fingers may touch something, and which led to nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ui.sender import Sender

SETTLE_S = 0.3
"""Fingers that land this soon after a sheet came or went are ignored: the second of a double tap means the old page."""

MAX_FOLLOWED = 20
"""Fingers that are followed at once; older ones are ghosts whose end was lost."""


class Touches:
    """Follows each finger from down to up."""

    def __init__(
        self,
        sender: Sender,
        on_touch: Callable[[], bool],
        on_release: Callable[[], None],
        now_s: Callable[[], float],
    ) -> None:
        self._sender = sender
        self._on_touch, self._on_release = on_touch, on_release
        self._now_s = now_s
        self._settled_s = 0.0
        self._sent_before: dict[int, int] = {}

    def settle(self) -> None:
        """The page changed: let the second half of a double tap pass."""
        self._settled_s = self._now_s() + SETTLE_S

    def down(self, touch: Any) -> bool:
        """A finger landed; whether it may touch something."""
        if touch.is_mouse_scrolling:
            return False
        settled = self._now_s() >= self._settled_s
        if not self._on_touch() or not settled:
            return False
        while len(self._sent_before) >= MAX_FOLLOWED:
            self._sent_before.pop(next(iter(self._sent_before)))
        self._sent_before[touch.uid] = self._sender.sent
        return True

    def follows(self, touch: Any) -> bool:
        """Whether the finger was allowed to touch something."""
        return touch.uid in self._sent_before

    def up(self, touch: Any) -> None:
        """The finger was lifted, and every widget has heard of it."""
        if self._sent_before.pop(touch.uid) == self._sender.sent:
            self._on_release()
