"""A fleet of fake units: asyncssh servers on loopback, hundreds in one process, with faults.

with fake_fleet(tmp_path, 300) as fake:             # in a thread of its own, for the commands
    fake["u-007"].faults.add(Fault.SILENT)
    CliRunner().invoke(app, ["status", "--all", *fake.options])

async with served(tmp_path, units) as fake:          # in the loop of the caller
    results = await on_each(fake.fleet.inventory.units, work, reach=fake.reach)
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from provisioning.fleet_state import FleetState
from provisioning.inventory_load import Fleet, load
from provisioning.many_units import Reach
from tests.provisioning.fake_unit import HOSTILE, FakeUnit, Fault
from tests.provisioning.fleet_kit import INVENTORY

USER = "mydesk-admin"
MOST_INPUT = 64 << 20
MOST_HEAD = 256 << 10
"""Of a bundle: 300 of them at once are no more than their manifests."""

START_TIMEOUT_S = 60.0


@dataclass(slots=True)
class FakeFleet:
    """The units by id, and what the fleet's tools need to reach them."""

    folder: Path
    units: dict[str, FakeUnit]
    ports: dict[str, int] = field(default_factory=dict)
    key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    connections: dict[str, set[asyncssh.SSHServerConnection]] = field(default_factory=dict)
    most_at_once: int = 0

    def __getitem__(self, name: str) -> FakeUnit:
        return self.units[name]

    @property
    def inventory(self) -> Path:
        return self.folder / "inventory.toml"

    @property
    def identity(self) -> Path:
        return self.folder / "identity"

    @property
    def state(self) -> FleetState:
        return FleetState.open(self.folder / "state")

    @property
    def fleet(self) -> Fleet:
        return load(self.inventory)

    @property
    def reach(self) -> Reach:
        return Reach.of(self.fleet, self.state, self.identity)

    @property
    def options(self) -> list[str]:
        """For each command of mydesk-fleet."""
        state = str(self.folder / "state")
        return ["--inventory", str(self.inventory), "--state", state, "--identity", str(self.identity)]

    def cut(self, name: str) -> None:
        """Cut all connections of a unit, as a power cut does."""
        for connection in list(self.connections.get(name, ())):
            connection.abort()

    def freeze(self, name: str) -> None:
        """Read and say no more on any connection of a unit: nobody learns that it is gone."""
        for connection in self.connections.get(name, ()):
            assert connection._transport is not None
            connection._transport.pause_reading()


def units_named(count: int, *, role: str = "room") -> list[FakeUnit]:
    """u-001, u-002 and so on."""
    return [FakeUnit(f"u-{number:03d}", role) for number in range(1, count + 1)]


@contextmanager
def fake_fleet(folder: Path, units: int | Sequence[FakeUnit], *, inventory: str = INVENTORY) -> Iterator[FakeFleet]:
    """Serve them from a thread of its own. Its units may be changed at any time."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="fake fleet", daemon=True)
    thread.start()
    context = served(folder, units, inventory=inventory)
    try:
        yield asyncio.run_coroutine_threadsafe(_enter(context), loop).result(START_TIMEOUT_S)
    finally:
        asyncio.run_coroutine_threadsafe(_leave(context), loop).result(START_TIMEOUT_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(START_TIMEOUT_S)
        loop.close()


async def _enter(context: contextlib.AbstractAsyncContextManager[FakeFleet]) -> FakeFleet:
    return await context.__aenter__()


async def _leave(context: contextlib.AbstractAsyncContextManager[FakeFleet]) -> None:
    await context.__aexit__(None, None, None)
    hanging = asyncio.all_tasks() - {task for task in (asyncio.current_task(),) if task}
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


@asynccontextmanager
async def served(
    folder: Path, units: int | Sequence[FakeUnit], *, inventory: str = INVENTORY
) -> AsyncIterator[FakeFleet]:
    """Serve them in this loop. The inventory is `inventory` with its units replaced by these."""
    made = units_named(units) if isinstance(units, int) else list(units)
    fake = FakeFleet(folder, {unit.id: unit for unit in made})
    async with contextlib.AsyncExitStack() as stack:
        keys = {name: asyncssh.generate_private_key("ssh-ed25519") for name in fake.units}
        for name, unit in fake.units.items():
            listener = await _listen(fake, unit, keys[name])
            stack.push_async_callback(_close, fake, name, listener)
            fake.ports[name] = listener.sockets[0].getsockname()[1]
        _write(fake, inventory, keys)
        yield fake


def _write(fake: FakeFleet, inventory: str, keys: dict[str, asyncssh.SSHKey]) -> None:
    """What an admin has on the laptop after all were claimed."""
    head = inventory.partition("[[units]]")[0]
    fake.inventory.write_text(head + "".join(_row(unit, fake.ports[unit.id]) for unit in fake.units.values()))
    lines = [
        f"{name},[127.0.0.1]:{fake.ports[name]} {key.export_public_key().decode().strip()}\n"
        for name, key in sorted(keys.items())
    ]
    fake.state.known_hosts.write_text("".join(lines))
    fake.identity.write_bytes(fake.key.export_private_key())
    fake.identity.chmod(0o600)


def _row(unit: FakeUnit, port: int) -> str:
    kind = "door" if unit.role == "room" else "lobby"
    mailbox = f'mailbox = "{unit.id}@contoso.example"\n' if unit.role == "room" else ""
    place = f'address = "127.0.0.1"\nssh_port = {port}\n'
    return f'[[units]]\nid = "{unit.id}"\nrole = "{unit.role}"\nsite = "cph"\nhardware = "{kind}"\n{place}{mailbox}\n'


async def _listen(fake: FakeFleet, unit: FakeUnit, key: asyncssh.SSHKey) -> asyncio.Server:
    """A plain listener, so that each connection may be served as the unit's faults of that moment say."""
    other = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.get_running_loop()

    def protocol() -> asyncio.BaseProtocol:
        if unit.is_off:
            return _Refuses()
        if Fault.SILENT in unit.faults:
            return asyncio.Protocol()
        shown = other if Fault.CHANGED_KEY in unit.faults else key
        options = asyncssh.SSHServerConnectionOptions(
            server_factory=lambda: _Server(fake, unit),
            server_host_keys=[shown],
            process_factory=lambda process: _serve(fake, unit, process),
            encoding=None,
            agent_forwarding=False,
            gss_host=None,
        )
        return asyncssh.SSHServerConnection(loop, options)

    return await loop.create_server(protocol, "127.0.0.1", 0, backlog=64)


