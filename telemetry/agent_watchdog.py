"""WATCHDOG=1 by progress: the loop ran, and the link either hears its broker or goes on trying (fleet.md 3.4)."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from common.clock import Clock
from common.sd_notify import Notifier
from telemetry.link import LinkState

PING_S = 5.0
LINK_STUCK_S = 900.0
"""Far longer than any pause between two tries."""

_log = logging.getLogger(__name__)


class Link(Protocol):
    """What is watched of the link."""

    @property
    def state(self) -> LinkState: ...


class LinkProgress:
    """Whether the link does something; a hub that is away for weeks is no reason to end the agent."""

    def __init__(self, link: Link, clock: Clock, *, stuck_s: float = LINK_STUCK_S) -> None:
        self._link = link
        self._clock = clock
        self._stuck_s = stuck_s
        self._attempts = -1
        self._moved_s = clock.monotonic_s()

    def alive(self) -> bool:
        """Connected, or tried anew lately."""
        state, now_s = self._link.state, self._clock.monotonic_s()
        if state.connected or state.attempts != self._attempts:
            self._attempts, self._moved_s = state.attempts, now_s
        return now_s - self._moved_s < self._stuck_s

    @property
    def line(self) -> str:
        """For systemctl status."""
        state = self._link.state
        return "connected to the hub" if state.connected else state.fault or "connecting to the hub"


async def watchdog(notifier: Notifier, progress: LinkProgress, ping_s: float = PING_S) -> None:
    """Tell the service manager for ever; silence makes it start the agent anew."""
    told = ""
    while True:
        if progress.alive():
            notifier.watchdog()
        else:
            _log.error("the link has made no try for %g s", LINK_STUCK_S)
        if progress.line != told:
            told = progress.line
            notifier.status(told)
        await asyncio.sleep(ping_s)
