"""The child process that converges units with pyinfra: `python -m provisioning.converge_child`.

It reads one `Request` on standard input and prints one `Event` a line. A process of its own, since gevent replaces
parts of the standard library in it. For each unit: one program that looks (converge_look), then for each operation
that changes something one program that does it (converge_put). Only host keys of claims are accepted.
"""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

# ruff: noqa: E402 - the patch comes first: what is imported before it keeps the sockets and locks of threads
import logging
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyinfra.connectors.util
from gevent.pool import Pool
from paramiko import SSHException
from pyinfra.api.config import Config
from pyinfra.api.connect import disconnect_all
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.operations import run_ops
from pyinfra.api.state import BaseStateCallback, State

from provisioning.converge_deploy import LookError, add_steps, look
from provisioning.converge_plan import steps
from provisioning.converge_wire import Event, Facts, Request, Step, Target
from provisioning.deb_list import carried

TCP_OPTIONS = (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 4), ("TCP_USER_TIMEOUT", 60_000))
"""Seconds, seconds, times, milliseconds: tcp(7)."""

Plan = tuple[tuple[Step, ...], Facts]

_DECODER = msgspec.json.Decoder(Request)
_ENCODER = msgspec.json.Encoder()


class Progress(BaseStateCallback):
    """Says on standard output what happens, and remembers which operation of which unit has which hash."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, str], Step] = {}
        self.failed: dict[str, tuple[str, str]] = {}

    def say(self, event: Event) -> None:
        """One line, at once."""
        sys.stdout.buffer.write(_ENCODER.encode(event) + b"\n")
        sys.stdout.buffer.flush()

    def host_connect(self, state: State, host: Host) -> None:  # type: ignore[override]
        self.say(Event(unit=host.name, kind="connected"))

    def host_connect_error(self, state: State, host: Host, error: Exception) -> None:  # type: ignore[override]
        self.say(Event(unit=host.name, kind="unreachable", text=str(error)))

    def operation_host_start(self, state: State, host: Host, op_hash: str) -> None:  # type: ignore[override]
        step = self.names.get((host.name, op_hash))
        if step is not None and step.is_change:
            self.say(Event(unit=host.name, kind="started", step=step.name))

    def operation_host_success(  # type: ignore[override]
        self, state: State, host: Host, op_hash: str, retry_count: int = 0
    ) -> None:
        step = self.names.get((host.name, op_hash))
        if step is not None:
            self.say(Event(unit=host.name, kind="done", step=step.name))

    def operation_host_error(  # type: ignore[override]
        self, state: State, host: Host, op_hash: str, retry_count: int = 0, max_retries: int = 0
    ) -> None:
        step = self.names.get((host.name, op_hash))
        if step is not None:
            self.failed[host.name] = (step.name, op_hash)


def _no_password(prompt: str = "") -> str:
    """What pyinfra calls when sudo wants a password. Raises OSError, which it takes for a failed command."""
    raise OSError("sudo asks for a password")


def main() -> int:
    """Do what the request says; whatever goes wrong on a unit is an event, not a failure of this program."""
    pyinfra.connectors.util.getpass = _no_password  # type: ignore[attr-defined,assignment]
    logging.getLogger("pyinfra").addHandler(logging.NullHandler())
    logging.getLogger("pyinfra").propagate = False
    logging.getLogger("paramiko").addHandler(logging.NullHandler())
    logging.getLogger("paramiko").propagate = False
    converge(_DECODER.decode(sys.stdin.buffer.read()))
    return 0


def converge(request: Request) -> None:
    """Connect to all units, look at them, say what would change, and change it unless it is a dry run."""
    progress = Progress()
    state = _state(request)
    state.add_callback_handler(progress)  # type: ignore[no-untyped-call]
    pool = Pool(request.limit)
    pool.map(lambda host: _connect(progress, state, host), list(state.inventory))
    by_name = {target.wish.unit: target for target in request.targets}
    hosts = list(state.inventory.get_active_hosts())
    looked = pool.map(lambda host: _plan(progress, state, host, by_name[host.name], request.timeout_s), hosts)
    ready = {host: made for host, made in zip(hosts, looked, strict=True) if made is not None}
    if not request.dry:
        _change(progress, state, request, ready)
    for host in ready:
        progress.say(Event(unit=host.name, kind="ended"))
    disconnect_all(state)


def _connect(progress: Progress, state: State, host: Host) -> None:
    """Whatever one unit answers, the others are connected, too."""
    try:
        host.connect(show_errors=False)
    except (PyinfraError, SSHException, OSError, EOFError, ValueError) as error:
        progress.say(Event(unit=host.name, kind="unreachable", text=str(error)))
    if host.connected:
        _notice_silence(host)
        state.activate_host(host)


def _notice_silence(host: Host) -> None:
    """A unit whose power goes says no farewell: the kernel finds out in about a minute."""
    transport = host.connector.client.get_transport()  # type: ignore[attr-defined]
    sock = transport.sock
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in TCP_OPTIONS:
        if hasattr(socket, name):  # macOS has not all of them
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _state(request: Request) -> State:
    names = [(target.wish.unit, _connection(request, target)) for target in request.targets]
    config = Config(CONNECT_TIMEOUT=request.connect_timeout_s, PARALLEL=request.limit)  # type: ignore[no-untyped-call]
    inventory = Inventory((names, {}))  # type: ignore[no-untyped-call]
    return State(inventory, config, check_for_changes=False)


def _connection(request: Request, target: Target) -> dict[str, Any]:
    """Strict, and nothing of this person's own SSH configuration."""
    made: dict[str, Any] = {
        "ssh_hostname": target.host,
        "ssh_port": target.port,
        "ssh_user": target.user,
        "ssh_known_hosts_file": request.known_hosts,
        "ssh_strict_host_key_checking": "yes",
        "ssh_config_file": "/dev/null",
        "ssh_paramiko_connect_kwargs": {"banner_timeout": 30, "auth_timeout": 30},
    }
    return made | ({"ssh_key": request.identity} if request.identity else {})


