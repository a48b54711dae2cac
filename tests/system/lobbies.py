"""A site with two lobbies, each program a process of its own: Mosquitto as `mydesk-hub broker-config` writes it,
`mydesk-hub serve`, two kiosks with their agents, enrolled with certificates, and the tenant over TLS.

>>> with Lobbies(folder, sim) as site:                          # doctest: +SKIP
...     site.a.scan(code); site.a.touch("accept")               # a guest is in
...     site.broker.kill(); site.start_broker()                 # SIGKILL; again on the same port
"""

from __future__ import annotations

import json
import re
import secrets
import socket
import ssl
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Self

import httpx

from common.control import ControlError, request
from common.pin import hash_password, hash_pin
from drivers.emulators.pty_device import PtyDevice
from drivers.emulators.scanner import ScannerEmulator
from simulator.server import Simulator
from tests.chaos.telemetry_site import ROOT, Child
from tests.common.visiting.token_kit import KEY, public_text
from tests.hub.test_cli import ok
from tests.hub.web_kit import post
from tests.kiosk.site import ACCOUNT, CLIENT, PIN, hosts_group
from tests.mqtt_kit.broker import MOSQUITTO
from tests.ports import free_port
from tests.system.spy import SPY, Spy
from tests.tenant_config import IN_TENANT
from tests.waiting import until

SITE, ADMIN = "Nordhavn", "anna"

HUB_CONFIG = """\
[site]
name = "{site}"
[broker]
port = {broker_port}
[authority]
folder = "{folder}/ca"
[database]
url = "sqlite:///{folder}/hub.db"
[web]
port = {web_port}
base_url = "https://localhost:{web_port}"
[local_admin]
name = "{admin}"
password_hash = "{password_hash}"
[visits]
enabled = true
keys_file = "{folder}/keys/day.keys"
"""

KIOSK_CONFIG = (
    IN_TENANT
    + """\
[unit]
id = "{unit}"
control_socket = "{folder}/kiosk.sock"
overrides_file = "{folder}/overrides.json"
outbox_file = "{folder}/outbox.db"
[site]
name = "{site}"
controller = "Nordhavn Kontorhus A/S"
[hosts]
host_group = "{group}"
index_file = "{folder}/hosts.index"
[register]
folder = "{folder}/register"
[invitations]
public_keys = {{ "1" = "{key}" }}
records_folder = "{folder}/invitations"
[sharing]
enabled = true
[admin]
pin_hash = "{pin_hash}"
[printer]
driver = "emulated"
[scanner]
driver = "device"
port = "{port}"
"""
)

AGENT_CONFIG = """\
[unit]
id = "{unit}"
role = "kiosk"
site = "{site}"
[hub]
host = "localhost"
port = {broker_port}
ca_file = "{folder}/site-ca.pem"
cert_file = "{folder}/unit.pem"
key_file = "{folder}/unit.key"
keepalive_s = 10
first_spread_s = 0
[outbox]
path = "{folder}/outbox.db"
ack_timeout_s = 5
[app]
socket = "{folder}/kiosk.sock"
poll_s = 2
[health]
tenant_host = ""
interval_s = 3600
data_folder = "{folder}"
[state]
folder = "{folder}/agent"
overrides_file = "{folder}/overrides.json"
"""


