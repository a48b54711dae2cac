"""Wait for a condition, never for a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_EVERY_S = 0.005


def until(condition: Callable[[], T], timeout_s: float = 15.0, what: str = "") -> T:
    """Return the first truthy result of `condition`. Raises AssertionError when it does not come."""
    deadline_s = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline_s, f"waited {timeout_s:g} s in vain{what and f' for {what}'}"
        time.sleep(LOOK_EVERY_S)
    return found


async def until_async(condition: Callable[[], T], timeout_s: float = 15.0, what: str = "") -> T:
    """The same in an event loop, which goes on meanwhile."""
    deadline_s = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline_s, f"waited {timeout_s:g} s in vain{what and f' for {what}'}"
        await asyncio.sleep(LOOK_EVERY_S)
    return found
