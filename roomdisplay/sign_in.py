"""Signing the panel in: one device code at a time, for the glass and for the control socket alike; or by a browser."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from common.clock import Clock
from graph.auth import Authenticator, DeviceCode, SignInProgress
from graph.errors import GraphError, SignInNeeded
from graph.outcomes import Outcome, outcome
from roomdisplay.pages import SignIn

log = logging.getLogger(__name__)

POLL_S = 1.0


@dataclass(frozen=True, slots=True)
class Status:
    """Where a sign-in stands: `state` is idle, waiting, signed-in or failed."""

    state: str
    page: SignIn
    expires_in_s: float = 0.0


class SignInFlow:
    """Begins a sign-in and follows it to its end. `on_change` is called with each new page."""

    def __init__(self, auth: Authenticator, clock: Clock, on_change: Callable[[Status], None]) -> None:
        self._auth = auth
        self._clock = clock
        self._on_change = on_change
        self._task: asyncio.Task[None] | None = None
        self._code: DeviceCode | None = None
        self.status = Status("idle", SignIn())

    async def begin(self) -> Status:
        """Ask for a code; one that is still good is shown again."""
        if self._code and self._clock.monotonic_s() < self._code.expires_at_s and self.status.state == "waiting":
            return self._tell(self.status)
        try:
            self._code = await self._auth.begin_device_code()
        except SignInNeeded as error:
            return self._tell(_failed(outcome(error.outcome)))
        except GraphError as error:
            log.warning("sign-in: %s code=%s", type(error).__name__, error.code)
            return self._tell(_failed(outcome("service")))
        if self._task:
            self._task.cancel()
        self._task = asyncio.create_task(self._follow(), name="sign-in")
        return self._tell(self._waiting(self._code))

    async def begin_browser(self, redirect_port: int) -> str:
        """The address to open; whoever asked listens on the loopback port and brings the answer. Raises GraphError."""
        return await self._auth.begin_auth_code(redirect_port)

    async def finish_browser(self, query: str) -> Status:
        """End it with what the browser brought. Raises GraphError."""
        ended = await self._auth.finish_auth_code(query)
        log.info("sign-in: %s", ended.key)
        return self._tell(_ended(ended))

    def _waiting(self, code: DeviceCode) -> Status:
        left_s = code.expires_at_s - self._clock.monotonic_s()
        page = SignIn(code.verification_uri, code.user_code, self._clock.now() + timedelta(seconds=left_s))
        return Status("waiting", page, left_s)

    def _tell(self, status: Status) -> Status:
        self.status = status
        self._on_change(status)
        return status

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            try:
                progress = await self._auth.poll_device_code()
            except GraphError as error:
                log.info("sign-in: %s", type(error).__name__)
                continue
            if isinstance(progress, SignInProgress):
                continue
            self._code = None
            log.info("sign-in: %s", progress.key)
            self._tell(_ended(progress))
            return

    def close(self) -> None:
        """Stop following."""
        if self._task:
            self._task.cancel()


def _ended(row: Outcome) -> Status:
    return Status("signed-in", SignIn()) if row.key == "signed-in" else _failed(row)


def _failed(row: Outcome) -> Status:
    return Status("failed", SignIn(problem=row.screen_text, values=tuple(row.params.items())))
