"""Runs the child process that converges units, and passes on what it says, line by line."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import asyncssh
import msgspec

from provisioning.converge_wire import OPERATION_TIMEOUT_S, Event, Request, Target, Wish
from provisioning.fleet_error import FleetError
from provisioning.known_hosts import host_pattern
from provisioning.many_units import Reach
from provisioning.plain_text import plain_line
from provisioning.ssh import CONNECT_TIMEOUT_S

__all__ = ["converge", "unclaimed"]

MOST_LINE: Final = 16 << 20
"""A plan with all its diffs and files."""

MOST_STDERR: Final = 4000
SILENCE_TIMEOUT_S: Final = 3900.0
"""Longer than the longest operation may take (converge_deploy)."""

END_TIMEOUT_S: Final = 20.0
_EVENTS: Final = msgspec.json.Decoder(Event)


def unclaimed(names: Sequence[str], reach: Reach) -> dict[str, FleetError]:
    """Units that nobody can be sure of: their host keys were never recorded."""
    hint = "Claim it: mydesk-fleet claim {}"
    return {
        name: FleetError("it is not claimed: nobody knows its SSH key.", hint=hint.format(name))
        for name in names
        if name not in reach.keys
    }


async def converge(
    wishes: Mapping[str, Wish], reach: Reach, units: Mapping[str, tuple[str, int]],
    timeout_s: float = OPERATION_TIMEOUT_S, *, dry: bool, limit: int,
    debs: Sequence[Path] | None = None,
) -> AsyncIterator[Event]:  # fmt: skip
    """Converge units (by id: how they should be, and their address and port); what happens, as it happens.

    Raises:
        FleetError: the child process failed; what it did until then stays.
    """
    _check_identity(reach.identity)
    with _known_hosts(units, reach) as known_hosts:
        request = Request(
            targets=tuple(Target(wish=wishes[name], host=host, port=port, user=reach.user)
                          for name, (host, port) in units.items()),
            known_hosts=str(known_hosts),
            identity=str(reach.identity or ""),
            dry=dry,
            limit=limit,
            connect_timeout_s=int(CONNECT_TIMEOUT_S),
            timeout_s=timeout_s,
            debs=None if debs is None else tuple(str(path) for path in debs),
        )  # fmt: skip
        async for event in _events(msgspec.json.encode(request)):
            yield event


def _check_identity(identity: Path | None) -> None:
    """pyinfra would ask for a pass phrase on the terminal, in the middle of things."""
    if identity is None:
        return
    try:
        asyncssh.read_private_key(identity)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, OSError) as error:
        raise FleetError(f"{identity} is no usable key: {error}.", hint="Load it with ssh-add.") from error


@contextlib.contextmanager
def _known_hosts(units: Mapping[str, tuple[str, int]], reach: Reach) -> Iterator[Path]:
    """The claimed keys under the addresses that are used now, wherever the units were when they were claimed."""
    with tempfile.TemporaryDirectory(prefix="mydesk-fleet-") as folder:
        path = Path(folder) / "known_hosts"
        lines = (f"{host_pattern(host, port)} {reach.keys[name].text}\n" for name, (host, port) in units.items())
        path.write_text("".join(lines), "ascii")
        yield path


async def _events(request: bytes) -> AsyncIterator[Event]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "provisioning.converge_child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=MOST_LINE,
        start_new_session=True,  # without a terminal nothing can ask on it
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None  # noqa: S101, PT018
    said = asyncio.create_task(_last(process.stderr))
    try:
        process.stdin.write(request)
        process.stdin.close()
        while line := await asyncio.wait_for(process.stdout.readline(), SILENCE_TIMEOUT_S):
            yield _EVENTS.decode(line)
        if await process.wait() != 0:
            raise FleetError(f"the converging process ended: {plain_line(await said, 600)}", hint="Run it again.")
    except (ValueError, TimeoutError, OSError) as error:
        raise FleetError(f"the converging process fell silent: {error}", hint="Run it again.") from error
    finally:
        await _end(process)
        await said


async def _last(stream: asyncio.StreamReader) -> bytes:
    """The end of what it writes; the rest is forgotten."""
    kept = b""
    while piece := await stream.read(1 << 16):
        kept = (kept + piece)[-MOST_STDERR:]
    return kept


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_TIMEOUT_S)
    except TimeoutError:
        process.kill()
        await process.wait()
