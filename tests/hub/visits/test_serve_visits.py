"""`mydesk-hub serve` with guests: a kiosk gets the hub's keys, and what another tells, through the broker."""

from __future__ import annotations

import base64
import json
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from common.clock import SystemClock
from common.visiting.sealed_visit import seal_visit
from hub import settings
from hub.authority import Authority
from hub.store import Store
from telemetry.messages import SharingKeys, Status, decode, encode
from telemetry.topics import Topics
from tests.hub.test_serve import Place, Running, place, running
from tests.hub.visits.kit import KioskDouble, visit
from tests.hub.wire import batch, row
from tests.waiting import until

__all__ = ["place", "running"]


@pytest.fixture
def with_guests(place: Place) -> Place:
    keys = place.folder / "keys" / "day.keys"
    place.config.write_text(f'{place.config.read_text()}[visits]\nenabled = true\nkeys_file = "{keys}"\n')
    hub = settings.load(place.config)
    store = Store.open(hub.database.url)
    authority = Authority(place.folder / "ca", "Nordhavn", store, SystemClock())
    for unit in ("lobby", "north"):
        made = authority.enrol(unit, role="kiosk", site="Nordhavn")
        (place.folder / f"{unit}.pem").write_bytes(made.certificate_pem)
        (place.folder / f"{unit}.key").write_bytes(made.key_pem or b"")
    store.close()
    return place


def connected(place: Place, unit: str, heard: dict[str, bytes]) -> Client:
    topics = Topics(unit)
    client = Client(CallbackAPIVersion.VERSION2, client_id=unit, protocol=MQTTv5)
    context = ssl.create_default_context(cafile=str(place.folder / "ca" / "ca.pem"))
    context.load_cert_chain(place.folder / f"{unit}.pem", place.folder / f"{unit}.key")
    client.tls_set_context(context)
    client.on_connect = lambda *told: client.subscribe([(topic, 1) for topic in topics.subscriptions]) and None
    client.on_message = lambda _, __, message: heard.update({message.topic: bytes(message.payload)})
    client.connect("localhost", place.broker_port)
    client.loop_start()
    return client


@pytest.mark.slow
def test_two_kiosks_at_a_hub_that_runs(with_guests: Place, running: Running) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    double = KioskDouble("north")
    lobby_heard: dict[str, bytes] = {}
    north_heard: dict[str, bytes] = {}
    broker = with_guests.broker()
    try:
        running.until_told("STATUS=taking in")
        lobby = connected(with_guests, "lobby", lobby_heard)
        north = connected(with_guests, "north", north_heard)
        status = encode(Status(s="online", boot="b", n=1, role="kiosk"))
        for client, unit in ((lobby, "lobby"), (north, "north")):
            client.publish(Topics(unit).status, status, qos=1, retain=True)
        keys = encode(double.sharing(now.date(), now.date() + timedelta(days=1)))
        north.publish(Topics("north").reported("sharing"), keys, qos=1, retain=True)
        wanted = Topics("lobby").desired("sharing")
        until(lambda: wanted in lobby_heard, what="the hub's keys")
        told = decode(lobby_heard[wanted], SharingKeys).keys[now.date().isoformat()]
        key = X25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(told + "="))
        blob = base64.urlsafe_b64encode(seal_visit(visit(1, now), key)).decode().rstrip("=")
        lobby.publish(Topics("lobby").history("e/visit"), batch(row(1, body=json.dumps({"blob": blob}))), qos=1)
        topic = until(lambda: next((one for one in north_heard if "/cmd/visit/" in one), ""), what="the visit")
        assert double.opened(json.loads(north_heard[topic])["args"]["blob"]) == visit(1, now)
        for client in (lobby, north):
            client.disconnect()
            client.loop_stop()
        assert running.end() == 0, running.log
        assert "Traceback" not in running.log
        assert "Guest0001name" not in running.log
    finally:
        broker.terminate()
        broker.wait(10)
