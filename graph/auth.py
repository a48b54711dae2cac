"""Signs in and hands out tokens: the async face of msal, which works in one thread, so no two refreshes ever run.

>>> code = await auth.begin_device_code()               # doctest: +SKIP
>>> show(code.user_code, code.verification_uri)         # doctest: +SKIP
>>> while isinstance(state := await auth.poll_device_code(), SignInProgress):   # doctest: +SKIP
...     await asyncio.sleep(state.interval_s)
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from common.clock import Clock
from graph.errors import Busy, SignInNeeded
from graph.holds import Hold
from graph.msal_engine import Granted, MsalEngine, Pending, as_error
from graph.outcomes import OUTCOMES, Outcome, outcome

log = logging.getLogger(__name__)

FORCED_EVERY_S = 60.0
"""Graph refusing token after token is not mended by asking for more: one forced refresh in this time."""
_POLL_SLACK_S = 0.2

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the person needs. `expires_at_s` is monotonic; `message` is Microsoft's own sentence."""

    user_code: str
    verification_uri: str
    expires_at_s: float
    message: str


@dataclass(frozen=True, slots=True)
class SignInProgress:
    """The sign-in is still waiting for its person."""

    interval_s: float
    expires_at_s: float


@dataclass(frozen=True, slots=True)
class AuthState:
    """Where the sign-in stands. `outcome` is None until something was tried; `account` never goes into a log."""

    outcome: Outcome | None
    account: str = ""

    @property
    def signed_in(self) -> bool:
        """The last thing tried gave a token."""
        return self.outcome is not None and self.outcome.key == "signed-in"


@dataclass(slots=True)
class _Kept:
    """The token in hand, and until when, by the monotonic clock: a wall clock that jumps does not matter."""

    token: str
    fresh_until_s: float


