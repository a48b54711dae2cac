"""A hub as small as it can be: keeps rows in memory, computes the watermark, acknowledges. It can misbehave.

>>> with HubDouble(broker) as hub:                       # doctest: +SKIP
...     until(lambda: hub.seen("room-ada", epoch) == [1, 2, 3])
...     hub.deaf = True                                  # takes nothing in, not even for the broker
"""

from __future__ import annotations

import socket
import threading
from collections import defaultdict
from types import TracebackType
from typing import Any, Self, cast

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from telemetry import messages, topics
from telemetry.messages import Ack, Batch, Row
from telemetry.topics import Topics
from tests.mqtt_kit.broker import HUB, Broker
from tests.mqtt_kit.certificates import Identity
from tests.waiting import until

Stream = tuple[str, str]
"""Unit and epoch."""


class HubDouble:
    """Connected while in `with`. `rows` and `heard` may be read from any thread at any time."""

    def __init__(self, broker: Broker, identity: Identity | None = None, *, session_s: int = 3600) -> None:
        self.deaf = False
        self.mute = False
        self.heard: list[tuple[str, bytes]] = []
        self.arrivals: list[tuple[str, int]] = []
        self.subscribed = 0
        self._broker = broker
        self._identity = identity or broker.ca.issue(HUB)
        self._session_s = session_s
        self._lock = threading.Lock()
        self._rows: dict[Stream, dict[int, Row]] = defaultdict(dict)
        self._watermarks: dict[Stream, int] = defaultdict(int)
        self._client: Client | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(cut=False)

    def start(self) -> None:
        """Connect, keep what it knew, and wait until the broker has taken its subscriptions."""
        subscribed = self.subscribed
        self._client = self._make()
        self._client.connect(self._broker.host, self._broker.port, 30, clean_start=False, properties=self._session())
        self._client.loop_start()
        until(lambda: self.subscribed > subscribed, what="the hub's subscriptions")

    def die(self) -> None:
        """Be gone, without good-bye, and keep what it knew."""
        self._end(cut=True)

    def _end(self, *, cut: bool) -> None:
        client, self._client = self._client, None
        if client is not None:
            if cut and (wire := client.socket()) is not None:
                cast("socket.socket", wire).shutdown(socket.SHUT_RDWR)
            client.disconnect()
            client.loop_stop()

    def forget(self) -> None:
        """Lose the database."""
        with self._lock:
            self._rows.clear()
            self._watermarks.clear()

    def forget_after(self, unit: str, epoch: str, seq: int) -> None:
        """Go back to a backup in which only rows up to `seq` are."""
        with self._lock:
            kept = {at: row for at, row in self._rows[unit, epoch].items() if at <= seq}
            self._rows[unit, epoch] = kept
            self._watermarks[unit, epoch] = seq

    def seen(self, unit: str, epoch: str) -> list[int]:
        """The sequences that are stored, rising."""
        with self._lock:
            return sorted(self._rows[unit, epoch])

    def row(self, unit: str, epoch: str, seq: int) -> Row:
        with self._lock:
            return self._rows[unit, epoch][seq]

    def watermark(self, unit: str, epoch: str) -> int:
        with self._lock:
            return self._watermarks[unit, epoch]

    def latest(self, topic: str) -> bytes | None:
        """The newest payload on `topic`, or None."""
        return next((payload for heard, payload in reversed(self.heard) if heard == topic), None)

    def all_of(self, topic: str) -> list[bytes]:
        return [payload for heard, payload in list(self.heard) if heard == topic]

    def acknowledge(self, unit: str, epoch: str, seq: int) -> None:
        """Publish an ack, whether it is true or not."""
        self.publish(Topics(unit).ack, messages.encode(Ack(epoch=epoch, seq=seq)), retain=True)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        assert self._client is not None
        self._client.publish(topic, payload, qos=1, retain=retain)

    def _make(self) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id=self._identity.name, protocol=MQTTv5, manual_ack=True)
        client.tls_set_context(self._broker.ca.client_context(self._identity))
        client.reconnect_delay_set(1, 1)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _session(self) -> Properties:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = self._session_s
        return properties

    def _on_connect(
        self, client: Client, userdata: Any, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        filters = (*topics.HUB_FILTERS, "homeassistant/#")
        client.subscribe([(filter_, SubscribeOptions(qos=1)) for filter_ in filters])

    def _on_subscribe(self, client: Client, userdata: Any, mid: int, reasons: list[ReasonCode], *_: Any) -> None:
        self.subscribed += 1

    def _on_message(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        if self.deaf:
            return
        payload = bytes(message.payload)
        self.heard.append((message.topic, payload))
        address = topics.parse(message.topic)
        if address is not None and address.kind in topics.HISTORY:
            self._take(address.unit, messages.decode(payload, Batch))
        if message.qos:
            client.ack(message.mid, message.qos)

    def _take(self, unit: str, batch: Batch) -> None:
        with self._lock:
            rows = self._rows[unit, batch.epoch]
            for row in batch.rows:
                self.arrivals.append((unit, row.seq))
                known = rows.get(row.seq)
                if known is None or row.prev < known.prev:
                    rows[row.seq] = row
            reached = self._advance((unit, batch.epoch))
        if not self.mute:
            self.acknowledge(unit, batch.epoch, reached)

    def _advance(self, stream: Stream) -> int:
        reached = self._watermarks[stream]
        for seq in sorted(seq for seq in self._rows[stream] if seq > reached):
            if self._rows[stream][seq].prev > reached:
                break
            reached = seq
        self._watermarks[stream] = reached
        return reached
