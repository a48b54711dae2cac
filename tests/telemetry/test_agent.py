"""The agent as the service manager has it: a process, a real Mosquitto, a real control socket with an app behind."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from common.clock import ManualClock
from common.control import ControlError, request
from telemetry import messages
from telemetry.agent_watchdog import LINK_STUCK_S, LinkProgress
from telemetry.link import LinkState
from telemetry.messages import CertificateRequest, Command, CommandState, Desired, Reported, Status
from telemetry.topics import HA_STATUS, Topics
from tests.mqtt_kit.broker import Broker
from tests.mqtt_kit.hub_double import HubDouble
from tests.telemetry.agent_kit import AppDouble, program, words
from tests.waiting import until

ROOT = Path(__file__).parents[2]
ADA = Topics("room-ada")
CONFIG = """
[unit]
id = "room-ada"
role = "room"
name = "Ada"
[hub]
host = "{host}"
port = {port}
ca_file = "{ca}"
cert_file = "{folder}/unit.pem"
key_file = "{folder}/unit.key"
keepalive_s = 5
first_spread_s = 0
[outbox]
path = "{folder}/outbox.db"
[app]
socket = "{folder}/app.sock"
poll_s = 1
[health]
tenant_host = ""
data_folder = "{folder}"
[state]
folder = "{folder}/agent"
overrides_file = "{folder}/overrides.json"
"""


class AppThread:
    """An app double in a loop of its own: the agent is another process."""

    def __init__(self, path: Path) -> None:
        self.double = AppDouble(path)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._serving = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    async def _serve(self) -> None:
        async with self.double:
            self._serving.set()
            await self._stop.wait()

    def __enter__(self) -> AppDouble:
        self._thread.start()
        assert self._serving.wait(10)
        return self.double

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()


class Unit:
    """A running `mydesk-agent run`. Its systemctl and journalctl are scripts in front of the PATH."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.folder = folder
        self.config = folder / "agent.toml"
        self.socket = folder / "agent.sock"
        values = {"host": broker.host, "port": broker.port, "ca": broker.ca.ca_file, "folder": folder}
        self.config.write_text(CONFIG.format(**values))
        identity = broker.ca.issue("room-ada")
        (folder / "unit.pem").write_bytes(identity.cert_file.read_bytes())
        (folder / "unit.key").write_bytes(identity.key_file.read_bytes())
        (folder / "bin").mkdir(exist_ok=True)
        self.systemctl, self.journalctl = folder / "bin" / "systemctl", folder / "bin" / "journalctl"
        program(self.systemctl, "exit 0")
        program(self.journalctl, "echo 2026-11-23T10:00:00 mydesk-room[1]: hello from 10.0.0.1")
        self._manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._manager.bind(str(folder / "notify.sock"))
        self._manager.settimeout(20)
        self.process: subprocess.Popen[str] | None = None
        self.log = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        self._manager.close()

    def start(self) -> None:
        environment = {
            **os.environ,
            "NOTIFY_SOCKET": str(self.folder / "notify.sock"),
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
        }
        line = [sys.executable, "-m", "telemetry", "run", "--config", str(self.config), "--socket", str(self.socket)]
        self.process = subprocess.Popen(line, env=environment, stderr=subprocess.PIPE, text=True, cwd=ROOT)

    def told(self, word: str) -> str:
        """What it tells the service manager, once `word` is in it."""
        while True:
            told = self._manager.recv(4096).decode()
            if word in told:
                return told

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(number)
        _, log = process.communicate(timeout=30)
        self.log += log
        return process.returncode

    def ask(self, op: str) -> dict[str, Any]:
        return request(self.socket, op, timeout_s=15)

    def connected(self) -> bool:
        try:
            return bool(self.ask("status")["hub"]["connected"])
        except ControlError:
            return False


@contextmanager
def site(folder: Path) -> Iterator[tuple[Unit, HubDouble, AppDouble]]:
    with Broker(folder) as broker, HubDouble(broker) as hub, AppThread(folder / "app.sock") as app:
        with Unit(folder, broker) as unit:
            until(unit.connected, what="the agent's connection")
            yield unit, hub, app
        assert "Traceback" not in unit.log, unit.log


def send(hub: HubDouble, operation: str, id_: str, *, retain: bool = False, **more: Any) -> None:
    expires = datetime.now(UTC) + timedelta(seconds=60)
    command = Command(expires_ms=int(expires.timestamp() * 1000), **more)
    hub.publish(ADA.command(operation, id_), messages.encode(command), retain=retain)


def states(hub: HubDouble, operation: str, id_: str) -> list[CommandState]:
    return [messages.decode(raw, CommandState) for raw in hub.all_of(ADA.command_state(operation, id_))]