async def _close(fake: FakeFleet, name: str, listener: asyncio.Server) -> None:
    listener.close()
    closed = list(fake.connections.get(name, ()))
    fake.cut(name)
    await asyncio.gather(*(connection.wait_closed() for connection in closed))


class _Refuses(asyncio.Protocol):
    """The nearest to nothing listening there."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


class _Server(asyncssh.SSHServer):
    def __init__(self, fake: FakeFleet, unit: FakeUnit) -> None:
        self._fake = fake
        self._unit = unit
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._fake.connections.setdefault(self._unit.id, set()).add(conn)
        now = sum(map(len, self._fake.connections.values()))
        self._fake.most_at_once = max(self._fake.most_at_once, now)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._fake.connections[self._unit.id].discard(self._connection)

    def public_key_auth_supported(self) -> bool:
        return True

    def begin_auth(self, username: str) -> bool:
        self._unit.logins.append(username)
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        good = Fault.REFUSES_KEY not in self._unit.faults and username == USER
        return good and key.public_data == self._fake.key.public_data


async def _serve(fake: FakeFleet, unit: FakeUnit, process: asyncssh.SSHServerProcess[bytes]) -> None:
    with contextlib.suppress(asyncssh.Error, OSError):
        await _command(fake, unit, process)


async def _command(fake: FakeFleet, unit: FakeUnit, process: asyncssh.SSHServerProcess[bytes]) -> None:
    data, size = await _input(process, MOST_HEAD if "mydesk-update stage" in (process.command or "") else MOST_INPUT)
    if Fault.CLOSES in unit.faults:
        process.stdout.write(b'{"half":')
        fake.cut(unit.id)
        return
    if Fault.FREEZES in unit.faults:
        fake.freeze(unit.id)
        await asyncio.Event().wait()
    if Fault.HUGE in unit.faults:
        await _flood(process)
        return
    boots = unit.boots
    answer = await unit.answer(process.command or "", data)
    unit.received_bytes += size
    process.stdout.write(answer.out)
    process.stderr.write(answer.error)
    await process.stdout.drain()
    process.exit(answer.status)
    if unit.boots != boots or unit.is_off:
        asyncio.get_running_loop().call_later(0.01, fake.cut, unit.id)


async def _input(process: asyncssh.SSHServerProcess[bytes], most: int) -> tuple[bytes, int]:
    """The first `most` bytes of standard input, and how many there were."""
    found, size = bytearray(), 0
    while size < MOST_INPUT and (piece := await process.stdin.read(1 << 18)):
        size += len(piece)
        found += piece[: most - len(found)]
    return bytes(found), size


async def _flood(process: asyncssh.SSHServerProcess[bytes]) -> None:
    while True:
        process.stdout.write(HOSTILE * 4096)
        await process.stdout.drain()


def all_with(fault: Fault, units: Iterable[FakeUnit]) -> list[FakeUnit]:
    """Give each that fault, and return them."""
    chosen = list(units)
    for unit in chosen:
        unit.faults.add(fault)
    return chosen
