"""Signing the kiosk's account in: over the control socket alone, by device code or with a browser.

The code never shows on the lobby's screen: guests stand before it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from common.clock import Clock
from graph.auth import Authenticator, SignInProgress
from graph.errors import GraphError
from graph.outcomes import Outcome

log = logging.getLogger(__name__)

POLL_S = 1.0


class SignInFlow:
    """One sign-in at a time. `state` is idle, waiting, signed-in or failed, `text` why it failed.

    `signed_in` is called when it has succeeded.
    """

    def __init__(self, auth: Authenticator, clock: Clock, signed_in: Callable[[], None] = lambda: None) -> None:
        self._auth = auth
        self._clock = clock
        self._signed_in = signed_in
        self._task: asyncio.Task[None] | None = None
        self.state = "idle"
        self.text = ""

    async def begin(self) -> dict[str, object]:
        """Ask for a device code; the address and the code, for whoever asked. Raises GraphError."""
        code = await self._auth.begin_device_code()
        self.close()
        self.state, self.text = "waiting", ""
        self._task = asyncio.get_running_loop().create_task(self._follow(), name="sign-in")
        left_s = code.expires_at_s - self._clock.monotonic_s()
        return {"address": code.verification_uri, "code": code.user_code, "expires_in_s": round(left_s)}

    async def begin_browser(self, redirect_port: int) -> str:
        """The address to open; whoever asked listens on the loopback port. Raises GraphError."""
        return await self._auth.begin_auth_code(redirect_port)

    async def finish_browser(self, query: str) -> None:
        """End it with what the browser brought. Raises GraphError."""
        self._end(await self._auth.finish_auth_code(query))

    def close(self) -> None:
        """Stop following."""
        if self._task:
            self._task.cancel()
            self._task = None

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            try:
                progress = await self._auth.poll_device_code()
            except GraphError as error:
                log.info("sign-in: %s", type(error).__name__)
                continue
            if not isinstance(progress, SignInProgress):
                self._end(progress)
                return

    def _end(self, ended: Outcome) -> None:
        log.info("sign-in: %s", ended.key)
        signed_in = ended.key == "signed-in"
        self.state = "signed-in" if signed_in else "failed"
        self.text = "" if signed_in else ended.admin_text.format_map(ended.params)
        if signed_in:
            self._signed_in()
