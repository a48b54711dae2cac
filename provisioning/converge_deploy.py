"""What pyinfra does on a unit: one exec to look, and one for each operation that changes something."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Iterator
from pathlib import PurePath
from typing import Any, Final, Literal

import msgspec
from paramiko import SSHException
from pyinfra.api.command import FileUploadCommand, QuoteString, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import add_op, operation
from pyinfra.api.state import State
from pyinfra.operations import apt

from provisioning.converge_plan import look_for
from provisioning.converge_programs import program
from provisioning.converge_wire import Facts, Put, Step, Target
from provisioning.plain_text import plain_line

__all__ = ["LookError", "add_steps", "look"]

LOOK_TIMEOUT_S: Final = 120
PUT_TIMEOUT_S: Final = 600
APT_TIMEOUT_S: Final = 3600
DEBS: Final = "/var/cache/mydesk-packages"
APT_WORDS: Final = "DEBIAN_FRONTEND=noninteractive"
APT_OPTIONS: Final = (
    "-y -q --no-install-recommends -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=/dev/null"
    " -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold"
)
_FACTS: Final = msgspec.json.Decoder(Facts)


class LookError(Exception):
    """Raised when a unit could not be looked at; `silent`: it said nothing, so nobody knows how it is."""

    def __init__(self, message: str, *, silent: bool = False) -> None:
        super().__init__(message)
        self.silent = silent


def _sent(name: Literal["converge_look", "converge_put"], **arguments: Any) -> StringCommand:
    return StringCommand(*(QuoteString(word) for word in program(name)), **arguments)


def look(state: State, host: Host, target: Target, timeout_s: float) -> Facts:
    """How a unit is, in one exec of at most `timeout_s`. Raises LookError: it does not tell."""
    asked = msgspec.json.encode(look_for(target.wish)).decode()
    sudo = target.user != "root"
    try:
        seconds = math.ceil(min(LOOK_TIMEOUT_S, timeout_s))
        done, output = host.run_shell_command(_sent("converge_look"), _stdin=asked, _sudo=sudo, _timeout=seconds)
    except TimeoutError as error:
        raise LookError("it fell silent: no answer in time", silent=True) from error
    except (OSError, SSHException) as error:
        raise LookError(plain_line(error), silent=True) from error
    if not done:
        raise LookError(_refusal(output.output))
    try:
        return _FACTS.decode(output.stdout_lines[-1])
    except (msgspec.DecodeError, IndexError) as error:
        raise LookError(f"it does not tell how it is: {plain_line(output.output, 200)}") from error


def _refusal(said: str) -> str:
    if "sudo:" in said:
        return f"sudo refuses: {plain_line(said, 200)}"
    if "python3" in said and "not found" in said:
        return "it has no python3: apt install python3"
    return plain_line(said, 600) or "it ended without a word"


def add_steps(
    state: State, host: Host, steps: Iterable[Step], debs: tuple[str, ...] | None, timeout_s: float, *, sudo: bool
) -> Iterator[tuple[str, Step]]:
    """Add the operations for one unit, and say which hash pyinfra gave to which; `debs` None: from its own sources.

    None takes longer than `timeout_s`.
    """
    for step in steps:
        arguments: dict[str, Any] = {"host": host, "name": step.name, "_sudo": sudo}
        if step.install or step.repair:
            add_op(
                state,
                install,
                step.install,
                debs,
                step.repair,
                _timeout=math.ceil(min(APT_TIMEOUT_S, timeout_s)),
                **arguments,
            )
        else:
            add_op(
                state,
                put,
                None if step.later else step.put,
                step.fault,
                _timeout=math.ceil(min(PUT_TIMEOUT_S, timeout_s)),
                **arguments,
            )
        yield host.op_hash_order[-1], step


@operation()
def put(change: Put | None, fault: str) -> Generator[StringCommand, None, None]:
    """Do what converge_put does; nothing without a change. With a `fault` it fails with that."""
    if fault:
        yield StringCommand("echo", QuoteString(fault), ">&2;", "false")
    elif change is not None:
        yield _sent("converge_put", _stdin=msgspec.json.encode(change).decode())


@operation()
def install(packages: tuple[str, ...], debs: tuple[str, ...] | None, repair: bool) -> Generator[Any, None, None]:
    """Install packages: from files that are carried there where `debs` are given, else from the unit's own sources."""
    if repair:
        yield f"{APT_WORDS} dpkg --force-confdef --force-confold --configure -a"
    if not packages:
        return
    if debs is None:
        yield from apt.packages._inner(packages=list(packages), update=True, no_recommends=True)
    elif debs:
        yield from _install_files(debs)
    yield StringCommand("dpkg", "-s", *map(QuoteString, packages), ">/dev/null")


def _install_files(debs: tuple[str, ...]) -> Iterator[Any]:
    places = [f"{DEBS}/{PurePath(path).name}" for path in debs]
    yield f"install -d -m 0700 {DEBS}"
    for path, remote in zip(debs, places, strict=True):
        yield FileUploadCommand(path, remote)
    yield StringCommand(APT_WORDS, "apt-get", APT_OPTIONS, "install", *map(QuoteString, places))
    yield f"rm -rf {DEBS}"
