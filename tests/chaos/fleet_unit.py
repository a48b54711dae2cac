"""A simulated unit: what an agent says to its broker, without the agent. Thousands of them share one loop.

The decisions are the product's own: `telemetry.drain.Drain` says what is sent when, `telemetry.link.LinkPace` how soon
a connection is tried again, telemetry.messages what is in a message. Rows are in memory, and there is no health.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from telemetry import messages
from telemetry.batches import Queued, batches
from telemetry.drain import Drain, Read
from telemetry.link import LinkPace
from telemetry.link_connection import CONNECT_TIMEOUT_S, SESSION_EXPIRY_S, WILL_DELAY_S
from telemetry.messages import Ack, Row, Status
from telemetry.topics import Topics
from tests.mqtt_kit import packets
from tests.mqtt_kit.packets import Packet, PacketReader

KEEPALIVE_S = 30
FACETS = ("hw", "os", "release", "net", "display", "room", "storage", "power")
"""Said again after each connect, beside the birth."""

_FACET = msgspec.json.encode({"model": "Raspberry Pi 5", "note": "x" * 120})
_BODY = msgspec.Raw(b'{"state":"busy","lamp":"busy","stale":false,"evidence_age_s":12}')
_BOOT = "0e4b7c9a-fleet"


@dataclass(frozen=True, slots=True)
class Door:
    """Where the broker is; `context` makes the TLS of a unit, None for plain TCP."""

    port: int
    context: Callable[[str], ssl.SSLContext] | None = None
    first_spread_s: float = 30.0


class FleetUnit(asyncio.Protocol):
    """`run` for ever; `make` rows at any time; `current_s` is when the hub had acknowledged all of them."""

    def __init__(self, name: str, door: Door, chance: random.Random) -> None:
        self.name = name
        self.made = 0
        self.connects = self.attempts = 0
        self.current_s = math.nan
        self._topics = Topics(name)
        self._door = door
        self._chance = chance
        self._epoch = f"{chance.getrandbits(64):016x}"
        self._drain = Drain()
        self._drain.opened(self._epoch, 0.0)
        self._messages: set[int] = set()
        self._transport: asyncio.Transport | None = None
        self._ended = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._limit: asyncio.Timeout | None = None
        self._reader = PacketReader()
        self._accepted_s = math.nan
        self._mid = 0

    @property
    def current(self) -> bool:
        """Whether the hub has acknowledged every row."""
        return self.made > 0 and self._drain.acked >= self.made

    def make(self, rows: int) -> None:
        """So many things happen at the unit."""
        self.made += rows
        self.current_s = math.nan
        self._pump()

    async def run(self) -> None:
        """Connect, and again when it ends, as telemetry.link does."""
        pace, failures = LinkPace(), 0
        await asyncio.sleep(self._chance.uniform(0.0, self._door.first_spread_s))
        while True:
            self._accepted_s = math.nan
            await self._one_connection(pace.accept_s)
            steady = time.monotonic() - self._accepted_s >= pace.steady_s
            failures = 0 if steady else failures + 1
            await asyncio.sleep(pace.delay_s(max(0, failures - 1), self._chance.random()))

    async def _one_connection(self, accept_s: float) -> None:
        self._ended = asyncio.Event()
        self._reader = PacketReader()
        self._limit = None
        self.attempts += 1
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._connect()
        except (OSError, TimeoutError):
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(accept_s) as limit:
                self._limit = limit
                if not math.isnan(self._accepted_s):
                    limit.reschedule(None)
                await self._ended.wait()
        self._end()

    async def _connect(self) -> None:
        context = self._door.context and self._door.context(self.name)
        host = "localhost" if context else None
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, "127.0.0.1", self._door.port, ssl=context, server_hostname=host)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        will = (self._topics.status, self._status("lost"))
        transport.write(packets.connect(self.name, KEEPALIVE_S, SESSION_EXPIRY_S, will, WILL_DELAY_S))

    def data_received(self, data: bytes) -> None:
        for packet in self._reader.feed(data):
            self._take(packet)
        self._pump()

    def connection_lost(self, error: Exception | None) -> None:
        self._drain.disconnected()
        self._transport = None
        self._ended.set()

    def _take(self, packet: Packet) -> None:
        match packet.kind:
            case packets.CONNACK if packet.body[1] == 0:
                self._accepted()
            case packets.PUBACK:
                mid, reason = packets.answer(packet)
                if mid in self._messages:
                    self._messages.discard(mid)
                    self._answered(reason)
            case packets.PUBLISH:
                self._hear(packet)
            case packets.CONNACK | packets.DISCONNECT:
                self._end()

    def _answered(self, reason: int) -> None:
        if reason == 0:
            self._drain.confirmed()
        else:
            self._drain.refused(time.monotonic())

    def _accepted(self) -> None:
        self.connects += 1
        self._accepted_s = time.monotonic()
        if self._limit is not None:
            self._limit.reschedule(None)
        self._messages.clear()
        self._drain.connected(self._accepted_s)
        self._write(packets.subscribe(self._next(), self._topics.subscriptions))
        self._write(packets.publish(self._topics.status, self._status("online"), self._next(), retain=True))
        for facet in FACETS:
            self._write(packets.publish(self._topics.twin(facet), _FACET, self._next(), retain=True))
        self._ping()

    def _hear(self, packet: Packet) -> None:
        heard = packets.published(packet)
        if heard.mid:
            self._write(packets.puback(heard.mid))
        if heard.topic == self._topics.ack:
            ack = messages.decode(heard.payload, Ack)
            self._drain.ack(ack.epoch, ack.seq, time.monotonic())
            if self.current and math.isnan(self.current_s):
                self.current_s = time.monotonic()

    def _pump(self) -> None:
        """Send what the drain says, and come back when it wants."""
        now_s = time.monotonic()
        step = self._drain.step(now_s)
        while isinstance(step, Read) and step.after < self.made:
            rows = [self._row(seq) for seq in range(step.after + 1, min(self.made, step.after + step.limit) + 1)]
            made = batches([Queued("e/room", row) for row in rows], self._epoch, _BOOT, int(now_s * 1000))
            self._drain.sent(len(rows), rows[-1].seq, len(made), now_s)
            for topic, payload in made:
                mid = self._next()
                self._messages.add(mid)
                self._write(packets.publish(self._topics.history(topic), payload, mid))
            step = self._drain.step(now_s)
        again_s = self._drain.due_in_s(now_s) if isinstance(step, Read) else step.for_s
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if math.isfinite(again_s):
            self._timer = asyncio.get_running_loop().call_later(again_s + 0.001, self._pump)

    def _row(self, seq: int) -> Row:
        now_ms = int(time.time() * 1000)
        mono_ms = int(time.monotonic() * 1000)
        return Row(seq=seq, prev=seq - 1, ts=now_ms, mono=mono_ms, boot=_BOOT, synced=True, v=_BODY)

    def _ping(self) -> None:
        transport = self._transport
        if transport is not None and not transport.is_closing():
            if time.monotonic() - self._accepted_s > 1:
                transport.write(packets.pingreq())
            asyncio.get_running_loop().call_later(KEEPALIVE_S * 0.8, self._ping_again, transport)

    def _ping_again(self, transport: asyncio.Transport) -> None:
        if transport is self._transport:
            self._ping()

    def _write(self, packet: bytes) -> None:
        if self._transport is not None:
            self._transport.write(packet)

    def _next(self) -> int:
        self._mid = self._mid % 65_535 + 1
        return self._mid

    def _end(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _status(self, state: Literal["online", "lost"]) -> bytes:
        number = self.connects + (state == "lost")
        ts = int(time.time() * 1000)
        return messages.encode(Status(s=state, boot=_BOOT, n=number, ver="1.4.0", role="room", ts=ts))
