"""The app of this unit (`mydesk-room` or `mydesk-kiosk`) as the agent sees it: a control socket, with time-outs.

The last status is kept, so that health, history and commands together ask no more than one of them would.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from common.clock import Clock
from common.control import ControlError, request

ASK_TIMEOUT_S = 10.0
MOST_AT_ONCE = 4
"""The app serves 8 connections; an admin over SSH wants some too."""

Told = Callable[[Mapping[str, Any] | None], None]
"""Told of each new status; None: the app does not answer."""

_log = logging.getLogger(__name__)


class AppClient:
    """Asks the app behind `socket`. All methods belong to the agent's loop.

    >>> app = AppClient(Path("/run/mydesk/room.sock"), clock, poll_s=10)    # doctest: +SKIP
    >>> (await app.status())["state"]                                       # doctest: +SKIP
    'free'
    """

    def __init__(self, socket: Path, clock: Clock, *, poll_s: float = 10.0) -> None:
        self.socket = socket
        self._clock = clock
        self._poll_s = poll_s
        self._free = asyncio.Semaphore(MOST_AT_ONCE)
        self._asking = asyncio.Lock()
        self._latest: Mapping[str, Any] | None = None
        self._latest_s = float("-inf")
        self._told: list[Told] = []
        self._answers = True

    @property
    def latest(self) -> Mapping[str, Any] | None:
        """The newest status, however old; None while the app does not answer."""
        return self._latest

    def listen(self, told: Told) -> None:
        """Call `told` after each look at the status."""
        self._told.append(told)

    async def ask(self, op: str, timeout_s: float = ASK_TIMEOUT_S, **args: Any) -> dict[str, Any]:
        """The app's answer to `op`.

        Raises:
            ControlError: it does not run, does not answer in time, or refuses.
        """
        async with self._free:
            return await asyncio.to_thread(request, self.socket, op, timeout_s, **args)

    async def status(self, max_age_s: float | None = None) -> Mapping[str, Any]:
        """The status, younger than `max_age_s` (default: as often as is polled); 0 asks anew.

        Raises:
            ControlError: as `ask`.
        """
        oldest_s = self._poll_s if max_age_s is None else max_age_s
        async with self._asking:
            if self._latest is None or self._clock.monotonic_s() - self._latest_s >= oldest_s:
                await self._look()
            if self._latest is None:
                raise ControlError("the app does not answer.", hint="systemctl status 'mydesk-*' tells why.")
            return self._latest

    async def run(self) -> None:
        """Look at the status again and again, for ever."""
        while True:
            async with self._asking:
                await self._refresh()
            await asyncio.sleep(self._poll_s)

    async def _refresh(self) -> None:
        try:
            await self._look()
        except ControlError as error:
            if self._answers:
                _log.warning("the app: %s", error)
            self._answers = False
        else:
            self._answers = True

    async def _look(self) -> None:
        try:
            self._latest = await self.ask("status")
            self._latest_s = self._clock.monotonic_s()
        except ControlError:
            self._latest = None
            raise
        finally:
            for told in self._told:
                told(self._latest)