def ended(hub: HubDouble, operation: str, id_: str) -> CommandState:
    def last() -> CommandState | None:
        found = states(hub, operation, id_)
        return found[-1] if found and found[-1].state != "executing" else None

    state = until(last, what=f"the end of {operation} {id_}")
    assert state is not None
    return state


@pytest.mark.slow
def test_a_day_of_a_unit(tmp_path: Path) -> None:
    with site(tmp_path) as (unit, hub, app):
        assert "started" in unit.told("READY=1")
        unit.told("WATCHDOG=1")
        assert messages.decode(until(lambda: hub.latest(ADA.status)) or b"", Status).s == "online"

        # What it is, and how it is.
        now = json.loads(until(lambda: hub.latest(ADA.now("room"))) or b"")
        assert (now["state"], now["co2_ppm"]) == ("free", 640)
        assert json.loads(until(lambda: hub.latest(ADA.twin("room"))) or b"")["name"] == "Ada"
        discovered = json.loads(until(lambda: hub.latest(ADA.discovery)) or b"")
        assert discovered["dev"]["ids"] == ["mydesk-room-ada"]
        until(lambda: hub.all_of(ADA.history("e/started")), what="history")

        # Commands.
        send(hub, "identify", "one", by="louise")
        assert ended(hub, "identify", "one").result == {"unit": "room-ada"}
        send(hub, "identify", "one")
        until(lambda: len(states(hub, "identify", "one")) == 3)
        assert app.asked("identify") == 1
        send(hub, "check-in", "ha", id="ha-7")
        assert ended(hub, "check-in", "ha-7").state == "successful"
        assert base64.b64decode(_done(hub, "screenshot")["png"]).startswith(b"\x89PNG")
        assert _done(hub, "logs")["lines"] == 1
        assert _done(hub, "restart") == {"restarted": "app"}
        assert "--no-ask-password restart mydesk-room.service" in words(unit.systemctl)
        send(hub, "update", "two", args={"release": "9.9.9"})
        assert "no updater yet" in ended(hub, "update", "two").reason
        send(hub, "sing", "three")
        assert "unknown operation" in ended(hub, "sing", "three").reason
        app.status["state"] = "busy"
        send(hub, "reboot", "four")
        assert "A meeting runs" in ended(hub, "reboot", "four").reason
        until(lambda: json.loads(hub.latest(ADA.now("room")) or b"{}")["state"] == "busy")

        # A command line on the unit itself.
        line = [sys.executable, "-m", "telemetry", "outbox", "--json", "--socket", str(unit.socket)]
        told = subprocess.run(line, capture_output=True, text=True, timeout=60, cwd=ROOT, check=True)
        assert json.loads(told.stdout)["fault"] == ""
        assert unit.stop() == 0
        assert until(lambda: messages.decode(hub.latest(ADA.status) or b"", Status).s == "offline")


def _done(hub: HubDouble, operation: str) -> dict[str, Any]:
    send(hub, operation, f"do-{operation}")
    state = ended(hub, operation, f"do-{operation}")
    assert state.state == "successful", state.reason
    return state.result


@pytest.mark.slow
def test_commands_over_kills_and_restarts(tmp_path: Path) -> None:
    with site(tmp_path) as (unit, hub, app):
        # A reboot that the agent does not live through is told after the next boot; here there was none.
        send(hub, "reboot", "one", args={"force": True})
        until(lambda: states(hub, "reboot", "one"))
        unit.stop(signal.SIGKILL)
        send(hub, "identify", "while-away")
        unit.start()
        assert "interrupted" in ended(hub, "reboot", "one").reason
        assert ended(hub, "identify", "while-away").state == "successful", "the session kept it"
        assert words(unit.systemctl).count("--no-ask-password reboot --no-wall") == 1

        # One that the broker keeps comes with each connect; even an agent that has forgotten it does it no more.
        send(hub, "identify", "kept", retain=True)
        ended(hub, "identify", "kept")
        before = app.asked("identify")
        unit.stop()
        (tmp_path / "agent" / "commands.db").unlink()
        unit.start()
        until(unit.connected)
        send(hub, "identify", "last")
        ended(hub, "identify", "last")
        assert app.asked("identify") == before + 1

        # Restarting the agent itself ends it, and the next one knows that it was done.
        send(hub, "restart", "agent", args={"what": "agent"})
        until(lambda: "--no-ask-password restart --no-block mydesk-agent.service" in words(unit.systemctl))
        unit.stop()
        unit.start()
        assert ended(hub, "restart", "agent").state == "successful"


