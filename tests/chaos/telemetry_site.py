"""A whole site as processes: Mosquitto as `mydesk-hub broker-config` writes it, `mydesk-hub serve`, and units' agents.

>>> with Site(folder, ["unit-01", "unit-02"]) as site:          # doctest: +SKIP
...     site.broker.kill(); site.broker.start()                 # SIGKILL; again on the same port
...     site.agents["unit-01"].stop()                           # SIGTERM

One thing is changed in the broker's configuration: Mosquitto's default autosave (1800 s), so that a killed broker has
forgotten every session and queue (reference/fleet.md 3.5).
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from common.clock import SystemClock
from hub import settings
from hub.authority import Authority
from hub.broker_config import BrokerOptions, write
from hub.store import Store
from tests.mqtt_kit.broker import MOSQUITTO
from tests.ports import free_port
from tests.waiting import until

ROOT = Path(__file__).parents[2]
AUTOSAVE = ("autosave_interval 30", "autosave_interval 1800")
AGENT = "telemetry.process"
"""What `mydesk-agent run` becomes: `python -m telemetry.process CONFIG SOCKET`."""

HUB_CONFIG = """\
[site]
name = "Nordhavn"
[broker]
port = {broker_port}
[authority]
folder = "{folder}/ca"
[database]
url = "{url}"
[web]
port = {web_port}
base_url = "https://localhost:{web_port}"
"""

AGENT_CONFIG = """\
[unit]
id = "{unit}"
role = "room"
[hub]
host = "localhost"
port = {port}
ca_file = "{folder}/site-ca.pem"
cert_file = "{folder}/unit.pem"
key_file = "{folder}/unit.key"
keepalive_s = 10
first_spread_s = 0
[outbox]
path = "{folder}/outbox.db"
rows_per_s = {rows_per_s}
ack_timeout_s = {ack_timeout_s}
[app]
socket = "{folder}/app.sock"
[health]
tenant_host = ""
data_folder = "{folder}"
[state]
folder = "{folder}/agent"
overrides_file = "{folder}/overrides.json"
"""


class Child:
    """A program that may be killed and started again. What it says goes to a file, over all starts."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.kills = 0

    @property
    def running(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int:
        assert self._process is not None, "it does not run"
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def start(self) -> None:
        """Start it unless it runs."""
        if self._process is None:
            environment = {**os.environ, "MYDESK_LOG": "WARNING", "PYTHONPATH": str(ROOT)}
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(self._command, stdout=log, stderr=log, cwd=ROOT, env=environment)

    def kill(self) -> None:
        """SIGKILL, if it runs."""
        if self._process is not None:
            self.check()
            self._end(signal.SIGKILL)
            self.kills += 1

    def stop(self) -> int:
        """SIGTERM; returns the exit code, 0 when it did not run."""
        return self._end(signal.SIGTERM) if self._process is not None else 0

    def ended(self) -> bool:
        """Whether it has come to its own end."""
        return self._process is None or self._process.poll() is not None

    def check(self) -> None:
        """Raise AssertionError if it has died by itself."""
        code = None if self._process is None else self._process.poll()
        assert code is None, f"{' '.join(self._command)} died by itself ({code}):\n{self.log[-3000:]}"

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        assert process is not None
        process.send_signal(number)
        try:
            return process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            return -signal.SIGKILL


@dataclass(frozen=True, slots=True)
class Options:
    """`agent` is the module that is run as agent; `database` an address, else a file of SQLite in the site's folder."""

    agent: str = AGENT
    rows_per_s: float = 50.0
    ack_timeout_s: float = 20.0
    database: str = ""


class Site:
    """Everything in one folder, and made ready there. `with` starts broker, hub and agents, and ends them."""

    def __init__(self, folder: Path, units: Sequence[str], options: Options = Options()) -> None:
        self.folder = folder
        self.units = tuple(units)
        self.url = options.database or f"sqlite:///{folder}/hub.db"
        self.broker_port = free_port()
        self._prepare(options)
        self.broker = Child((MOSQUITTO, "-c", str(folder / "broker" / "mosquitto.conf")), folder / "mosquitto.log")
        hub = (sys.executable, "-m", "hub.cli", "serve", "--config", str(folder / "hub.toml"))
        self.hub = Child(hub, folder / "hub.log")
        self.agents = {unit: self._agent(unit, options.agent) for unit in units}

    def __enter__(self) -> Self:
        self.broker.start()
        until(lambda: " running" in self.broker.log, what="Mosquitto")
        for child in self.children:
            child.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self.children:
            child.stop()

    @property
    def children(self) -> list[Child]:
        """In the order in which they are stopped."""
        return [*self.agents.values(), self.hub, self.broker]

    def outbox(self, unit: str) -> Path:
        return self.folder / unit / "outbox.db"

    @contextmanager
    def reading(self, unit: str) -> Iterator[sqlite3.Connection]:
        """The unit's outbox, to look into. It must be there."""
        connection = sqlite3.connect(f"{self.outbox(unit).as_uri()}?mode=rw", uri=True, timeout=30)
        try:
            yield connection
        finally:
            connection.close()

    def _agent(self, unit: str, module: str) -> Child:
        folder = self.folder / unit
        command = (sys.executable, "-m", module, str(folder / "agent.toml"), str(folder / "agent.sock"))
        return Child(command, folder / "agent.log")

    def _prepare(self, options: Options) -> None:
        values = {"folder": self.folder, "broker_port": self.broker_port, "web_port": free_port(), "url": self.url}
        (self.folder / "hub.toml").write_text(HUB_CONFIG.format(**values))
        hub = settings.load(self.folder / "hub.toml")
        store = Store.open(hub.database.url)
        try:
            authority = Authority(Path(hub.authority.folder), hub.site.name, store, SystemClock())
            self._configure_broker(authority)
            for unit in self.units:
                self._enrol(authority, unit, options)
        finally:
            store.close()

    def _configure_broker(self, authority: Authority) -> None:
        data = self.folder / "mosquitto"
        data.mkdir()
        folder = self.folder / "broker"
        write(authority, ("localhost",), BrokerOptions(folder, self.broker_port, "127.0.0.1", data_folder=f"{data}/"))
        config = folder / "mosquitto.conf"
        text = config.read_text()
        assert AUTOSAVE[0] in text
        config.write_text(text.replace(*AUTOSAVE) + "user root\n")  # the folder is the user's who runs this

    def _enrol(self, authority: Authority, unit: str, options: Options) -> None:
        folder = self.folder / unit
        folder.mkdir()
        made = authority.enrol(unit)
        assert made.key_pem is not None
        files: Mapping[str, bytes] = {
            "unit.pem": made.certificate_pem,
            "unit.key": made.key_pem,
            "site-ca.pem": made.ca_pem,
            "agent.toml": AGENT_CONFIG.format(
                unit=unit,
                port=self.broker_port,
                folder=folder,
                rows_per_s=options.rows_per_s,
                ack_timeout_s=options.ack_timeout_s,
            ).encode(),
        }
        for name, content in files.items():
            (folder / name).write_bytes(content)
