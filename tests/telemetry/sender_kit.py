"""An app that writes an outbox, and the agent's sender and link over a real broker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from common.clock import SystemClock
from telemetry.drain import DrainPace
from telemetry.link import MqttLink
from telemetry.outbox import OutboxState, boot_id
from telemetry.outbox_reader import OutboxReader
from telemetry.outbox_store import DEFAULT_LIMITS, Limits, OutboxStore
from telemetry.payloads import Event, RoomChanged, RoomSample, Stamp, Started, Trouble, record
from telemetry.sender import Sender
from telemetry.settings import OutboxSection
from tests.mqtt_kit.broker import Broker
from tests.mqtt_kit.certificates import Identity
from tests.mqtt_kit.hub_double import HubDouble
from tests.telemetry.link_kit import make_link, running
from tests.waiting import until_async

UNIT = "room-ada"
PACE = DrainPace(rows_per_s=2000, ack_timeout_s=0.5, refused_s=0.2, most_timeout_s=1.0, settle_s=0.2)
_EVENTS: tuple[Event, ...] = (
    RoomSample(light=1),
    RoomChanged("busy", "busy", stale=False),
    Trouble("lamp", "PinBusy"),
    Started("mydesk-room", "1.0"),
)


@dataclass
class Told:
    """An EventSink that keeps what it is told."""

    events: list[Event] = field(default_factory=list)

    def put(self, event: Event) -> None:
        self.events.append(event)

    def close(self, timeout_s: float = 5.0) -> None:
        pass

    @property
    def state(self) -> OutboxState:
        return OutboxState(0, 0, 0)


def stamp() -> Stamp:
    clock = SystemClock()
    return Stamp(int(clock.now().timestamp() * 1000), int(clock.monotonic_s() * 1000), boot_id(), synced=True)


class Unit:
    """One unit. `app` is the writing side of its outbox, open while in `with`."""

    def __init__(
        self, broker: Broker, folder: Path, limits: Limits = DEFAULT_LIMITS, identity: Identity | None = None
    ) -> None:
        self.broker = broker
        self.folder = folder
        self.path = folder / "outbox.db"
        self.identity = identity or broker.ca.issue(UNIT)
        self.told = Told()
        self.limits = limits
        self.app = OutboxStore(self.path, limits)

    def close(self) -> None:
        self.app.close()

    def reopen(self) -> None:
        """As the app does when another file is at the path."""
        self.app.close()
        self.app = OutboxStore(self.path, self.limits)

    def write(self, *events: Event) -> None:
        self.app.append([record(event, stamp()) for event in events])

    def write_many(self, count: int) -> None:
        """Rows of four topics by turns."""
        made = [record(_EVENTS[number % 4], stamp()) for number in range(count)]
        self.app.append(made)

    def left(self) -> list[int]:
        """The sequences that are still there."""
        reader = OutboxReader(self.path)
        try:
            found = reader.read(0, 200_000)
            return [queued.row.seq for queued in found.rows] + list(found.unfit)
        finally:
            reader.close()

    @contextlib.asynccontextmanager
    async def agent(self, pace: DrainPace = PACE) -> AsyncIterator[tuple[Sender, MqttLink]]:
        """The agent's two tasks, cancelled at the end."""
        link = make_link(self.broker, self.identity, self.folder)
        outbox = OutboxSection(path=str(self.path))
        sender = Sender(UNIT, outbox, link, clock=SystemClock(), events=self.told, pace=pace, poll_s=0.05)
        async with running(link):
            task = asyncio.get_running_loop().create_task(sender.run())
            try:
                yield sender, link
            finally:
                died = task.done()
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
                assert not died, "the sender died"

    async def until_all_arrived(self, hub: HubDouble, last: int, timeout_s: float = 20.0) -> None:
        """The hub has all up to `last`, and the outbox is empty."""
        epoch = self.app.epoch
        await until_async(
            lambda: hub.watermark(UNIT, epoch) >= last and not self.left(), timeout_s, f"all {last} rows to arrive"
        )
