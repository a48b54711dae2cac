"""Sends a signed bundle to a unit, and asks the unit's own updater for the rest: one exec for each.

A push is done when the unit's updater says so, not when the last byte was sent. Cut off anywhere it leaves nothing:
the updater sees the end of its input in the middle of a file, and removes what it had.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import asyncssh

from provisioning.fleet_error import FleetError
from provisioning.on_unit.bundle_reader import BundleReader
from provisioning.on_unit.errors import NOT_NOW, UpdateError
from provisioning.on_unit.manifest import Manifest, parse_manifest
from provisioning.plain_text import plain_line
from provisioning.ssh import SilentUnitError

__all__ = [
    "Offered",
    "Pushed",
    "UnitRefusedError",
    "UnitUpdate",
    "activate",
    "offered",
    "push",
    "rollback",
    "update_status",
]

PIECE_BYTES: Final = 128 << 10
STALL_TIMEOUT_S: Final = 60.0
"""Without a byte taken for so long, the unit is gone."""

STAGE_TIMEOUT_S: Final = 1200.0
"""For unpacking, compiling and the self-test on a slow card (on_unit.staging has 900 and 120 s)."""

ACTIVATE_TIMEOUT_S: Final = 180.0
STATUS_TIMEOUT_S: Final = 30.0
KEEPALIVE_S: Final = 15.0
_MOST_SAID: Final = 64 << 10
_MOST_TOLD: Final = 600


class UnitRefusedError(FleetError):
    """Error raised when a unit answered and said no; `later`: only for now."""

    def __init__(self, message: str, *, hint: str = "", later: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.later = later


@dataclass(frozen=True, slots=True)
class Offered:
    """A bundle as units name it: <version>-<first 12 digits of the manifest's sha256>."""

    release: str
    manifest: Manifest
    size_bytes: int


@dataclass(frozen=True, slots=True)
class UnitUpdate:
    """What `mydesk-update status` says, as plain text. `staged` is a release that is complete and does not run yet."""

    current: str | None
    previous: str | None
    step: str
    staged: str | None
    reason: str
    failed: Mapping[str, str] = field(default_factory=dict)
    release: str | None = None
    """The one that `step` speaks of."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What came of a push: `state` is the updater's, "staged", or what it was when the release ran already."""

    release: str
    state: str
    sent_bytes: int


def offered(bundle: Path) -> Offered:
    """Read the head of a bundle. Raises FleetError: it is none."""
    try:
        with bundle.open("rb") as stream:
            data = BundleReader(stream).manifest_data
            manifest = parse_manifest(data)
        return Offered(f"{manifest.version}-{hashlib.sha256(data).hexdigest()[:12]}", manifest, bundle.stat().st_size)
    except UpdateError as error:
        raise FleetError(f"{bundle}: {error}") from error
    except OSError as error:
        raise FleetError(f"{bundle}: {error.strerror}.") from error


def _silence(text: str) -> None:
    """What nobody wants to hear."""


async def push(
    connection: asyncssh.SSHClientConnection,
    bundle: Path,
    told: Callable[[str], None] = _silence,
    *,
    again: bool = False,
) -> Pushed:
    """Stage `bundle` on the unit behind `connection`; `told` hears how far it is. `again`: also where it failed before.

    Raises:
        UnitRefusedError: the unit's updater refused it, in its own words.
        SilentUnitError: it fell silent.
        FleetError: there is no such bundle, or the unit is not provisioned.
    """
    offer = offered(bundle)
    before = await update_status(connection)
    if offer.release in (before.current, before.staged):
        return Pushed(offer.release, before.step, 0)
    connection.set_keepalive(KEEPALIVE_S)
    words = "stage --again -" if again else "stage -"
    with bundle.open("rb") as stream:
        sending = _Sending(stream, offer.size_bytes, told)
        await _updater(connection, words, STAGE_TIMEOUT_S, sending)
    after = await update_status(connection)
    if offer.release not in (after.current, after.staged):
        raise FleetError(f"it staged {after.staged or 'nothing'}, not {offer.release}.", hint="Push it again.")
    return Pushed(offer.release, after.step, sending.sent)


async def activate(connection: asyncssh.SSHClientConnection, release: str, *, now: bool = False) -> UnitUpdate:
    """Make a staged `release` current; the unit judges it by itself from then on. `now`: also while somebody is busy.

    Raises:
        UnitRefusedError: nothing or another one is staged, somebody is busy (`later`), or it does not start and was
            taken back.
        SilentUnitError: it fell silent; whether it was activated is unknown.
    """
    await _updater(connection, f"activate{' --now' if now else ''} {shlex.quote(release)}", ACTIVATE_TIMEOUT_S)
    return await update_status(connection)


