"""The ways to sign a unit in from a terminal: with a device code or a browser, by itself or through its running app.

A running app is the only writer of the token file (DESIGN.md 3), so it is asked first.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from common import control
from common.control import ControlError
from graph.auth import Authenticator, DeviceCode, SignInProgress
from graph.errors import Busy, Unreachable
from graph.loopback import loopback
from graph.outcomes import Outcome, outcome
from graph.reading import TokenFileError

log = logging.getLogger(__name__)

STATUS_POLL_S = 1.0
RETRY_S = 5.0
BROWSER_TIMEOUT_S = 900.0
_CONNECT_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the person has to do: open `address` and type `code`; no code where the address is all."""

    address: str
    code: str
    expires_in_s: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """How it ended. `text` is for people; `account` is who signed in, as far as is known here."""

    signed_in: bool
    text: str
    account: str = ""


Show = Callable[[Invitation], None]


def app_answers(path: Path) -> bool:
    """Return whether an app serves the control socket at `path`. Raises ControlError when this user may not ask."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(_CONNECT_TIMEOUT_S)
        try:
            link.connect(str(path))
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return False
        except OSError as error:
            hint = "Use sudo, or join the group that owns the socket."
            raise ControlError(f"The socket {path} cannot be used ({error.strerror or error}).", hint=hint) from error
    return True


def through_app(path: Path, show: Show) -> Verdict:
    """Let the app behind `path` sign in, and wait until it has. Raises ControlError."""
    begun = control.request(path, "sign-in", timeout_s=30.0)
    expires_in_s = int(begun.get("expires_in_s") or 0)
    show(Invitation(str(begun.get("address", "")), str(begun.get("code", "")), expires_in_s))
    until_s = time.monotonic() + expires_in_s + STATUS_POLL_S
    while True:
        status = control.request(path, "sign-in-status")
        if status.get("state") == "signed-in":
            return Verdict(True, "The unit is signed in.")
        if status.get("state") != "waiting":
            return Verdict(False, str(status.get("text") or "The sign-in failed; see the unit's screen."))
        if time.monotonic() > until_s:
            return verdict_of(outcome("code-expired"), "")
        time.sleep(STATUS_POLL_S)


async def with_device_code(auth: Authenticator, show: Show, now_s: Callable[[], float]) -> Verdict:
    """Show a code and wait until it was used. Raises GraphError."""
    code = await auth.begin_device_code()
    show(Invitation(code.verification_uri, code.user_code, round(code.expires_at_s - now_s())))
    while True:
        progress = await _polled(auth, code)
        if isinstance(progress, Outcome):
            return verdict_of(progress, auth.state.account)
        await asyncio.sleep(progress.interval_s)


async def _polled(auth: Authenticator, code: DeviceCode) -> SignInProgress | Outcome:
    """Ask once. A line that is cut for a moment does not end a sign-in somebody is typing."""
    try:
        return await auth.poll_device_code()
    except (Unreachable, Busy) as error:
        log.info("sign-in: %s, asking again", type(error).__name__)
        return SignInProgress(RETRY_S, code.expires_at_s)


async def with_browser(auth: Authenticator, show: Show, port: int, timeout_s: float = BROWSER_TIMEOUT_S) -> Verdict:
    """Show the sign-in page and wait for the browser to come back. Raises GraphError, LoopbackError."""
    query = await _brought(await auth.begin_auth_code(port), show, port, timeout_s)
    return verdict_of(await auth.finish_auth_code(query), auth.state.account)


def with_browser_through_app(path: Path, show: Show, port: int, timeout_s: float = BROWSER_TIMEOUT_S) -> Verdict:
    """Let the app behind `path` sign in with the browser that comes back here. Raises ControlError, LoopbackError."""
    begun = control.request(path, "sign-in-browser", timeout_s=30.0, redirect_port=port)
    query = asyncio.run(_brought(str(begun.get("address", "")), show, port, timeout_s))
    ended = control.request(path, "sign-in-answer", timeout_s=60.0, query=query)
    if ended.get("state") == "signed-in":
        return Verdict(True, "The unit is signed in.")
    return Verdict(False, str(ended.get("text") or "The sign-in failed; see the unit's log."))


async def _brought(address: str, show: Show, port: int, timeout_s: float) -> str:
    """Show the sign-in page's address; return the query with which the browser comes back to the loopback."""
    state = parse_qs(urlsplit(address).query).get("state", [""])[0]
    async with loopback(port, state) as waiting:
        show(Invitation(address, "", round(timeout_s)))
        return await waiting.answer(timeout_s)


def verdict_of(ended: Outcome, account: str) -> Verdict:
    """Return an outcome in words for an admin."""
    signed_in = ended.key == "signed-in"
    return Verdict(signed_in, ended.admin_text.format_map(ended.params), account if signed_in else "")


def check_writable(path: Path) -> None:
    """Raise TokenFileError when tokens written to `path` by this user would be lost, or closed to the service."""
    folder = path.parent
    try:
        owner = folder.stat().st_uid
    except OSError as error:
        hint = "Create it, or set [graph] token_cache_file."
        raise TokenFileError(f"The folder {folder} cannot be used ({error.strerror}).", hint=hint) from error
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        raise TokenFileError(f"This user may not write to {folder}.", hint=_AS_SERVICE)
    if os.geteuid() == 0 and owner != 0:
        raise TokenFileError(f"{folder} is not root's: the service could not read tokens of root's.", hint=_AS_SERVICE)


_AS_SERVICE = "Run it as the service's user: sudo -u mydesk mydesk-graph sign-in ..."