def _plan(progress: Progress, state: State, host: Host, target: Target, timeout_s: float) -> Plan | None:
    try:
        facts = look(state, host, target, timeout_s)
    except LookError as error:
        kind = "unreachable" if error.silent else "failed"
        progress.say(Event(unit=host.name, kind=kind, step="look", text=str(error)))
        return None
    made = steps(target.wish, facts)
    told = tuple(msgspec.structs.replace(step, put=None) for step in made)
    slim = msgspec.structs.replace(facts, files={}, packages={}, certificate=None)
    progress.say(Event(unit=host.name, kind="planned", steps=told, facts=slim))
    return made, facts


def _change(progress: Progress, state: State, request: Request, ready: dict[Host, Plan]) -> None:
    for host in set(state.inventory.get_active_hosts()) - set(ready):
        state.active_hosts.discard(host)
    users = {target.wish.unit: target.user for target in request.targets}
    for host, (made, facts) in ready.items():
        debs = carried(request.debs, facts.packages, facts.machine) if request.debs is not None else None
        for op_hash, step in add_steps(state, host, made, debs, request.timeout_s, sudo=users[host.name] != "root"):
            progress.names[host.name, op_hash] = step
    run_ops(state, no_wait=True)
    for host in ready:
        for event in (*_told(progress, state, host), *_failures(progress, state, host)):
            progress.say(event)


def _told(progress: Progress, state: State, host: Host) -> Iterator[Event]:
    """What commands of the unit said about what they did; pyinfra has it at the end."""
    for (name, op_hash), step in progress.names.items():
        if name == host.name and step.put is not None and any(one.tells for one in step.put.after):
            meta = state.get_op_data_for_host(host, op_hash).operation_meta
            if meta.is_complete():
                yield Event(unit=name, kind="told", step=step.name, text=meta.stdout[-1200:])


def _failures(progress: Progress, state: State, host: Host) -> Iterator[Event]:
    """Told at the end, when pyinfra has the output."""
    if host.name in progress.failed:
        step, op_hash = progress.failed[host.name]
        meta = state.get_op_data_for_host(host, op_hash).operation_meta
        text = meta.stderr or meta.stdout or "the connection was lost, or it took too long"
        yield Event(unit=host.name, kind="failed", step=step, text=text[-1200:])


if __name__ == "__main__":
    sys.path = [path for path in sys.path if Path(path or ".").resolve() != Path(__file__).parent.resolve()]
    sys.exit(main())
