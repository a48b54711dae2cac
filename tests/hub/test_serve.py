"""The whole hub as a process, at a Mosquitto with the configuration that it wrote itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from common.clock import SystemClock
from hub import settings
from hub.authority import Authority
from hub.broker_config import BrokerOptions, write
from hub.store import Store
from telemetry.messages import Ack, Certificate, CertificateRequest, decode, encode
from telemetry.topics import Topics
from tests.hub.test_authority import request
from tests.hub.wire import UNIT, rows
from tests.mqtt_kit.broker import MOSQUITTO
from tests.ports import free_port
from tests.waiting import until

TOPICS = Topics(UNIT)


@dataclass
class Place:
    """A folder with a configuration, a broker's files and an enrolled unit."""

    folder: Path
    broker_port: int
    web_port: int

    @property
    def config(self) -> Path:
        return self.folder / "hub.toml"

    def broker(self) -> subprocess.Popen[bytes]:
        with (self.folder / "mosquitto.log").open("ab") as log:
            config = self.folder / "broker" / "mosquitto.conf"
            return subprocess.Popen([MOSQUITTO, "-c", str(config)], stdout=log, stderr=log)

    def status(self, path: str) -> int:
        """What a browser gets that trusts the site CA."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca" / "ca.pem"))
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        try:
            with opener.open(f"https://localhost:{self.web_port}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code


def place_with(folder: Path, database: str) -> Place:
    """A configuration for a database at that address."""
    made = Place(folder, free_port(), free_port())
    made.config.write_text(
        f"""\
[site]
name = "Nordhavn"
[broker]
port = {made.broker_port}
[authority]
folder = "{folder / "ca"}"
[database]
url = "{database}"
[web]
port = {made.web_port}
base_url = "https://localhost:{made.web_port}"
"""
    )
    return made


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = place_with(tmp_path, f"sqlite:///{tmp_path / 'hub.db'}")
    hub = settings.load(made.config)
    store = Store.open(hub.database.url)
    authority = Authority(Path(hub.authority.folder), "Nordhavn", store, SystemClock())
    options = BrokerOptions(tmp_path / "broker", made.broker_port, "127.0.0.1", data_folder=f"{tmp_path}/")
    write(authority, ("localhost",), options)
    config = options.folder / "mosquitto.conf"
    config.write_text(config.read_text() + "user root\n")
    unit = authority.enrol(UNIT)
    (tmp_path / "unit.pem").write_bytes(unit.certificate_pem)
    (tmp_path / "unit.key").write_bytes(unit.key_pem or b"")
    store.close()
    return made


class Running:
    """`mydesk-hub serve`, and what it tells systemd."""

    def __init__(self, place: Place) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = str(place.folder / "notify")
        self._socket.bind(path)
        self._socket.settimeout(30)
        self.told: list[str] = []
        environment = {**os.environ, "NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"}
        self._log = place.folder / "hub.log"
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "hub.cli", "serve", "--config", str(place.config)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    @property
    def log(self) -> str:
        return self._log.read_text()

    def until_told(self, line: str) -> None:
        while True:
            lines = self._socket.recv(4096).decode().split("\n")
            self.told += lines
            if line in lines:
                return

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self._socket.close()
        return code


@pytest.fixture
def running(place: Place) -> Iterator[Running]:
    hub = Running(place)
    yield hub
    if hub.process.poll() is None:
        hub.end()


def unit(place: Place, heard: dict[str, bytes], pem: str = "unit.pem", key: str = "unit.key") -> Client:
    client = Client(CallbackAPIVersion.VERSION2, client_id=UNIT, protocol=MQTTv5)
    context = ssl.create_default_context(cafile=str(place.folder / "ca" / "ca.pem"))
    context.load_cert_chain(place.folder / pem, place.folder / key)
    client.tls_set_context(context)
    client.on_connect = lambda *told: client.subscribe([(topic, 1) for topic in TOPICS.subscriptions]) and None
    client.on_message = lambda _, __, message: heard.update({message.topic: bytes(message.payload)})
    client.connect("localhost", place.broker_port)
    client.loop_start()
    return client


@pytest.mark.slow
def test_a_hub_from_its_start_without_a_broker_to_its_end(place: Place, running: Running) -> None:
    running.until_told("READY=1")
    running.until_told("STATUS=waiting for the broker")
    assert place.status("/sign-in") == 200
    broker = place.broker()
    try:
        running.until_told("STATUS=taking in")
        running.until_told("WATCHDOG=1")
        heard: dict[str, bytes] = {}
        client = unit(place, heard)
        client.publish(TOPICS.history("e/room"), rows(1, 3), qos=1)
        until(lambda: TOPICS.ack in heard)
        assert decode(heard[TOPICS.ack], Ack).seq == 3

        key = ec.generate_private_key(ec.SECP256R1())
        wish = CertificateRequest(csr=request(UNIT, key).decode())
        client.publish(TOPICS.reported("certificate"), encode(wish), qos=1, retain=True)
        topic = TOPICS.desired("certificate")
        until(lambda: topic in heard)
        answer = decode(heard[topic], Certificate)
        assert x509.load_pem_x509_certificate(answer.pem.encode()).public_key() == key.public_key()
        client.disconnect()
        client.loop_stop()

        (place.folder / "new.pem").write_text(answer.pem)
        (place.folder / "new.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        client = unit(place, heard, "new.pem", "new.key")
        until(client.is_connected, what="the unit with its new certificate")
        client.publish(TOPICS.reported("certificate"), encode(CertificateRequest()), qos=1, retain=True)
        until(lambda: heard[topic] == b"")
        client.disconnect()
        client.loop_stop()
        assert running.end() == 0, running.log
        assert "Traceback" not in running.log
        assert "nobody can sign in" in running.log
    finally:
        broker.terminate()
        broker.wait(10)


def serve(place: Place) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hub.cli", "serve", "--config", str(place.config)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.slow
def test_what_keeps_a_hub_from_starting_is_told_in_a_sentence(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", place.web_port))
        taken.listen()
        ended = serve(place)
        assert (ended.returncode, "Traceback" in ended.stderr) == (1, False), ended.stderr
        assert f"cannot listen on 127.0.0.1 port {place.web_port}" in ended.stderr
    text = place.config.read_text()
    place.config.write_text(f'{text}certificate_file = "/nonexistent.pem"\n')
    ended = serve(place)
    assert (ended.returncode, "certificate_file" in ended.stderr) == (1, True), ended.stderr
    place.config.write_text(text.replace("sqlite:///", "sqlite:////nonexistent/"))
    ended = serve(place)
    assert (ended.returncode, "[database]" in ended.stderr) == (1, True), ended.stderr
    assert json.dumps(ended.stderr).count("\\n") <= 3
