"""The logs of units without what is nobody's business, with the agent's own redaction (telemetry.redaction).

Read by journalctl, not by the agent: they are wanted most when it does not run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import asyncssh

from provisioning.inventory import Unit
from provisioning.plain_text import plain
from provisioning.unit_commands import ask, command_line
from telemetry.redaction import redacted

__all__ = ["LOGGED", "Logs", "follow", "logs_of"]

LOGGED: Final = ("mydesk-*.service",)
MOST_BYTES: Final = 16 << 20
_LINE_BYTES: Final = 64 << 10
_LINE_CHARS: Final = 2000


@dataclass(frozen=True, slots=True)
class Logs:
    """The last lines of a unit, redacted and plain; `cut`: there was more than can be taken."""

    lines: tuple[str, ...]
    cut: bool


def _journal(*words: str) -> list[str]:
    units = [f"--unit={name}" for name in LOGGED]
    return ["journalctl", "--no-pager", "--quiet", "--output=short-iso", "--no-hostname", *words, *units]


async def logs_of(unit: Unit, connection: asyncssh.SSHClientConnection, *, lines: int, since: str = "") -> Logs:
    """The last `lines` of our services, oldest first. Raises FleetError: the journal cannot be read."""
    words = [f"--lines={lines}", *([f"--since={since}"] if since else [])]
    answer = (await ask(connection, _journal(*words), most_bytes=MOST_BYTES)).checked()
    found = await asyncio.to_thread(_clean, answer.out, frozenset({unit.address}))
    return Logs(tuple(found), answer.cut)


def _clean(out: bytes, names: frozenset[str]) -> list[str]:
    return list(clean_lines(out.decode("utf-8", "replace").split("\n"), names))


def clean_lines(lines: Sequence[str], names: frozenset[str]) -> Iterator[str]:
    """Each line that says something, plain and redacted; `names` are taken out beside the usual things. Pure."""
    for line in lines:
        if line.strip():
            yield redacted(plain(line, _LINE_CHARS).replace("\n", " "), names)


async def follow(
    unit: Unit, connection: asyncssh.SSHClientConnection, tell: Callable[[str], None], *, lines: int = 20
) -> None:
    """Tell each new line until the unit is gone or this is cancelled. Raises asyncssh.Error, OSError."""
    names = frozenset({unit.address})
    words = _journal("--follow", f"--lines={lines}")
    line = command_line(words, str(connection.get_extra_info("username")))
    async with connection.create_process(
        line, encoding=None, stdin=asyncssh.DEVNULL, stderr=asyncssh.DEVNULL
    ) as process:
        kept = b""
        while piece := await process.stdout.read(_LINE_BYTES):
            *whole, kept = (kept + piece).split(b"\n")
            for one in [*whole, *([kept] if len(kept) > _LINE_BYTES else [])]:
                for shown in clean_lines([one.decode("utf-8", "replace")], names):
                    tell(shown)
            kept = b"" if len(kept) > _LINE_BYTES else kept
