"""One connection to the broker, from connect to end: paho's client and its thread, told to the agent's loop.

A connection is never mended: when it ends, for whatever reason, the link makes the next one, with a will of its own.
So there is no state of paho that outlives a fault, a dead thread, or a change of certificates.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from telemetry.link_faults import Hub, LinkError

SESSION_EXPIRY_S = 3600
RECEIVE_MAXIMUM = 20
MOST_QUEUED = 1000
MOST_QOS_0_WAITING = 200
LARGEST_INCOMING_BYTES = 256 << 10
CONNECT_TIMEOUT_S = 10.0
WILL_DELAY_S = 8


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files, PEM: the site CA's certificate, the unit's and its key."""

    ca_file: Path
    cert_file: Path
    key_file: Path


@dataclass(frozen=True, slots=True)
class Message:
    """What came; `mid` is for `Connection.acknowledge`."""

    topic: str
    payload: bytes
    qos: int
    mid: int


class Told(Protocol):
    """Who hears of a connection, in its loop."""

    def accepted(self, connection: Connection) -> None: ...

    def came(self, connection: Connection, message: Message) -> None: ...

    def answered(self, connection: Connection, mid: int, reason: str, code: int) -> None:
        """The broker's answer to a message of ours: the reason's name and code, 0 for success."""
        ...


class TlsContext(ssl.SSLContext):
    """Remembers the socket: paho leaves one open whose handshake failed, and knows none before it has succeeded."""

    wire: ssl.SSLSocket | None = None

    def wrap_socket(self, *arguments: Any, **named: Any) -> ssl.SSLSocket:
        self.wire = super().wrap_socket(*arguments, **named)
        return self.wire


def tls_context(certificates: Certificates) -> TlsContext:
    """TLS 1.2 or newer, the site CA and no other, the host's name checked, the unit's certificate shown.

    Raises:
        LinkError: a file is missing, unreadable or not what it should be; says which and what to do.
    """
    context = TlsContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    enrol = "Enrol the unit (mydesk-hub enrol UNIT) and provision it again."
    with _clear(certificates.ca_file, enrol):
        context.load_verify_locations(cafile=str(certificates.ca_file))
    with _clear(certificates.cert_file, enrol), certificates.key_file.open("rb"):
        context.load_cert_chain(certificates.cert_file, certificates.key_file)
    return context


@contextlib.contextmanager
def _clear(path: Path, hint: str) -> Any:
    try:
        yield
    except ssl.SSLError as error:
        mismatch = "MISMATCH" in (error.reason or "")
        text = f"{path} and its key do not belong together." if mismatch else f"{path} or its key is no PEM file."
        raise LinkError(text, hint=hint) from error
    except OSError as error:
        raise LinkError(f"{error.filename or path} cannot be read: {error.strerror}.", hint=hint) from error


class _Client(Client):
    """paho's client, which tells when its thread ends and what of."""

    ended: Callable[[BaseException | None], None]

    def loop_forever(self, timeout: float = 1.0, retry_first_connection: bool = False) -> MQTTErrorCode:
        died: BaseException | None = None
        try:
            return super().loop_forever(timeout, retry_first_connection=False)
        except Exception as error:  # noqa: BLE001 - whatever paho's thread dies of, the link makes a new one
            died = error
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        finally:
            self.ended(died)


