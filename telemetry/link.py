"""The link to the site hub: one MQTT connection after the other, for ever (DESIGN.md 8, reference/fleet.md 3.4).

>>> link = MqttLink(config.unit, config.hub, version="1.4.0", clock=clock, state_folder=folder)   # doctest: +SKIP
>>> link.hear(topics.ack, on_ack)                                                                 # doctest: +SKIP
>>> supervisor.start("link", link.run)                                                            # doctest: +SKIP

After each connect: subscriptions, birth, everything retained, then whoever asked by `at_connect`. A connection that
says nothing for two keep-alives is cut and made anew; so is one whose thread has died.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from common.clock import Clock
from telemetry import messages
from telemetry.bus import Heard
from telemetry.connects import ConnectCounter
from telemetry.link_connection import Certificates, Connection, Message, tls_context
from telemetry.link_faults import TAKEN_OVER, Hub, LinkError, explain, explain_reason
from telemetry.link_listeners import Listeners
from telemetry.link_outgoing import Outgoing, Told
from telemetry.messages import Status
from telemetry.outbox import boot_id
from telemetry.settings import AgentUnit, HubSection
from telemetry.topics import Topics

COUNTER_FILE = "connects"
FAREWELL_TIMEOUT_S = 3.0
MOST_CUT_SHORT = 3
"""So many connections in a row that end soon after the broker accepted them look like two units with one id."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LinkPace:
    """How soon again: by chance between `least_s` and thrice that, doubled with each failure, up to `most_s`.

    A connection that held `steady_s` makes a new start. `accept_s`: so long may a connect take in all.
    """

    least_s: float = 1.0
    most_s: float = 120.0
    steady_s: float = 30.0
    accept_s: float = 40.0
    look_s: float = 1.0

    def delay_s(self, failures: int, chance: float) -> float:
        """After `failures` in a row; `chance` is in [0, 1)."""
        most_s = min(self.most_s, 3 * self.least_s * float(2 ** min(failures, 20)))
        return self.least_s + chance * max(0.0, most_s - self.least_s)


@dataclass(frozen=True, slots=True)
class LinkState:
    """For `status`. `connects` counts this boot's, `quiet_s` is since the broker last said anything, `fault` is one
    line that says what to do, empty while all is well; `dropped` messages found no room or no connection. `attempts`
    counts tries since the start, failed ones too: it stands still only while connected, or when the link hangs."""

    connected: bool
    fault: str
    connects: int
    quiet_s: float
    dropped: int
    attempts: int = 0


