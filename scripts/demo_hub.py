"""The site hub of the demo: a real Mosquitto, `mydesk-hub serve` and `mydesk-agent run`, each a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from common.clock import SystemClock
from common.control import ControlServer
from common.pin import hash_password
from common.settings_control import with_facts
from hub import settings
from hub.authority import Authority
from hub.broker_config import BrokerOptions, write
from hub.roles import Role
from hub.store import Store
from hub.web import api_tokens
from roomdisplay import assembly
from roomdisplay.config import RoomConfig
from roomdisplay.control import Control
from roomdisplay.glass import Glass
from roomdisplay.panel import Panel
from simulator.office import Office, Room

MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
ROOT = Path(__file__).resolve().parents[1]
ADMIN = "admin"
UNIT = "demo"
STARTS_WITHIN_S = 40.0
ENDS_WITHIN_S = 5.0
_DAY_MS = 86_400_000


class HubNotReadyError(RuntimeError):
    """The demo's hub did not come up; the last lines of its logs are in it."""


@dataclass(frozen=True)
class Neighbour:
    """Another room of the office, and its unit."""

    unit: str
    room: Room


class DemoHub:
    """A hub with its broker, and the agent of the demo's panel; `close` ends all three."""

    def __init__(self, folder: Path, office: Office, config: RoomConfig, most_neighbours: int = 7) -> None:
        self._folder, self._office, self._config = folder, office, config
        self._broker_port, self._web_port = _free_ports()
        self.password = secrets.token_urlsafe(9)
        self.url = f"https://localhost:{self._web_port}"
        others = [room for room in office.rooms if room.address != config.room.address][:most_neighbours]
        self.neighbours = [Neighbour(f"room-{number}", room) for number, room in enumerate(others, 1)]
        self._processes: list[subprocess.Popen[bytes]] = []
        self._client: httpx.AsyncClient | None = None
        self._token = ""
        self._starting: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start in the background; `ready` waits for it."""
        self._starting = asyncio.get_running_loop().create_task(asyncio.to_thread(self._start))

    def _start(self) -> None:
        """Write all files and start the processes. Blocking."""
        self._folder.mkdir(parents=True)
        (self._folder / "hub.toml").write_text(self._hub_config(), "utf-8")
        self._prepare()
        (self._folder / "agent.toml").write_text(self._agent_config(), "utf-8")
        self._run("mosquitto", [str(MOSQUITTO), "-c", str(self._folder / "broker" / "mosquitto.conf")])
        python, folder = sys.executable, self._folder
        self._run("hub", [python, "-m", "hub.cli", "serve", "--config", str(folder / "hub.toml")])
        agent_socket = ["--socket", str(folder / "agent.sock")]
        self._run("agent", [python, "-m", "telemetry", "run", "--config", str(folder / "agent.toml"), *agent_socket])

    async def ready(self) -> None:
        """Wait until the board knows the panel. Raises HubNotReadyError."""
        assert self._starting is not None
        await self._starting
        deadline_s = time.monotonic() + STARTS_WITHIN_S
        while await self.seen() is None:
            if time.monotonic() > deadline_s or any(one.poll() is not None for one in self._processes):
                raise HubNotReadyError(self._logs())
            await asyncio.sleep(0.1)

    async def seen(self) -> dict[str, Any] | None:
        """What the hub last heard of the panel's room (`now/room`); None: nothing yet."""
        if self._client is None:
            context = await asyncio.to_thread(ssl.create_default_context, cafile=str(self._folder / "ca" / "ca.pem"))
            headers = {"Authorization": f"Bearer {self._token}"}
            self._client = httpx.AsyncClient(
                base_url=self.url, verify=context, headers=headers, trust_env=False, timeout=5
            )
        try:
            answer = await self._client.get(f"/api/1/units/{UNIT}")
        except httpx.TransportError:
            return None
        if answer.status_code != 200:
            return None
        found: dict[str, Any] | None = answer.json()["latest"].get("now/room")
        return found

    async def close(self) -> None:
        """End everything."""
        if self._starting is not None:
            await asyncio.wait([self._starting])
        if self._client is not None:
            await self._client.aclose()
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _run(self, name: str, command: Sequence[str]) -> None:
        with (self._folder / f"{name}.log").open("wb") as log:
            started = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT)
        self._processes.append(started)

    def _logs(self) -> str:
        tails = [f"{path.name}:\n{path.read_text('utf-8', 'replace')[-1500:]}" for path in self._folder.glob("*.log")]
        return "the hub did not come up.\n" + "\n".join(tails)

    def _prepare(self) -> None:
        """As an administrator would with mydesk-hub: the CA, the broker's files, a certificate for each unit."""
        hub = settings.load(self._folder / "hub.toml")
        store = Store.open(hub.database.url)
        try:
            authority = Authority(Path(hub.authority.folder), hub.site.name, store, SystemClock())
            options = BrokerOptions(
                self._folder / "broker", self._broker_port, "127.0.0.1", data_folder=f"{self._folder}/"
            )
            write(authority, ("localhost",), options)
            if os.geteuid() == 0:  # Mosquitto would become a user who may not read this folder
                with (options.folder / "mosquitto.conf").open("a", encoding="utf-8") as conf:
                    conf.write(f"user {getpass.getuser()}\n")
            own = next(room for room in self._office.rooms if room.address == self._config.room.address)
            for unit, room in ((UNIT, own), *((one.unit, one.room) for one in self.neighbours)):
                self._enrol(authority, unit, room)
            with store.begin() as connection:
                now_ms = round(time.time() * 1000)
                self._token = api_tokens.issue(connection, "demo", [Role.ADMINISTRATOR], "demo", _DAY_MS, now_ms)
        finally:
            store.close()

    def _enrol(self, authority: Authority, unit: str, room: Room) -> None:
        made = authority.enrol(unit, role="room", name=room.name, site=room.building, floor=room.floor_label)
        folder = self.unit_folder(unit)
        folder.mkdir()
        (folder / "unit.pem").write_bytes(made.certificate_pem)
        (folder / "unit.key").write_bytes(made.key_pem or b"")
        (folder / "site-ca.pem").write_bytes(made.ca_pem)

    def unit_folder(self, unit: str) -> Path:
        """Where a unit's certificate, key and state are."""
        return self._folder / unit

    @property
    def broker_port(self) -> int:
        """Where units connect, with TLS."""
        return self._broker_port

    def _hub_config(self) -> str:
        return f"""\
[site]
name = {_text(self._office.name)}
time_zone = {_text(self._office.zone.key)}
[broker]
port = {self._broker_port}
[authority]
folder = {_text(self._folder / "ca")}
[database]
url = {_text(f"sqlite:///{self._folder / 'hub.db'}")}
[web]
port = {self._web_port}
base_url = {_text(self.url)}
[local_admin]
name = {_text(ADMIN)}
password_hash = {_text(hash_password(self.password))}
"""

    def _agent_config(self) -> str:
        folder = self.unit_folder(UNIT)
        return f"""\
[unit]
id = {_text(UNIT)}
role = "room"
name = {_text(self._config.room.name)}
[hub]
host = "localhost"
port = {self._broker_port}
ca_file = {_text(folder / "site-ca.pem")}
cert_file = {_text(folder / "unit.pem")}
key_file = {_text(folder / "unit.key")}
first_spread_s = 0
[outbox]
path = {_text(self._config.unit.outbox_file)}
[app]
socket = {_text(self._config.unit.control_socket)}
poll_s = 1
[health]
interval_s = 3600
data_folder = {_text(self._folder)}
tenant_host = ""
[state]
folder = {_text(folder / "state")}
overrides_file = {_text(self._config.unit.overrides_file)}
"""