async def rollback(connection: asyncssh.SSHClientConnection) -> UnitUpdate:
    """Go back to the release that ran before. Raises as `activate`."""
    await _updater(connection, "rollback", ACTIVATE_TIMEOUT_S)
    return await update_status(connection)


async def update_status(connection: asyncssh.SSHClientConnection) -> UnitUpdate:
    """What runs, what is staged, what failed and why. Raises FleetError: as `push`, or it is not an answer."""
    return _read_status(await _updater(connection, "status", STATUS_TIMEOUT_S))


class _Sending:
    """What goes to standard input."""

    def __init__(self, stream: BinaryIO, size: int, told: Callable[[str], None]) -> None:
        self.stream, self.size, self.told = stream, size, told
        self.sent = 0
        self._shown = -1

    def piece(self) -> bytes:
        data = self.stream.read(PIECE_BYTES)
        self.sent += len(data)
        percent = 100 * self.sent // max(1, self.size)
        if percent != self._shown:
            self._shown = percent
            self.told(f"sent {percent} %" if percent < 100 else "sent; the unit unpacks and tests it")
        return data


async def _updater(
    connection: asyncssh.SSHClientConnection, words: str, timeout_s: float, sending: _Sending | None = None
) -> bytes:
    """Run one command of mydesk-update and return what it says. Raises as `push`."""
    root = connection.get_extra_info("username") == "root"
    command = f"{'' if root else 'sudo -n '}mydesk-update {words}"
    with _translated():
        async with connection.create_process(command, encoding=None) as process:
            heard = asyncio.gather(_heard(process.stdout), _heard(process.stderr))
            try:
                if sending is not None:
                    await _send(process, sending)
                process.stdin.write_eof()
                async with asyncio.timeout(timeout_s):
                    out, err = await heard
                    await process.wait_closed()
            finally:
                heard.cancel()
    if process.exit_status != 0:
        raise _refusal(words, process.exit_status, (err or out).decode("utf-8", "replace"))
    return out


async def _send(process: asyncssh.SSHClientProcess[bytes], sending: _Sending) -> None:
    """All of it, or until the unit wants no more: what it says then is the answer."""
    try:
        while not process.stdin.is_closing() and (data := sending.piece()):
            process.stdin.write(data)
            async with asyncio.timeout(STALL_TIMEOUT_S):
                await process.stdin.drain()
    except BrokenPipeError:
        return


async def _heard(stream: asyncssh.SSHReader[bytes]) -> bytes:
    """The first 64 kB; the rest is read and forgotten, so that the unit never waits for us."""
    kept = bytearray()
    while data := await stream.read(_MOST_SAID):
        kept += data[: _MOST_SAID - len(kept)]
    return bytes(kept)


def _refusal(words: str, status: int | None, said: str) -> FleetError:
    command = f"mydesk-update {words}"
    if status is None:  # the connection went, or a signal ended it
        return SilentUnitError(f"{command} did not end.", hint="Try again; a push goes on by itself.")
    text = plain_line(said, _MOST_TOLD).removeprefix("mydesk-update: ")
    if status == 127 or "command not found" in text:
        return FleetError("there is no mydesk-update on it.", hint="Provision it: mydesk-fleet provision UNIT")
    if text.startswith("sudo:"):
        return FleetError(f"sudo refuses: {text}", hint="Provision it: mydesk-fleet provision UNIT")
    return UnitRefusedError(text or f"{command} failed ({status}).", later=status == NOT_NOW)


def _read_status(data: bytes) -> UnitUpdate:
    try:
        content: dict[str, Any] = json.loads(data)
        current, previous, release = (_name(content[key]) for key in ("current", "previous", "release"))
        step = plain_line(content["step"], 40)
        failed = {plain_line(name, 80): plain_line(why) for name, why in content["failed"].items()}
        staged = release if step == "staged" else None
        return UnitUpdate(current, previous, step, staged, plain_line(content["reason"]), failed, release)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FleetError("its mydesk-update says nothing that can be read.", hint="Provision it again.") from error


def _name(value: object) -> str | None:
    return None if value is None else plain_line(value, 80)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise SilentUnitError("it fell silent: no answer in time.", hint="Is it on, and its network there?") from error
    except asyncssh.Error as error:
        raise SilentUnitError(f"the connection was lost: {error.reason}.", hint="Try again.") from error
    except OSError as error:
        raise SilentUnitError(f"the connection was lost: {error.strerror or error}.", hint="Try again.") from error