class Lobby:
    """One kiosk, its scanner on a serial port, its agent."""

    def __init__(self, unit: str, folder: Path, kiosk: Sequence[str]) -> None:
        self.unit, self.folder = unit, folder
        self.port = PtyDevice(ScannerEmulator())
        words = [word.format(folder=folder) for word in kiosk]
        self.kiosk = Child((sys.executable, "-m", *words), folder / "kiosk.log")
        agent = ("telemetry.process", str(folder / "agent.toml"), str(folder / "agent.sock"))
        self.agent = Child((sys.executable, "-m", *agent), folder / "agent.log")

    def ask(self, op: str, **args: Any) -> dict[str, Any]:
        """The kiosk's control socket, as root."""
        return request(self.folder / "kiosk.sock", op, timeout_s=15, **args)

    def status(self) -> dict[str, Any]:
        """{} while it does not answer."""
        self.kiosk.check()
        try:
            return self.ask("status")
        except ControlError:
            return {}

    def ctl(self, *words: str) -> dict[str, Any]:
        """`mydesk-kiosk ctl ...`."""
        line = [sys.executable, "-m", "kiosk", "ctl", *words, "--socket", str(self.folder / "kiosk.sock"), "--json"]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, cwd=ROOT, check=True)
        return dict(json.loads(done.stdout))

    def inside(self) -> list[str]:
        """Names on its evacuation list."""
        return [one["name"] for one in self.ask("evacuation")["people"]]

    def scan(self, text: str) -> None:
        """Hold a code before the scanner."""
        self.port.emulator.scan(text)

    def touch(self, verb: str, value: str = "") -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
            sending.sendto(f"{verb} {value}".strip().encode(), str(self.folder / "touch.sock"))

    def page(self, name: str) -> None:
        """Wait for that page."""
        until(lambda: self.status().get("page") == name, what=f"{name} at {self.unit}")

    def outbox(self) -> bytes:
        """Every byte of its outbox file."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.glob("outbox.db*")))


class Lobbies:
    """Everything in one folder. `with` starts all of it and signs the kiosks in; `a` can be touched."""

    def __init__(self, folder: Path, sim: Simulator) -> None:
        self.folder, self._sim, self._password = folder, sim, secrets.token_urlsafe(9)
        self.broker_port, self.web_port = free_port(), free_port()
        self.broker = Child((MOSQUITTO, "-c", str(folder / "broker" / "mosquitto.conf")), folder / "mosquitto.log")
        serve = ("hub.cli", "serve", "--config", str(folder / "hub.toml"))
        self.hub = Child((sys.executable, "-m", *serve), folder / "hub.log")
        finger = ("tests.system.touched_kiosk", "{folder}/kiosk.toml", "{folder}/touch.sock")
        plain = ("kiosk", "run", "--headless", "--config", "{folder}/kiosk.toml")
        self.a = Lobby("lobby-a", folder / "lobby-a", finger)
        self.b = Lobby("lobby-b", folder / "lobby-b", plain)
        self._stack = ExitStack()
        for lobby in (self.a, self.b):
            self._stack.callback(lobby.port.close)
        self._prepare()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _start(self) -> None:
        for child in (self.a.kiosk, self.b.kiosk, self.hub):
            self._stack.callback(child.stop)
            child.start()
        self._stack.callback(self.broker.stop)
        self.start_broker()
        for lobby in (self.a, self.b):
            until(lobby.status, 40, what=f"the kiosk {lobby.unit}")
            self._stack.callback(lobby.agent.stop)
            lobby.agent.start()
        self.spy = self._stack.enter_context(closing(Spy(self.folder / SPY, self._ca_file, self.broker_port)))
        for lobby in (self.a, self.b):
            self._sign_in(lobby)
        self.browser = self._stack.enter_context(closing(self._browser()))

    def start_broker(self) -> None:
        """On the same port as ever."""
        said = self.broker.log.count(" running")
        self.broker.start()
        until(lambda: self.broker.log.count(" running") > said, what="Mosquitto")

    def stop(self) -> None:
        """End all in good order, the broker last, which then writes down what it keeps."""
        for child in (self.a.agent, self.b.agent, self.a.kiosk, self.b.kiosk, self.hub, self.broker):
            assert child.stop() == 0, child.log[-3000:]

    def stored(self) -> bytes:
        """Every byte that the broker keeps."""
        return b"".join(path.read_bytes() for path in (self.folder / "mosquitto").iterdir())

    def see(self, path: str) -> str:
        """A page of the hub."""
        return self.browser.get(path).text

    def send(self, path: str, **fields: str) -> None:
        """A form of the hub's pages."""
        answer = post(self.browser, path, **fields)
        assert answer.status_code == 303, answer.text

    @property
    def _ca_file(self) -> Path:
        return self.folder / "ca" / "ca.pem"

    def _browser(self) -> httpx.Client:
        context = ssl.create_default_context(cafile=str(self._ca_file))
        url = f"https://localhost:{self.web_port}"
        browser = httpx.Client(base_url=url, verify=context, trust_env=False, timeout=10)
        found = re.search(r'name="form_token" value="([^"]+)"', browser.get("/sign-in").text)
        assert found
        fields = {"name": ADMIN, "password": self._password, "form_token": found[1], "next": "/"}
        assert browser.post("/sign-in", data=fields).status_code == 303
        return browser

    def _sign_in(self, lobby: Lobby) -> None:
        self._sim.control("POST", "/_sim/sign-in/auto-approve", {"account": ACCOUNT})
        lobby.ask("sign-in")
        until(lambda: lobby.status()["hosts"] > 5, 30, what=f"hosts at {lobby.unit}")
        until(lambda: lobby.status()["clock_synchronised"], 30, what=f"the time at {lobby.unit}")

    def _prepare(self) -> None:
        """As an administrator does it, with the same commands."""
        values = {"folder": self.folder, "broker_port": self.broker_port, "web_port": self.web_port, "site": SITE}
        hashed = hash_password(self._password)
        (self.folder / "hub.toml").write_text(HUB_CONFIG.format(**values, admin=ADMIN, password_hash=hashed))
        here = ("--config", self.folder / "hub.toml")
        broker = self.folder / "broker"
        (self.folder / "mosquitto").mkdir()
        ok("broker-config", *here, "--out", broker, "--address", "127.0.0.1", "--data", f"{self.folder}/mosquitto/")
        config, rules = broker / "mosquitto.conf", broker / "mydesk.acl"
        config.write_text(f"{config.read_text()}user root\n")  # the folder is the user's who runs this
        rules.write_text(f"{rules.read_text()}\nuser {SPY}\ntopic readwrite #\n")
        ok("enrol", SPY, *here, "--out", self.folder / SPY)
        for lobby in (self.a, self.b):
            ok("enrol", lobby.unit, *here, "--role", "kiosk", "--site", SITE, "--out", lobby.folder)
            (lobby.folder / "agent.toml").write_text(AGENT_CONFIG.format(**values | self._of(lobby)))
            (lobby.folder / "kiosk.toml").write_text(KIOSK_CONFIG.format(**values | self._of(lobby)))

    def _of(self, lobby: Lobby) -> dict[str, object]:
        sim = {"url": self._sim.url, "ca": self._sim.ca_file, "group": hosts_group(self._sim)}
        own = {"unit": lobby.unit, "folder": lobby.folder, "port": lobby.port.path}
        return {**sim, **own, "client": CLIENT, "account": ACCOUNT, "key": public_text(KEY), "pin_hash": hash_pin(PIN)}