@contextlib.asynccontextmanager
async def site_hub(folder: Path, office: Office, config: RoomConfig) -> AsyncIterator[DemoHub | None]:
    """A hub that is starting; None, and a line that says so, where there is no Mosquitto."""
    if MOSQUITTO is None:
        print("No hub: mosquitto is not installed (apt-get install mosquitto).", flush=True)
        yield None
        return
    hub = DemoHub(folder, office, config)
    try:
        hub.begin()
        yield hub
    finally:
        await hub.close()


@contextlib.contextmanager
def events_of_today() -> Iterator[None]:
    """The demo's day begins at 08:40 whenever it is played, but the hub lives in real time: so do a panel's events."""
    names = vars(assembly)
    opened = names["open_outbox"]
    names["open_outbox"] = lambda path, clock: opened(path, SystemClock())
    try:
        yield
    finally:
        names["open_outbox"] = opened


def control_server(panel: Panel, glass: Glass) -> ControlServer:
    """The panel's control socket, which the agent asks."""

    async def reload() -> None:
        panel.reader.soon()

    handlers = Control(panel, glass.capture, reload).handlers()
    facts = with_facts(handlers["status"], lambda: {"frame_age_s": glass.frame_age_s})
    return ControlServer(Path(panel.config.unit.control_socket), {**handlers, "status": facts})


def _text(value: object) -> str:
    """A TOML string; JSON's is one."""
    return json.dumps(str(value), ensure_ascii=False)


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]
