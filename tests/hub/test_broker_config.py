"""A real Mosquitto with the configuration that we write: who gets in, and what each may."""

from __future__ import annotations

import contextlib
import socket
import ssl
import stat
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from common.clock import ManualClock, SystemClock
from hub.authority import Authority, Enrolment
from hub.broker_config import BrokerConfigError, BrokerOptions, access_rules, write, write_revoked
from hub.store import Store
from tests.mqtt_kit.broker import MOSQUITTO
from tests.ports import free_port
from tests.waiting import until


@dataclass
class Site:
    """A site CA, and a Mosquitto that runs by what was written."""

    folder: Path
    authority: Authority
    store: Store
    options: BrokerOptions
    process: subprocess.Popen[bytes] | None = None
    clients: list[Client] = field(default_factory=list)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def start(self) -> None:
        config = self.options.folder / "mosquitto.conf"
        config.write_text(config.read_text() + "user root\n")  # the tests' folders are root's
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([MOSQUITTO, "-c", str(config)], stdout=log, stderr=log)
        until(lambda: " running" in self.log, what="Mosquitto")

    def reload(self) -> None:
        """As systemctl reload mosquitto does."""
        assert self.process is not None
        self.process.send_signal(1)
        until(lambda: "Reloading config" in self.log, what="the reload")

    def close(self) -> None:
        for client in self.clients:
            client.disconnect()
            client.loop_stop()
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
        self.store.close()


@dataclass
class Peer:
    """A client, what it heard, and how its tries ended."""

    client: Client
    heard: list[str] = field(default_factory=list)
    codes: dict[int, ReasonCode] = field(default_factory=dict)

    def publish(self, topic: str, payload: bytes = b"{}", *, retain: bool = False) -> str:
        mid = self.client.publish(topic, payload, qos=1, retain=retain).mid
        until(lambda: mid in self.codes)
        return str(self.codes[mid])


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    store = Store.open(f"sqlite:///{tmp_path / 'hub.db'}")
    authority = Authority(tmp_path / "ca", "Nordhavn", store, SystemClock())
    options = BrokerOptions(
        tmp_path / "broker",
        free_port(),
        "127.0.0.1",
        data_folder=f"{tmp_path}/",
        home_assistant=True,
        log_denied=True,
    )
    write(authority, ("localhost",), options)
    made = Site(tmp_path, authority, store, options)
    made.start()
    yield made
    made.close()


def files(site: Site, made: Enrolment) -> tuple[Path, Path]:
    folder = site.folder / made.unit
    folder.mkdir(exist_ok=True)
    assert made.key_pem is not None
    (folder / "unit.pem").write_bytes(made.certificate_pem)
    (folder / "unit.key").write_bytes(made.key_pem)
    return folder / "unit.pem", folder / "unit.key"


def join(site: Site, name: str, pair: tuple[Path, Path] | None, will: str = "") -> Peer:
    """A connection; raises ssl.SSLError or ConnectionError when the broker does not want it. `will` is a topic."""
    context = ssl.create_default_context(cafile=str(site.options.folder / "ca.pem"))
    if pair is not None:
        context.load_cert_chain(*pair)
    client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTv5, reconnect_on_failure=False)
    client.tls_set_context(context)
    if will:
        client.will_set(will, b"{}", qos=1, retain=True)
    peer, states = Peer(client), list[str]()

    def hear(_: Client, __: Any, message: MQTTMessage) -> None:
        peer.heard.append(message.topic)

    client.on_connect = lambda *told: states.append(str(told[3]))
    client.on_disconnect = lambda *told: states.append("gone")
    client.on_publish = lambda *told: peer.codes.update({told[2]: told[3]})
    client.on_message = hear
    client.connect("localhost", site.options.port)
    client.loop_start()
    site.clients.append(client)
    until(lambda: states, what="an answer")
    if states[0] != "Success":
        raise ConnectionError(states[0])
    return peer


def subscribed(peer: Peer, *topics: str) -> list[str]:
    answers: list[str] = []
    peer.client.on_subscribe = lambda *told: answers.extend(str(code) for code in told[3])
    peer.client.subscribe([(topic, 1) for topic in topics])
    return until(lambda: answers)


