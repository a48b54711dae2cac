"""An ingest at a real Mosquitto, and a unit of few words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from sqlalchemy import func, select

from common.clock import SystemClock
from hub.ingest import Ingest
from hub.link import BrokerAddress
from hub.live import Live
from hub.store import Store
from hub.tables import ROWS
from telemetry.messages import Ack, CertificateRequest, decode
from telemetry.topics import Topics
from tests.hub.wire import UNIT
from tests.mqtt_kit.broker import HUB, Broker
from tests.waiting import until


def address(broker: Broker) -> BrokerAddress:
    own = broker.ca.issue(HUB)
    return BrokerAddress(broker.host, broker.port, broker.ca.ca_file, own.cert_file, own.key_file)


@contextmanager
def ingesting(store: Store, broker: Broker, live: Live | None = None, **options: Any) -> Iterator[Ingest]:
    requests: list[tuple[str, CertificateRequest]] = []
    ingest = Ingest(
        store, live or Live(), SystemClock(), address(broker), lambda *request: requests.append(request), **options
    )
    ingest.start()
    try:
        until(lambda: ingest.link.connected, what="the hub's connection")
        yield ingest
    finally:
        ingest.stop()


class Unit:
    """A unit's connection: publishes what it is told to, remembers what it hears."""

    def __init__(self, broker: Broker, name: str = UNIT) -> None:
        self.topics = Topics(name)
        self.heard: list[tuple[str, bytes]] = []
        own = broker.ca.issue(name)
        client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTv5)
        client.tls_set_context(broker.ca.client_context(own))
        client.reconnect_delay_set(1, 1)
        client.on_connect = self._subscribe
        client.on_message = self._hear
        self._client = client
        self._address = (broker.host, broker.port)

    def __enter__(self) -> Self:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 3600
        self._client.connect_async(*self._address, clean_start=False, properties=properties)
        self._client.loop_start()
        until(self._client.is_connected, what="the unit's connection")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, relative: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        self._client.publish(f"{self.topics.root}/{relative}", payload, qos=qos, retain=retain)

    def said(self) -> bool:
        """Whether the broker has taken all."""
        return not self._client._out_messages  # paho has no public word for it

    def acknowledged(self) -> int:
        """The watermark that was heard last."""
        told = [decode(payload, Ack).seq for topic, payload in self.heard if topic == self.topics.ack]
        return told[-1] if told else 0

    def _subscribe(self, client: Client, *_: object) -> None:
        client.subscribe([(topic, 1) for topic in self.topics.subscriptions])

    def _hear(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))


def count(store: Store) -> int:
    with store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(ROWS)).scalar_one())
