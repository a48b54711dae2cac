"""The kit itself: a broker that keeps its rights, and a hub that acknowledges what is whole."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from telemetry import messages
from telemetry.messages import Ack, Batch, Row
from telemetry.topics import Topics
from tests.mqtt_kit.broker import Broker
from tests.mqtt_kit.certificates import PAST, Identity
from tests.mqtt_kit.hub_double import HubDouble
from tests.waiting import until

EPOCH = "00112233aabbccdd"
ADA = Topics("room-ada")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as broker:
        yield broker


def connected(broker: Broker, identity: Identity) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, client_id=identity.name, protocol=MQTTv5)
    client.tls_set_context(broker.ca.client_context(identity))
    client.connect(broker.host, broker.port)
    client.loop_start()
    return client


def closed(client: Client) -> None:
    client.disconnect()
    client.loop_stop()


def row(seq: int, prev: int) -> Row:
    return Row(seq=seq, prev=prev, ts=1, mono=1, boot="b", synced=True, v=msgspec.Raw(b"{}"))


def test_the_hub_acknowledges_up_to_the_first_hole(broker: Broker) -> None:
    with HubDouble(broker) as hub:
        unit = connected(broker, broker.ca.issue("room-ada"))
        batch = Batch(epoch=EPOCH, boot="b", mono=1, rows=[row(1, 0), row(2, 1), row(4, 3)])
        unit.publish(ADA.history("e/room"), messages.encode(batch), qos=1)
        until(lambda: hub.seen("room-ada", EPOCH) == [1, 2, 4])
        assert hub.watermark("room-ada", EPOCH) == 2
        again = msgspec.structs.replace(batch, rows=[row(4, 2)])
        unit.publish(ADA.history("e/room"), messages.encode(again), qos=1)
        until(lambda: hub.watermark("room-ada", EPOCH) == 4)
        closed(unit)


def test_what_the_hub_acknowledged_is_retained_over_a_restart(broker: Broker) -> None:
    with HubDouble(broker) as hub:
        hub.acknowledge("room-ada", EPOCH, 7)
        until(lambda: broker.log.count("Sending PUBACK to hub") == 1)
    broker.restart()
    unit = connected(broker, broker.ca.issue("room-ada"))
    heard: list[bytes] = []
    unit.on_message = lambda client, userdata, message: heard.append(bytes(message.payload))
    unit.subscribe(ADA.ack, qos=1)
    assert messages.decode(until(lambda: heard)[0], Ack) == Ack(epoch=EPOCH, seq=7)
    closed(unit)


def test_another_units_topics_are_refused(broker: Broker) -> None:
    unit = connected(broker, broker.ca.issue("room-ada"))
    for topic in (Topics("room-bob").status, Topics("room-bob").discovery, "homeassistant/status"):
        unit.publish(topic, b"{}", qos=1)
    until(lambda: broker.log.count("Denied PUBLISH from room-ada") == 3)
    closed(unit)


REFUSED = {
    "expired": "certificate verify failed",
    "revoked": "certificate verify failed",
    "none": "peer did not return a certificate",
}


@pytest.mark.parametrize("fault", REFUSED)
def test_who_has_no_valid_certificate_is_refused(broker: Broker, fault: str) -> None:
    identity = broker.ca.issue("room-ada", not_after=PAST if fault == "expired" else None)
    if fault == "revoked":
        broker.ca.revoke(identity)
        broker.restart()
    context = broker.ca.client_context(identity)
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    bare = ssl.create_default_context(cafile=str(broker.ca.ca_file))
    client.tls_set_context(bare if fault == "none" else context)
    reasons: list[str] = []
    client.on_disconnect = lambda *arguments: reasons.append(str(arguments[3]))
    client.on_connect = lambda *arguments: reasons.append("connected")
    client.on_connect_fail = lambda *arguments: reasons.append("failed")
    client.connect_async(broker.host, broker.port)
    client.loop_start()
    assert until(lambda: reasons)[0] != "connected"
    until(lambda: REFUSED[fault] in broker.log)
    closed(client)