DENIED = "Not authorized"
UNIT_MAY = [
    ("status", True),
    ("twin/hw", True),
    ("now/room", True),
    ("m/room", True),
    ("e/room", True),
    ("a/storage", True),
    ("reported/settings", True),
    ("cmd/identify/7f3a/st", True),
    ("ack", False),
    ("desired/settings", False),
    ("cmd/reboot/7f3a", False),
    ("nonsense", False),
    ("e/room/deeper", False),
]


def test_a_unit_writes_what_it_tells_and_nothing_else(site: Site) -> None:
    unit = join(site, "room-ada", files(site, site.authority.enrol("room-ada")))
    for relative, allowed in UNIT_MAY:
        assert (unit.publish(f"mydesk/1/room-ada/{relative}") != DENIED) is allowed, relative
    assert unit.publish("homeassistant/device/room-ada/config") != DENIED
    for topic in ("mydesk/1/room-bob/e/room", "mydesk/1/hub/status", "homeassistant/status", "$SYS/x", "other"):
        assert unit.publish(topic) == DENIED, topic
    assert "Denied PUBLISH from room-ada" in site.log
    assert "mydesk/1/room-bob/e/room" in site.log


def test_a_unit_hears_only_what_is_for_it(site: Site) -> None:
    hub = join(site, "hub", site.authority.client_files())
    unit = join(site, "room-ada", files(site, site.authority.enrol("room-ada")))
    subscribed(unit, "mydesk/1/+/ack", "mydesk/1/room-ada/cmd/+/+", "mydesk/1/room-bob/desired/+", "#")
    for topic in ("room-bob/ack", "room-bob/desired/settings", "room-bob/cmd/reboot/1", "room-ada/cmd/reboot/2"):
        assert hub.publish(f"mydesk/1/{topic}") != DENIED
    assert hub.publish("mydesk/1/room-ada/ack") != DENIED
    until(lambda: "mydesk/1/room-ada/ack" in unit.heard)
    assert set(unit.heard) == {"mydesk/1/room-ada/cmd/reboot/2", "mydesk/1/room-ada/ack"}


def test_a_client_id_is_nobodys_but_the_certificates(site: Site) -> None:
    """Else a stolen panel would throw the hub out and take its session, by the hub's client id."""
    hub = join(site, "hub", site.authority.client_files())
    gone: list[object] = []
    hub.client.on_disconnect = lambda *told: gone.append(told)
    subscribed(hub, "mydesk/1/+/e/+")
    thief = join(site, "hub", files(site, site.authority.enrol("room-ada")))
    bob = join(site, "room-bob", files(site, site.authority.enrol("room-bob")))
    assert bob.publish("mydesk/1/room-bob/e/room") == "Success"
    until(lambda: hub.heard)
    assert (gone, thief.heard) == ([], [])
    assert "as room-ada (" in site.log


def test_a_will_too_is_for_the_units_own_topics(site: Site) -> None:
    ada = files(site, site.authority.enrol("room-ada"))
    hub = join(site, "hub", site.authority.client_files())
    subscribed(hub, "mydesk/1/+/status")
    for unit, wanted in (("room-bob", False), ("room-ada", True)):
        with contextlib.suppress(ConnectionError):
            peer = join(site, "room-ada", ada, will=f"mydesk/1/{unit}/status")
            wire = peer.client.socket()
            assert isinstance(wire, socket.socket)
            socket.socket.shutdown(wire, socket.SHUT_RDWR)
        if wanted:
            until(lambda: hub.heard)
    assert hub.heard == ["mydesk/1/room-ada/status"]


def test_the_hub_hears_all_units_and_says_what_a_hub_says(site: Site) -> None:
    hub = join(site, "hub", site.authority.client_files())
    unit = join(site, "room-ada", files(site, site.authority.enrol("room-ada")))
    subscribed(hub, "mydesk/1/+/e/+", "mydesk/1/+/cmd/+/+/st")
    unit.publish("mydesk/1/room-ada/e/room")
    unit.publish("mydesk/1/room-ada/cmd/identify/1/st")
    until(lambda: set(hub.heard) == {"mydesk/1/room-ada/e/room", "mydesk/1/room-ada/cmd/identify/1/st"})
    assert hub.publish("mydesk/1/room-ada/e/room") == DENIED