class Connection:
    """Made in a loop, started once. After `ended` is done nothing comes any more; call `close` then and at any time."""

    def __init__(self, hub: Hub, context: TlsContext, told: Told, *, keepalive_s: int, will: tuple[str, bytes]) -> None:
        self._loop = asyncio.get_running_loop()
        self._hub = hub
        self._context = context
        self._told = told
        self._left = False
        self._error: BaseException | None = None
        self._qos_0_waiting = 0
        self._progress_s = time.monotonic()
        self.reason = ""
        self.dropped = 0
        self.is_accepted = False
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._client = self._made(context, will, keepalive_s)

    @property
    def error(self) -> BaseException | None:
        """What it ended of, if that is known."""
        return self._error

    @property
    def quiet_s(self) -> float:
        """Since the broker last said anything: an answer to a ping is enough."""
        return time.monotonic() - self._progress_s

    @property
    def keepalive_s(self) -> float:
        """As the broker wants it."""
        return self._client.keepalive

    def start(self) -> None:
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> int | None:
        """Give a message to paho; None when it cannot take more. For QoS 1 `answered` is told by that number."""
        info = self._client.publish(topic, payload, qos=qos, retain=retain)
        return info.mid if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def subscribe(self, filters: Sequence[str]) -> None:
        self._client.subscribe([(filter_, SubscribeOptions(qos=1)) for filter_ in filters])

    def acknowledge(self, message: Message) -> None:
        """The message was taken: the broker may forget it, and send another (at most RECEIVE_MAXIMUM are out)."""
        if message.qos:
            self._client.ack(message.mid, message.qos)
        else:
            self._qos_0_waiting -= 1

    def leave(self) -> None:
        """Say good-bye: the broker then throws the will away."""
        self._left = True
        self._client.disconnect()

    def abort(self) -> None:
        """Cut the wire: the broker keeps the will for its delay."""
        self._left = True
        if (wire := self._context.wire) is not None:
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

    async def close(self, timeout_s: float = 2.0) -> bool:
        """Wait for the thread's end. False: it does not end, and is given up (it can do no harm)."""
        await asyncio.wait([self.ended], timeout=timeout_s)
        if not self.ended.done():
            return False
        await asyncio.to_thread(self._client.loop_stop)
        if (wire := self._context.wire) is not None:
            wire.close()
        client = self._client
        # Without these circles the client, and its sockets, are gone at once.
        client.on_connect = client.on_disconnect = client.on_message = client.on_publish = client.on_log = None
        client.on_subscribe = None
        client.ended = _nothing
        return True

    def _made(self, context: TlsContext, will: tuple[str, bytes], keepalive_s: int) -> _Client:
        client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._hub.unit,
            protocol=MQTTv5,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.suppress_exceptions = True
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(RECEIVE_MAXIMUM)
        client.max_queued_messages_set(MOST_QUEUED)
        client.tls_set_context(context)
        client.will_set(*will, qos=1, retain=True, properties=_will_properties())
        client.ended = self._on_end
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_log = self._on_log
        client.connect_async(
            self._hub.host, self._hub.port, keepalive_s, clean_start=False, properties=_connect_properties()
        )
        return client

    # What follows runs in paho's thread.

    def _tell(self, function: Callable[..., None], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is there to be told
            self._loop.call_soon_threadsafe(function, *arguments)

    def _on_end(self, error: BaseException | None) -> None:
        self._error = error or self._error
        self._tell(self._end)

    def _on_connect(
        self, client: Client, userdata: Any, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self.reason = str(reason)
        elif self._left:
            client.disconnect()
        else:
            self._tell(self._accept)

    def _on_disconnect(
        self, client: Client, userdata: Any, flags: DisconnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self.reason = str(reason)

    def _on_message(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        if message.retain and "/cmd/" in message.topic:
            client.ack(message.mid, message.qos)  # a command that is kept would be done again with each new unit
            return
        came = Message(message.topic, bytes(message.payload), message.qos, message.mid)
        if came.qos == 0:
            if self._qos_0_waiting >= MOST_QOS_0_WAITING:
                self.dropped += 1
                return
            self._qos_0_waiting += 1
        self._tell(self._told.came, self, came)

    def _on_publish(
        self, client: Client, userdata: Any, mid: int, reason: ReasonCode, properties: Properties | None
    ) -> None:
        self._tell(self._told.answered, self, mid, str(reason), reason.value)

    def _on_log(self, client: Client, userdata: Any, level: int, text: str) -> None:
        """The only place where paho tells of a PINGRESP, and of what TLS said when reading failed."""
        if text.startswith("Received "):
            self._progress_s = time.monotonic()
        elif isinstance(error := sys.exception(), OSError):
            self._error = error

    # And these in the loop again.

    def _accept(self) -> None:
        self.is_accepted = True
        if not self._left:
            self._told.accepted(self)

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


def _connect_properties() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_EXPIRY_S
    properties.ReceiveMaximum = RECEIVE_MAXIMUM
    properties.MaximumPacketSize = LARGEST_INCOMING_BYTES
    return properties


def _will_properties() -> Properties:
    properties = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]
    properties.WillDelayInterval = WILL_DELAY_S
    return properties


def _nothing(error: BaseException | None) -> None:
    pass
