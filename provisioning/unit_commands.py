"""Runs commands on a unit and reads what they say, always bounded: a unit may be broken, or not ours any more.

    answer = await ask(connection, [*AGENT, "status", "--json"], user="mydesk-agent")
    found = answer.json()

Nothing that a unit says reaches a terminal but through `provisioning.plain_text`.
"""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncssh

from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.plain_text import plain, plain_line

__all__ = ["AGENT", "BIN", "UPDATE", "Answer", "app", "app_service", "ask", "command_line", "fields"]

BIN: Final = "/opt/mydesk/current/bin"
AGENT: Final = (f"{BIN}/mydesk-agent",)
UPDATE: Final = ("/usr/local/sbin/mydesk-update",)

ASK_TIMEOUT_S: Final = 30.0
MOST_BYTES: Final = 256 << 10
_MOST_ERROR_BYTES: Final = 16 << 10
_CHUNK: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said: `said` is its standard error, plain; `cut` says that `out` was longer."""

    command: str
    status: int
    out: bytes
    said: str
    cut: bool = False

    @property
    def text(self) -> str:
        """Its output for a terminal."""
        return plain(self.out, MOST_BYTES)

    @property
    def failure(self) -> str:
        """Why it failed, in its own words."""
        said = plain_line(self.said or self.out) or "it said nothing"
        return f"{self.command} failed ({self.status}): {said}"

    def checked(self) -> Answer:
        """Itself. Raises FleetError: the command failed."""
        if self.status != 0:
            raise FleetError(self.failure)
        return self

    def json(self) -> dict[str, Any]:
        """Its output as a JSON object. Raises FleetError: it failed, or that is no JSON object."""
        self.checked()
        try:
            found = None if self.cut else json.loads(self.out)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            shown = plain_line(self.out, 80)
            raise FleetError(f"{self.command} did not answer with JSON: {shown!r}.", hint="Is its release whole?")
        return found


def app(unit: Unit, *words: str) -> list[str]:
    """A command of the unit's app: mydesk-room or mydesk-kiosk."""
    return [f"{BIN}/mydesk-{unit.role}", *words]


def app_service(unit: Unit) -> str:
    """Its systemd unit."""
    return f"mydesk-{unit.role}.service"


def command_line(words: Sequence[str], login: str, user: str = "root") -> str:
    """`words` for the unit's shell, run as `user` by somebody who signed in as `login`."""
    if user == login:
        before: tuple[str, ...] = ()
    elif login == "root":
        before = ("runuser", "-u", user, "--")
    else:
        before = ("sudo", "-n") if user == "root" else ("sudo", "-n", "-u", user)
    return shlex.join([*before, *words])


async def ask(
    connection: asyncssh.SSHClientConnection,
    words: Sequence[str],
    *,
    user: str = "root",
    data: bytes = b"",
    timeout_s: float = ASK_TIMEOUT_S,
    most_bytes: int = MOST_BYTES,
) -> Answer:
    """Run `words` as `user` with `data` on standard input; output above `most_bytes` is not read to its end.

    Raises:
        asyncssh.Error, OSError, TimeoutError: the connection, not the command (`provisioning.ssh.translated`).
    """
    line = command_line(words, str(connection.get_extra_info("username")), user)
    name = plain_line(shlex.join([words[0].rpartition("/")[2], *words[1:]]), 80)
    async with asyncio.timeout(timeout_s), connection.create_process(line, encoding=None) as process:
        process.stdin.write(data)
        process.stdin.write_eof()
        (out, cut), (said, _) = await asyncio.gather(
            _read(process, process.stdout, most_bytes), _read(process, process.stderr, _MOST_ERROR_BYTES)
        )
        if cut:
            process.channel.abort()
            return Answer(name, 0, out, plain(said), cut=True)
        done = await process.wait()
    if done.exit_status is None:
        raise asyncssh.ConnectionLost("the command was cut off")
    return Answer(name, done.exit_status, out, plain(said))


async def _read(
    process: asyncssh.SSHClientProcess[bytes], stream: asyncssh.SSHReader[bytes], most_bytes: int
) -> tuple[bytes, bool]:
    """What comes until its end, and whether there was more than `most_bytes`, which ends the command."""
    found = bytearray()
    while len(found) <= most_bytes:
        piece = await stream.read(_CHUNK)
        if not piece:
            return bytes(found), False
        found += piece
    process.channel.abort()
    return bytes(found[:most_bytes]), True


def fields(text: str) -> Mapping[str, str]:
    """`KEY=value` lines, as `systemctl show` and `timedatectl show` print them."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {key: value for key, sign, value in pairs if sign}
