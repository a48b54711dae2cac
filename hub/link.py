"""The hub's own connection to the broker: MQTT 5 over TLS, with a session that outlives an outage.

paho's thread only moves messages into the inbox. Nothing here trusts `is_connected()`, which stays true when that
thread has died (reference/fleet.md 3.4): `ailing` looks at the thread and at when the broker was last heard.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from paho.mqtt.client import MQTT_ERR_SUCCESS, Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from hub.draft import Incoming
from hub.inbox import Inbox, Receipt, Waiting
from telemetry.messages import LARGEST_BYTES
from telemetry.topics import HUB_FILTERS, ROOT

CLIENT_ID = "hub"
"""Also the common name of the hub's certificate, by which the broker knows it."""

SESSION_S = 7 * 24 * 3600
RECEIVE_MAXIMUM = 500
KEEPALIVE_S = 30
RECONNECT_S = (1, 30)
MOST_QUEUED = 20_000
MOST_UNANSWERED = 5_000
"""While the broker floods us its answers come behind the flood: with few out, units would wait that long for acks."""

SILENT_S = 2.0 * KEEPALIVE_S
DEAD_S = 4.0 * KEEPALIVE_S
PUBLISH_TIMEOUT_S = 5.0
_PROBE = f"{ROOT}/hub/ack"
_NOBODY = 0x10

_log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What became of a message that the hub sent."""

    TAKEN = "taken"
    NOBODY = "nobody"
    REFUSED = "refused"
    AWAY = "away"
    UNANSWERED = "unanswered"


class Sends(Protocol):
    """Who sends for the hub: a link, or whatever stands for the one of the moment."""

    def publish_and_wait(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None
    ) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is, and who we are there (PEM files)."""

    host: str
    port: int
    ca_file: Path
    cert_file: Path
    key_file: Path


class Link:
    """One connection, made again and again by paho. `publish` and `acknowledge` may be called from any thread.

    Raises:
        OSError, ssl.SSLError: from the constructor; certificates cannot be read.
    """

    def __init__(
        self, address: BrokerAddress, inbox: Inbox, now_ms: Callable[[], int], *, receive_maximum: int = RECEIVE_MAXIMUM
    ) -> None:
        self._address = address
        self._inbox = inbox
        self._now_ms = now_ms
        self._receive_maximum = receive_maximum
        self._connection = 0
        self._connected = threading.Event()
        self._heard_s = time.monotonic()
        self._settled: OrderedDict[int, ReasonCode] = OrderedDict()
        self._settling = threading.Condition()
        self._client = self._make()

    @property
    def connected(self) -> bool:
        """Whether the broker has taken us. For status only."""
        return self._connected.is_set()

    @property
    def connection(self) -> int:
        """Counts the connections."""
        return self._connection

    def start(self) -> None:
        """Connect, and stay so. Returns at once."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_S
        properties.ReceiveMaximum = self._receive_maximum
        properties.MaximumPacketSize = LARGEST_BYTES + (64 << 10)
        self._client.connect_async(
            self._address.host, self._address.port, KEEPALIVE_S, clean_start=False, properties=properties
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Say goodbye; the session stays."""
        self._client.disconnect()
        self._client.loop_stop()
        self._connected.clear()

    def renew(self) -> None:
        """Let the broker send again what was not acknowledged: connect anew."""
        sock = self._client.socket()
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):  # it has gone by itself
                # Not SSLSocket.shutdown: that ends TLS first, and paho would read what is left as plain MQTT.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def ailing(self) -> str:
        """Why a new link is needed, "" if not. Asks the broker for a sign of life after a long silence."""
        if not any(thread.name == f"paho-mqtt-client-{CLIENT_ID}" for thread in threading.enumerate()):
            return "its thread has died"
        silent_s = time.monotonic() - self._heard_s
        if self.connected and silent_s > DEAD_S:
            return f"nothing was heard for {silent_s:.0f} s"
        if self.connected and silent_s > SILENT_S:
            self._client.publish(_PROBE, b"", qos=1)
        return ""

    def acknowledge(self, receipt: Receipt) -> None:
        """Tell the broker that the message is ours now. One of a former connection is left: it comes again."""
        if receipt.connection == self._connection:
            self._client.ack(receipt.mid, 1)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Send without waiting for the answer; False if there is no connection. With `retain`, b"" clears."""
        return self.connected and self._client.publish(topic, payload, qos=1, retain=retain).rc == MQTT_ERR_SUCCESS

    def publish_and_wait(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        expiry_s: int | None = None,
        timeout_s: float = PUBLISH_TIMEOUT_S,
    ) -> Outcome:
        """Send and wait for the broker's answer. AWAY: it was not sent. UNANSWERED: it may have been."""
        if not self.connected:
            return Outcome.AWAY
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        info = self._client.publish(topic, payload, qos=1, retain=retain, properties=properties)
        if info.rc != MQTT_ERR_SUCCESS:
            return Outcome.AWAY
        with self._settling:
            self._settling.wait_for(lambda: info.mid in self._settled, timeout_s)
            code = self._settled.pop(info.mid, None)
        if code is None:
            return Outcome.UNANSWERED
        if code.is_failure:
            return Outcome.REFUSED
        return Outcome.NOBODY if code.value == _NOBODY else Outcome.TAKEN

    def _make(self) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id=CLIENT_ID, protocol=MQTTv5, manual_ack=True)
        client.suppress_exceptions = True
        context = ssl.create_default_context(cafile=str(self._address.ca_file))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._address.cert_file, self._address.key_file)
        client.tls_set_context(context)
        client.max_queued_messages_set(MOST_QUEUED)
        client.max_inflight_messages_set(MOST_UNANSWERED)
        client.reconnect_delay_set(*RECONNECT_S)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        return client

    def _on_connect(
        self, client: Client, userdata: Any, flags: ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        self._heard_s = time.monotonic()
        if code.is_failure:
            _log.error("broker: refuses the hub (%s); is its certificate of the site CA, and not revoked?", code)
            return
        _log.info("broker: connected, session %s", "resumed" if flags.session_present else "new")
        # Retained messages are asked for each time: what changed while nobody was here may have been thrown away.
        client.subscribe([(filter_, SubscribeOptions(qos=1)) for filter_ in HUB_FILTERS])
        self._connected.set()

    def _on_disconnect(
        self, client: Client, userdata: Any, flags: DisconnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        # What waits would come again, and its ids may be given to other messages.
        self._connection += 1
        self._connected.clear()
        self._inbox.clear()
        _log.warning("broker: disconnected (%s)", code)

    def _on_message(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        self._heard_s = time.monotonic()
        incoming = Incoming(message.topic, bytes(message.payload), self._now_ms(), message.retain)
        receipt = Receipt(message.mid, self._connection) if message.qos else None
        self._inbox.put(Waiting(incoming, receipt))

    def _on_publish(
        self, client: Client, userdata: Any, mid: int, code: ReasonCode, properties: Properties | None
    ) -> None:
        self._heard_s = time.monotonic()
        with self._settling:
            self._settled[mid] = code
            if len(self._settled) > MOST_QUEUED:
                self._settled.popitem(last=False)
            self._settling.notify_all()
