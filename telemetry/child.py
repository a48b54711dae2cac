"""Other programs, run with an end: a time-out, a bound on what they say, and no shell."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass

from common.errors import MyDeskError

MOST_BYTES = 4 << 20
_CHUNK_BYTES = 1 << 16


class ChildError(MyDeskError):
    """Error raised when a program is not there, takes too long, or says that it failed."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a program wrote to standard output; `cut` when it would have written more than was allowed."""

    text: str
    cut: bool


async def run_child(*command: str, timeout_s: float, most_bytes: int = MOST_BYTES) -> Output:
    """Run `command` to its end and return what it says.

    Raises:
        ChildError: it cannot be started, does not end in time, or its exit code is not 0.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
    except OSError as error:
        raise ChildError(f"{command[0]} cannot be run: {error.strerror}.") from error
    try:
        async with asyncio.timeout(timeout_s):
            output, said = await asyncio.gather(_read(process, most_bytes), _read_errors(process))
            code = await process.wait()
    except TimeoutError as error:
        raise ChildError(f"{' '.join(command[:2])} took longer than {timeout_s:g} s.") from error
    finally:
        await _ended(process)
    if code != 0 and not output.cut:
        raise ChildError(f"{' '.join(command[:2])} failed ({code}): {said or 'it does not say why'}")
    return output


async def _read(process: Process, most_bytes: int) -> Output:
    assert process.stdout is not None  # noqa: S101 - PIPE was asked for
    found = bytearray()
    while chunk := await process.stdout.read(_CHUNK_BYTES):
        found += chunk
        if len(found) > most_bytes:
            _kill(process)
            while await process.stdout.read(_CHUNK_BYTES):
                pass  # a pipe that is left full keeps asyncio from telling of the end
            return Output(found[:most_bytes].decode(errors="replace"), cut=True)
    return Output(found.decode(errors="replace"), cut=False)


async def _read_errors(process: Process) -> str:
    """The last line of what it complains of."""
    assert process.stderr is not None  # noqa: S101 - PIPE was asked for
    last = b""
    while chunk := await process.stderr.read(_CHUNK_BYTES):
        last = (last + chunk)[-1000:]
    lines = last.decode(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else ""


def _kill(process: Process) -> None:
    """With all that it started: one of those would keep our pipes open."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


async def _ended(process: Process) -> None:
    if process.returncode is None:
        _kill(process)
        await process.wait()
