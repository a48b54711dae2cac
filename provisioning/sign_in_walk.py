"""Signs units in to Microsoft 365, one after the other: each shows its code here, and somebody types it in a browser.

The unit's own `mydesk-graph sign-in` does it, through the app that runs. What comes from the unit is checked: a unit
that is not ours any more must not send an admin to a page of its own.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import asyncssh

from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.inventory_load import Fleet
from provisioning.plain_text import plain, plain_line
from provisioning.render import app_file, app_settings
from provisioning.unit_commands import BIN, Answer, app, app_service, ask, command_line

__all__ = ["Invitation", "Signed", "is_microsoft", "sign_in", "way_of"]

Way = Literal["device-code", "auth-code", "certificate"]
PORT: Final = 8400
"""The loopback port of `mydesk-graph sign-in --auth-code`."""

CODE: Final = re.compile(r"[A-Z0-9-]{4,20}")
_HOSTS: Final = (
    "microsoft.com",
    "microsoftonline.com",
    "microsoftonline.us",
    "partner.microsoftonline.cn",
    "login.live.com",
)
"""Where Microsoft shows sign-in pages, its national clouds included."""

STARTS_WITHIN_S: Final = 100.0
"""The panel's unit file gives it 90 s."""
LOOK_EVERY_S: Final = 2.0
_MOST_LINE: Final = 8 << 10


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the person has to do: open `address`, and type `code` there; "" where the address is all."""

    unit: str
    address: str
    code: str
    expires_in_s: int


@dataclass(frozen=True, slots=True)
class Signed:
    """How it ended: `state` is signed-in, was-signed-in or certificate (nothing to do here); all texts are plain."""

    state: Literal["signed-in", "was-signed-in", "certificate"]
    account: str = ""


def way_of(fleet: Fleet, unit: Unit) -> Way:
    """How its settings let it sign in."""
    graph = app_settings(fleet, unit).get("graph", {})
    if graph.get("shape") == "app-only":
        return "certificate"
    found = graph.get("sign_in")
    return found if found in ("auth-code", "certificate") else "device-code"


def is_microsoft(address: str) -> bool:
    """Whether an address is a page of Microsoft's, over TLS.

    >>> is_microsoft("https://microsoft.com/devicelogin"), is_microsoft("https://microsoft.com.example/devicelogin")
    (True, False)
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    ours = any(host == known or host.endswith(f".{known}") for known in _HOSTS)
    return parts.scheme == "https" and "@" not in parts.netloc and "\\" not in address and ours


async def sign_in(
    unit: Unit,
    connection: asyncssh.SSHClientConnection,
    *,
    way: Way,
    show: Callable[[Invitation], None],
    again: bool = False,
) -> Signed:
    """Sign one unit in; one that is, or that has a certificate, is left alone.

    Raises:
        FleetError: it failed, in the unit's own words.
        asyncssh.Error, OSError: the connection.
    """
    if way == "certificate":
        return Signed("certificate")
    status = await _status(unit, connection)
    if not again and status.json().get("signed_in") is True:
        return Signed("was-signed-in")
    words = [f"{BIN}/mydesk-graph", "sign-in", "--config", f"/etc/mydesk/{app_file(unit)}", "--json"]
    async with AsyncExitStack() as stack:
        if way == "auth-code":
            words += ["--auth-code", "--port", str(PORT)]
            await stack.enter_async_context(await _tunnel(connection))
        return await _conversation(unit, connection, words, show)


async def _status(unit: Unit, connection: asyncssh.SSHClientConnection) -> Answer:
    """What the panel answers; one that is starting, as after its provisioning, is waited for."""
    deadline_s = asyncio.get_running_loop().time() + STARTS_WITHIN_S
    while True:
        answer = await ask(connection, app(unit, "ctl", "status", "--json"), user="mydesk")
        if answer.status == 0 or asyncio.get_running_loop().time() > deadline_s:
            return answer
        state = await ask(connection, ["systemctl", "show", "--property=ActiveState", "--value", app_service(unit)])
        if state.out.strip() != b"activating":
            return answer
        await asyncio.sleep(LOOK_EVERY_S)


async def _tunnel(connection: asyncssh.SSHClientConnection) -> asyncssh.SSHListener:
    """The browser on this laptop comes back to the unit through it."""
    try:
        return await connection.forward_local_port("127.0.0.1", PORT, "127.0.0.1", PORT)
    except OSError as error:
        raise FleetError(f"port {PORT} of this laptop is in use.", hint="End what uses it, and try again.") from error


async def _conversation(
    unit: Unit, connection: asyncssh.SSHClientConnection, words: list[str], show: Callable[[Invitation], None]
) -> Signed:
    line = command_line(words, str(connection.get_extra_info("username")), "mydesk")
    ended: dict[str, Any] = {}
    async with connection.create_process(line, encoding=None, stdin=asyncssh.DEVNULL) as process:
        async for told in _objects(process):
            if "address" in told:
                show(_invitation(unit, told))
            ended = told
        said = plain(await process.stderr.read(_MOST_LINE))
        await process.wait()
    if process.exit_status is None:
        raise asyncssh.ConnectionLost("the sign-in was cut off")
    if process.exit_status != 0 or ended.get("state") != "signed-in":
        raise FleetError(plain_line(said) or "the sign-in did not end well.", hint=f"mydesk-fleet sign-in {unit.id}")
    return Signed("signed-in", plain_line(ended.get("account", ""), 120))


async def _objects(process: asyncssh.SSHClientProcess[bytes]) -> AsyncIterator[dict[str, Any]]:
    """The JSON objects that it prints, one a line; anything else is passed over."""
    kept = b""
    while piece := await process.stdout.read(_MOST_LINE):
        *whole, kept = (kept + piece).split(b"\n")
        kept = kept[-_MOST_LINE:]
        for line in whole:
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict):
                yield found


def _invitation(unit: Unit, told: dict[str, Any]) -> Invitation:
    address, code, lasts = str(told["address"]), str(told.get("code", "")), told.get("expires_in_s")
    if code and not CODE.fullmatch(code):
        raise FleetError("it showed something that is no code.", hint=f"Is it ours? mydesk-fleet doctor {unit.id}")
    lasts_s = int(lasts) if isinstance(lasts, int) and 0 <= lasts < 86_400 else 0
    return Invitation(unit.id, plain_line(address, 2000), code, lasts_s)