@pytest.mark.slow
def test_home_assistant_is_answered_and_settings_are_rejected(tmp_path: Path) -> None:
    with site(tmp_path) as (unit, hub, app):
        app.problems = [{"key": "booking.x", "message": "booking.x: unknown key"}]
        desired = Desired(rev=4, values={"booking.x": 1})
        hub.publish(ADA.desired("settings"), messages.encode(desired), retain=True)
        topic = ADA.reported("settings")
        until(lambda: messages.decode(hub.latest(topic) or b'{"rev":0,"state":"applied"}', Reported).rev == 4)
        assert messages.decode(hub.latest(topic) or b"", Reported).state == "rejected"
        assert unit.ask("status")["settings"]["reason"] == "booking.x: unknown key"
        sent = len(hub.all_of(ADA.discovery))
        hub.publish(HA_STATUS, b"online")
        until(lambda: len(hub.all_of(ADA.discovery)) > sent, timeout_s=40)


@pytest.mark.slow
def test_a_new_certificate_over_the_wire(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, HubDouble(broker) as hub, AppThread(tmp_path / "app.sock"):
        unit = Unit(tmp_path, broker)
        soon = broker.ca.issue("room-ada", not_after=datetime.now(UTC) + timedelta(days=5))
        unit.folder.joinpath("unit.pem").write_bytes(soon.cert_file.read_bytes())
        unit.folder.joinpath("unit.key").write_bytes(soon.key_file.read_bytes())
        line = unit.config.read_text().replace("keepalive_s = 5", "keepalive_s = 5\nrenew_before_days = 3650")
        unit.config.write_text(line)
        with unit:
            until(unit.connected)
            topic = ADA.reported("certificate")
            csr = until(lambda: messages.decode(hub.latest(topic) or b"{}", CertificateRequest).csr)
            new = _issued(broker, csr.encode())
            answer = messages.Certificate(pem=new.decode(), csr_sha256=hashlib.sha256(csr.encode()).hexdigest())
            hub.publish(ADA.desired("certificate"), messages.encode(answer), retain=True)
            until(lambda: (tmp_path / "unit.pem").read_bytes() == new, timeout_s=30)
            until(unit.connected)
            assert unit.ask("status")["certificate"]["fault"] == ""
            broker.restart()
            until(unit.connected, timeout_s=40)


def _issued(broker: Broker, csr: bytes) -> bytes:
    """What the site's CA makes of a request."""
    authority = broker.ca._ca
    issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    key: Any = serialization.load_pem_private_key(authority.private_key_pem.bytes(), password=None)
    wanted = x509.load_pem_x509_csr(csr)
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(wanted.subject).issuer_name(issuer.subject)
    builder = builder.public_key(wanted.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=900))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.mark.slow
def test_without_a_hub_it_has_started_and_stops_at_once(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    with Unit(tmp_path, broker) as unit:
        unit.told("READY=1")
        unit.told("WATCHDOG=1")
        fault = until(lambda: unit.ask("status")["hub"]["fault"])
        assert "nothing listens there" in fault
        assert unit.ask("status")["app"]["answers"] is False
        until(lambda: unit.ask("status")["outbox"]["waiting"] >= 1, what="rows that the hub has not acknowledged")
        second = [sys.executable, "-m", "telemetry", "run", "--config", str(unit.config), "--socket", str(unit.socket)]
        refused = subprocess.run(second, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
        assert refused.returncode == 1
        assert "serves" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert unit.stop() == 0
    assert "Traceback" not in unit.log, unit.log


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["run", "--config", "none.toml"], 1, "none.toml"),
        (["run"], 2, "--config"),
        (["status", "--socket", "no.sock"], 1, "nothing is running"),
    ],
)
def test_wrong_use(options: list[str], code: int, said: str) -> None:
    line = [sys.executable, "-m", "telemetry", *options]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


class LinkDouble:
    def __init__(self) -> None:
        self.state = LinkState(False, "", 0, 0.0, 0, 1)


LIVES: list[tuple[Callable[[LinkState], LinkState], bool]] = [
    (lambda state: state, False),
    (lambda state: LinkState(False, "", 0, 0.0, 0, state.attempts + 1), True),
    (lambda state: LinkState(True, "", 1, 0.0, 0, state.attempts), True),
]


@pytest.mark.parametrize(("moved", "alive"), LIVES)
def test_the_watchdog_wants_progress_not_a_connection(moved: Callable[[LinkState], LinkState], alive: bool) -> None:
    link, clock = LinkDouble(), ManualClock(datetime(2026, 11, 23, tzinfo=UTC))
    progress = LinkProgress(link, clock)
    assert progress.alive()
    for _ in range(3):
        clock.step(LINK_STUCK_S / 2 + 1)
        link.state = moved(link.state)
        last = progress.alive()
    assert last is alive