class MqttLink:
    """The Bus over MQTT. Made anywhere; all methods belong to one loop, in which `run` runs."""

    def __init__(
        self,
        unit: AgentUnit,
        hub: HubSection,
        *,
        version: str,
        clock: Clock,
        state_folder: Path,
        pace: LinkPace = LinkPace(),
        chance: random.Random | None = None,
    ) -> None:
        self._unit = unit
        self._settings = hub
        self._version = version
        self._clock = clock
        self._pace = pace
        self._chance = chance or random.Random()  # noqa: S311 - spreads connects, guards nothing
        self._topics = Topics(unit.id)
        self._boot = boot_id()
        self._counter = ConnectCounter(state_folder / COUNTER_FILE, self._boot)
        self._certificates = Certificates(Path(hub.ca_file), Path(hub.cert_file), Path(hub.key_file))
        self._shown = self._certificates
        self._outgoing = Outgoing()
        self._listeners = Listeners(self._make_anew)
        self._at_connect: list[Callable[[], None]] = []
        self._connection: Connection | None = None
        self._wanted: asyncio.Future[None] | None = None
        self._changed = asyncio.Event()
        self._failures = 0
        self._cut_short = 0
        self._fault = ""
        self._dropped = 0
        self._attempts = 0

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and has answered lately."""
        connection = self._connection
        return connection is not None and connection.is_accepted and not self._stalled(connection)

    @property
    def state(self) -> LinkState:
        quiet_s = self._connection.quiet_s if self._connection is not None else math.inf
        dropped = self._dropped + self._outgoing.dropped
        return LinkState(self.connected, self._fault, self._counter.number, quiet_s, dropped, self._attempts)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> None:
        self._outgoing.publish(topic, payload, retain=retain, qos=qos)

    def hear(self, filter_: str, heard: Heard) -> None:
        self._listeners.add(filter_, heard)

    def at_connect(self, connected: Callable[[], None]) -> None:
        self._at_connect.append(connected)

    def send(self, topic: str, payload: bytes, told: Told) -> bool:
        """Send history with QoS 1, for telemetry.sender. False: there is no connection, and `told` hears nothing."""
        return self._outgoing.send(topic, payload, told)

    async def run(self) -> None:
        """Connect for ever. When it is cancelled: `offline`, then DISCONNECT, so that no will follows."""
        await self._pause(self._chance.uniform(0.0, self._settings.first_spread_s))
        try:
            while True:
                steady = await self._one_connection()
                self._failures = 0 if steady else self._failures + 1
                await self._pause(self._pace.delay_s(max(0, self._failures - 1), self._chance.random()))
        finally:
            await self._listeners.close()

    async def reconnect(self, cert_file: Path, key_file: Path, timeout_s: float = 60.0) -> None:
        """Connect anew with another certificate, and go on with it.

        Raises:
            LinkError: the hub did not accept it in time, and why; the link has gone back to the old one.
        """
        old = self._certificates
        self._certificates = Certificates(old.ca_file, cert_file, key_file)
        self._wanted = asyncio.get_running_loop().create_future()
        self._make_anew()
        accepted = False
        try:
            async with asyncio.timeout(timeout_s):
                await self._wanted
            accepted = True
        except TimeoutError:
            why = self._fault or f"no answer in {timeout_s:g} s."
            raise LinkError(f"the new certificate {cert_file} did not work: {why}", hint="The old one stays.") from None
        finally:
            self._wanted = None
            if not accepted:
                self._certificates = old
                self._make_anew()

    def certificate_moved(self, cert_file: Path, key_file: Path) -> None:
        """The certificate in use is in other files now; from the next connect on it is read from there."""
        self._certificates = Certificates(self._certificates.ca_file, cert_file, key_file)

    # A connection tells of itself:

    def accepted(self, connection: Connection) -> None:
        """The broker has accepted us."""
        if connection is not self._connection:
            return
        self._note("")
        self._listeners.session_taken_up()
        _log.info("link: connected to %s (connect %d of this boot)", self._hub, self._counter.number)
        connection.subscribe(self._topics.subscriptions)
        connection.publish(self._topics.status, self._status("online"), qos=1, retain=True)
        self._outgoing.attach(connection)
        if self._wanted is not None and not self._wanted.done() and self._shown is self._certificates:
            self._wanted.set_result(None)
        for told in self._at_connect:
            asyncio.get_running_loop().call_soon(told)

    def came(self, connection: Connection, message: Message) -> None:
        """A message has come."""
        self._listeners.offer(message.topic, message.payload, lambda: connection.acknowledge(message))

    def answered(self, connection: Connection, mid: int, reason: str, code: int) -> None:
        """The broker has answered to a message of ours."""
        if connection is self._connection:
            self._outgoing.answered(mid, reason, code)

    # From connect to end:

    async def _one_connection(self) -> bool:
        """Whether it held for long."""
        self._changed.clear()
        self._attempts += 1
        try:
            connection = await self._begin()
        except LinkError as error:
            self._note(str(error))
            return False
        began_s = self._clock.monotonic_s()
        try:
            await self._until_ended(connection)
        except asyncio.CancelledError:
            await self._farewell(connection)
            raise
        finally:
            await self._end(connection)
        steady = connection.is_accepted and self._clock.monotonic_s() - began_s >= self._pace.steady_s
        self._cut_short = 0 if steady else self._cut_short + connection.is_accepted
        return steady

    async def _begin(self) -> Connection:
        self._shown = self._certificates
        context = tls_context(self._shown)
        await asyncio.to_thread(self._counter.advance)  # a card may take long over it
        will = (self._topics.status, self._status("lost"))
        connection = Connection(self._hub, context, self, keepalive_s=self._settings.keepalive_s, will=will)
        self._connection = connection
        connection.start()
        return connection

    async def _until_ended(self, connection: Connection) -> None:
        while not connection.ended.done():
            if self._changed.is_set():
                connection.leave()
                await asyncio.wait([connection.ended], timeout=FAREWELL_TIMEOUT_S)
                return
            if self._stalled(connection):
                self._note(explain(TimeoutError(), self._hub))
                return
            await asyncio.wait([connection.ended], timeout=self._pace.look_s)
        if connection.reason:
            self._note(explain_reason(connection.reason, self._hub))
        elif connection.is_accepted and self._cut_short >= MOST_CUT_SHORT:
            self._note(explain_reason(TAKEN_OVER, self._hub))  # Mosquitto 2.0 does not say so
        else:
            self._note(explain(connection.error, self._hub))

    def _stalled(self, connection: Connection) -> bool:
        """Progress is the only health: paho says it is connected even when its thread is dead."""
        limit_s = 2 * connection.keepalive_s + 5 if connection.is_accepted else self._pace.accept_s
        return connection.quiet_s > limit_s

    async def _farewell(self, connection: Connection) -> None:
        if not connection.is_accepted or connection.ended.done():
            return
        answered = asyncio.Event()
        self._outgoing.send(self._topics.status, self._status("offline"), lambda answer: answered.set(), retain=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_TIMEOUT_S):
                await answered.wait()
        connection.leave()
        await asyncio.wait([connection.ended], timeout=FAREWELL_TIMEOUT_S)

    async def _end(self, connection: Connection) -> None:
        self._connection = None
        self._outgoing.detach()
        connection.abort()
        self._dropped += connection.dropped
        if not await connection.close():
            _log.warning("link: a connection to %s does not end; it is left to itself", self._hub)

    async def _pause(self, delay_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await self._changed.wait()

    def _make_anew(self) -> None:
        self._failures = 0
        self._changed.set()

    def _note(self, fault: str) -> None:
        if fault and fault != self._fault:
            _log.warning("link: %s", fault)
        self._fault = fault

    @property
    def _hub(self) -> Hub:
        certificates = self._certificates
        return Hub(
            self._settings.host,
            self._settings.port,
            self._unit.id,
            str(certificates.ca_file),
            str(certificates.cert_file),
        )

    def _status(self, state: Literal["online", "lost", "offline"]) -> bytes:
        ts = max(0, int(self._clock.now().timestamp() * 1000))
        status = Status(
            s=state, boot=self._boot, n=self._counter.number, ver=self._version, role=self._unit.role, ts=ts
        )
        return messages.encode(status)