def test_home_assistant_sees_no_history_and_no_pictures(site: Site) -> None:
    pair = (site.options.folder / "homeassistant.pem", site.options.folder / "homeassistant.key")
    home = join(site, "homeassistant", pair)
    unit = join(site, "room-ada", files(site, site.authority.enrol("room-ada")))
    subscribed(home, "mydesk/1/#", "homeassistant/#")
    for relative in ("cmd/screenshot/1/st", "e/room", "m/room", "now/room"):
        unit.publish(f"mydesk/1/room-ada/{relative}")
    until(lambda: home.heard)
    assert home.heard == ["mydesk/1/room-ada/now/room"]
    assert home.publish("mydesk/1/room-ada/cmd/identify/ha") != DENIED
    assert home.publish("mydesk/1/room-ada/cmd/reboot/1") == DENIED
    assert home.publish("homeassistant/status") != DENIED


def refused(site: Site, name: str, pair: tuple[Path, Path] | None) -> None:
    """With TLS 1.3 a client hears of it only after its own handshake: no CONNACK comes."""
    with pytest.raises((ssl.SSLError, ConnectionError)):
        join(site, name, pair)


def test_without_a_certificate_nobody_gets_in(site: Site) -> None:
    refused(site, "room-ada", None)
    until(lambda: "peer did not return a certificate" in site.log)


def test_a_certificate_of_another_ca_is_refused(site: Site, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other", "Nordhavn", site.store, SystemClock())
    other.prepare()
    refused(site, "room-ada", files(site, other.enrol("room-ada")))
    until(lambda: "certificate verify failed" in site.log)


def test_a_certificate_that_has_ended_is_refused(site: Site) -> None:
    then = ManualClock(datetime.now(UTC) - timedelta(days=400))
    old = Authority(site.authority.folder, "Nordhavn", site.store, then, unit_days=30)
    refused(site, "room-ada", files(site, old.enrol("room-ada")))
    until(lambda: "certificate verify failed" in site.log)


def test_a_revoked_certificate_is_refused_after_a_reload_and_others_are_not(site: Site) -> None:
    ada = files(site, site.authority.enrol("room-ada"))
    bob = files(site, site.authority.enrol("room-bob"))
    join(site, "room-ada", ada)
    site.authority.revoke("room-ada")
    write_revoked(site.authority, site.options.folder)
    site.reload()
    refused(site, "room-ada-again", ada)
    until(lambda: "certificate verify failed" in site.log)
    join(site, "room-bob", bob)
    join(site, "room-ada-new", files(site, site.authority.enrol("room-ada")))


def handshake(site: Site, newest: ssl.TLSVersion) -> str | None:
    context = ssl.create_default_context(cafile=str(site.options.folder / "ca.pem"))
    context.load_cert_chain(*site.authority.client_files())
    context.set_ciphers("ALL:@SECLEVEL=0")  # or our own side would refuse first
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
    with (
        socket.create_connection(("127.0.0.1", site.options.port), timeout=10) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as wrapped,
    ):
        return wrapped.version()


def test_old_tls_is_refused(site: Site) -> None:
    assert handshake(site, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(site, ssl.TLSVersion.TLSv1_1)


def test_what_is_written_can_be_read_by_the_broker_alone(site: Site) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in site.options.folder.iterdir()}
    assert modes["broker.key"] in (0o600, 0o640)
    assert modes["homeassistant.key"] == 0o600
    assert "homeassistant" not in access_rules(BrokerOptions(Path("/x"))).partition("user hub")[2]


def test_a_folder_that_cannot_be_written_is_told(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BrokerConfigError) as told:
        write(site.authority, ("localhost",), BrokerOptions(tmp_path / "file"))
    assert "--out" in told.value.hint