class Authenticator:
    """The sign-in of one program. Does nothing before the first call."""

    def __init__(self, engine: MsalEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="graph-sign-in")
        self._kept: _Kept | None = None
        self._hold = Hold(clock)
        self._forced_at_s: float | None = None
        self._state = AuthState(None)
        self._device: dict[str, Any] | None = None
        self._device_expires_s = 0.0
        self._next_poll_s = 0.0
        self._browser: dict[str, Any] | None = None

    @property
    def state(self) -> AuthState:
        """Where the sign-in stands, as far as is known without asking."""
        return self._state

    async def token(self, *, claims: str | None = None, force: bool = False, rejected: str = "") -> str:
        """Return an access token for Graph.

        `force` asks for a new one (Graph answered 401), with Graph's `claims` where it sent some; `rejected` is the
        token Graph refused: if another is in hand by now, that one is returned.
        Raises SignInNeeded, Unreachable, Busy.
        """
        if not force and (kept := self._fresh_token()):
            return kept
        return await self._in_thread(lambda: self._silent(claims, force=force, rejected=rejected))

    async def begin_device_code(self) -> DeviceCode:
        """Ask for a code for a person. Raises SignInNeeded (the outcome says why), Unreachable, Busy."""
        flow = await self._in_thread(self._engine.begin_device_code)
        if isinstance(flow, Outcome):
            raise as_error(self._settle(flow))
        now_s = self._clock.monotonic_s()
        self._device, self._device_expires_s = flow, now_s + float(flow["expires_in"])
        self._next_poll_s = now_s + float(flow["interval"])
        message = str(flow.get("message", ""))
        return DeviceCode(flow["user_code"], flow["verification_uri"], self._device_expires_s, message)

    async def poll_device_code(self) -> SignInProgress | Outcome:
        """Ask once whether the code was used. Called too early it answers without asking. Raises Unreachable, Busy."""
        flow, now_s = self._device, self._clock.monotonic_s()
        if flow is None or now_s >= self._device_expires_s:
            self._device = None
            return outcome("code-expired")
        if now_s + _POLL_SLACK_S < self._next_poll_s:
            return SignInProgress(self._next_poll_s - now_s, self._device_expires_s)
        self._next_poll_s = now_s + float(flow["interval"])
        verdict = await self._in_thread(lambda: self._engine.poll_device_code(flow))
        if isinstance(verdict, Pending):
            self._next_poll_s = now_s + verdict.interval_s
            return SignInProgress(verdict.interval_s, self._device_expires_s)
        self._device = None
        return self._settle(verdict)

    async def begin_auth_code(self, redirect_port: int) -> str:
        """Return the address to open in a browser; its answer comes to http://localhost:`redirect_port`."""
        self._browser = await self._in_thread(lambda: self._engine.begin_auth_code(redirect_port))
        return str(self._browser["auth_uri"])

    async def finish_auth_code(self, query: str | Mapping[str, str]) -> Outcome:
        """Finish with what the browser brought: the query, or the whole address. Raises Unreachable, Busy."""
        flow, self._browser = self._browser, None
        if flow is None:
            return outcome("reply-mismatch")
        answer = _query_of(query) if isinstance(query, str) else query
        return self._settle(await self._in_thread(lambda: self._engine.finish_auth_code(flow, answer)))

    async def sign_out(self) -> None:
        """Forget the account and delete the token file."""
        await self._in_thread(self._engine.forget)
        self._kept = self._device = self._browser = None
        self._hold.release()
        self._state = AuthState(outcome("signed-out"))

    async def close(self) -> None:
        """Close the connections. A call under way in the thread ends at its time limit."""
        self._engine.close()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _fresh_token(self) -> str:
        kept = self._kept
        return kept.token if kept and self._clock.monotonic_s() < kept.fresh_until_s else ""

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _silent(self, claims: str | None, *, force: bool, rejected: str) -> str:
        """In the thread: calls queue up here, and the second finds what the first brought."""
        kept = self._fresh_token()
        if kept and (not force or (rejected and kept != rejected)):
            return kept
        self._hold.check()
        if force:
            self._may_force()
        try:
            verdict = self._engine.silent(claims=claims, force=force)
        except Busy as error:
            self._hold.set(OUTCOMES["service"], error.retry_after_s)
            raise
        except SignInNeeded as error:
            self._refused(OUTCOMES[error.outcome])
            raise
        if isinstance(verdict, Outcome):
            self._refused(verdict)
            raise as_error(verdict)
        self._granted(verdict)
        if force:
            self._forced_at_s = self._clock.monotonic_s()
        return verdict.token

    def _may_force(self) -> None:
        last_s = self._forced_at_s
        if last_s is not None and self._clock.monotonic_s() - last_s < FORCED_EVERY_S:
            raise as_error(OUTCOMES["token-rejected"])

    def _granted(self, granted: Granted) -> None:
        self._kept = _Kept(granted.token, self._clock.monotonic_s() + granted.refresh_in_s)
        self._hold.release()
        self._forced_at_s = None
        self._state = AuthState(OUTCOMES["signed-in"], granted.account or self._state.account)

    def _refused(self, failed: Outcome) -> None:
        """A silent refresh said no: there is no token, and none is asked for until the hold is over."""
        self._report(failed)
        self._kept = None
        self._state = AuthState(failed)
        self._hold.set(failed)

    def _settle(self, verdict: Granted | Outcome) -> Outcome:
        """End a person's sign-in. One that fails leaves what worked before as it is."""
        if isinstance(verdict, Granted):
            self._granted(verdict)
            return OUTCOMES["signed-in"]
        self._report(verdict)
        if not self._state.signed_in:
            self._state = AuthState(verdict)
        return verdict

    def _report(self, failed: Outcome) -> None:
        if failed != self._state.outcome:
            number, correlation_id = failed.aadsts or "-", failed.correlation_id or "-"
            log.warning("sign-in: %s, AADSTS%s, correlation id %s", failed.key, number, correlation_id)


def _query_of(text: str) -> dict[str, str]:
    query = urlsplit(text).query if "://" in text else text.lstrip("?")
    return dict(parse_qsl(query, max_num_fields=20))
