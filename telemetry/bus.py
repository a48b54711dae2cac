"""The link to the site hub as the rest of the agent sees it; `telemetry.link` is the real one.

Retained topics are remembered (the latest of each, bounded) and published again after every connect, so nobody else
has to think of outages. What is not retained is dropped while there is no connection: history goes by the outbox.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

Heard = Callable[[str, bytes], Awaitable[None]]
"""Told of a message: its topic and payload, in the agent's loop. A handler that raises MyDeskError is logged."""


class Bus(Protocol):
    """All methods belong to the agent's loop and never block."""

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and has answered lately. For status and alarms only."""
        ...

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> None:
        """Send `payload`; b"" with `retain` clears the topic. Never raises for want of a connection."""
        ...

    def hear(self, filter_: str, heard: Heard) -> None:
        """Tell `heard` of every message whose topic fits `filter_` (one of Topics.subscriptions)."""
        ...

    def at_connect(self, connected: Callable[[], None]) -> None:
        """Call `connected` after every connect, once subscriptions, birth and retained topics are on their way."""
        ...
